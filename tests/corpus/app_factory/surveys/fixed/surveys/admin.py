import uuid

from boto3.dynamodb.conditions import Key
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from surveys.staff import staff


class Survey(BaseModel):
    title: str
    questions: list[str]


def build_router(dynamodb) -> APIRouter:
    router = APIRouter(prefix="/admin", dependencies=[Depends(staff)])
    surveys = dynamodb.Table("surveys")

    @router.get("/surveys")
    def index():
        return [s["title"] for s in surveys.query(IndexName="all", KeyConditionExpression=Key("kind").eq("survey"))["Items"]]

    @router.put("/surveys/{survey_id}")
    def change(survey_id: uuid.UUID, body: Survey):
        surveys.put_item(Item={**body.model_dump(), "survey_id": str(survey_id)})
        return {"ok": True}

    return router
