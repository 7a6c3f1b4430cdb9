import os
from uuid import UUID

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from keys import holder


class LockerController:
    def __init__(self, dynamodb=None):
        self.dynamodb = dynamodb or boto3.resource("dynamodb")
        self.lockers = self.dynamodb.Table(os.getenv("LOCKERS", "lockers"))
        self.router = APIRouter(prefix="/lockers")
        self.router.add_api_route("/{locker_id}", self.read, methods=["GET"])
        self.router.add_api_route("/{locker_id}", self.change, methods=["PUT"])
        self.router.add_api_route("/", self.index, methods=["GET"])
        self.router.add_api_route("/{locker_id}/open", self.open, methods=["POST"])

    async def read(self, locker_id: str, request: Request):  # finding: unowned-item
        holder(request)
        return self._load(locker_id)  # finding: whole-item-returned

    async def change(self, locker_id: UUID, request: Request):  # finding: unowned-item
        holder(request)
        body = await request.json()
        assignments, values = [], {}
        for name, value in body.items():
            assignments.append(f"{name} = :{name}")
            values[f":{name}"] = value
        self.lockers.update_item(  # finding: expression-injection, mass-assignment
            Key={"locker_id": str(locker_id)},
            UpdateExpression="SET " + ", ".join(assignments),
            ExpressionAttributeValues=values,
        )
        return {"changed": len(values)}

    async def index(self, request: Request, count: int = 20):
        me = holder(request)
        page = self.lockers.query(IndexName="by_holder", KeyConditionExpression=Key("holder").eq(me), Limit=count)  # finding: raw-cursor
        return {"lockers": [each["locker_id"] for each in page["Items"]], "more": page.get("LastEvaluatedKey")}  # finding: raw-cursor

    async def open(self, locker_id: UUID):  # finding: unauthenticated-route
        locker = self._load(str(locker_id))
        return JSONResponse({"pin": locker["pin"], "at": locker["place"]})  # finding: sensitive-attribute-in-response

    def _load(self, locker_id):
        return self.lockers.get_item(Key={"locker_id": locker_id})["Item"]  # finding: unvalidated-key


async def failed(request, exc):
    return JSONResponse({"detail": str(exc)}, status_code=500)  # finding: exception-text-returned


app = FastAPI(exception_handlers={Exception: failed})
app.include_router(LockerController().router)
