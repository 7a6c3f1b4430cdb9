from typing import Any, Generic, TypeVar

import boto3
from pydantic import BaseModel

ModelT = TypeVar("ModelT", bound=BaseModel)
CreateT = TypeVar("CreateT", bound=BaseModel)


class CRUDBase(Generic[ModelT, CreateT]):
    def __init__(self, model: type[ModelT], table: str, pk: str):
        self.model = model
        self.pk = pk
        self.table = boto3.resource("dynamodb").Table(table)

    def get(self, id: Any) -> dict | None:
        return self.table.get_item(Key={self.pk: id}).get("Item")  # finding: unvalidated-key

    def get_multi(self, *, filter_by: str | None = None, limit: int = 100) -> list[dict]:
        options: dict[str, Any] = {"Limit": limit}
        if filter_by:
            options["FilterExpression"] = filter_by
        return self.table.scan(**options).get("Items", [])  # finding: scan-behind-route, expression-injection, raw-cursor

    def create(self, obj: CreateT) -> ModelT:
        self.table.put_item(Item=obj.model_dump())  # finding: mass-assignment
        return self.model(**obj.model_dump())

    def remove(self, id: Any) -> dict:
        return self.table.delete_item(Key={self.pk: id}, ReturnValues="ALL_OLD").get("Attributes", {})  # finding: unvalidated-key
