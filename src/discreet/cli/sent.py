"""Requests to DynamoDB, as one reads them: the operation, what it changes, and on what condition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from discreet.dynamodb.expressions import projected

__all__ = ["Sent", "sent"]

PLACEHOLDER = re.compile(r"[#:][0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Sent:
    """One operation, or one action of a transaction. condition: empty where there is none."""

    operation: str
    what: str
    condition: str = ""


def sent(operation: str, payload: Mapping[str, Any]) -> Iterator[Sent]:
    """What a request does, placeholders resolved; of a transaction, each of its actions too."""
    if "TransactItems" in payload:
        actions = payload["TransactItems"]
        yield Sent(operation, f"{len(actions)} actions, together or not at all")
        for action in actions:
            for kind, part in action.items():
                yield _one(f"  {kind}", part)
    else:
        yield _one(operation, payload)


def _one(operation: str, payload: Mapping[str, Any]) -> Sent:
    return Sent(operation, _what(payload), _resolved(payload, "ConditionExpression"))


def _what(payload: Mapping[str, Any]) -> str:
    if "Item" in payload:
        return ", ".join(f"{name} = {_plain(value)}" for name, value in payload["Item"].items())
    key = ", ".join(f"{name} = {_plain(value)}" for name, value in payload.get("Key", {}).items())
    return "  ".join(part for part in (key, _resolved(payload, "UpdateExpression"), ", ".join(projected(payload))) if part)


def _resolved(payload: Mapping[str, Any], expression: str) -> str:
    names, values = payload.get("ExpressionAttributeNames", {}), payload.get("ExpressionAttributeValues", {})

    def resolved(found: re.Match[str]) -> str:
        placeholder = found[0]
        return str(names[placeholder]) if placeholder in names else _plain(values[placeholder])

    return PLACEHOLDER.sub(resolved, payload.get(expression, ""))


def _plain(value: Mapping[str, Any]) -> str:
    """A value of the wire: text in quotes, a number bare, all else as it is sent."""
    match value:
        case {"S": text}:
            return json.dumps(text, ensure_ascii=False)
        case {"N": number}:
            return str(number)
        case _:
            return json.dumps(value, ensure_ascii=False, default=repr)
