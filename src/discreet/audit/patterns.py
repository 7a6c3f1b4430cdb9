"""Patterns: what the names of a `case` hold, given what is matched."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from discreet.audit import attributes
from discreet.audit.calls import Site
from discreet.audit.frames import Frame
from discreet.audit.values import UNKNOWN, Instance, Mapping, Sequence, Type, Value, join, of, sequence

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["match"]


def match(machine: Machine, pattern: ast.pattern, value: Value, frame: Frame) -> None:
    """Let the names of a pattern hold the parts of a value that they stand for."""
    found: dict[str, Value] = {}
    for name, held in _bound(machine, pattern, value, frame):
        found[name] = join(found[name], held) if name in found else held
    for name, held in found.items():
        attributes.store(machine, ast.Name(name, ast.Store()), held, frame)


def _bound(machine: Machine, pattern: ast.pattern, value: Value, frame: Frame) -> Iterator[tuple[str, Value]]:
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                yield from _bound(machine, inner, value, frame)
            if name is not None:
                yield name, value
        case ast.MatchOr(patterns=patterns):
            for each in patterns:
                yield from _bound(machine, each, value, frame)
        case ast.MatchMapping():
            yield from _entries(machine, pattern, value, frame)
        case ast.MatchSequence(patterns=patterns):
            yield from _elements(machine, patterns, value, frame)
        case ast.MatchStar(name=str() as name):
            yield name, sequence(value)
        case ast.MatchClass():
            yield from _fields(machine, pattern, value, frame)
        case _:
            pass


def _entries(machine: Machine, pattern: ast.MatchMapping, value: Value, frame: Frame) -> Iterator[tuple[str, Value]]:
    keys = [machine.evaluate(each, frame) for each in pattern.keys]
    for key, inner in zip(keys, pattern.patterns, strict=True):
        yield from _bound(machine, inner, attributes.item(machine, value, key, _site(pattern, frame)), frame)
    if pattern.rest is not None:
        shapes = list(value.shapes)
        for text in (text for key in keys for text in key.texts):
            shapes = [shape.drop(text) if isinstance(shape, Mapping) else shape for shape in shapes]
        yield pattern.rest, Value(tuple(shapes), value.marks)


def _elements(machine: Machine, patterns: list[ast.pattern], value: Value, frame: Frame) -> Iterator[tuple[str, Value]]:
    shape = value.one(Sequence)
    known = shape.fixed if shape is not None and len(value.shapes) == 1 else None
    exact = known is not None and len(known) == len(patterns) and not any(isinstance(each, ast.MatchStar) for each in patterns)
    for place, each in enumerate(patterns):
        inner = known[place] if known is not None and exact else attributes.element(machine, value, _site(each, frame))
        yield from _bound(machine, each, inner, frame)


def _fields(machine: Machine, pattern: ast.MatchClass, value: Value, frame: Frame) -> Iterator[tuple[str, Value]]:
    """`Order(id=x)` and `Order(x)`; of what is built in (`dict(x)`, `str(x)`) the one place is the value itself."""
    called = machine.evaluate(pattern.cls, frame)
    cls = called.one(Type)
    meant = value
    if cls is not None and any(isinstance(shape, Instance) for shape in value.shapes):
        kept = tuple(shape for shape in value.only(Instance) if cls.cls in shape.cls.lineage or shape.cls in cls.cls.lineage)
        meant = Value(kept, value.marks) if kept else of(marks=value.marks)
    names = list(cls.cls.fields) if cls is not None else []
    for place, inner in enumerate(pattern.patterns):
        if cls is None and place == 0:
            yield from _bound(machine, inner, value, frame)
        elif place < len(names):
            yield from _bound(machine, inner, attributes.get(machine, meant, names[place], _site(inner, frame)), frame)
        else:
            yield from _bound(machine, inner, UNKNOWN.marked(value.marks), frame)
    for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
        yield from _bound(machine, inner, attributes.get(machine, meant, name, _site(inner, frame)), frame)


def _site(node: ast.pattern, frame: Frame) -> Site:
    return Site(frame.module, node, frame.function, frame)
