"""Positions stay with the service: clients hold a random name for one."""

import secrets
import time

import boto3

_positions = boto3.resource("dynamodb").Table("positions")


def remember(owner: str, key: dict) -> str:
    name = secrets.token_urlsafe(24)
    _positions.put_item(Item={"owner": owner, "name": name, "key": key, "expires": int(time.time()) + 600})
    return name


def recall(owner: str, name: str) -> dict | None:
    if len(name) != 32:
        return None
    found = _positions.get_item(Key={"owner": owner, "name": name}).get("Item")
    return found["key"] if found else None
