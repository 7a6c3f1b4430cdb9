import logging
import os
from uuid import UUID

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse

from keys import holder

CHANGEABLE = frozenset({"nickname", "colour"})


class LockerController:
    def __init__(self, dynamodb=None):
        self.dynamodb = dynamodb or boto3.resource("dynamodb")
        self.lockers = self.dynamodb.Table(os.getenv("LOCKERS", "lockers"))
        self.router = APIRouter(prefix="/lockers")
        self.router.add_api_route("/{locker_id}", self.read, methods=["GET"])
        self.router.add_api_route("/{locker_id}", self.change, methods=["PUT"])
        self.router.add_api_route("/", self.index, methods=["GET"])
        self.router.add_api_route("/{locker_id}/open", self.open, methods=["POST"])

    async def read(self, locker_id: UUID, request: Request):
        locker = self._load(str(locker_id), holder(request))
        return {"locker_id": str(locker_id), "place": locker["place"], "colour": locker.get("colour")}

    async def change(self, locker_id: UUID, request: Request):
        me = holder(request)
        body = await request.json()
        assignments, names, values = [], {}, {":me": me}
        for name, value in body.items():
            if name not in CHANGEABLE:
                raise HTTPException(422, "only nickname and colour")
            assignments.append(f"#{name} = :{name}")
            names[f"#{name}"] = name
            values[f":{name}"] = value
        self.lockers.update_item(
            Key={"locker_id": str(locker_id)},
            UpdateExpression="SET " + ", ".join(assignments),
            ConditionExpression="holder = :me",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
        return {"changed": len(names)}

    async def index(self, request: Request, count: int = Query(default=20, ge=1, le=100)):
        me = holder(request)
        page = self.lockers.query(IndexName="by_holder", KeyConditionExpression=Key("holder").eq(me), Limit=count)
        return {"lockers": [each["locker_id"] for each in page["Items"]], "more": bool(page.get("LastEvaluatedKey"))}

    async def open(self, locker_id: UUID, request: Request):
        locker = self._load(str(locker_id), holder(request))
        return JSONResponse({"at": locker["place"], "unlocks": True})

    def _load(self, locker_id, me):
        locker = self.lockers.get_item(Key={"locker_id": locker_id}).get("Item")
        if not locker or locker["holder"] != me:
            raise HTTPException(404, "no locker of yours")
        return locker


async def failed(request, exc):
    logging.getLogger("lockers").exception("failed", exc_info=exc)
    return JSONResponse({"detail": "internal error"}, status_code=500)


app = FastAPI(exception_handlers={Exception: failed})
app.include_router(LockerController().router)
