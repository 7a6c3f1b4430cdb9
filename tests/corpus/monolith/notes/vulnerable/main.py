import json
import uuid
from datetime import datetime, timezone

import boto3
from boto3.dynamodb.conditions import Attr, Key
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI(title="notes")
dynamodb = boto3.resource("dynamodb")
table = dynamodb.Table("notes")


class NoteIn(BaseModel):
    title: str
    text: str


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/notes", status_code=201)
def create_note(body: NoteIn):  # finding: unauthenticated-route
    item = {
        "note_id": uuid.uuid4().hex,
        "title": body.title,
        "text": body.text,
        "created_at": datetime.now(timezone.utc).isoformat(),
    }
    table.put_item(Item=item)
    return item


@app.get("/notes")
def list_notes():  # finding: unauthenticated-route
    response = table.scan()  # finding: scan-behind-route
    items = response.get("Items", [])
    return {"notes": items, "count": len(items)}  # finding: whole-item-returned


@app.get("/notes/search")
def search(field: str, value: str):  # finding: unauthenticated-route
    found = table.scan(FilterExpression=Attr(field).eq(value))["Items"]  # finding: scan-behind-route, expression-injection
    return [{"note_id": each["note_id"], "title": each["title"]} for each in found]


@app.get("/notes/{note_id}")
def read_note(note_id: str):  # finding: unauthenticated-route
    try:
        response = table.get_item(Key={"note_id": note_id})  # finding: unvalidated-key
        if "Item" not in response:
            raise HTTPException(status_code=404, detail="no such note")
        return response["Item"]  # finding: whole-item-returned
    except HTTPException:
        raise
    except Exception as e:
        raise HTTPException(status_code=500, detail=str(e))  # finding: exception-text-returned


@app.get("/authors/{author}/notes")
def by_author(author: str, limit: int = 20, cursor: str | None = None):  # finding: unauthenticated-route
    params = {"IndexName": "by_author", "KeyConditionExpression": Key("author").eq(author), "Limit": limit}
    if cursor:
        params["ExclusiveStartKey"] = json.loads(cursor)
    page = table.query(**params)  # finding: unvalidated-key, raw-cursor
    return {  # finding: raw-cursor
        "notes": [{"note_id": n["note_id"], "title": n["title"]} for n in page["Items"]],
        "cursor": json.dumps(page.get("LastEvaluatedKey")),
    }


@app.patch("/notes/{note_id}")
def change_note(note_id: uuid.UUID, changes: dict):  # finding: unauthenticated-route
    stored = table.get_item(Key={"note_id": note_id.hex}).get("Item")
    if stored is None:
        raise HTTPException(status_code=404, detail="no such note")
    table.put_item(Item={**stored, **changes})  # finding: mass-assignment
    return {"note_id": note_id.hex, "changed": sorted(changes)}
