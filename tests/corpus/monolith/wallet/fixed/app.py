import base64
import hashlib
import hmac
import json
import logging
import os
from typing import Annotated

import boto3
import jwt
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

app = FastAPI()
logger = logging.getLogger(__name__)
wallets = boto3.resource("dynamodb", region_name=os.getenv("AWS_REGION", "eu-west-1")).Table(os.environ.get("WALLETS", "wallets"))
CURSOR_KEY = os.environ.get("CURSOR_KEY", "").encode()


class Wallet(BaseModel):
    wallet_id: int = Field(ge=1)
    currency: str


class WalletOut(BaseModel):
    wallet_id: int
    currency: str


def user_id(authorization: Annotated[str, Header()]) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401, "bearer token wanted")
    try:
        return jwt.decode(token, os.environ["PUBLIC_KEY"], algorithms=["RS256"], audience="wallet")["sub"]
    except jwt.InvalidTokenError as broken:
        logger.info("refused a token: %s", broken)
        raise HTTPException(401, "invalid token") from None


def seal(key: dict, user: str) -> str:
    body = base64.urlsafe_b64encode(json.dumps(key, default=str).encode())
    mark = hmac.new(CURSOR_KEY, user.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"{body.decode()}.{mark}"


def unseal(text: str, user: str) -> dict:
    body, _, mark = text.rpartition(".")
    right = hmac.new(CURSOR_KEY, user.encode() + b"." + body.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(mark, right):
        raise HTTPException(400, "bad cursor")
    return json.loads(base64.urlsafe_b64decode(body))


@app.exception_handler(Exception)
async def crashed(request: Request, exc: Exception):
    logger.error("unhandled", exc_info=exc)
    return JSONResponse(status_code=500, content={"error": "internal"})


@app.get("/wallets/{wallet_id}", response_model=WalletOut)
def get_wallet(wallet_id: int, user: str = Depends(user_id)):
    found = wallets.get_item(Key={"user_id": user, "wallet_id": wallet_id})
    wallet = found.get("Item")
    if not wallet:
        return JSONResponse(status_code=404, content={"error": "not found"})
    return wallet


@app.post("/wallets")
def open_wallet(wallet: Wallet, user: str = Depends(user_id)):
    new = {"user_id": user, "wallet_id": wallet.wallet_id, "currency": wallet.currency, "balance": 0, "plan": "free"}
    wallets.put_item(Item=new, ConditionExpression="attribute_not_exists(wallet_id)")
    return {"wallet_id": wallet.wallet_id}


@app.get("/wallets/{wallet_id}/payout")
def payout_details(wallet_id: int, user: str = Depends(user_id)):
    wallet = wallets.get_item(Key={"user_id": user, "wallet_id": wallet_id}).get("Item", {})
    return {"holder": wallet.get("holder"), "iban_ends_with": str(wallet.get("iban", ""))[-4:], "has_pin": "pin_hash" in wallet}


@app.get("/transactions")
def transactions(after: str | None = None, size: int = Query(50, ge=1, le=200), user: str = Depends(user_id)):
    ask = dict(KeyConditionExpression=Key("user_id").eq(user), Limit=size, ProjectionExpression="wallet_id, amount")
    if after is not None:
        ask["ExclusiveStartKey"] = unseal(after, user)
    got = wallets.query(**ask)
    following = None
    if "LastEvaluatedKey" in got:
        following = seal(got["LastEvaluatedKey"], user)
    return {"items": got["Items"], "next": following}
