import uuid

from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class Answer(BaseModel):
    survey_id: str
    text: str


class Stored(BaseModel):
    model_config = {"extra": "allow"}
    answer_id: str


def register(app: FastAPI, table) -> None:
    @app.post("/answers", status_code=201)
    def send(answer: Answer):  # arguable: unauthenticated-route
        answer_id = uuid.uuid4().hex
        table.put_item(Item={"answer_id": answer_id, **answer.model_dump()})
        return {"answer_id": answer_id}

    @app.get("/answers/{answer_id}")
    def read(answer_id: uuid.UUID) -> Stored:  # finding: unauthenticated-route, response-model-bypassed
        try:
            return table.get_item(Key={"answer_id": answer_id.hex})["Item"]  # arguable: whole-item-returned
        except Exception as e:
            raise HTTPException(500, detail="Could not read: {}".format(e))  # finding: exception-text-returned

    @app.get("/surveys/{survey_id}/answers")
    def of_survey(survey_id: str):  # finding: unauthenticated-route
        query = {"IndexName": "by_survey", "KeyConditionExpression": Key("survey_id").eq(survey_id)}
        return table.query(**query).get("Items")  # finding: unvalidated-key, whole-item-returned
