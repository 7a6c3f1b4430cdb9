import asyncio
import functools
import json
from concurrent.futures import ThreadPoolExecutor

import boto3
from fastapi import APIRouter, Cookie, FastAPI, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, StreamingResponse

client = boto3.client("dynamodb", region_name="us-east-2")
pool = ThreadPoolExecutor(max_workers=8)
router = APIRouter(prefix="/reports")


async def off_loop(call, **kwargs):
    return await asyncio.get_running_loop().run_in_executor(pool, functools.partial(call, **kwargs))


@router.get("/{report_id}", response_class=PlainTextResponse)
async def text(report_id: str, sid: str | None = Cookie(None)):  # finding: unauthenticated-route
    got = await off_loop(client.get_item, TableName="reports", Key={"id": {"S": report_id}})  # finding: unvalidated-key
    return json.dumps(got["Item"])  # finding: whole-item-returned


@router.get("")
async def index(key_condition: str = Query(alias="q"), token: str | None = None):  # finding: unauthenticated-route
    arguments = {"TableName": "reports", "KeyConditionExpression": key_condition, "ProjectionExpression": "id, title"}
    if token:
        arguments["ExclusiveStartKey"] = {"id": {"S": token}}
    try:
        page = await run_in_threadpool(client.query, **arguments)  # finding: expression-injection  # arguable: raw-cursor, unvalidated-key
    except client.exceptions.InternalServerError as ise:
        raise HTTPException(502, repr(ise))  # finding: exception-text-returned
    return {"reports": page["Items"], "token": page.get("LastEvaluatedKey", {}).get("id")}  # arguable: raw-cursor


@router.get("/export/all")
async def export():  # finding: unauthenticated-route
    def lines():
        for page in client.get_paginator("scan").paginate(TableName="reports"):  # finding: scan-behind-route
            for item in page["Items"]:
                yield json.dumps(item) + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")  # finding: whole-item-returned


app = FastAPI()
app.include_router(router)
