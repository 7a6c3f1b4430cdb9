from fastapi import FastAPI

from payroll.containers import Container
from payroll.endpoints import router


def create() -> FastAPI:
    container = Container()
    container.config.from_dict({"region": "eu-central-1", "table": "payroll"})
    app = FastAPI()
    app.container = container
    app.include_router(router)
    return app


app = create()
