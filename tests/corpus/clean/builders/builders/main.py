import os
from typing import Annotated, Literal
from uuid import UUID

import boto3
import jwt
from boto3.dynamodb.conditions import Attr, Key
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from builders.expressions import projection, set_of

table = boto3.resource("dynamodb").Table("tasks")
app = FastAPI()
Column = Literal["title", "due"]


class TaskChange(BaseModel):
    title: str | None = None
    due: str | None = None


def me(authorization: Annotated[str, Header()]) -> str:
    try:
        return jwt.decode(authorization.removeprefix("Bearer "), os.environ["TASK_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401, "who are you?") from None


@app.patch("/tasks/{task_id}")
def change(task_id: UUID, body: TaskChange, who: Annotated[str, Depends(me)]):
    expression = set_of(body)
    if not body.model_fields_set:
        raise HTTPException(422, "nothing to change")
    table.update_item(Key={"user_id": who, "task_id": str(task_id)}, **expression)
    return {"changed": sorted(body.model_fields_set)}


@app.get("/tasks/{task_id}")
def read(task_id: UUID, who: Annotated[str, Depends(me)]):
    return table.get_item(Key={"user_id": who, "task_id": str(task_id)}, **projection("title", "due")).get("Item", {})


@app.get("/tasks")
def search(column: Column, value: str, who: Annotated[str, Depends(me)], fields: str = "title"):
    wanted = [name for name in ("title", "due") if name in fields.split(",")] or ["title"]
    found = table.query(
        KeyConditionExpression=Key("user_id").eq(who), FilterExpression=Attr(column).begins_with(value), **projection(*wanted)
    )
    return found["Items"]
