"""Exceptions: which text they carry, and what is raised to the client."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from discreet.audit.classes import Class, lookup, project_class
from discreet.audit.frames import Frame
from discreet.audit.project import Definition, Library, region
from discreet.audit.trace import Event, Guarded, Raised
from discreet.audit.types import last
from discreet.audit.values import (
    UNKNOWN,
    Constant,
    Instance,
    Kind,
    Made,
    Mark,
    Named,
    Sequence,
    Type,
    Value,
    deep_marks,
    join_all,
    made,
)

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["caught", "outlasting", "raised"]

OWN: Final = frozenset({"ValueError", "KeyError", "TypeError", "LookupError", "PermissionError", "RuntimeError", "NotImplementedError"})

BUILT_IN: Final = OWN | {"IndexError", "AttributeError", "OSError", "UnicodeError", "UnicodeDecodeError", "TimeoutError"}

# Their text is what the service itself, or its caller, said: nothing of the inside.
TOLD: Final = frozenset({"HTTPException", "RequestValidationError", "StarletteHTTPException", "WebSocketException"})


def caught(machine: Machine, handler: ast.ExceptHandler, events: list[Event], frame: Frame) -> Value:
    """What `except ... as e` holds: the text of what a library raised, or what the service's own errors were made with."""
    types = _types(handler.type)
    found: list[Value] = []
    for node in types:
        target = lookup(machine.project, frame.module, node) if node is not None else Library("builtins.Exception")
        if isinstance(target, Definition) and isinstance(target.node, ast.ClassDef):
            found.append(_own(project_class(machine.project, target.module, target.node), events))
            continue
        if isinstance(target, Definition) and isinstance(target.node, ast.Tuple):
            name = "Exception"
        else:
            name = target.path if isinstance(target, Library) else last(node) if node is not None else "Exception"
        found.append(failure(name, region(frame.module, handler), events))
    return join_all(found)


def _types(node: ast.expr | None) -> list[ast.expr | None]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def failure(path: str, at: object, events: list[Event]) -> Value:
    """An exception of a library."""
    name = path.rpartition(".")[2]
    own = _raised_with(name, events)
    marks = own.marks
    if name not in TOLD and not _said(name, events):
        marks |= {Mark(Kind.FAILURE, name, at)}  # type: ignore[arg-type]
    return made(f"exception.{name}", None, marks)


def _said(name: str, events: list[Event]) -> bool:
    """Whether the service itself raises such an error on the way: its text is what the service wrote."""
    return name in OWN and any(isinstance(event, Raised) and event.type == name for event in events)


def _own(cls: Class, events: list[Event]) -> Value:
    """An exception of the service's own class, with the arguments it was raised with."""
    names = {cls.name}
    held = [event.detail for event in events if isinstance(event, Raised) and (event.type in names or cls.name in event.lineage)]
    if not held:
        return Value((Instance(cls, (), UNKNOWN),))
    return join_all(held)


def _raised_with(name: str, events: list[Event]) -> Value:
    marks = frozenset[Mark]().union(
        *(
            deep_marks(event.detail)
            for event in events
            if isinstance(event, Raised) and (event.type == name or name == "Exception") and event.type != "HTTPException"
        )
    )
    return Value((), frozenset(mark for mark in marks if mark.kind is Kind.FAILURE))


def outlasting(events: list[Event], handlers: list[ast.ExceptHandler]) -> Iterator[Event]:
    """What is left of events once what is raised in them is handled: errors that go further, checks that still refuse."""
    for event in events:
        if isinstance(event, Guarded) and not event.caught and _caught(handlers, None):
            yield replace(event, sure=False, caught=True)
        elif not isinstance(event, Raised) or not _caught(handlers, _names(event)):
            yield event


def _names(event: Raised) -> set[str]:
    return {event.type, *event.lineage, "Exception", "BaseException", "StarletteHTTPException" if event.type == "HTTPException" else ""}


def _caught(handlers: list[ast.ExceptHandler], names: set[str] | None) -> bool:
    """Whether something that was raised goes no further: the handler that catches it neither raises nor answers in its place. What a
    check of a token raises (no `names`) is anything but an error that is built in.
    """
    for handler in handlers:
        caught = {last(node) if node is not None else "BaseException" for node in _types(handler.type)}
        if (names is None and not caught <= BUILT_IN) or (names is not None and names & caught):
            inner = [each for statement in handler.body for each in ast.walk(statement)]
            return not any(isinstance(each, ast.Raise) or (isinstance(each, ast.Return) and _answers(each)) for each in inner)
    return False


def _answers(node: ast.Return) -> bool:
    match node.value:
        case None | ast.Constant() | ast.Dict(keys=[]) | ast.List(elts=[]) | ast.Tuple(elts=[]):
            return False
        case _:
            return True


def raised(machine: Machine, node: ast.Raise, frame: Frame) -> None:
    """Write down what is raised: an HTTP answer with its status and detail, or an error with what it was made with."""
    if node.exc is None:
        return
    value = machine.evaluate(node.exc, frame)
    at = region(frame.module, node)
    for shape in value.shapes:
        match shape:
            case Made(path="fastapi.HTTPException"):
                machine.emit(Raised(at, frame.function, (), "HTTPException", _status(shape.get("status")), shape.get("detail") or UNKNOWN))
            case Instance(cls=cls):
                _own_raised(machine, cls, value, at, frame)
            case Type(cls=cls):
                _own_raised(machine, cls, value, at, frame)
            case Made(path=path):
                held = join_all([each for _, each in shape.given]) if shape.given else UNKNOWN
                machine.emit(Raised(at, frame.function, (), path.rpartition(".")[2], None, held.marked(deep_marks(value))))
            case _:
                pass


def _own_raised(machine: Machine, cls: Class, value: Value, at: object, frame: Frame) -> None:
    lineage = tuple(each.name for each in cls.lineage) + tuple(path.rpartition(".")[2] for path in cls.libraries)
    web = "HTTPException" in lineage
    instance = value.one(Instance)
    status = next((held for name in ("status_code", "status", "code", "args") if (held := _field(instance, name))), None)
    detail = (instance.get("detail") if instance and web else None) or value
    machine.emit(Raised(at, frame.function, (), "HTTPException" if web else cls.name, _status(status), detail, lineage))  # type: ignore[arg-type]


def _field(instance: Instance | None, name: str) -> Value | None:
    held = next((value for key, value in instance.fields if key == name), None) if instance is not None else None
    shape = held.one(Sequence) if held is not None else None
    if shape is None:
        return held
    numbers = [each for each in shape.fixed or () if any(isinstance(constant.value, int) for constant in each.only(Constant))]
    return numbers[0] if numbers else None


def _status(value: Value | None) -> int | None:
    found = value.one(Constant) if value is not None else None
    if found is not None and isinstance(found.value, int):
        return found.value
    named = next((shape.path for shape in (value.shapes if value else ()) if isinstance(shape, Named | Made)), "")
    digits = [part for part in named.split("_") if part.isdigit()]
    return int(digits[0]) if digits else None
