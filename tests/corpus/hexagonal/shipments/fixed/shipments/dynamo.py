import aioboto3
from boto3.dynamodb.conditions import Attr, Key

from shipments.ports import Shipment


class DynamoShipments:
    """The port's adapter for DynamoDB: a partition for each customer."""

    def __init__(self, session: aioboto3.Session, name: str = "shipments"):
        self._session, self._name = session, name

    async def load(self, customer, shipment_id):
        async with self._session.resource("dynamodb") as db:
            table = await db.Table(self._name)
            item = (await table.get_item(Key={"customer": customer, "shipment_id": shipment_id})).get("Item")
        return Shipment(item["shipment_id"], item["state"]) if item else None

    async def find(self, customer, state):
        async with self._session.resource("dynamodb") as db:
            table = await db.Table(self._name)
            page = await table.query(KeyConditionExpression=Key("customer").eq(customer), FilterExpression=Attr("state").eq(state))
        return [Shipment(item["shipment_id"], item["state"]) for item in page["Items"]]

    async def annotate(self, customer, shipment_id, note):
        async with self._session.resource("dynamodb") as db:
            table = await db.Table(self._name)
            await table.update_item(
                Key={"customer": customer, "shipment_id": shipment_id},
                UpdateExpression="SET note = :n",
                ConditionExpression=Attr("shipment_id").exists(),
                ExpressionAttributeValues={":n": note},
            )
