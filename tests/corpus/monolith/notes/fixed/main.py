import logging
import os
import uuid
from datetime import datetime, timezone
from typing import Annotated

import boto3
import jwt
from boto3.dynamodb.conditions import Attr, Key
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

log = logging.getLogger("notes")
app = FastAPI(title="notes")
dynamodb = boto3.resource("dynamodb")
table = dynamodb.Table("notes")
bearer = HTTPBearer()


def current_user(given: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> str:
    try:
        claims = jwt.decode(given.credentials, os.environ["JWT_SECRET"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(status_code=401, detail="not authenticated") from None
    return claims["sub"]


User = Annotated[str, Depends(current_user)]


class NoteIn(BaseModel):
    title: str
    text: str


class NoteChange(BaseModel):
    title: str | None = None
    text: str | None = None


class NoteOut(BaseModel):
    note_id: str
    title: str
    text: str


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/notes", status_code=201)
def create_note(body: NoteIn, user: User):
    item = {
        "author": user,
        "note_id": uuid.uuid4().hex,
        "title": body.title,
        "text": body.text,
        "created_at": datetime.now(timezone.utc).isoformat(),
    }
    table.put_item(Item=item)
    return item


@app.get("/notes", response_model=list[NoteOut])
def list_notes(user: User):
    response = table.query(KeyConditionExpression=Key("author").eq(user), Limit=100)
    return response.get("Items", [])


@app.get("/notes/search")
def search(value: str, user: User):
    found = table.query(KeyConditionExpression=Key("author").eq(user), FilterExpression=Attr("title").contains(value))["Items"]
    return [{"note_id": each["note_id"], "title": each["title"]} for each in found]


@app.get("/notes/{note_id}")
def read_note(note_id: uuid.UUID, user: User) -> NoteOut:
    try:
        response = table.get_item(Key={"author": user, "note_id": note_id.hex})
    except Exception:
        log.exception("could not read")
        raise HTTPException(status_code=500, detail="something went wrong") from None
    if "Item" not in response:
        raise HTTPException(status_code=404, detail="no such note")
    return response["Item"]


@app.get("/authors/{author}/notes")
def by_author(author: str, user: User, limit: Annotated[int, Query(ge=1, le=100)] = 20, after: uuid.UUID | None = None):
    if author != user:
        raise HTTPException(status_code=404, detail="no such author")
    params = {"KeyConditionExpression": Key("author").eq(user), "Limit": limit}
    if after:
        params["ExclusiveStartKey"] = {"author": user, "note_id": after.hex}
    page = table.query(**params)
    notes = [{"note_id": n["note_id"], "title": n["title"]} for n in page["Items"]]
    more = "LastEvaluatedKey" in page
    return {"notes": notes, "after": notes[-1]["note_id"] if more and notes else None}


@app.patch("/notes/{note_id}")
def change_note(note_id: uuid.UUID, changes: NoteChange, user: User):
    stored = table.get_item(Key={"author": user, "note_id": note_id.hex}).get("Item")
    if stored is None:
        raise HTTPException(status_code=404, detail="no such note")
    given = changes.model_dump(exclude_unset=True)
    table.put_item(Item={**stored, **given})
    return {"note_id": note_id.hex, "changed": sorted(given)}
