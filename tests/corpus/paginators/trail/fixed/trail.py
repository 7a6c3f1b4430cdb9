import os
import secrets
from typing import Annotated
from uuid import UUID

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends, FastAPI, HTTPException, Query, Security
from fastapi.security import APIKeyQuery
from pydantic import BaseModel

client = boto3.client("dynamodb")
api_key = APIKeyQuery(name="key", auto_error=False)


def auditor(key: str | None = Security(api_key)) -> None:
    if key is None or not secrets.compare_digest(key, os.environ["AUDIT_KEY"]):
        raise HTTPException(403, "auditors only")


app = FastAPI(dependencies=[Depends(auditor)])


class Event(BaseModel):
    at: str
    what: str

    @classmethod
    def of(cls, raw: dict) -> "Event":
        return cls(at=raw["at"]["S"], what=raw["what"]["S"])


@app.get("/events")
def events(day: int, size: Annotated[int, Query(ge=1, le=1000)] = 100):
    paginator = client.get_paginator("query")
    pages = paginator.paginate(
        TableName="trail",
        IndexName="by_day",
        KeyConditionExpression="epoch_day = :d",
        ExpressionAttributeValues={":d": {"N": str(day)}},
        PaginationConfig={"PageSize": size, "MaxItems": size},
    )
    result = pages.build_full_result()
    return {"events": [Event.of(raw) for raw in result["Items"]]}


@app.get("/actors/{actor}/events", response_model=list[Event])
def of_actor(actor: UUID):
    found: list[Event] = []
    try:
        for page in client.get_paginator("query").paginate(
            TableName="trail",
            KeyConditionExpression="actor = :a",
            ExpressionAttributeValues={":a": {"S": str(actor)}},
        ):
            found.extend(map(Event.of, page["Items"]))
    except (ClientError, BotoCoreError) as failure:
        raise HTTPException(status_code=500, detail=["query failed"]) from failure
    return found
