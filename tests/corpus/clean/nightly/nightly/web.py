import os
from contextlib import asynccontextmanager
from datetime import date
from hmac import compare_digest

from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import APIKeyHeader

from nightly.jobs import every, table

known: set[int] = set()


@asynccontextmanager
async def lifespan(app: FastAPI):
    known.update(int(item["meter"]) for item in every())
    yield


def machine(key: str = Depends(APIKeyHeader(name="X-Meter-Key"))) -> None:
    if not compare_digest(key, os.environ["METER_KEY"]):
        raise HTTPException(403)


app = FastAPI(lifespan=lifespan, dependencies=[Depends(machine)])


@app.get("/meters/{meter}/{day}")
def readings(meter: int, day: date):
    if meter not in known:
        raise HTTPException(404)
    found = table.query(KeyConditionExpression=Key("meter").eq(meter) & Key("at").begins_with(day.isoformat()))
    return [{"at": item["at"], "kwh": float(item["kwh"])} for item in found["Items"]]
