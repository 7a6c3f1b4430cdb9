"""A route answers an entity itself, rather than what its viewer may see of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from discreet.audit import models
from discreet.audit.compliance import OVER_RETURN
from discreet.audit.machine import Machine
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, decorator_step, definition, finding
from discreet.audit.types import TypeRef
from discreet.audit.values import Instance, Made, Value, children
from discreet.findings import Finding, Severity, Step

RULE: Final = described(__file__, "a route answers an entity", Severity.HIGH, (201, 213), ("API3",), OVER_RETURN)
DISCLOSED: Final = frozenset({"Disclosed", "Page", "DisclosedPage", "Disclosure"})
HOLDERS: Final = frozenset({"Undisclosed", "UndisclosedPage"})


def find(service: Service) -> Iterator[Finding]:
    """Routes whose annotation, response model or answer is an entity or an undisclosed holder."""
    for route in service.routes:
        named = next((name for each in (route.response, route.returns) if each is not None and (name := _named(service.machine, each))), "")
        answer = next((event for event in route.answers if _held(event.value)), None)
        if not named and answer is None:
            continue
        entity = named or (_held(answer.value) if answer is not None else "")
        yield finding(
            RULE,
            route,
            definition(route),
            route.closure.name,
            entity,
            f"`{route.label}` answers `{entity}` itself: every attribute, whoever asks",
            f"-> Disclosed[{entity}]: return await view.get(...)",
            (*decorator_step(route), *((Step(answer.region, "returned here"),) if answer is not None else ())),
        )


def _named(machine: Machine, type_: TypeRef, depth: int = 0) -> str:
    """The entity that a type is, or holds outside of what discloses it."""
    bare = type_.bare
    if bare.name in DISCLOSED or depth > 4:
        return ""
    if bare.name in HOLDERS:
        return bare.args[0].name if bare.args else bare.name
    if bare.cls is not None and bare.cls.entity:
        return bare.cls.name
    if bare.cls is not None and bare.cls.model:
        inner = [models.field_type(machine, bare.cls, name) for name in bare.cls.fields]
        return next((name for each in inner if (name := _named(machine, each, depth + 1))), "")
    return next((name for each in bare.args if (name := _named(machine, each, depth + 1))), "")


def _held(value: Value, depth: int = 0) -> str:
    """The entity that a value is, or holds."""
    for shape in value.shapes if depth < 6 else ():
        if isinstance(shape, Instance) and shape.cls.entity:
            return shape.cls.name
        if isinstance(shape, Made) and shape.path in {"discreet.Undisclosed", "discreet.UndisclosedPage"}:
            return "Undisclosed"
        if isinstance(shape, Made) and shape.path.startswith("discreet."):
            continue
        for inner in children(shape):
            found = _held(inner, depth + 1)
            if found:
                return found
    return ""
