import os
from uuid import UUID

import boto3
from fastapi import Depends, FastAPI
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer
from fastapi_login import LoginManager

app = FastAPI()
tags = boto3.resource("dynamodb").Table("tags")
scheme = APIKeyHeader(name="X-API-Key")
tokens = OAuth2PasswordBearer(tokenUrl="token")
manager = LoginManager(os.environ["SECRET"], token_url="/login")


def valid(key: str = Depends(scheme)):
    return key == os.environ["API_KEY"]


@app.get("/tags/{tag_id}", dependencies=[Depends(valid)])
def tag(tag_id: UUID):  # finding: unauthenticated-route
    return {"text": tags.get_item(Key={"tag_id": str(tag_id)})["Item"]["text"]}


@app.get("/tags/{tag_id}/color")
def color(tag_id: UUID, token: str = Depends(tokens)):  # finding: unauthenticated-route
    return {"color": tags.get_item(Key={"tag_id": str(tag_id)})["Item"]["color"]}


@app.get("/tags/{tag_id}/size")
def size(tag_id: UUID, who=Depends(manager.optional)):  # finding: unauthenticated-route
    return {"size": tags.get_item(Key={"tag_id": str(tag_id)})["Item"]["size"]}
