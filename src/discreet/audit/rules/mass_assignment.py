"""What a client sends is written as it came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import WRITES
from discreet.audit.routes import Route
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, finding, loose, steps
from discreet.audit.trace import Compared, StoreCall, open_
from discreet.audit.values import Instance, Kind, Mapping, Mark, Sequence, Value, deep_marks
from discreet.findings import Finding, Severity

RULE: Final = described(__file__, "a client chooses which attributes are written", Severity.HIGH, (915,), ("API3",), WRITES)
PRIVILEGED: Final = re.compile(
    r"^(.*_)?(roles?|is_admin|admin|is_superuser|superuser|is_staff|is_owner|permissions?|scopes?|privileges?|owner|owner_id|owner_sub|tenant_id|balance|credits?|credit_limit|plan|tier|"
    r"subscription|verified|is_verified|email_verified|kyc\w*|approved|is_approved|password_hash|hashed_password|paid|is_paid|quota|trusted|moderator|is_moderator|staff)$",
    re.IGNORECASE,
)
# What has one of these is something said, and its role is that of who speaks in a conversation.
SPEECH: Final = frozenset({"content", "message", "prompt", "text", "utterance"})
WRITES_ITEMS: Final = frozenset({"put_item", "update_item", "batch_write_item", "transact_write_items"})


def find(service: Service) -> Iterator[Finding]:
    """Writes that take over names from the request, or attributes that clients have no business to set."""
    for route in service.routes:
        seen: set[object] = set()
        for call in route.all_calls:
            found = _taken(route, call)
            if found is None or call.region in seen:
                continue
            seen.add(call.region)
            mark, what = found
            yield finding(
                RULE,
                route,
                call.region,
                call.function,
                call.text,
                f"`{call.text}` writes {what}",
                'Item={"name": body.name, "owner_id": principal.id, "role": "member"}  # named, one by one',
                steps(route, call, mark, f"`{call.text}` writes it"),
            )


def _taken(route: Route, call: StoreCall) -> tuple[Mark, str] | None:
    if call.operation not in WRITES_ITEMS:
        return None
    for name in ("Item", "AttributeUpdates", "RequestItems", "TransactItems"):
        value = call.argument(name)
        found = _in_item(route, call, value) if value is not None else None
        if found is not None:
            return found
    return _in_update(route, call) if call.operation == "update_item" else None


def _in_item(route: Route, call: StoreCall, value: Value, depth: int = 0) -> tuple[Mark, str] | None:
    free = loose(value, call.facts)
    if free:
        return free[0], f"whatever names `{free[0].name}` of the request has"
    for shape in value.shapes:
        if isinstance(shape, Mapping | Instance):
            fields = shape.known if isinstance(shape, Mapping) else shape.fields
            said = any(name.lower() in SPEECH for name, _ in fields)
            for name, held in fields:
                if said and name.lower() == "role":
                    continue
                mark = next((mark for mark in deep_marks(held) if mark.kind is Kind.REQUEST and mark.bulk and not mark.loose), None)
                if mark is not None and _privileged(name) and not _for_admins(route):
                    return mark, f"`{name}` as the client sent it, with the rest of its model"
            along = next((mark for mark in (shape.rest or Value()).marks if _brought(mark)), None)
            if along is not None and not _for_admins(route):
                return along, f"`{along.name}` as the client sent it, with the rest of its model"
    if depth < 5 and not value.one(Instance):
        return _nested(route, call, value, depth)
    return None


def _brought(mark: Mark) -> bool:
    """Whether a privileged attribute of a client's model came along, under a name that is not known any more."""
    return mark.kind is Kind.REQUEST and mark.bulk and not mark.loose and _privileged(mark.name.rpartition(".")[2])


def _nested(route: Route, call: StoreCall, value: Value, depth: int) -> tuple[Mark, str] | None:
    """Items inside the requests of a batch or a transaction."""
    for shape in value.shapes:
        inner: list[Value] = []
        if isinstance(shape, Mapping):
            inner = [held for name, held in shape.known if name in {"Put", "PutRequest", "Item"}] + (
                [held for _, held in shape.known] if depth == 0 and call.operation == "batch_write_item" else []
            )
        elif isinstance(shape, Sequence) and call.operation in {"batch_write_item", "transact_write_items"}:
            inner = [shape.element]
        for each in inner:
            found = _in_item(route, call, each, depth + 1)
            if found is not None:
                return found
    return None


def _in_update(route: Route, call: StoreCall) -> tuple[Mark, str] | None:
    names = call.argument("ExpressionAttributeNames")
    chosen = next((mark for mark in deep_marks(names) if open_(mark, call.facts, plain=False)), None) if names is not None else None
    if chosen is not None:
        return chosen, f"an attribute that `{chosen.name}` of the request names"
    for name in ("UpdateExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"):
        value = call.argument(name)
        for mark in sorted(_outer(value) if value is not None else (), key=lambda mark: mark.name):
            if mark.loose and ("checked", mark) not in call.facts:
                return mark, f"whatever names `{mark.name}` of the request has"
            if mark.bulk and not mark.loose and _privileged(mark.name.rpartition(".")[2]) and not _for_admins(route):
                return mark, f"`{mark.name}` as the client sent it, with the rest of its model"
    return None


def _outer(value: Value) -> set[Mark]:
    """Marks of names, and of values under names that are not known: under a known placeholder a value was chosen."""
    found = set(value.marks)
    mappings = list(value.only(Mapping))
    for shape in mappings:
        found |= set(shape.rest.marks) if shape.rest is not None else set()
        found |= {mark for _, held in shape.known for mark in held.marks if mark.bulk and not mark.loose}
    return found if mappings or not value.shapes else found | set(deep_marks(value))


def _privileged(name: str) -> bool:
    return bool(PRIVILEGED.match(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)))


def _for_admins(route: Route) -> bool:
    """Whether a route asks for a role, and takes nothing else in its place: not that an item is one's own."""
    compared = [event for event in route.everything if isinstance(event, Compared)]
    own = {(event.region.path, event.region.line) for event in compared if event.apart}
    return any(
        re.search(r"role|admin|staff|permission|scope", event.text, re.IGNORECASE) and (event.region.path, event.region.line) not in own
        for event in compared
    )
