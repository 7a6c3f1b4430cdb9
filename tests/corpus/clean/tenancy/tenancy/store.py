import boto3
from boto3.dynamodb.conditions import Key

from tenancy.context import tenant


class TenantTable:
    """A table whose partition is always the tenant's own."""

    def __init__(self, name: str):
        self._table = boto3.resource("dynamodb").Table(name)

    def get(self, sort: str, *names: str) -> dict | None:
        found = self._table.get_item(Key={"tenant": tenant(), "sk": sort}, AttributesToGet=list(names))
        return found.get("Item")

    def query(self, prefix: str, limit: int) -> list[dict]:
        condition = Key("tenant").eq(tenant()) & Key("sk").begins_with(prefix)
        return self._table.query(KeyConditionExpression=condition, Limit=limit)["Items"]

    def delete(self, sort: str) -> None:
        self._table.delete_item(Key={"tenant": tenant(), "sk": sort})
