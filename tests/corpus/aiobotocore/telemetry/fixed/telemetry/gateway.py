from aiobotocore.session import get_session
from boto3.dynamodb.types import TypeDeserializer

_types = TypeDeserializer()


def plain(item):
    return {name: _types.deserialize(value) for name, value in item.items()}


class Gateway:
    def __init__(self, table):
        self.table = table
        self._session = get_session()

    def client(self):
        return self._session.create_client("dynamodb", region_name="eu-north-1")

    async def device(self, device_id):
        async with self.client() as client:
            got = await client.get_item(
                TableName=self.table, Key={"device_id": {"S": device_id}}, ProjectionExpression="device_id, model, firmware"
            )
        return plain(got.get("Item", {}))

    async def readings(self, device_id, least=None, since=None, limit=100):
        ask = {
            "TableName": "readings",
            "KeyConditionExpression": "device_id = :d",
            "ExpressionAttributeValues": {":d": {"S": device_id}},
            "ProjectionExpression": "taken_at, celsius",
            "Limit": limit,
        }
        if least is not None:
            ask["FilterExpression"] = "quality > :q"
            ask["ExpressionAttributeValues"][":q"] = {"N": str(least)}
        if since is not None:
            ask["ExclusiveStartKey"] = {"device_id": {"S": device_id}, "taken_at": {"S": since}}
        async with self.client() as client:
            got = await client.query(**ask)
        return [plain(item) for item in got["Items"]]

    async def pages(self):
        async with self.client() as client:
            paginator = client.get_paginator("query")
            asked = dict(KeyConditionExpression="fleet = :f", ExpressionAttributeValues={":f": {"S": "main"}})
            async for page in paginator.paginate(TableName=self.table, IndexName="by_fleet", **asked):
                for item in page["Items"]:
                    yield plain(item)
