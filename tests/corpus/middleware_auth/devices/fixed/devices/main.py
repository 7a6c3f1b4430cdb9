import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from devices.auth import TokenMiddleware

app = FastAPI()
app.add_middleware(TokenMiddleware)
table = boto3.resource("dynamodb").Table("devices")


class Device(BaseModel):
    device_id: int
    model: str


class Registration(BaseModel):
    model: str


@app.get("/health")
def health():
    return "up"


def owned(device_id: int, user: str) -> dict:
    found = table.get_item(Key={"device_id": device_id}).get("Item")
    if found is None or found["owner"] != user:
        raise HTTPException(404)
    return found


@app.get("/devices/{device_id}", response_model=Device)
def read(device_id: int, request: Request):
    return owned(device_id, request.state.user)


@app.get("/devices/{device_id}/wifi")
def wifi(device_id: int, request: Request):
    found = owned(device_id, request.state.user)
    return JSONResponse({"ssid": found.get("ssid"), "secured": "wifi_password" in found})


@app.get("/devices")
def mine(request: Request):
    rows = table.query(IndexName="by_owner", KeyConditionExpression=Key("owner").eq(request.state.user))["Items"]
    return [Device.model_validate(row) for row in rows]


@app.put("/devices/{device_id}")
def register(device_id: int, registration: Registration, request: Request):
    me = request.state.user
    try:
        table.put_item(
            Item={"device_id": device_id, "owner": me, "plan": "basic", **registration.model_dump()},
            ConditionExpression=Attr("device_id").not_exists() | Attr("owner").eq(me),
        )
    except ClientError:
        raise HTTPException(409, "not registered") from None
    return {"registered": device_id}
