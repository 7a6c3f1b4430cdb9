from fastapi import APIRouter, Depends, Query

from surveys.staff import staff


def build_router(dynamodb) -> APIRouter:
    router = APIRouter(prefix="/admin", dependencies=[Depends(staff)])
    surveys = dynamodb.Table("surveys")

    @router.get("/surveys")
    def index(condition: str = Query("attribute_exists(survey_id)")):
        return [s["title"] for s in surveys.scan(FilterExpression=condition)["Items"]]  # finding: scan-behind-route, expression-injection

    @router.put("/surveys/{survey_id}")
    def change(survey_id: str, body: dict):
        surveys.put_item(Item={**body, "survey_id": survey_id})  # finding: mass-assignment
        return {"ok": True}

    return router
