"""A client's text is part of an expression, or names what one looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import INJECTION
from discreet.audit.routes import Route
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, finding, steps
from discreet.audit.trace import Event, Facts, StoreCall, open_
from discreet.audit.values import Made, Mapping, Mark, Sequence, Text, Value, deep_marks
from discreet.findings import Finding, Severity

RULE: Final = described(__file__, "an expression is made of a client's text", Severity.HIGH, (943, 89, 202), (), INJECTION)
EXPRESSIONS: Final = (
    "FilterExpression",
    "KeyConditionExpression",
    "ConditionExpression",
    "UpdateExpression",
    "ProjectionExpression",
    "Statement",
    "Statements",
    "AttributesToGet",
)
FIX: Final = (
    'FilterExpression="#s = :s", ExpressionAttributeNames={"#s": "status"}, ExpressionAttributeValues={":s": value}\n'
    '# a name that a client may choose: field: Literal["title", "status"]'
)
READS: Final = frozenset({"query", "scan", "get_item", "batch_get_item"})


def find(service: Service) -> Iterator[Finding]:
    """Expressions with a client's text in them, and attributes that a client names."""
    for route in service.routes:
        seen: set[object] = set()
        for event in route.trace:
            found = _injected(event)
            if found is None or event.region in seen:
                continue
            seen.add(event.region)
            yield _finding(route, event, *found)


def _finding(route: Route, event: Event, mark: Mark, where: str) -> Finding:
    text = event.text if isinstance(event, StoreCall) else "Attr"
    return finding(
        RULE,
        route,
        event.region,
        event.function,
        f"{text} {where}",
        f"`{mark.name}` of the request is part of {where} of `{text}`: it can say what is looked at, or change what is asked",
        FIX,
        steps(route, event, mark, f"part of {where}"),
    )


def _injected(event: Event) -> tuple[Mark, str] | None:
    if not isinstance(event, StoreCall):
        return None
    for name in EXPRESSIONS:
        value = event.argument(name)
        mark = _in_text(value, event.facts) if value is not None else None
        if mark is not None:
            return mark, name
        mark = _naming(value, event.facts) if value is not None else None
        if mark is not None:
            return mark, f"an attribute's name in {name}"
    names = event.argument("ExpressionAttributeNames")
    if names is not None and event.operation in READS:
        mark = next((mark for mark in deep_marks(names) if open_(mark, event.facts, plain=True)), None)
        return (mark, "ExpressionAttributeNames") if mark is not None else None
    return None


def _in_text(value: Value, facts: Facts) -> Mark | None:
    """A client's text in an expression. A placeholder (`#name`, `:name`) is none, nor is a value in a condition object."""
    for shape in value.shapes:
        found: Mark | None = None
        if isinstance(shape, Text):
            found = _in_parts(shape, facts)
        elif isinstance(shape, Sequence):
            found = _in_text(shape.element, facts)
        elif isinstance(shape, Mapping):
            found = next((mark for key, held in shape.known if key == "Statement" and (mark := _in_text(held, facts))), None)
        if found is not None:
            return found
    if any(isinstance(shape, Text | Made | Mapping | Sequence) for shape in value.shapes):
        return None
    return next((mark for mark in value.marks if open_(mark, facts, plain=True)), None)


def _naming(value: Value, facts: Facts, depth: int = 0) -> Mark | None:
    """What a client names in a condition object: `Attr(field)`."""
    for shape in value.only(Made) if depth < 8 else ():
        if shape.path != "boto3.condition":
            continue
        for key, held in shape.given:
            if key == "name":
                found = next((mark for mark in deep_marks(held) if open_(mark, facts, plain=True)), None)
            else:
                found = _naming(held, facts, depth + 1)
            if found is not None:
                return found
    return None


def _in_parts(shape: Text, facts: Facts) -> Mark | None:
    before = ""
    for part in shape.parts:
        if isinstance(part, str):
            before = part
            continue
        if not before.endswith(("#", ":", "#attr_", ":val_", "#n_", ":v_")) and not before.rstrip(
            "_abcdefghijklmnopqrstuvwxyz0123456789"
        ).endswith(("#", ":")):
            found = _in_text(part, facts)
            if found is not None:
                return found
        before = "."
    return None
