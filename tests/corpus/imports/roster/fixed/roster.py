import csv
import io
import json
import os
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Literal

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, Form, Header, HTTPException, Request, UploadFile
from pydantic import BaseModel, RootModel

table = boto3.resource("dynamodb").Table("roster")
Found = namedtuple("Found", "hours at")


def planner(x_api_key: str = Header()):
    if x_api_key not in os.environ["KEYS"].split(","):
        raise HTTPException(403)


app = FastAPI(dependencies=[Depends(planner)])


class Shift(BaseModel):
    shift: int
    hours: int


Shifts = RootModel[list[Shift]]


@app.post("/import")
async def rows(file: UploadFile):
    text = (await file.read()).decode()
    with table.batch_writer() as batch:
        for row in csv.DictReader(io.StringIO(text)):
            batch.put_item(Item={"shift": int(row["shift"]), "hours": int(row["hours"])})
    return {"ok": True}


@app.post("/one")
async def one(request: Request):
    body = await request.json()
    table.put_item(Item=Shift.model_validate(body["shift"]).model_dump())
    return {"ok": True}


@app.post("/text")
def text(document: str = Form()):
    shift = Shift(**json.loads(document))
    table.put_item(Item=json.loads(shift.model_dump_json(), parse_float=Decimal))
    return {"ok": True}


@app.patch("/shifts/{shift}")
def change(shift: int, field: Literal["hours", "place"], value: str):
    table.update_item(
        Key={"shift": shift}, UpdateExpression="SET #f = :v", ExpressionAttributeNames={"#f": field}, ExpressionAttributeValues={":v": value}
    )
    return {"ok": True}


@app.get("/shifts/{shift}")
def read(shift: int):
    found = Found(table.get_item(Key={"shift": shift})["Item"]["hours"], "now")
    return {"hours": found.hours, "at": found.at}


@app.get("/several")
def several(shifts: str):
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda each: table.get_item(Key={"shift": int(each)}), shifts.split(","))
    return [each["Item"]["hours"] for each in found]


@app.get("/shifts", response_model=Shifts)
def every():
    return table.query(KeyConditionExpression=Key("kind").eq("shift"))["Items"]
