"""Near misses: names that sound like secrets, and are none."""

import os
import secrets
import time
from typing import Literal
from uuid import UUID

import boto3
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

dynamodb = boto3.resource("dynamodb")
jobs = dynamodb.Table("job_postings")
stores = dynamodb.Table("branches")
uploads = dynamodb.Table("uploads")
chats = dynamodb.Table("chats")


def partner(x_api_key: str = Header()):
    if not secrets.compare_digest(x_api_key, os.environ["PARTNER_KEY"]):
        raise HTTPException(401, "who are you?")


app = FastAPI(dependencies=[Depends(partner)])


@app.get("/jobs/{job_id}")
def job(job_id: UUID):
    found = jobs.get_item(Key={"job_id": str(job_id)})["Item"]
    return {"title": found["title"], "salary": found["salary"], "has_pension": found["has_pension"]}


@app.get("/branches/{branch_id}")
def branch(branch_id: UUID):
    found = stores.get_item(Key={"branch_id": str(branch_id)})["Item"]
    return {"street": found["street"], "city": found["city"], "pin_code": found["pin_code"]}


@app.get("/uploads/{upload_id}")
def upload(upload_id: UUID):
    found = uploads.get_item(Key={"upload_id": str(upload_id)}, ProjectionExpression="file_hash, commit_hash, total_tokens")["Item"]
    return found


@app.get("/chats/{session_id}")
def chat(session_id: UUID):
    found = chats.get_item(Key={"session_id": str(session_id)})["Item"]
    return {"session_id": found["session_id"], "health": found["health"], "token_count": found["token_count"]}


class Message(BaseModel):
    role: Literal["user", "assistant"]
    content: str


@app.post("/chats/{session_id}")
def say(session_id: UUID, message: Message):
    chats.put_item(Item={"session_id": str(session_id), "at": time.time_ns(), **message.model_dump()})
    return {"ok": True}
