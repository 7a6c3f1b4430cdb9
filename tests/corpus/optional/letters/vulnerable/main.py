import os
from uuid import UUID, uuid4

import boto3
from fastapi import Depends, FastAPI, Header, HTTPException
from jose import jwt

app = FastAPI()
letters = boto3.resource("dynamodb").Table("letters")


def verified(token: str) -> dict:
    if jwt.get_unverified_header(token)["kid"] != os.environ["KID"]:
        raise HTTPException(401, "no such key")
    return jwt.decode(token, os.environ["KEY"], algorithms=["RS256"])


def writer(authorization: str | None = Header(default=None)) -> str:
    if not authorization:
        raise HTTPException(401, "who are you?")
    try:
        return verified(authorization.removeprefix("Bearer "))["sub"]
    except HTTPException:
        raise
    except Exception:
        raise HTTPException(401, "who are you?")


def maybe(authorization: str | None = Header(default=None)) -> str | None:
    if not authorization:
        return None
    try:
        return verified(authorization.removeprefix("Bearer "))["sub"]
    except Exception:
        return None


@app.get("/letters/{letter_id}/opened")
def opened(letter_id: UUID, who=Depends(maybe)):  # finding: unauthenticated-route
    return {"opened": letters.get_item(Key={"letter_id": str(letter_id)})["Item"]["opened"]}


@app.get("/letters/{letter_id}")
def letter(letter_id: UUID, who=Depends(writer)):  # finding: unowned-item
    return {"text": letters.get_item(Key={"letter_id": str(letter_id)})["Item"]["text"]}


@app.post("/letters", status_code=201)
def write(text: str, who=Depends(writer)):
    letter_id = uuid4().hex
    letters.put_item(Item={"letter_id": letter_id, "writer": who, "text": text, "opened": False})
    return {"letter_id": letter_id}
