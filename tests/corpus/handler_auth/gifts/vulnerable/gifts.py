import os

import boto3
import jwt
from boto3.dynamodb.conditions import Attr
from fastapi import FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

app = FastAPI()
ddb = boto3.resource("dynamodb")
gifts, users = ddb.Table("gifts"), ddb.Table("users")


def verify(authorization: str | None) -> str | None:
    """The user of a token; None where it is not a good one."""
    try:
        return jwt.decode((authorization or "")[7:], os.environ["GIFT_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        return None


class Signup(BaseModel):
    email: str
    password_hash: str
    role: str = "giver"


@app.post("/signup")
def signup(new: Signup):
    users.put_item(Item={**new.model_dump(), "active": True})  # finding: mass-assignment
    return {"welcome": new.email}


@app.get("/gifts/{gift_id}")
def read(gift_id: str, authorization: str | None = Header(None)):  # finding: unauthenticated-route
    user = verify(authorization)
    gift = gifts.get_item(Key={"gift_id": gift_id}).get("Item")  # finding: unvalidated-key
    if gift is None:
        raise HTTPException(404)
    return gift | {"viewer": user}  # finding: whole-item-returned


@app.get("/gifts/{gift_id}/code")
def code(gift_id: int, authorization: str | None = Header(None)):  # finding: unowned-item
    if not verify(authorization):
        raise HTTPException(401)
    gift = gifts.get_item(Key={"gift_id": gift_id})["Item"]
    return {"to": gift["recipient"], "access_token": gift["access_token"]}  # finding: sensitive-attribute-in-response


@app.delete("/gifts/{gift_id}")
async def drop(gift_id: int, request: Request):  # finding: unowned-item
    user = verify(request.headers.get("authorization"))
    if user is None:
        raise HTTPException(status_code=401)
    try:
        gifts.delete_item(Key={"gift_id": gift_id})
    except Exception as err:
        return {"deleted": False, "because": str(err)}  # finding: exception-text-returned
    return {"deleted": True}


@app.get("/gifts")
def search(by: str, like: str, authorization: str | None = Header(None)):  # arguable: unowned-item
    if verify(authorization) is None:
        raise HTTPException(401)
    found = gifts.scan(FilterExpression=Attr(by).begins_with(like), Limit=25)  # finding: scan-behind-route, expression-injection
    return {"found": found["Count"]}
