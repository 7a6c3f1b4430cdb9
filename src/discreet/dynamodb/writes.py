"""Writes as values: what they put, change or take away, and the condition under which. A request or a transaction sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from discreet.dynamodb.expressions import LONGEST, OPERATORS, Condition, Names, Path, Wire

__all__ = [
    "ACTIONS",
    "AT_ONCE",
    "Add",
    "Check",
    "Delete",
    "Put",
    "Update",
    "Write",
    "changes_fit",
    "operation_of",
    "payload_of",
    "size_of",
    "transact_item",
]

ACTIONS: Final = 100
"""Actions of one transaction: DynamoDB's limit."""
AT_ONCE: Final = 4 * 1024 * 1024
"""Bytes that the items of one transaction have together at most."""


@dataclass(frozen=True, slots=True)
class Add:
    """A stored number grows by `by`; where none is stored, `start` does."""

    by: Wire
    start: Wire


@dataclass(frozen=True, slots=True)
class Put:
    """A whole item."""

    item: Mapping[str, Wire]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Update:
    """Some paths of an item: set to a value, grown by an `Add`, or, at None, taken away."""

    key: Mapping[str, Wire]
    changes: Mapping[Path, Wire | Add | None]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Delete:
    """A whole item, taken away."""

    key: Mapping[str, Wire]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Check:
    """An item as it has to be, in a transaction."""

    key: Mapping[str, Wire]
    condition: Condition


Write = Put | Update | Delete | Check

_OPERATIONS: Final = {Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem"}


def operation_of(write: Put | Update | Delete) -> str:
    """The operation that does this write alone."""
    return _OPERATIONS[type(write)]


def payload_of(table: str, write: Write) -> dict[str, Any]:
    """The request, without anything that would have stored values come back."""
    names = Names()
    payload: dict[str, Any] = {"TableName": table}
    match write:
        case Put(item):
            payload["Item"] = item
        case Update(key, changes):
            payload["Key"] = key
            payload["UpdateExpression"] = _Changes(names).text(changes)
        case Delete(key) | Check(key):
            payload["Key"] = key
    payload["ConditionExpression"] = names.condition(write.condition)
    # Said, though it is the default: a default is a place where whole items could come back one day.
    payload["ReturnValuesOnConditionCheckFailure"] = "NONE"
    return {**payload, **names.payload()}


def transact_item(table: str, write: Write) -> dict[str, Any]:
    """The same as one action of a transaction."""
    kind = {Put: "Put", Update: "Update", Delete: "Delete", Check: "ConditionCheck"}[type(write)]
    return {kind: payload_of(table, write)}


@dataclass(slots=True)
class _Changes:
    names: Names
    sets: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)

    def text(self, changes: Mapping[Path, Wire | Add | None]) -> str:
        """The UpdateExpression."""
        for path, change in changes.items():
            self._add(self.names.path(path), change)
        clauses = (("SET", self.sets), ("REMOVE", self.removes))
        return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses if parts)

    def _add(self, path: str, change: Wire | Add | None) -> None:
        match change:
            case None:
                self.removes.append(path)
            case Add(by, start):
                self.sets.append(f"{path} = if_not_exists({path}, {self.names.value(start)}) + {self.names.value(by)}")
            case _:
                self.sets.append(f"{path} = {self.names.value(change)}")


def changes_fit(changes: Mapping[Path, Wire | Add | None]) -> bool:
    """Whether one UpdateExpression can say them all."""
    return len(changes) <= OPERATORS and len(_Changes(Names()).text(changes)) <= LONGEST


def size_of(write: Write) -> int:
    """The bytes that a write brings along, counted as DynamoDB does and rather too few than too many."""
    match write:
        case Put(item):
            return sum(len(name.encode()) + _wire_size(each) for name, each in item.items())
        case Update(_, changes):
            return sum(_wire_size(each) for each in changes.values() if each is not None and not isinstance(each, Add))
        case _:
            return 0


def _wire_size(value: Wire) -> int:
    ((tag, held),) = value.items()
    match tag:
        case "S" | "B":
            return _length(held)
        case "N":
            return len(held) // 2
        case "SS" | "BS":
            return sum(map(_length, held))
        case "L":
            return sum(map(_wire_size, held))
        case "M":
            return sum(len(name.encode()) + _wire_size(each) for name, each in held.items())
        case _:
            return 1


def _length(value: str | bytes) -> int:
    return len(value.encode() if isinstance(value, str) else value)
