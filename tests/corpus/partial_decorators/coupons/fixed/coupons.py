import functools
import logging

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, HTTPException, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from checks import login_required

app = FastAPI()
_coupons = boto3.resource("dynamodb").Table("coupons")
read = functools.partial(_coupons.get_item, ConsistentRead=True)
valid = functools.partial(_coupons.query, IndexName="by_state", KeyConditionExpression=Key("state").eq("valid"), Limit=500)


class Coupon(BaseModel):
    code: str
    percent: int


def guarded(handler):
    """Answer failures as JSON."""

    @functools.wraps(handler)
    def inner(*args, **kwargs):
        try:
            return handler(*args, **kwargs)
        except Exception:
            logging.exception("%s failed", handler.__name__)
            return JSONResponse({"ok": False, "error": handler.__name__}, status_code=500)

    return inner


@app.get("/coupons/{code}")
@guarded
@login_required
def show(request: Request, code: str = Path(min_length=6, max_length=12)):
    return read(Key={"code": code}, ProjectionExpression="code, percent")["Item"]


@app.get("/coupons", response_model=list[Coupon])
@guarded
@login_required
def index(request: Request):
    return valid()["Items"]


@app.get("/coupons/{code}/card", response_model=Coupon)
@login_required
def card(code: int, request: Request):
    item = read(Key={"code": code}).get("Item")
    if item is None:
        raise HTTPException(404)
    return JSONResponse(Coupon.model_validate(item).model_dump())


@app.put("/coupons/{code}")
@login_required
def save(code: int, request: Request, body: Coupon):
    update = functools.partial(_coupons.update_item, Key={"code": code})
    update(UpdateExpression="SET #p = :v", ExpressionAttributeNames={"#p": "percent"}, ExpressionAttributeValues={":v": body.percent})
    return {"saved": ["percent"]}
