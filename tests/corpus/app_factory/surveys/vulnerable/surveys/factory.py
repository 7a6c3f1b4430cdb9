import boto3
from fastapi import FastAPI

from surveys import admin, answers


def create_app(settings: dict | None = None) -> FastAPI:
    settings = settings or {}
    app = FastAPI(title="surveys", debug=False)
    dynamodb = boto3.resource("dynamodb", endpoint_url=settings.get("endpoint"))
    answers.register(app, dynamodb.Table("answers"))
    app.include_router(admin.build_router(dynamodb))
    return app
