import boto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from devices.auth import TokenMiddleware

app = FastAPI()
app.add_middleware(TokenMiddleware)
table = boto3.resource("dynamodb").Table("devices")


class Device(BaseModel):
    device_id: str
    model: str


class Registration(BaseModel):
    model: str
    owner: str | None = None
    plan: str = "basic"


@app.get("/health")
def health():
    return "up"


@app.get("/devices/{device_id}", response_model=Device)
def read(device_id: str, request: Request):  # finding: unowned-item
    found = table.get_item(Key={"device_id": device_id})  # finding: unvalidated-key
    if "Item" not in found:
        raise HTTPException(404)
    return found["Item"]


@app.get("/devices/{device_id}/wifi", response_model=Device)
def wifi(device_id: int, request: Request):  # finding: unowned-item, response-model-bypassed
    found = table.get_item(Key={"device_id": device_id}).get("Item", {})
    return JSONResponse({"ssid": found.get("ssid"), "password": found.get("wifi_password")})  # finding: sensitive-attribute-in-response


@app.get("/devices")
def mine(request: Request):
    rows = table.query(IndexName="by_owner", KeyConditionExpression=Key("owner").eq(request.state.user))["Items"]
    return rows  # finding: whole-item-returned


@app.put("/devices/{device_id}")
def register(device_id: int, registration: Registration, request: Request):  # finding: unowned-item
    table.put_item(Item={"device_id": device_id, **registration.model_dump(exclude_none=True)})  # finding: mass-assignment
    return {"registered": device_id}
