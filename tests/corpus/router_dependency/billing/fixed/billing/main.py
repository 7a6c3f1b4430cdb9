from fastapi import FastAPI

from billing.routes import private, public

app = FastAPI()
for each in (private, public):
    app.include_router(each, prefix="/api")
