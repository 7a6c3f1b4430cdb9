import csv
import io
import json
import os
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import boto3
from fastapi import Depends, FastAPI, Form, Header, HTTPException, Request, UploadFile
from pydantic import BaseModel, RootModel

table = boto3.resource("dynamodb").Table("roster")
Found = namedtuple("Found", "item at")


def planner(x_api_key: str = Header()):
    if x_api_key not in os.environ["KEYS"].split(","):
        raise HTTPException(403)


app = FastAPI(dependencies=[Depends(planner)], debug=True)  # finding: exception-text-returned


class Shift(BaseModel):
    shift: int
    hours: int


Shifts = RootModel[list[Shift]]


@app.post("/import")
async def rows(file: UploadFile):
    text = (await file.read()).decode()
    with table.batch_writer() as batch:
        for row in csv.DictReader(io.StringIO(text)):
            batch.put_item(Item=row)  # finding: mass-assignment
    return {"ok": True}


@app.post("/one")
async def one(request: Request):
    body = await request.json()
    table.put_item(Item=body["shift"])  # finding: mass-assignment
    return {"ok": True}


@app.post("/text")
def text(document: str = Form()):
    table.put_item(Item={**json.loads(document, parse_float=Decimal), "kind": "shift"})  # finding: mass-assignment
    return {"ok": True}


@app.patch("/shifts/{shift}")
def change(shift: int, field: str, value: str):
    table.update_item(  # finding: mass-assignment
        Key={"shift": shift}, UpdateExpression="SET #f = :v", ExpressionAttributeNames={"#f": field}, ExpressionAttributeValues={":v": value}
    )
    return {"ok": True}


@app.get("/shifts/{shift}")
def read(shift: int):
    found = Found(table.get_item(Key={"shift": shift}).get("Item"), "now")
    return {"shift": found.item, "at": found.at}  # finding: whole-item-returned


@app.get("/several")
def several(shifts: str):
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda each: table.get_item(Key={"shift": each}), shifts.split(","))  # finding: unvalidated-key
    return [each["Item"] for each in found]  # finding: whole-item-returned


@app.get("/shifts", response_model=Shifts)
def every():
    return table.scan()["Items"]  # finding: scan-behind-route
