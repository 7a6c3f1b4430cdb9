import base64
import json
import logging
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Dict, List, Optional

import aioboto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError
from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

logger = logging.getLogger(__name__)
session = aioboto3.Session()


class Settings:
    table = "events"


async def get_db() -> AsyncIterator[Any]:
    async with session.resource("dynamodb") as db:
        yield db


class Database:
    def __init__(self):
        self._resource = None
        self._table = None

    async def connect(self):
        self._ctx = session.resource("dynamodb")
        self._resource = await self._ctx.__aenter__()
        self._table = await self._resource.Table(Settings.table)

    @property
    def table(self):
        if self._table is None:
            raise RuntimeError("not connected")
        return self._table


db = Database()


@asynccontextmanager
async def lifespan(app):
    await db.connect()
    yield


app = FastAPI(lifespan=lifespan)


def encode_cursor(key: Optional[dict]) -> Optional[str]:
    if not key:
        return None
    return base64.b64encode(json.dumps(key).encode("utf-8")).decode("utf-8")


def decode_cursor(cursor: Optional[str]) -> Optional[dict]:
    if cursor is None:
        return None
    try:
        return json.loads(base64.b64decode(cursor.encode()))
    except Exception:
        raise HTTPException(400, "bad cursor")


class Paginated(BaseModel):
    items: List[Dict[str, Any]]
    next_cursor: Optional[str] = None


@app.get("/events", response_model=Paginated)
async def events(cursor: Optional[str] = None, limit: int = Query(20), kind: str = Query(..., max_length=20), dynamo=Depends(get_db)):  # finding: unauthenticated-route
    table = await dynamo.Table("events")
    kwargs: Dict[str, Any] = {"KeyConditionExpression": Key("kind").eq(kind)}
    kwargs["Limit"] = limit
    start = decode_cursor(cursor)
    if start:
        kwargs.update({"ExclusiveStartKey": start})
    resp = await table.query(**kwargs)  # finding: raw-cursor
    return Paginated(items=resp.get("Items", []), next_cursor=encode_cursor(resp.get("LastEvaluatedKey")))  # finding: raw-cursor, whole-item-returned


@app.get("/limited")
async def limited(limit: int = 10, kind: str = Query(..., max_length=20)):  # finding: unauthenticated-route
    if limit > 100:
        limit = 100
    resp = await db.table.query(KeyConditionExpression=Key("kind").eq(kind), Limit=limit)
    return {"n": resp["Count"]}


@app.get("/clamped")
async def clamped(limit: int = 10, kind: str = Query(..., regex="^[a-z]+$")):  # finding: unauthenticated-route
    resp = await db.table.query(KeyConditionExpression=Key("kind").eq(kind), Limit=min(limit, 50))
    return JSONResponse(jsonable_encoder(resp["Items"]))  # finding: whole-item-returned


class Patch(BaseModel):
    title: Optional[str] = None
    body: Optional[str] = None


@app.patch("/events/{event_id}")
async def patch(event_id: str, patch: Patch):  # finding: unauthenticated-route
    data = patch.dict(exclude_unset=True)
    if not data:
        raise HTTPException(400)
    names, values, parts = {}, {}, []
    for i, (key, value) in enumerate(data.items()):
        names[f"#k{i}"] = key
        values[f":v{i}"] = value
        parts.append(f"#k{i} = :v{i}")
    try:
        res = await db.table.update_item(  # finding: unvalidated-key
            Key={"id": event_id},
            UpdateExpression="SET " + ", ".join(parts),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="UPDATED_NEW",
        )
    except ClientError as e:
        logger.error(e)
        if e.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise HTTPException(404)
        raise
    return res.get("Attributes", {})


@app.put("/events/{event_id}")
async def put(event_id: str, payload: dict = Body(...)):  # finding: unauthenticated-route
    expr = "SET " + ", ".join([f"{k} = :{k}" for k in payload.keys()])
    await db.table.update_item(  # finding: unvalidated-key, expression-injection, mass-assignment
        Key={"id": event_id}, UpdateExpression=expr, ExpressionAttributeValues={f":{k}": v for k, v in payload.items()}
    )
    return {"ok": True}


@app.post("/raw")
async def raw(request: Request):  # finding: unauthenticated-route
    body = await request.json()
    await db.table.put_item(Item=body)  # finding: mass-assignment
    return body


@app.post("/picked")
async def picked(request: Request):  # finding: unauthenticated-route
    body = await request.json()
    await db.table.put_item(Item={"title": body["title"], "text": body.get("text", "")})
    return {"ok": 1}


@app.get("/search")
async def search(q: str, field: str = "title"):  # finding: unauthenticated-route
    filt = Attr("deleted").eq(False)
    if q:
        filt = filt & Attr(field).contains(q)
    items = []
    async for item in pages(filt):
        items.append(item)
    return items  # finding: whole-item-returned


async def pages(filt):
    resp = await db.table.scan(FilterExpression=filt)  # finding: scan-behind-route, expression-injection
    for item in resp["Items"]:
        yield item
