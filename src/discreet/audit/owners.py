"""Whose items a table holds: whether they belong to someone, by what a service writes, reads and asks of them."""

from __future__ import annotations

from collections.abc import Iterator

from discreet.audit.routes import Route
from discreet.audit.service import OWNER, Service, answers, leaks, words
from discreet.audit.trace import Compared, StoreCall
from discreet.audit.values import Instance, Kind, Mapping, Text, Value, children, deep_marks
from discreet.findings import Region

__all__ = ["owned"]


def owned(service: Service) -> frozenset[str]:
    """The tables whose items belong to someone, by what the service writes, reads and asks of them."""
    found: set[str] = set()
    for route in service.routes:
        compared = _compared(route)
        found |= {call.table for call in route.all_calls if call.region in compared or _belongs(call)}
        for answer in answers(service, route):
            named = {leak.mark.at for leak in leaks(answer.sent) if OWNER.search(leak.key) or OWNER.search(leak.mark.name)}
            found |= {call.table for at in named if (call := route.call_at(at)) is not None}
    return frozenset(found)


def _compared(route: Route) -> set[Region]:
    """Where items are read that are compared with the principal."""
    found: set[Region] = set()
    for event in route.trace:
        if isinstance(event, Compared) and any(mark.kind is Kind.PRINCIPAL for mark in event.marks):
            found |= {mark.at for mark in event.marks if mark.kind is Kind.ITEM}
    return found


def _belongs(call: StoreCall) -> bool:
    if any(OWNER.search(name) for name in _names(call)):
        return True
    marks = deep_marks(call.key).union(
        *(
            deep_marks(value)
            for name, value in call.arguments
            if name in {"Item", "FilterExpression", "ExpressionAttributeValues", "ConditionExpression"}
        )
    )
    return any(mark.kind is Kind.PRINCIPAL for mark in marks)


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
