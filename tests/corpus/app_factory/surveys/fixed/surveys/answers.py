import uuid

from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

from surveys.staff import staff


class Answer(BaseModel):
    survey_id: uuid.UUID
    text: str


class Stored(BaseModel):
    model_config = {"extra": "ignore"}
    answer_id: str


def register(app: FastAPI, table) -> None:
    @app.post("/answers", status_code=201, dependencies=[Depends(staff)])
    def send(answer: Answer):
        answer_id = uuid.uuid4().hex
        table.put_item(Item={"answer_id": answer_id, **answer.model_dump(mode="json")})
        return {"answer_id": answer_id}

    @app.get("/answers/{answer_id}", dependencies=[Depends(staff)])
    def read(answer_id: uuid.UUID) -> Stored:
        found = table.get_item(Key={"answer_id": answer_id.hex})
        if "Item" not in found:
            raise HTTPException(404, detail="Could not read: no such answer")
        return found["Item"]

    @app.get("/surveys/{survey_id}/answers", dependencies=[Depends(staff)])
    def of_survey(survey_id: uuid.UUID):
        query = {"IndexName": "by_survey", "KeyConditionExpression": Key("survey_id").eq(str(survey_id))}
        return [answer["text"] for answer in table.query(**query).get("Items")]
