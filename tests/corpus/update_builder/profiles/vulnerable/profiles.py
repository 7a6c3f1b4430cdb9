import time

import boto3
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Extra

from token_user import CurrentUser

table = boto3.resource("dynamodb").Table("profiles")
app = FastAPI()


class ProfileUpdate(BaseModel):
    display_name: str | None = None
    bio: str | None = None
    permissions: list[str] | None = None
    credits: int | None = None


class Anything(BaseModel):
    class Config:
        extra = Extra.allow


def set_expression(values: dict) -> dict:
    values = {**values, "updated_at": int(time.time())}
    return {
        "UpdateExpression": "SET " + ", ".join(f"#{k} = :{k}" for k in values),
        "ExpressionAttributeNames": {f"#{k}": k for k in values},
        "ExpressionAttributeValues": {f":{k}": v for k, v in values.items()},
    }


def naive_expression(values: dict) -> dict:
    sets = [f"{k} = '{v}'" for k, v in values.items()]
    return {"UpdateExpression": "SET " + ", ".join(sets)}


@app.patch("/profiles/{user_id}")
def update(user_id: str, change: ProfileUpdate, user: CurrentUser):  # finding: unowned-item
    done = table.update_item(  # finding: unvalidated-key, mass-assignment
        Key={"user_id": user_id}, ReturnValues="ALL_NEW", **set_expression(change.model_dump(exclude_unset=True))
    )
    return done["Attributes"]  # finding: whole-item-returned


@app.patch("/me")
def update_me(change: Anything, user: CurrentUser):
    try:
        table.update_item(Key={"user_id": user.id}, **naive_expression(change.dict()))  # finding: expression-injection, mass-assignment
    except table.meta.client.exceptions.ConditionalCheckFailedException as failed:
        raise HTTPException(409, f"{failed.response}")  # finding: exception-text-returned
    return {"ok": True}


@app.get("/me")
def me(user: CurrentUser):
    mine = table.get_item(Key={"user_id": user.id}, ProjectionExpression="display_name, recovery_code")["Item"]
    return {"me": mine}  # finding: sensitive-attribute-in-response
