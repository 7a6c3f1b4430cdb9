import os
from uuid import UUID

import boto3
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import APIKeyHeader
from fastapi_login import LoginManager

app = FastAPI()
tags = boto3.resource("dynamodb").Table("tags")
scheme = APIKeyHeader(name="X-API-Key")
manager = LoginManager(os.environ["SECRET"], token_url="/login")


def valid(key: str = Depends(scheme)):
    return key == os.environ["API_KEY"]


def required(valid: bool = Depends(valid)):
    if not valid:
        raise HTTPException(403)


@app.get("/tags/{tag_id}", dependencies=[Depends(required)])
def tag(tag_id: UUID):
    return {"text": tags.get_item(Key={"tag_id": str(tag_id)})["Item"]["text"]}


@app.get("/tags/{tag_id}/size")
def size(tag_id: UUID, who=Depends(manager)):
    return {"size": tags.get_item(Key={"tag_id": str(tag_id)})["Item"]["size"]}
