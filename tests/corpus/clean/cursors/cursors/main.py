import os

import boto3
import jwt
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer

from cursors import positions

songs = boto3.resource("dynamodb").Table("songs")
app = FastAPI()
MOST = 200


def listener(given=Depends(HTTPBearer())) -> str:
    try:
        return jwt.decode(given.credentials, os.environ["SONG_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


@app.get("/songs")
def index(size: int = 20, position: str | None = None, me: str = Depends(listener)):
    kwargs = {"KeyConditionExpression": Key("listener").eq(me), "Limit": max(1, min(size, MOST))}
    if position is not None:
        start = positions.recall(me, position)
        if start is None:
            raise HTTPException(400, "that position is gone")
        kwargs["ExclusiveStartKey"] = start
    page = songs.query(**kwargs)
    last = page.get("LastEvaluatedKey")
    return {
        "songs": [{"title": song["title"], "by": song["by"]} for song in page["Items"]],
        "position": positions.remember(me, last) if last is not None else None,
    }


@app.get("/songs/all")
def everything(me: str = Depends(listener)):
    kwargs, titles = {"KeyConditionExpression": Key("listener").eq(me), "ProjectionExpression": "title"}, []
    for _ in range(10):
        page = songs.query(**kwargs)
        titles += [song["title"] for song in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        kwargs["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return titles
