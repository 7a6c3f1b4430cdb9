import aioboto3


class DynamoShipments:
    """The port's adapter for DynamoDB."""

    def __init__(self, session: aioboto3.Session, name: str = "shipments"):
        self._session, self._name = session, name

    async def load(self, shipment_id):
        async with self._session.resource("dynamodb") as db:
            table = await db.Table(self._name)
            return (await table.get_item(Key={"shipment_id": shipment_id})).get("Item")  # finding: unvalidated-key

    async def find(self, condition):
        async with self._session.resource("dynamodb") as db:
            table = await db.Table(self._name)
            page = await table.scan(FilterExpression=condition)  # finding: scan-behind-route, expression-injection
        return page["Items"]

    async def store(self, shipment_id, change):
        async with self._session.resource("dynamodb") as db:
            table = await db.Table(self._name)
            await table.put_item(Item={**change, "shipment_id": shipment_id})  # finding: mass-assignment
