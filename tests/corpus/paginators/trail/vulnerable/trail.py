import base64
import pickle
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, HTTPException, Security
from fastapi.security import APIKeyQuery

client = boto3.client("dynamodb")
api_key = APIKeyQuery(name="key", auto_error=False)
app = FastAPI()


@app.get("/events")
def events(key: str | None = Security(api_key), size: int = 100, at: str | None = None):  # finding: unauthenticated-route
    paginator = client.get_paginator("scan")  # finding: scan-behind-route
    pages = paginator.paginate(  # finding: raw-cursor
        TableName="trail", PaginationConfig={"PageSize": size, "MaxItems": size, "StartingToken": at}
    )
    result = pages.build_full_result()
    return {"events": result["Items"], "next": result.get("NextToken")}  # finding: whole-item-returned, raw-cursor


@app.get("/actors/{actor}/events", response_model=list[dict])
def of_actor(actor: str, cursor: bytes | None = None):  # finding: unauthenticated-route, response-model-bypassed
    found: list[dict[str, Any]] = []
    extra = {"ExclusiveStartKey": pickle.loads(base64.b64decode(cursor))} if cursor else {}
    try:
        page = client.query(  # finding: unvalidated-key, raw-cursor
            TableName="trail",
            KeyConditionExpression="actor = :a",
            ExpressionAttributeValues={":a": {"S": actor}},
            **extra,
        )
        found.extend(page["Items"])
    except (ClientError, BotoCoreError) as failure:
        raise HTTPException(status_code=500, detail=["query failed", str(failure)])  # finding: exception-text-returned
    return found  # arguable: whole-item-returned
