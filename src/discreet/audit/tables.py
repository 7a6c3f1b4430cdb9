"""What a service tells of its tables, by what it writes, reads and asks of them: whose their items are, and by what they are found."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discreet.audit.routes import Route
from discreet.audit.service import OWNER, Service, Tables, answers, leaks, words
from discreet.audit.trace import Compared, StoreCall
from discreet.audit.values import Instance, Kind, Made, Mapping, Place, Text, Value, children, deep_marks
from discreet.findings import Region

__all__ = ["told"]


# A place where the store is read, and the table.
Record = tuple[Region, str]


def told(service: Service) -> Tables:
    """What the routes of a service tell of its tables."""
    named: set[str] = set()
    tied: set[str] = set()
    keys: set[tuple[str, str]] = set()
    records = frozenset[Record]().union(*(_records(route) for route in service.routes))
    for route in service.routes:
        compared = _compared(route)
        named |= {call.table for call in route.all_calls if any(OWNER.search(name) for name in _names(call))}
        tied |= {call.table for call in route.all_calls if not _of_record(call, records) and (call.region in compared or _tied(call))}
        keys |= {(call.table, name) for call in route.all_calls for name in _found_by(call)}
        for answer in answers(service, route):
            told = {leak.mark.at for leak in leaks(answer.sent) if OWNER.search(leak.key) or OWNER.search(leak.mark.name)}
            named |= {call.table for at in told if (call := route.call_at(at)) is not None}
    return Tables(frozenset(named), frozenset(tied), frozenset(keys))


def _records(route: Route) -> set[Record]:
    """Where the record is read of who asks: whom they are is no word on what is theirs."""
    held = [*route.parameters.values(), *(call.key for call in route.all_calls)]
    places = {mark.at for value in held for mark in deep_marks(value) if mark.kind is Kind.PRINCIPAL and mark.name == "item"}
    return {(call.region, call.table) for call in route.all_calls if call.region in places and _whose(call)}


def _whose(call: StoreCall) -> bool:
    """Whether what chooses an item is who asks, or their credential."""
    return any(mark.kind is Kind.PRINCIPAL or mark.place is Place.CREDENTIAL for mark in deep_marks(call.key))


def _of_record(call: StoreCall, records: frozenset[Record]) -> bool:
    """Whether a call reads the record of who asks, or writes it back: most of what is written was read there."""
    if (call.region, call.table) in records:
        return True
    places = {place for place, table in records if table == call.table}
    fields = [held for shape in (call.argument("Item") or Value()).only(Mapping) for _, held in shape.known]
    return sum(any(mark.kind is Kind.ITEM and mark.at in places for mark in held.marks) for held in fields) > len(fields) / 2


def _compared(route: Route) -> set[Region]:
    """Where items are read that are compared with the principal."""
    found: set[Region] = set()
    for event in route.trace:
        if isinstance(event, Compared) and any(mark.kind is Kind.PRINCIPAL for mark in event.marks):
            found |= {mark.at for mark in event.marks if mark.kind is Kind.ITEM}
    return found


def _tied(call: StoreCall) -> bool:
    """Whether who asks is part of what chooses items, or of what is written."""
    marks = deep_marks(call.key).union(
        *(
            deep_marks(value)
            for name, value in call.arguments
            if name in {"Item", "FilterExpression", "ExpressionAttributeValues", "ConditionExpression"}
        )
    )
    return any(mark.kind is Kind.PRINCIPAL for mark in marks)


def _found_by(call: StoreCall) -> Iterator[str]:
    """The names in a key, and in a key condition."""
    key, condition = call.argument("Key"), call.argument("KeyConditionExpression")
    for shape in (key or Value()).only(Mapping):
        yield from (name for name, _ in shape.known)
    if condition is None:
        return
    placed = {
        name: held.text for shape in (call.argument("ExpressionAttributeNames") or Value()).only(Mapping) for name, held in shape.known
    }
    for text in words(condition):
        for name in re.findall(r"(#?[\w.]+)\s*=|begins_with\s*\(\s*(#?[\w.]+)", text):
            given = name[0] or name[1]
            yield placed.get(given) or given
    yield from _conditions(condition)


def _conditions(condition: Value) -> Iterator[str]:
    for shape in condition.only(Made):
        if shape.path == "boto3.condition":
            for name, held in shape.given:
                yield from held.texts if name == "name" else _conditions(held)


def _names(call: StoreCall) -> Iterator[str]:
    for name, value in call.arguments:
        if name in {"Key", "Item", "ExpressionAttributeNames"}:
            for shape in value.only(Mapping):
                yield from (key for key, _ in shape.known)
                yield from (held.text for _, held in shape.known if held.text and name == "ExpressionAttributeNames")
            for instance in value.only(Instance):
                yield from (key for key, _ in instance.fields)
        if name in {"KeyConditionExpression", "Key", "IndexName"}:
            yield from _words(value)


def _words(value: Value, depth: int = 0) -> Iterator[str]:
    yield from words(value)
    for shape in value.shapes if depth < 4 else ():
        for inner in children(shape) if not isinstance(shape, Text) else ():
            yield from _words(inner, depth + 1)
