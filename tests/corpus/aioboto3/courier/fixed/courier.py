import logging
import os
from typing import Annotated, Literal

import aioboto3
import jwt
from boto3.dynamodb.conditions import Attr, Key
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

logger = logging.getLogger(__name__)
session = aioboto3.Session(region_name=os.environ.get("REGION"))


def courier(given: HTTPAuthorizationCredentials = Depends(HTTPBearer())) -> str:
    try:
        return jwt.decode(given.credentials, os.environ["KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


app = FastAPI(dependencies=[Depends(courier)])
Me = Annotated[str, Depends(courier)]


class Drop(BaseModel):
    drop_id: int
    street: str


class DropState(BaseModel):
    state: Literal["open", "left", "done"]


@app.get("/drops/{drop_id}", response_model=Drop)
async def read(drop_id: int, me: Me):
    async with session.resource("dynamodb") as dynamodb:
        table = await dynamodb.Table("drops")
        found = await table.get_item(Key={"drop_id": drop_id})
    if "Item" not in found or found["Item"].get("courier_id") != me:
        raise HTTPException(404)
    return found["Item"]


@app.get("/routes/{route_id}/drops")
async def of_route(route_id: int, me: Me, projection: Literal["drop_id", "street"] = "drop_id"):
    async with session.resource("dynamodb") as dynamodb:
        table = await dynamodb.Table("drops")
        got = await table.query(
            IndexName="by_route",
            KeyConditionExpression=Key("route_id").eq(route_id),
            FilterExpression=Attr("courier_id").eq(me),
            ProjectionExpression=projection,
        )
    return got["Items"]


@app.put("/drops/{drop_id}")
async def update(drop_id: int, state: DropState, me: Me):
    async with session.client("dynamodb") as client:
        try:
            await client.update_item(
                TableName="drops",
                Key={"drop_id": {"N": str(drop_id)}},
                UpdateExpression="SET #s = :s",
                ConditionExpression="courier_id = :me",
                ExpressionAttributeNames={"#s": "state"},
                ExpressionAttributeValues={":s": {"S": state.state}, ":me": {"S": me}},
            )
        except client.exceptions.ClientError as e:
            logger.error("%s", e.response["Error"]["Message"])
            raise HTTPException(status_code=400, detail="not updated") from e
    return {"drop_id": drop_id}


@app.get("/drops")
async def everything(me: Me) -> list[Drop]:
    async with session.resource("dynamodb") as dynamodb:
        table = await dynamodb.Table("drops")
        return (await table.query(IndexName="by_courier", KeyConditionExpression=Key("courier_id").eq(me)))["Items"]
