"""Keys in the query, schemas in JSON, routers' own refusals: looks open, is not."""

import os
from uuid import UUID

import boto3
import jsonschema
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials

app = FastAPI()
table = boto3.resource("dynamodb").Table("readings")
SCHEMA = {"type": "object", "properties": {"at": {"type": "integer"}}, "additionalProperties": False}
basic = HTTPBasic()


def partner(x_token: str = Header()):
    if x_token not in os.environ["PARTNERS"].split():
        raise HTTPException(400, "unknown partner")


def engineer(given: HTTPBasicCredentials = Depends(basic)):
    if given.password != os.environ["ENGINEERS"]:
        raise HTTPException(404)


@app.get("/readings/{reading}")
def read(reading: UUID, api_key: str):
    if api_key != os.environ["KEY"]:
        raise HTTPException(401)
    return {"at": table.get_item(Key={"reading": str(reading)})["Item"]["at"]}


@app.post("/readings")
async def add(request: Request, api_key: str = Query(alias="key")):
    if api_key != os.environ["KEY"]:
        raise HTTPException(403)
    body = await request.json()
    jsonschema.validate(body, SCHEMA)
    table.put_item(Item=body)
    return {"ok": True}


@app.get("/partners/readings/{reading}", dependencies=[Depends(partner)])
def for_partners(reading: int):
    return {"at": table.get_item(Key={"reading": reading})["Item"]["at"]}


@app.get("/engineers/readings/{reading}", dependencies=[Depends(engineer)])
def for_engineers(reading: int):
    return {"at": table.get_item(Key={"reading": reading})["Item"]["at"]}
