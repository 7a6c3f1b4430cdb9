"""Calls: arguments as they are written, how they meet parameters, and what the callee did to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from discreet.audit.frames import Frame
from discreet.audit.project import Module, region
from discreet.audit.trace import Facts
from discreet.audit.types import TypeRef
from discreet.audit.values import (
    NO_MARKS,
    UNKNOWN,
    Anything,
    Closure,
    Constant,
    Instance,
    Mapping,
    Marks,
    Missing,
    Shape,
    Value,
    deep_marks,
    fixed,
    join_all,
    of,
)
from discreet.findings import Region

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["Arguments", "Site", "bind", "enriched", "parameters", "written_back"]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a call is made, and the frame it is made in."""

    module: Module
    node: ast.AST
    function: str
    frame: Frame | None = None

    @property
    def region(self) -> Region:
        """Its place."""
        func = self.node.func if isinstance(self.node, ast.Call) else None
        if isinstance(func, ast.Attribute) and func.end_lineno is not None and func.end_lineno > self.node.lineno:  # type: ignore[attr-defined]
            return _name_region(self.module, func)
        return region(self.module, self.node)

    @property
    def facts(self) -> Facts:
        """What is known there."""
        return self.frame.facts if self.frame else frozenset()


def _name_region(module: Module, func: ast.Attribute) -> Region:
    """Of a call that is chained over lines, the method's name."""
    line, end = func.end_lineno or func.lineno, func.end_col_offset or 1
    text = module.lines[line - 1] if line <= len(module.lines) else ""
    last = end if text.isascii() else len(text.encode()[:end].decode(errors="ignore"))
    return Region(module.path, line, max(last - len(func.attr), 0) + 1, line, last + 1)


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments of a call. `rest` and `more` are what `*args` and `**kwargs` hold beyond what is known."""

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    rest: Value | None = None
    more: Value | None = None
    nodes: tuple[ast.expr | None, ...] = ()
    keyword_nodes: tuple[tuple[str, ast.expr], ...] = ()

    def bound(self, receiver: Value, node: ast.expr | None = None) -> Arguments:
        """With an object before them."""
        return replace(self, positional=(receiver, *self.positional), nodes=(node, *self.nodes))

    def after(self, positional: tuple[Value, ...], keywords: tuple[tuple[str, Value], ...]) -> Arguments:
        """With those of a partial before them."""
        given = dict(keywords) | dict(self.keywords)
        return replace(
            self,
            positional=(*positional, *self.positional),
            nodes=(*(None for _ in positional), *self.nodes),
            keywords=tuple(given.items()),
        )

    def without(self, count: int) -> Arguments:
        """Without the first of the positional ones."""
        return replace(self, positional=self.positional[count:], nodes=self.nodes[count:])

    def at(self, place: int, *names: str) -> Value | None:
        """An argument by place or name."""
        if place < len(self.positional):
            return self.positional[place]
        return self.named(*names)

    def named(self, *names: str) -> Value | None:
        """An argument by name; what `**kwargs` may hold counts."""
        for key, value in self.keywords:
            if key in names:
                return value
        return None

    @property
    def all(self) -> list[Value]:
        """All of them."""
        return [
            *self.positional,
            *(value for _, value in self.keywords),
            *(each for each in (self.rest, self.more) if each is not None),
        ]

    @property
    def marks(self) -> Marks:
        """All marks in them."""
        found = NO_MARKS
        for value in self.all:
            found |= deep_marks(value)
        return found


def parameters(node: Any) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """The named parameters of a function with their defaults."""
    plain = [*node.args.posonlyargs, *node.args.args]
    defaults = [None] * (len(plain) - len(node.args.defaults)) + list(node.args.defaults)
    yield from zip(plain, defaults, strict=True)
    yield from zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)


def bind(machine: Machine, closure: Closure, args: Arguments, frame: Frame) -> None:
    """Give parameters their values: what is passed, else the default, else whatever its annotation says."""
    node = closure.node
    plain = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    frame.first = plain[0] if plain and closure.owner is not None else None
    given = dict(zip(plain, args.positional, strict=False))
    named = dict(args.keywords)
    for arg, default in parameters(node):
        name = arg.arg
        if name in given:
            value = given[name]
        elif name in named:
            value = _or_default(machine, closure, named.pop(name), default)
        else:
            value = _absent(machine, closure, args, default)
        frame.names[name] = enriched(machine, closure, arg, value)
    if node.args.vararg:
        rest = args.positional[len(plain) :]
        frame.names[node.args.vararg.arg] = fixed(rest) if args.rest is None else _loose(rest, args.rest)
    if node.args.kwarg:
        frame.names[node.args.kwarg.arg] = Value((Mapping(tuple(named.items()), args.more),))


def _loose(rest: tuple[Value, ...], more: Value) -> Value:
    from discreet.audit.values import sequence

    return sequence(join_all([*rest, more]))


def _or_default(machine: Machine, closure: Closure, value: Value, default: ast.expr | None) -> Value:
    """A value that may be missing is the default then."""
    if not any(isinstance(shape, Missing) for shape in value.shapes):
        return value
    kept = Value(tuple(shape for shape in value.shapes if not isinstance(shape, Missing)), value.marks)
    return kept if default is None else join_all([kept, _default(machine, closure, default)])


def _absent(machine: Machine, closure: Closure, args: Arguments, default: ast.expr | None) -> Value:
    loose = [each for each in (args.rest, args.more) if each is not None]
    if default is None:
        return join_all(loose) if loose else UNKNOWN
    value = _default(machine, closure, default)
    return join_all([value, *loose]) if loose else value


def _default(machine: Machine, closure: Closure, default: ast.expr) -> Value:
    if isinstance(default, ast.Constant):
        return machine.evaluate(default, Frame(closure.module, closure.name))
    frame = Frame(closure.module, closure.name, outer=closure.frame)
    return machine.evaluate(default, frame)


def enriched(machine: Machine, closure: Closure, arg: ast.arg, value: Value) -> Value:
    """A value of which nothing is known but its parameter's annotation."""
    if arg.annotation is None or any(not _nothing(shape) for shape in value.shapes):
        return value
    if value.marks and not value.shapes and any(mark.kind.name == "ITEM" for mark in value.marks):
        return value
    type_ = machine.type_of(arg.annotation, closure.module)
    return _typed(machine, type_, value)


def _nothing(shape: Shape) -> bool:
    return isinstance(shape, Anything) or (isinstance(shape, Constant) and shape.value is None)


def _typed(machine: Machine, type_: TypeRef, value: Value) -> Value:
    bare = type_.bare
    if bare.cls is not None and bare.cls.model:
        return of(Instance(bare.cls, (), Value((), value.marks)), marks=value.marks)
    found = machine.typed(type_)
    return found.marked(value.marks) if found.shapes else value


def written_back(machine: Machine, writes: tuple[tuple[str, Value], ...], closure: Closure, args: Arguments, site: Site) -> None:
    """Let the caller see what the callee did to the objects it was given."""
    if not writes or site.frame is None:
        return
    plain = [each.arg for each in (*closure.node.args.posonlyargs, *closure.node.args.args)]
    nodes = dict(zip(plain, args.nodes, strict=False)) | dict(args.keyword_nodes)
    for name, value in writes:
        node = nodes.get(name)
        if isinstance(node, ast.Name | ast.Attribute):
            from discreet.audit.attributes import store

            store(machine, node, value, site.frame, rebinds=False)
