from typing import Any

import boto3


class BaseDAO:
    table_name: str
    key_name: str = "id"

    def __init__(self) -> None:
        self._db = boto3.resource("dynamodb")
        self._table = self._db.Table(self.table_name)

    def get(self, key: str) -> dict[str, Any] | None:
        return self._table.get_item(Key={self.key_name: key}).get("Item")

    def save(self, key: str, values: dict[str, Any]) -> None:
        self._table.put_item(Item={self.key_name: key, **values})
