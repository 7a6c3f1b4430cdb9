from dataclasses import dataclass
from typing import Any

import boto3

from stock.bus import bus

table = boto3.resource("dynamodb").Table("shelves")


@dataclass
class ReadShelf:
    owner_id: str
    shelf: str


@dataclass
class RenameShelf:
    owner_id: str
    changes: dict[str, Any]


@dataclass
class CountShelves:
    pass


@bus.on(ReadShelf)
def read(message: ReadShelf):
    return table.get_item(Key={"pk": f"{message.owner_id}#{message.shelf}"}).get("Item")  # finding: unvalidated-key


@bus.on(RenameShelf)
def rename(message: RenameShelf):
    table.update_item(  # finding: unvalidated-key, mass-assignment
        Key={"pk": message.owner_id}, AttributeUpdates={name: {"Value": value} for name, value in message.changes.items()}
    )
    return {"renamed": True}


@bus.on(CountShelves)
def count(message: CountShelves):
    return {"shelves": len(table.scan()["Items"])}  # finding: scan-behind-route
