"""A route declares what it answers, and answers more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from discreet.audit import models
from discreet.audit.compliance import OVER_RETURN
from discreet.audit.routes import Route
from discreet.audit.rules.rule import described
from discreet.audit.service import Answer, Service, answers, decorator_step, definition, finding, leaks, read_steps
from discreet.audit.types import TypeRef
from discreet.findings import Finding, Severity

RULE: Final = described(__file__, "data passes a declared response model", Severity.HIGH, (201, 213), ("API3",), OVER_RETURN)


def find(service: Service) -> Iterator[Finding]:
    """Routes whose model does not filter what they answer."""
    for route in service.routes:
        for answer, why in bypasses(service, route)[:1]:
            leak = next(iter(leaks(answer.sent)), None)
            path = read_steps(route, leak.mark, answer.event) if leak is not None else ()
            yield finding(
                RULE,
                route,
                definition(route),
                route.closure.name,
                "response model",
                f"`{route.label}` declares a response model, but {why}",
                f'return {_name(route)}(**item)  # the model picks what it names; no Response of your own, no `dict`, no `extra="allow"`',
                (*decorator_step(route), *path),
            )


def bypasses(service: Service, route: Route) -> list[tuple[Answer, str]]:
    """The answers that a declared model does not filter, and why it does not."""
    found: list[tuple[Answer, str]] = []
    for answer in answers(service, route):
        why = _why(service, route, answer)
        if why:
            found.append((answer, why))
    return found


def _why(service: Service, route: Route, answer: Answer) -> str:
    declared, whole = route.declared, any(leak.whole for leak in leaks(answer.sent))
    if declared is None:
        return ""
    if declared.path == "none":
        named = route.returns is not None and _names(service, route.returns)
        return "`response_model=None` switches it off" if named and whole else ""
    if answer.raw:
        return "a Response that it returns itself is not filtered" if _names(service, declared) and _beyond(declared, answer) else ""
    if not whole:
        return ""
    if _keeps(declared):
        return 'it keeps what it does not declare (`extra="allow"`)'
    if route.response is not None and models.opens(service.machine, route.response) and not _class(route.response):
        return "a model of `dict` or `Any` names no attribute"
    return ""


def _class(type_: TypeRef) -> TypeRef | None:
    bare = type_.bare
    if bare.cls is not None:
        return bare
    return next((found for each in bare.args if (found := _class(each)) is not None), None)


def _names(service: Service, type_: TypeRef) -> bool:
    """Whether a type is a model that names attributes."""
    found = _class(type_)
    return found is not None and found.cls is not None and found.cls.model


def _keeps(type_: TypeRef) -> bool:
    found = _class(type_)
    return found is not None and found.cls is not None and found.cls.extra


def _beyond(type_: TypeRef, answer: Answer) -> bool:
    """Whether an answer holds more of an item than a model names."""
    found = _class(type_)
    fields = {name for field in found.cls.fields.values() for name in field.names} if found is not None and found.cls is not None else set()
    return any(
        leak.whole or (leak.mark.name != "?" and leak.key and leak.key not in fields and leak.mark.name.partition(".")[0] not in fields)
        for leak in leaks(answer.sent)
    )


def _name(route: Route) -> str:
    found = _class(route.declared) if route.declared is not None else None
    return found.name if found is not None else "ItemOut"
