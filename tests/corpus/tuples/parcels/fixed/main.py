import functools
import logging
import os
import secrets
from uuid import UUID

import boto3
from botocore.exceptions import ClientError
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse

log = logging.getLogger(__name__)


def partner(x_api_key: str = Header()):
    if not secrets.compare_digest(x_api_key, os.environ["PARTNER_KEY"]):
        raise HTTPException(401, "who are you?")


app = FastAPI(dependencies=[Depends(partner)])


class Parcels:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("parcels")

    def get(self, parcel_id: UUID):
        try:
            return self.table.get_item(Key={"parcel_id": str(parcel_id)}).get("Item"), None
        except ClientError as error:
            log.error("the store failed: %s", error)
            return None, "the store failed"


parcels = Parcels()


def guarded(function):
    @functools.wraps(function)
    async def inner(*args, **kwargs):
        try:
            return await function(*args, **kwargs)
        except ClientError:
            log.exception("the store failed")
            return JSONResponse({"error": "the store failed"}, status_code=502)

    return inner


@app.get("/parcels/{parcel_id}")
def parcel(parcel_id: UUID):
    found, error = parcels.get(parcel_id)
    if error:
        raise HTTPException(500, error)
    return {"place": found["place"]}


@app.get("/parcels/{parcel_id}/place")
@guarded
async def place(parcel_id: UUID):
    found, _ = parcels.get(parcel_id)
    return {"place": found["place"]}
