"""Middleware and exception handlers: what an app does around its routes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from discreet.audit import web
from discreet.audit.calls import Arguments, Site
from discreet.audit.failures import TOLD
from discreet.audit.machine import Machine
from discreet.audit.project import region
from discreet.audit.trace import Event, Guarded, Raised
from discreet.audit.types import TypeRef
from discreet.audit.values import (
    UNKNOWN,
    Bound,
    Closure,
    Constant,
    Instance,
    Kind,
    Mapping,
    Mark,
    Named,
    Sequence,
    Type,
    Value,
    join_all,
    made,
    of,
)
from discreet.findings import Region

__all__ = ["Guard", "Handler", "exception_handlers", "guard", "guarding"]


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """An exception handler, and the trace of a call."""

    about: Value
    trace: tuple[Event, ...]
    closure: Closure


@dataclass(frozen=True, slots=True)
class Guard:
    """What the middleware of an app does, and the paths that it lets pass."""

    events: tuple[Event, ...] = ()
    exempt: tuple[str, ...] = ()


def guard(machine: Machine, app: Region) -> Guard:
    """What the middleware of an app does, and the paths it names (which it lets pass)."""
    events: list[Event] = []
    exempt: list[str] = []
    for each in machine.registry.handled:
        if each.app == app and each.kind == "middleware":
            found, closure = _middleware(machine, each)
            events += found
            exempt += _paths(machine, closure) if closure is not None else []
    return Guard(tuple(events), tuple(exempt))


def _middleware(machine: Machine, handled: web.Handled) -> tuple[list[Event], Closure | None]:
    for shape in handled.function.shapes:
        if (
            isinstance(shape, Named)
            and re.search(r"auth|jwt|cognito|token", shape.path, re.IGNORECASE)
            and not shape.path.startswith("starlette")
        ):
            return [Guarded(handled.app, "", (), shape.path)], None
    cls = handled.function.one(Type)
    dispatch = dict(handled.options).get("dispatch")
    function = dispatch or handled.function
    if cls is not None and not dispatch:
        found = cls.cls.method("dispatch") or cls.cls.method("__call__")
        if found is None:
            return [], None
        receiver = machine.typed(TypeRef(cls=cls.cls))
        function = of(Bound(of(Closure(found[0], found[1].module, found[1])), receiver))
    closure = web.function_of(function)
    if closure is None:
        return [], None
    at = region(closure.module, closure.node)
    with machine.apart() as trace:
        machine.watching = {id(closure.node)}
        first = made("fastapi.scope", at) if closure.name.endswith("__call__") else made("fastapi.Request", at)
        machine.call(function, Arguments((first, UNKNOWN)), Site(closure.module, closure.node, closure.name))
        machine.watching = set()
        return list(trace), closure


def _paths(machine: Machine, closure: Closure) -> list[str]:
    """The constant paths that a middleware mentions, itself or by the name of a list."""
    found: list[str] = []
    for node in ast.walk(closure.node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/"):
            found.append(node.value)
        elif isinstance(node, ast.Name) and node.id in closure.module.definitions:
            value = machine.global_name(closure.module, node.id)
            found += [
                text
                for shape in value.only(Sequence)
                for each in (shape.fixed or (shape.element,))
                for text in each.texts
                if text.startswith("/")
            ]
    return found


def guarding(guards: dict[Region, Guard], app: Region | None, path: str) -> tuple[Event, ...]:
    """What middleware does before a path is reached."""
    found: list[Event] = []
    for region_, guard in guards.items():
        if (app is None or region_ == app) and not any(_passes(path, each) for each in guard.exempt):
            found += guard.events
    return tuple(found)


def _passes(path: str, exempt: str) -> bool:
    return path == exempt or (len(exempt) > 1 and path.startswith(exempt.rstrip("/") + "/"))


def exception_handlers(machine: Machine, raised: list[Raised]) -> Iterator[Handler]:
    """The exception handlers of apps, called with what routes raise."""
    for each in _exceptional(machine):
        closure = web.function_of(each.function)
        if each.kind == "exception_handler" and closure is not None:
            machine.begin()
            machine.watching = {id(closure.node)}
            at = region(closure.module, closure.node)
            machine.call(
                each.function,
                Arguments((made("fastapi.Request", at), _exception(each.about, at, raised))),
                Site(closure.module, closure.node, closure.name),
            )
            machine.watching = set()
            yield Handler(each.about, tuple(machine.trace), closure)


def _exceptional(machine: Machine) -> Iterator[web.Handled]:
    """Exception handlers, also those that an app is made with."""
    for each in machine.registry.handled:
        yield each
        if each.kind == "exception_handlers" and (shape := each.function.one(Mapping)) is not None:
            values = [held for _, held in shape.known] + ([shape.rest] if shape.rest is not None else [])
            for value in values:
                for inner in value.shapes:
                    yield web.Handled(each.app, of(inner), "exception_handler", of(Named("builtins.Exception")))


def _exception(about: Value, at: Region, raised: list[Raised]) -> Value:
    named = [shape.path.rpartition(".")[2] for shape in about.only(Named)]
    numbers = [shape.value for shape in about.only(Constant)]
    if any(name not in TOLD or name == "RequestValidationError" for name in named) or 500 in numbers:
        name = named[0] if named else "Exception"
        return made(f"exception.{name}", None, {Mark(Kind.FAILURE, name, at)})
    cls = about.one(Type)
    if cls is None:
        return made("exception.HTTPException")
    held = [event.detail for event in raised if event.type == cls.cls.name or cls.cls.name in event.lineage]
    return join_all(held) if held else of(Instance(cls.cls, (), UNKNOWN))
