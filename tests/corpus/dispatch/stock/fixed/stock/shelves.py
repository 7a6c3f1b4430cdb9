from dataclasses import dataclass

import boto3
from boto3.dynamodb.conditions import Key

from stock.bus import bus

table = boto3.resource("dynamodb").Table("shelves")


@dataclass
class ReadShelf:
    owner_id: str
    shelf: int


@dataclass
class RenameShelf:
    owner_id: str
    title: str


@dataclass
class CountShelves:
    owner_id: str


@bus.on(ReadShelf)
def read(message: ReadShelf):
    found = table.get_item(Key={"pk": f"{message.owner_id}#{message.shelf}"}).get("Item")
    return {"title": found["title"]} if found else None


@bus.on(RenameShelf)
def rename(message: RenameShelf):
    table.update_item(Key={"pk": message.owner_id}, UpdateExpression="SET title = :t", ExpressionAttributeValues={":t": message.title})
    return {"renamed": True}


@bus.on(CountShelves)
def count(message: CountShelves):
    return {"shelves": table.query(KeyConditionExpression=Key("pk").eq(message.owner_id), Select="COUNT")["Count"]}
