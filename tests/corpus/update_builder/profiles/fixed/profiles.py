import time
from typing import Annotated

import boto3
from fastapi import Depends, FastAPI, HTTPException, Path
from pydantic import BaseModel

from token_user import CurrentUser

table = boto3.resource("dynamodb").Table("profiles")
app = FastAPI()


class ProfileUpdate(BaseModel):
    display_name: str | None = None
    bio: str | None = None


class Pronouns(BaseModel):
    class Config:
        extra = "forbid"

    pronouns: str


def set_expression(values: dict) -> dict:
    values = {**values, "updated_at": int(time.time())}
    return {
        "UpdateExpression": "SET " + ", ".join(f"#{k} = :{k}" for k in values),
        "ExpressionAttributeNames": {f"#{k}": k for k in values},
        "ExpressionAttributeValues": {f":{k}": v for k, v in values.items()},
    }


def allowed(user_id: Annotated[str, Path(max_length=64)], user: CurrentUser) -> str:
    if user.admin:
        return user_id
    if user.id != user_id:
        raise HTTPException(403, "not yours")
    return user.id


@app.patch("/profiles/{user_id}")
def update(change: ProfileUpdate, target: str = Depends(allowed)):
    done = table.update_item(
        Key={"user_id": target}, ReturnValues="UPDATED_NEW", **set_expression(change.model_dump(exclude_unset=True))
    )
    return done["Attributes"]


@app.patch("/me")
def update_me(change: Pronouns, user: CurrentUser):
    try:
        table.update_item(Key={"user_id": user.id}, **set_expression(change.dict()))
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        raise HTTPException(409, "someone else has changed it") from None
    return {"ok": True}


@app.get("/me")
def me(user: CurrentUser):
    mine = table.get_item(Key={"user_id": user.id}, ProjectionExpression="display_name, bio")["Item"]
    return {"me": mine}
