"""Discovery: what declares routes is walked through, modules first, then factories and what runs at start-up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from discreet.audit import web
from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class
from discreet.audit.machine import Machine
from discreet.audit.project import Module
from discreet.audit.values import (
    Closure,
    Sequence,
    Value,
    made,
    of,
)

__all__ = ["discover", "listed"]

REGISTERS: Final = frozenset({"include_router", "add_api_route", "add_middleware", "add_exception_handler", "exception_handler", "mount"})


def discover(machine: Machine, modules: list[Module]) -> None:
    """Walk through modules that may declare routes, then through factories that nothing called."""
    for module in modules:
        machine.load(module)
    for module in modules:
        for node, owner in _factories(module, machine):
            nodes = {id(route.node) for route in machine.registry.routes}
            if not _called(node, nodes, machine):
                with machine.apart():
                    machine.call(of(Closure(node, module, owner)), Arguments(), Site(module, node, "<module>"))
    _start(machine)


def _factories(module: Module, machine: Machine) -> Iterator[tuple[Any, Class | None]]:
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            _registers(inner) for inner in ast.walk(node) if inner is not node
        ):
            yield node, None


def _registers(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return any(
            isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in {*web.VERBS, "websocket"}
            for each in node.decorator_list
        )
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REGISTERS


def _called(node: ast.AST, nodes: set[int], machine: Machine) -> bool:
    inner = {id(each) for each in ast.walk(node)}
    return bool(inner & nodes) or id(node) in machine.walked


def _start(machine: Machine) -> None:
    for each in list(machine.registry.handled):
        if each.kind in {"startup", "on_event", "on_startup"}:
            for function in listed(each.function):
                closure = web.function_of(function)
                if closure is not None:
                    with machine.apart():
                        machine.call(
                            function,
                            Arguments((made("fastapi.app"),) if closure.node.args.args else ()),
                            Site(closure.module, closure.node, closure.name),
                        )


def listed(value: Value) -> Iterator[Value]:
    """The elements of a list, or a value that is none."""
    shape = value.one(Sequence)
    yield from (shape.fixed or (shape.element,)) if shape is not None else (value,)
