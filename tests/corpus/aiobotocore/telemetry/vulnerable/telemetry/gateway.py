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
            got = await client.get_item(TableName=self.table, Key={"device_id": {"S": device_id}})  # finding: unvalidated-key
        return plain(got.get("Item", {}))

    async def readings(self, device_id, condition=None, start=None, limit=100):
        ask = {
            "TableName": "readings",
            "KeyConditionExpression": "device_id = :d",
            "ExpressionAttributeValues": {":d": {"S": device_id}},
            "Limit": limit,
        }
        if condition is not None:
            ask["FilterExpression"] = "quality > :q and " + condition
            ask["ExpressionAttributeValues"][":q"] = {"N": "0"}
        if start is not None:
            ask["ExclusiveStartKey"] = start
        async with self.client() as client:
            got = await client.query(**ask)  # finding: expression-injection, raw-cursor, unvalidated-key
        return [plain(item) for item in got["Items"]], got.get("LastEvaluatedKey")

    async def pages(self):
        async with self.client() as client:
            paginator = client.get_paginator("scan")  # finding: scan-behind-route
            async for page in paginator.paginate(TableName=self.table):
                for item in page["Items"]:
                    yield plain(item)
