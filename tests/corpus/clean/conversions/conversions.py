"""Text of requests that code converts or checks before it is a key."""

import os
import re
import uuid
from datetime import datetime
from enum import Enum
from typing import Annotated, NewType

import boto3
import jwt
from fastapi import Cookie, Depends, FastAPI, HTTPException
from pydantic import AfterValidator, BaseModel, field_validator

table = boto3.resource("dynamodb").Table("rooms")
app = FastAPI()
RoomId = NewType("RoomId", str)
_ROOM = re.compile(r"[A-Z][0-9]{3}")


class Wing(Enum):
    north = "N"
    south = "S"


def _room(text: str) -> str:
    if _ROOM.fullmatch(text) is None:
        raise ValueError("no room")
    return text


Room = Annotated[str, AfterValidator(_room)]


class Booking(BaseModel):
    room: str
    at: datetime

    @field_validator("room")
    @classmethod
    def known(cls, room: str) -> str:
        if not _ROOM.fullmatch(room):
            raise ValueError("no room")
        return room


def staff(session: Annotated[str, Cookie()]) -> str:
    try:
        return jwt.decode(session, os.environ["ROOM_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


def parsed(text: str) -> RoomId:
    try:
        return RoomId(str(uuid.UUID(text)))
    except ValueError:
        raise HTTPException(422, "that is no room's id") from None


def load(key: dict) -> dict:
    item = table.get_item(Key=key).get("Item")
    if item is None:
        raise HTTPException(404)
    return {"name": item["name"], "seats": item["seats"]}


@app.get("/ids/{text}", dependencies=[Depends(staff)])
def by_id(text: str):
    return load({"id": parsed(text)})


@app.get("/rooms/{room}", dependencies=[Depends(staff)])
def by_room(room: Room):
    return load({"id": f"ROOM#{room}#SEATS"})


@app.get("/wings/{wing}/{floor}", dependencies=[Depends(staff)])
def by_wing(wing: Wing, floor: int):
    return load({"id": f"{wing.value}#{floor}"})


@app.get("/names/{name}", dependencies=[Depends(staff)])
def by_name(name: str):
    if name not in {"aula", "library", "gym"}:
        raise HTTPException(404)
    return load({"id": name})


@app.post("/bookings", dependencies=[Depends(staff)])
def book(booking: Booking):
    return load({"id": f"{booking.room}#{booking.at:%Y%m%d}"})
