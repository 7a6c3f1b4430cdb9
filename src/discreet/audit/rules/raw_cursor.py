"""A position in a table goes out and comes back in clear, or a client says how much to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import ACCESS
from discreet.audit.routes import Route
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, answers, finding, leaks, steps
from discreet.audit.trace import Facts, StoreCall, open_
from discreet.audit.values import Kind, Mapping, Mark, Place, Value, children, deep_marks
from discreet.findings import Confidence, Finding, Severity, Step

RULE: Final = described(__file__, "a cursor is raw, or a limit has no bound", Severity.MEDIUM, (472, 639, 770), ("API1", "API4"), ACCESS)
STARTS: Final = ("ExclusiveStartKey", "StartingToken", "NextToken")
LIMITS: Final = ("Limit", "PageSize", "MaxItems")


def find(service: Service) -> Iterator[Finding]:
    """Positions that leave, positions that are believed, limits without a ceiling."""
    for route in service.routes:
        yield from _in(route)
        yield from _out(service, route)


def _in(route: Route) -> Iterator[Finding]:
    seen: set[object] = set()
    for call in route.all_calls:
        found = _start(call) or _limit(call)
        if found is None or call.region in seen:
            continue
        seen.add(call.region)
        mark, why, fix = found
        yield finding(RULE, route, call.region, call.function, call.text, why, fix, steps(route, call, mark, f"`{call.text}` takes it"))


def _start(call: StoreCall) -> tuple[Mark, str, str] | None:
    for name in STARTS:
        value = call.argument(name)
        marks = [mark for mark in deep_marks(value) if open_(mark, call.facts, plain=False)] if value is not None else []
        if marks:
            why = f"`{marks[0].name}` of the request is where `{call.text}` starts: a client can start anywhere, in another's partition too"
            return marks[0], why, "ExclusiveStartKey=unseal(cursor)  # sealed and bound to the principal and the query"
    return None


def _limit(call: StoreCall) -> tuple[Mark, str, str] | None:
    for name in LIMITS:
        value = call.argument(name)
        mark = next((mark for mark in deep_marks(value) if _unlimited(mark, call.facts)), None) if value is not None else None
        if mark is not None:
            why = f"`{mark.name}` of the request is how much `{call.text}` reads, with no upper bound"
            return mark, why, f"{mark.name.rpartition('.')[2]}: Annotated[int, Query(ge=1, le=100)] = 20"
    return None


def _unlimited(mark: Mark, facts: Facts) -> bool:
    return mark.kind is Kind.REQUEST and mark.place is not Place.CREDENTIAL and not mark.bounded and ("bounded", mark) not in facts


def _out(service: Service, route: Route) -> Iterator[Finding]:
    for answer in answers(service, route):
        mark = next((mark for mark in _leaving(answer.sent) if mark.kind is Kind.POSITION), None)
        if mark is None or (_raw_answer(answer.sent) and any(leak.whole for leak in leaks(answer.sent))):
            continue
        yield finding(
            RULE,
            route,
            answer.event.region,
            answer.event.function,
            "return of LastEvaluatedKey",
            f"`{answer.event.function}` returns `LastEvaluatedKey`: the key of an item, in clear or in base64, that comes back forged",
            '"next": seal(response["LastEvaluatedKey"])  # authenticated encryption, bound to the principal and the query',
            (Step(mark.at, "the position comes from here"), Step(answer.event.region, "returned to the client")),
            Confidence.HIGH,
        )


def _raw_answer(value: Value) -> bool:
    """Whether the store's answer leaves as it is: that is said of its items already."""
    return any(shape.get("Items") is not None and shape.get("ScannedCount") is not None for shape in value.only(Mapping))


def _unsealed(value: Value, depth: int = 0) -> set[Mark]:
    """The marks in a value, but of what is signed or sealed together with it."""
    if depth > 8 or any(mark.kind is Kind.SEALED for mark in value.marks):
        return set()
    found = set(value.marks)
    for shape in value.shapes:
        for inner in children(shape):
            found |= _unsealed(inner, depth + 1)
    return found


def _leaving(value: Value) -> list[Mark]:
    return sorted((mark for mark in _unsealed(value) if mark.kind is Kind.POSITION), key=lambda mark: (mark.at.path, mark.at.line))
