"""The text of an exception reaches the client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from discreet.audit.compliance import ERRORS
from discreet.audit.routes import Route
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, finding
from discreet.audit.trace import Event, Raised, Returned
from discreet.audit.values import Kind, Mark, Value, deep_marks
from discreet.findings import Confidence, Finding, Severity, Step

RULE: Final = described(__file__, "an exception's text is returned", Severity.MEDIUM, (209, 215), ("API8",), ERRORS)
BROAD: Final = frozenset({"Exception", "BaseException", "ClientError", "BotoCoreError", "traceback"})


def find(service: Service) -> Iterator[Finding]:
    """Answers, of routes and of exception handlers, that hold the text of an exception."""
    for route in service.routes:
        yield from _found(route, route.trace)
    yield from _found(None, dict.fromkeys(event for route in service.routes for event in route.guard))
    for handler in service.handlers:
        yield from _found(None, handler.trace)
    yield from _debugging(service)


def _debugging(service: Service) -> Iterator[Finding]:
    """Apps that answer every error with its traceback."""
    for each in service.machine.registry.handled:
        if each.kind == "debug" and each.function.truth is True:
            yield finding(
                RULE,
                None,
                each.app,
                "<module>",
                "debug=True",
                "an app with `debug=True` answers every error with its traceback: code, paths, names of tables and keys",
                "app = FastAPI()  # debug comes from the settings of a developer's machine, and is False elsewhere",
                (Step(each.app, "the app is made here"),),
                Confidence.MEDIUM,
            )


def _found(route: Route | None, trace: Iterable[Event]) -> Iterator[Finding]:
    seen: set[object] = set()
    told: dict[Mark, str] = {}
    for event in trace:
        value = _sent(event)
        marks = [mark for mark in deep_marks(value) if mark.kind is Kind.FAILURE] if value is not None else []
        handed_on = isinstance(event, Returned) and all(told.get(mark, event.function) != event.function for mark in marks)
        if isinstance(event, Returned):
            told.update((mark, event.function) for mark in marks if mark not in told)
        if marks and not handed_on and event.region not in seen:
            seen.add(event.region)
            yield _finding(route, event, min(marks, key=lambda mark: mark.at.line))


def _sent(event: Event) -> Value | None:
    match event:
        case Raised(type="HTTPException", detail=detail):
            return detail
        case Returned(value=value):
            return value
        case _:
            return None


def _finding(route: Route | None, event: Event, mark: Mark) -> Finding:
    text = "a traceback" if mark.name == "traceback" else f"the text of `{mark.name}`"
    return finding(
        RULE,
        route,
        event.region,
        event.function,
        f"text of {mark.name}",
        f"`{event.function}` answers with {text}: it may hold names of tables, keys, stored values",
        'logger.exception("...")\nraise HTTPException(500, detail="internal error") from None',
        (Step(mark.at, "caught here"), Step(event.region, "sent to the client")),
        Confidence.HIGH if mark.name in BROAD else Confidence.MEDIUM,
    )
