import functools
import json

import boto3
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from checks import login_required

app = FastAPI()
_coupons = boto3.resource("dynamodb").Table("coupons")
read = functools.partial(_coupons.get_item, ConsistentRead=True)
every = functools.partial(_coupons.scan, Limit=500)  # finding: scan-behind-route


class Coupon(BaseModel):
    code: str
    percent: int


def guarded(handler):
    """Answer failures as JSON."""

    @functools.wraps(handler)
    def inner(*args, **kwargs):
        try:
            return handler(*args, **kwargs)
        except Exception as e:
            return JSONResponse({"ok": False, "error": str(e)}, status_code=500)  # finding: exception-text-returned

    return inner


@app.get("/coupons/{code}")
@guarded
@login_required
def show(code: str, request: Request):
    return read(Key={"code": code})["Item"]  # finding: unvalidated-key, whole-item-returned


@app.get("/coupons")
@guarded
def index(request: Request):  # finding: unauthenticated-route
    return {"coupons": every()["Items"]}  # finding: whole-item-returned


@app.get("/coupons/{code}/card", response_model=Coupon)
@login_required
def card(code: int, request: Request):  # finding: response-model-bypassed
    item = read(Key={"code": code}).get("Item")
    if item is None:
        raise HTTPException(404)
    return JSONResponse(json.loads(json.dumps(item, default=str)))  # arguable: whole-item-returned


@app.put("/coupons/{code}")
@login_required
def save(code: int, request: Request, body: dict):
    update = functools.partial(_coupons.update_item, Key={"code": code})
    for name, value in body.items():
        update(UpdateExpression=f"SET {name} = :v", ExpressionAttributeValues={":v": value})  # finding: expression-injection, mass-assignment
    return {"saved": list(body)}
