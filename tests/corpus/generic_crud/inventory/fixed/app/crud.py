from typing import Any, Generic, TypeVar

import boto3
from boto3.dynamodb.conditions import Key
from pydantic import BaseModel

ModelT = TypeVar("ModelT", bound=BaseModel)
CreateT = TypeVar("CreateT", bound=BaseModel)


class CRUDBase(Generic[ModelT, CreateT]):
    def __init__(self, model: type[ModelT], table: str, pk: str):
        self.model = model
        self.pk = pk
        self.table = boto3.resource("dynamodb").Table(table)

    def get(self, id: Any) -> ModelT | None:
        item = self.table.get_item(Key={self.pk: id}).get("Item")
        return self.model.model_validate(item) if item else None

    def get_multi(self, *, of: str, limit: int = 100) -> list[ModelT]:
        found = self.table.query(IndexName="by_type", KeyConditionExpression=Key("type").eq(of), Limit=min(limit, 100))
        return [self.model.model_validate(item) for item in found.get("Items", [])]

    def create(self, obj: CreateT, **server_set: Any) -> None:
        self.table.put_item(Item={**obj.model_dump(), **server_set})

    def remove(self, id: Any) -> None:
        self.table.delete_item(Key={self.pk: id})
