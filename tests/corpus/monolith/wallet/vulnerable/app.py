import base64
import json
import os
import traceback

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

app = FastAPI()
wallets = boto3.resource("dynamodb", region_name=os.getenv("AWS_REGION", "eu-west-1")).Table(os.environ.get("WALLETS", "wallets"))


class Wallet(BaseModel):
    wallet_id: str
    user_id: str
    currency: str
    balance: int = 0
    plan: str = "free"


class WalletOut(BaseModel):
    wallet_id: str
    currency: str


@app.exception_handler(Exception)
async def crashed(request: Request, exc: Exception):
    return JSONResponse(status_code=500, content={"error": "internal", "trace": traceback.format_exc()})  # finding: exception-text-returned


@app.get("/wallets/{wallet_id}", response_model=WalletOut)
def get_wallet(wallet_id: str, x_user_id: str = Header()):  # finding: unauthenticated-route, response-model-bypassed
    found = wallets.get_item(Key={"user_id": x_user_id, "wallet_id": wallet_id})  # finding: unvalidated-key
    wallet = found.get("Item")
    if not wallet:
        return JSONResponse(status_code=404, content={"error": "not found"})
    wallet["balance"] = int(wallet["balance"])
    return JSONResponse(content=wallet)  # arguable: whole-item-returned


@app.post("/wallets")
def open_wallet(wallet: Wallet, x_user_id: str = Header()):  # finding: unauthenticated-route
    wallets.put_item(Item=wallet.model_dump(), ConditionExpression="attribute_not_exists(wallet_id)")  # finding: mass-assignment
    return {"wallet_id": wallet.wallet_id}


@app.get("/wallets/{wallet_id}/payout")
def payout_details(wallet_id: int, x_user_id: str = Header(max_length=40)):  # finding: unauthenticated-route
    wallet = wallets.get_item(Key={"user_id": x_user_id, "wallet_id": wallet_id}).get("Item", {})
    return {"holder": wallet.get("holder"), "iban": wallet.get("iban"), "pin_hash": wallet.get("pin_hash")}  # finding: sensitive-attribute-in-response


@app.get("/transactions")
def transactions(after: str | None = None, size: int = 50, x_user_id: str = Header(pattern="^[a-z0-9]{8}$")):  # finding: unauthenticated-route
    ask = dict(KeyConditionExpression=Key("user_id").eq(x_user_id), Limit=size, ProjectionExpression="wallet_id, amount")
    if after is not None:
        ask["ExclusiveStartKey"] = json.loads(base64.urlsafe_b64decode(after))
    got = wallets.query(**ask)  # finding: raw-cursor
    following = None
    if "LastEvaluatedKey" in got:
        following = base64.urlsafe_b64encode(json.dumps(got["LastEvaluatedKey"]).encode()).decode()
    return {"items": got["Items"], "next": following}  # finding: raw-cursor
