import asyncio
import functools
import os
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import boto3
import jwt
from fastapi import APIRouter, Cookie, Depends, FastAPI, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, StreamingResponse

client = boto3.client("dynamodb", region_name="us-east-2")
pool = ThreadPoolExecutor(max_workers=8)


def reader(sid: str | None = Cookie(None)) -> str:
    try:
        return jwt.decode(sid or "", os.environ["SID_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


router = APIRouter(prefix="/reports", dependencies=[Depends(reader)])


async def off_loop(call, **kwargs):
    return await asyncio.get_running_loop().run_in_executor(pool, functools.partial(call, **kwargs))


@router.get("/{report_id}", response_class=PlainTextResponse)
async def text(report_id: UUID, me: str = Depends(reader)):
    got = await off_loop(client.get_item, TableName="reports", Key={"author": {"S": me}, "id": {"S": str(report_id)}})
    return got["Item"]["text"]["S"]


@router.get("")
async def index(year: int = Query(alias="q", ge=2000, le=2100), token: UUID | None = None, me: str = Depends(reader)):
    arguments = {
        "TableName": "reports",
        "KeyConditionExpression": "author = :me",
        "FilterExpression": "published = :y",
        "ExpressionAttributeValues": {":me": {"S": me}, ":y": {"N": str(year)}},
        "ProjectionExpression": "id, title",
    }
    if token:
        arguments["ExclusiveStartKey"] = {"author": {"S": me}, "id": {"S": str(token)}}
    try:
        page = await run_in_threadpool(client.query, **arguments)
    except client.exceptions.InternalServerError:
        raise HTTPException(502, "the store is down") from None
    return {"reports": page["Items"]}


@router.get("/export/all")
async def export(me: str = Depends(reader)):
    def lines():
        asked = {"KeyConditionExpression": "author = :me", "ExpressionAttributeValues": {":me": {"S": me}}}
        for page in client.get_paginator("query").paginate(TableName="reports", **asked):
            for item in page["Items"]:
                yield item["title"]["S"] + "\n"

    return StreamingResponse(lines(), media_type="text/plain")


app = FastAPI()
app.include_router(router)
