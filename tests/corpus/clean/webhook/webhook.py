"""A webhook proves by its signature who sent it; its errors are constant; what it stores is picked."""

import hashlib
import hmac
import json
import logging
import os

import boto3
from botocore.exceptions import ClientError
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, ValidationError

log = logging.getLogger("hooks")
payments = boto3.resource("dynamodb").Table("payments")
app = FastAPI()


class Paid(BaseModel):
    payment_id: int
    amount: int
    currency: str


class Unreadable(Exception):
    """What was sent is no payment."""

    def __str__(self) -> str:
        return "that is no payment"


def parse(body: bytes) -> Paid:
    try:
        return Paid.model_validate(json.loads(body)["payment"])
    except (ValidationError, KeyError, ValueError) as error:
        log.info("unreadable: %s", error)
        raise Unreadable from error


@app.get("/healthz")
async def alive():
    return {"alive": True}


@app.post("/hooks/payments")
async def paid(request: Request):
    body = await request.body()
    expected = hmac.new(os.environ["HOOK_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("x-signature", "")):
        raise HTTPException(401, "wrong signature")
    try:
        payment = parse(body)
    except Unreadable as unreadable:
        raise HTTPException(422, str(unreadable)) from None
    try:
        payments.put_item(
            Item={"payment_id": payment.payment_id, "amount": payment.amount, "currency": payment.currency, "verified": True},
            ConditionExpression="attribute_not_exists(payment_id)",
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            return {"seen": True}
        log.error("not stored: %s", code)
        raise HTTPException(503, "try again") from error
    return {"stored": payment.payment_id}
