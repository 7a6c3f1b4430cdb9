import json
import os

import aioboto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, HTTPException, Response
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel

app = FastAPI()
session = aioboto3.Session(region_name=os.environ.get("REGION"))


class Drop(BaseModel):
    drop_id: str
    street: str


class DropState(BaseModel):
    state: str
    courier_id: str | None = None
    balance: int | None = None


@app.get("/drops/{drop_id}", response_model=Drop)
async def read(drop_id: str):  # finding: unauthenticated-route, response-model-bypassed
    async with session.resource("dynamodb") as dynamodb:
        table = await dynamodb.Table("drops")
        found = await table.get_item(Key={"drop_id": drop_id})  # finding: unvalidated-key
    if "Item" not in found:
        raise HTTPException(404)
    return Response(json.dumps(found["Item"], default=str), media_type="application/json")  # arguable: whole-item-returned


@app.get("/routes/{route_id}/drops")
async def of_route(route_id: int, projection: str = "drop_id,street"):  # finding: unauthenticated-route
    async with session.resource("dynamodb") as dynamodb:
        table = await dynamodb.Table("drops")
        got = await table.query(  # finding: expression-injection
            IndexName="by_route",
            KeyConditionExpression=Key("route_id").eq(route_id),
            ProjectionExpression=projection,
        )
    return got["Items"]  # arguable: whole-item-returned


@app.put("/drops/{drop_id}")
async def update(drop_id: int, state: DropState):  # finding: unauthenticated-route
    async with session.client("dynamodb") as client:
        try:
            await client.update_item(  # finding: mass-assignment
                TableName="drops",
                Key={"drop_id": {"N": str(drop_id)}},
                AttributeUpdates={k: {"Value": {"S": str(v)}} for k, v in jsonable_encoder(state, exclude_unset=True).items()},
            )
        except client.exceptions.ClientError as e:
            raise HTTPException(status_code=400, detail=e.response["Error"]["Message"])  # finding: exception-text-returned
    return {"drop_id": drop_id}


@app.get("/drops")
async def everything():  # finding: unauthenticated-route
    async with session.resource("dynamodb") as dynamodb:
        table = await dynamodb.Table("drops")
        return (await table.scan())["Items"]  # finding: scan-behind-route, whole-item-returned
