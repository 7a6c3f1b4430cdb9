import os
import uuid
from decimal import Decimal
from typing import List, Optional

import boto3
from botocore.exceptions import ClientError
from fastapi import FastAPI, HTTPException, status
from pydantic import BaseModel

app = FastAPI()
dynamodb = boto3.resource("dynamodb", region_name=os.getenv("AWS_REGION", "us-east-1"))
table = dynamodb.Table(os.getenv("ITEMS_TABLE", "Items"))


class Item(BaseModel):
    name: str
    price: float
    description: Optional[str] = None


class ItemOut(Item):
    id: str


def convert(obj):
    if isinstance(obj, list):
        return [convert(i) for i in obj]
    if isinstance(obj, dict):
        return {k: convert(v) for k, v in obj.items()}
    if isinstance(obj, Decimal):
        return float(obj)
    return obj


@app.get("/")
def root():
    return {"message": "ok"}


@app.post("/items", status_code=status.HTTP_201_CREATED)
def create(item: Item):  # finding: unauthenticated-route
    item_id = str(uuid.uuid4())
    data = item.dict()
    data["id"] = item_id
    try:
        table.put_item(Item=data)
    except ClientError as e:
        raise HTTPException(status_code=500, detail=e.response["Error"]["Message"])  # finding: exception-text-returned
    return data


@app.get("/items", response_model=List[ItemOut])
def list_items():  # finding: unauthenticated-route
    try:
        return table.scan().get("Items", [])  # finding: scan-behind-route
    except Exception as e:
        raise HTTPException(status_code=500, detail=f"boom {str(e)}")  # finding: exception-text-returned


@app.get("/raw")
def raw(category: str = None):  # finding: unauthenticated-route
    resp = table.scan()  # finding: scan-behind-route
    items = resp["Items"]
    while "LastEvaluatedKey" in resp:
        resp = table.scan(ExclusiveStartKey=resp["LastEvaluatedKey"])
        items.extend(resp["Items"])
    if category:
        items = [i for i in items if i.get("category") == category]
    items = sorted(items, key=lambda x: x["name"])
    return {"count": len(items), "items": convert(items)}  # finding: whole-item-returned


@app.get("/items/{item_id}")
def read(item_id: str):  # finding: unauthenticated-route
    response = table.get_item(Key={"id": item_id})  # finding: unvalidated-key
    if "Item" not in response:
        raise HTTPException(404, "nope")
    return response["Item"]  # finding: whole-item-returned


@app.put("/items/{item_id}")
def update(item_id: str, item: Item):  # finding: unauthenticated-route
    response = table.update_item(  # finding: unvalidated-key
        Key={"id": item_id},
        UpdateExpression="set #n = :n, price = :p",
        ExpressionAttributeNames={"#n": "name"},
        ExpressionAttributeValues={":n": item.name, ":p": Decimal(str(item.price))},
        ReturnValues="ALL_NEW",
    )
    return response["Attributes"]  # finding: whole-item-returned


@app.delete("/items/{item_id}")
def delete(item_id: str):  # finding: unauthenticated-route
    table.delete_item(Key={"id": item_id})  # finding: unvalidated-key
    return {"deleted": item_id}


@app.get("/dump/{item_id}")
def dumped(item_id: uuid.UUID):  # finding: unauthenticated-route
    import json
    from fastapi import Response
    item = table.get_item(Key={"id": str(item_id)}).get("Item")
    return Response(content=json.dumps(item, default=str), media_type="application/json")  # finding: whole-item-returned
