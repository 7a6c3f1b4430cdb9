import functools
import logging

import boto3
from botocore.exceptions import ClientError
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse

log = logging.getLogger(__name__)
app = FastAPI()


class Parcels:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("parcels")

    def get(self, parcel_id):
        try:
            return self.table.get_item(Key={"parcel_id": parcel_id}).get("Item"), None  # finding: unvalidated-key
        except ClientError as error:
            return None, error.response["Error"]["Message"]


parcels = Parcels()


def guarded(function):
    @functools.wraps(function)
    async def inner(*args, **kwargs):
        try:
            return await function(*args, **kwargs)
        except ClientError as error:
            log.exception("the store failed")
            return JSONResponse({"error": str(error)}, status_code=502)  # finding: exception-text-returned

    return inner


@app.get("/parcels/{parcel_id}")
def parcel(parcel_id: str):  # finding: unauthenticated-route
    found, error = parcels.get(parcel_id)
    if error:
        raise HTTPException(500, error)  # finding: exception-text-returned
    return found  # finding: whole-item-returned


@app.get("/parcels/{parcel_id}/place")
@guarded
async def place(parcel_id: int):  # finding: unauthenticated-route
    try:
        found = parcels.table.get_item(Key={"parcel_id": parcel_id})["Item"]
    except KeyError as error:
        return {"error": repr(error)}  # finding: exception-text-returned
    return {"place": found["place"]}
