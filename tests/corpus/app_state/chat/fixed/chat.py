import logging
import os
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import aioboto3
from boto3.dynamodb.conditions import Attr, Key
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import BaseModel

from tokens import caller

log = logging.getLogger("chat")
cursors = URLSafeTimedSerializer(os.environ.get("CURSOR_SECRET", "dev"), salt="messages")


@asynccontextmanager
async def lifespan(app: FastAPI):
    session = aioboto3.Session()
    async with session.resource("dynamodb") as dynamodb:
        app.state.messages = await dynamodb.Table("messages")
        app.state.rooms = await dynamodb.Table("rooms")
        app.state.memberships = await dynamodb.Table("memberships")
        yield


app = FastAPI(lifespan=lifespan)


class Room(BaseModel):
    name: str


async def member_of(room_id: UUID, request: Request, me: Annotated[str, Depends(caller)]) -> str:
    found = await request.app.state.memberships.get_item(Key={"user_id": me, "room_id": str(room_id)})
    if "Item" not in found:
        raise HTTPException(404, "no such room")
    return me


@app.get("/rooms")
async def rooms(request: Request, me: str = Depends(caller)):
    response = await request.app.state.memberships.query(KeyConditionExpression=Key("user_id").eq(me))
    return [item["room_id"] for item in response["Items"]]


@app.post("/rooms/{room_id}")
async def make_room(room_id: UUID, room: Room, request: Request, me: str = Depends(caller)):
    await request.app.state.rooms.put_item(
        Item={"room_id": str(room_id), "owner_id": me, "name": room.name},
        ConditionExpression=Attr("room_id").not_exists(),
    )
    return {"room_id": str(room_id)}


@app.get("/rooms/{room_id}/messages")
async def messages(
    room_id: UUID, request: Request, me: str = Depends(member_of), start: str = Query(None), limit: int = Query(30, ge=1, le=100)
):
    kwargs = {
        "KeyConditionExpression": Key("room_id").eq(str(room_id)),
        "Limit": limit,
        "ScanIndexForward": False,
        "ProjectionExpression": "message_id, sender, body",
    }
    if start:
        try:
            kwargs["ExclusiveStartKey"] = cursors.loads(start, max_age=3600)
        except BadSignature:
            raise HTTPException(400, "bad start") from None
    try:
        page = await request.app.state.messages.query(**kwargs)
    except Exception as error:
        log.warning("query failed: %r", error)
        raise HTTPException(502, {"message": "store failed"}) from error
    last = page.get("LastEvaluatedKey")
    return {"items": page["Items"], "start": cursors.dumps(last) if last else None}


@app.delete("/rooms/{room_id}/messages/{message_id}", status_code=204)
async def remove(room_id: UUID, message_id: UUID, request: Request, me: str = Depends(member_of)):
    await request.app.state.messages.delete_item(
        Key={"room_id": str(room_id), "message_id": str(message_id)}, ConditionExpression=Attr("sender").eq(me)
    )
