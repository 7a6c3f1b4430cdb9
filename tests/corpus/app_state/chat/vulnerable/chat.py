import json
from contextlib import asynccontextmanager

import aioboto3
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from pydantic import BaseModel

from tokens import caller


@asynccontextmanager
async def lifespan(app: FastAPI):
    session = aioboto3.Session()
    async with session.resource("dynamodb") as dynamodb:
        app.state.messages = await dynamodb.Table("messages")
        app.state.rooms = await dynamodb.Table("rooms")
        yield


app = FastAPI(lifespan=lifespan)


class Room(BaseModel):
    name: str
    owner_id: str = ""
    role: str = "member"


@app.get("/rooms")
async def rooms(request: Request):  # finding: unauthenticated-route
    response = await request.app.state.rooms.scan(Limit=100)  # finding: scan-behind-route
    return response["Items"]  # finding: whole-item-returned


@app.post("/rooms/{room_id}")
async def make_room(room_id: str, room: Room, request: Request, me: str = Depends(caller)):  # arguable: unowned-item
    await request.app.state.rooms.put_item(Item={"room_id": room_id, **room.model_dump()})  # finding: mass-assignment
    return {"room_id": room_id}


@app.get("/rooms/{room_id}/messages")
async def messages(room_id: str, request: Request, me: str = Depends(caller), start: str = Query(None), limit: int = 30):  # finding: unowned-item
    kwargs = {"KeyConditionExpression": Key("room_id").eq(room_id), "Limit": limit, "ScanIndexForward": False}
    if start:
        kwargs["ExclusiveStartKey"] = json.loads(start)
    try:
        page = await request.app.state.messages.query(**kwargs)  # finding: raw-cursor, unvalidated-key
    except Exception as error:
        raise HTTPException(502, {"message": "store failed", "reason": f"{error}"}) from error  # finding: exception-text-returned
    return {"items": page["Items"], "start": page.get("LastEvaluatedKey")}  # finding: whole-item-returned, raw-cursor


@app.delete("/rooms/{room_id}/messages/{message_id}", status_code=204)
async def remove(room_id: str, message_id: str, request: Request, me: str = Depends(caller)):  # finding: unowned-item
    await request.app.state.messages.delete_item(Key={"room_id": room_id, "message_id": message_id})  # finding: unvalidated-key
