import logging
import os
from secrets import token_hex

import boto3
import jwt
from boto3.dynamodb.conditions import Attr, Key
from fastapi import FastAPI, Header, HTTPException, Request
from passlib.hash import argon2
from pydantic import BaseModel, EmailStr

app = FastAPI()
log = logging.getLogger("gifts")
ddb = boto3.resource("dynamodb")
gifts, users = ddb.Table("gifts"), ddb.Table("users")
SEARCH = {"title": Attr("title"), "note": Attr("note")}


def verify(authorization: str | None) -> str | None:
    """The user of a token; None where it is not a good one."""
    try:
        return jwt.decode((authorization or "")[7:], os.environ["GIFT_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        return None


class Signup(BaseModel):
    email: EmailStr
    password: str


@app.post("/signup")
def signup(new: Signup):
    users.put_item(Item={"id": token_hex(8), "email": new.email, "password_hash": argon2.hash(new.password), "role": "giver"})
    return {"welcome": new.email}


@app.get("/gifts/{gift_id}")
def read(gift_id: int, authorization: str | None = Header(None)):
    user = verify(authorization)
    if user is None:
        raise HTTPException(401)
    gift = gifts.get_item(Key={"gift_id": gift_id}).get("Item")
    if gift is None or user not in (gift["giver"], gift["recipient"]):
        raise HTTPException(404)
    return {"title": gift["title"], "viewer": user}


@app.get("/gifts/{gift_id}/code")
def code(gift_id: int, authorization: str | None = Header(None)):
    user = verify(authorization)
    if not user:
        raise HTTPException(401)
    gift = gifts.get_item(Key={"gift_id": gift_id})["Item"]
    if gift["recipient"] != user:
        raise HTTPException(403)
    return {"to": gift["recipient"], "redeemed": bool(gift.get("redeemed_at"))}


@app.delete("/gifts/{gift_id}")
async def drop(gift_id: int, request: Request):
    user = verify(request.headers.get("authorization"))
    if user is None:
        raise HTTPException(status_code=401)
    try:
        gifts.delete_item(
            Key={"gift_id": gift_id}, ConditionExpression="giver = :me", ExpressionAttributeValues={":me": user}
        )
    except Exception as err:
        log.warning("not deleted: %s", err)
        return {"deleted": False, "because": "it is not yours, or gone"}
    return {"deleted": True}


@app.get("/gifts")
def search(by: str, like: str, authorization: str | None = Header(None)):
    me = verify(authorization)
    if me is None:
        raise HTTPException(401)
    if by not in SEARCH:
        raise HTTPException(422)
    condition = Key("giver").eq(me)
    found = gifts.query(IndexName="by_giver", KeyConditionExpression=condition, FilterExpression=SEARCH[by].begins_with(like), Limit=25)
    return {"found": found["Count"]}
