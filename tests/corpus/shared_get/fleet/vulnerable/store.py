from decimal import Decimal

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    table_prefix: str = "fleet_"


settings = Settings()


def pack(item):
    return {name: TypeSerializer().serialize(value) for name, value in item.items()}


def plain(value):
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


class Store:
    """One `get` for every table: for who asks, and for what they ask."""

    def __init__(self):
        self.client = boto3.client("dynamodb")

    def get(self, table, **key):
        found = self.client.get_item(TableName=f"{settings.table_prefix}{table}", Key=pack(key)).get("Item")
        return plain({name: TypeDeserializer().deserialize(value) for name, value in found.items()}) if found else None

    def put(self, table, item):
        self.client.put_item(TableName=f"{settings.table_prefix}{table}", Item=pack(item))

    def replace(self, table, item):
        self.client.put_item(TableName=f"{settings.table_prefix}{table}", Item=pack(item))  # finding: mass-assignment
