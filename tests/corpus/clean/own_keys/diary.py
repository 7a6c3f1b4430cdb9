"""Keys made of the principal, and of digests; plain text of requests is in filters and values only."""

import hashlib
import os
import time

import boto3
import jwt
from boto3.dynamodb.conditions import Attr, Key
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel

table = boto3.resource("dynamodb").Table("diary")
app = FastAPI()


class Entry(BaseModel):
    text: str
    mood: str = "fine"


def writer(request: Request) -> str:
    try:
        return jwt.decode(request.cookies.get("diary", ""), os.environ["DIARY_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


def key_of(me: str, title: str) -> dict[str, str]:
    """A title is any text; its digest is not."""
    return {"pk": f"WRITER#{me}", "sk": "ENTRY#" + hashlib.sha256(title.encode()).hexdigest()}


@app.put("/entries/{title}")
def write(title: str, entry: Entry, me: str = Depends(writer)):
    item = {**key_of(me, title), "title": title, "written": int(time.time()), **entry.model_dump()}
    table.put_item(Item=item)
    return {"title": item["title"], "written": item["written"]}


@app.get("/entries/{title}")
def read(title: str, me: str = Depends(writer)):
    item = table.get_item(Key=key_of(me, title)).get("Item")
    if item is None:
        raise HTTPException(404, "you have written no such entry")
    return {"title": title, "text": item["text"], "mood": item.get("mood")}


@app.get("/entries")
def search(text: str = "", mood: str | None = None, page: int = Query(50, le=100), me: str = Depends(writer)):
    condition = Attr("text").contains(text)
    if mood is not None:
        condition = condition & Attr("mood").eq(mood)
    found = table.query(KeyConditionExpression=Key("pk").eq(f"WRITER#{me}"), FilterExpression=condition, Limit=page)
    return [item["title"] for item in found["Items"]]


@app.delete("/entries/{title}", status_code=204)
def remove(title: str, me: str = Depends(writer)):
    table.delete_item(Key=key_of(me, title))
