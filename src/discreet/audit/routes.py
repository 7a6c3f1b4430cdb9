"""Routes: where each is, what guards it, and what happens when it is called.

A route is called as FastAPI would call it, with abstract values: parameters hold marks of the request, dependencies
are called first, and everything that happens is its trace.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from discreet.audit import web
from discreet.audit.calls import Arguments, Site
from discreet.audit.dependencies import Call
from discreet.audit.discovery import listed
from discreet.audit.machine import Machine
from discreet.audit.middleware import Guard, guard, guarding
from discreet.audit.project import region
from discreet.audit.trace import Event, Guarded, Returned, StoreCall
from discreet.audit.types import ANY, TypeRef
from discreet.audit.values import (
    UNKNOWN,
    Bound,
    Closure,
    Type,
    Value,
    made,
    of,
)
from discreet.findings import Region, Unparsed

__all__ = ["Route", "declared", "walk"]


@dataclass(frozen=True, eq=False)
class Route:
    """A path operation: its declaration, and the trace of a call."""

    methods: tuple[str, ...]
    path: str
    registered: web.Registered
    trace: tuple[Event, ...]
    guard: tuple[Event, ...]
    response: TypeRef | None
    returns: TypeRef | None
    app: Region | None
    parameters: dict[str, Value] = field(default_factory=dict)
    principal: bool = False

    @property
    def label(self) -> str:
        """Such as `GET /users/{user_id}`."""
        return f"{'|'.join(self.methods)} {self.path}"

    @property
    def closure(self) -> Closure:
        """Its handler."""
        return self.registered.closure

    @property
    def region(self) -> Region:
        """The handler's `def`."""
        return region(self.closure.module, self.closure.node)

    @property
    def declared(self) -> TypeRef | None:
        """The model that FastAPI filters by: `response_model`, or the return annotation."""
        return self.response if self.response is not None else self.returns

    @cached_property
    def calls(self) -> list[StoreCall]:
        """Its calls to the store, one for each place."""
        found: dict[tuple[Region, str], StoreCall] = {}
        for event in self.trace:
            if isinstance(event, StoreCall):
                found.setdefault((event.region, event.operation), event)
        return list(found.values())

    @cached_property
    def _calls_at(self) -> dict[Region, StoreCall]:
        found: dict[Region, StoreCall] = {}
        for call in self.all_calls:
            found.setdefault(call.region, call)
        return found

    def call_at(self, region: Region) -> StoreCall | None:
        """The call to the store that is made at a place."""
        return self._calls_at.get(region)

    @cached_property
    def all_calls(self) -> list[StoreCall]:
        """Its calls to the store, every one."""
        return [event for event in self.trace if isinstance(event, StoreCall)]

    @cached_property
    def answers(self) -> list[Returned]:
        """What its handler and the decorators around it answer with."""
        return [event for event in self.trace if isinstance(event, Returned)]

    @cached_property
    def everything(self) -> tuple[Event, ...]:
        """The trace with that of the middleware."""
        return self.guard + self.trace


# Where they are


@dataclass(frozen=True, slots=True)
class _Mounted:
    prefix: str
    dependencies: tuple[Value, ...]
    app: Region | None


def _mounted(registry: web.Registry, router: Region, seen: frozenset[Region] = frozenset()) -> _Mounted:
    """The prefix of a router with those of all it is included in, and the dependencies of all."""
    shape = registry.routers.get(router)
    own = web.text_or(shape.get("prefix") if shape else None, "")
    dependencies = (shape.get("dependencies") or UNKNOWN,) if shape else ()
    if shape is not None and shape.path == "fastapi.app":
        parent = next((each for each in registry.includes if each.child == router and each.parent not in seen), None)
        if parent is None:
            return _Mounted(own, dependencies, router)
    for each in registry.includes:
        if each.child == router and each.parent not in seen and each.parent != router:
            outer = _mounted(registry, each.parent, seen | {router})
            return _Mounted(
                outer.prefix + each.prefix + own,
                (*outer.dependencies, each.dependencies, *dependencies),
                outer.app or (each.parent if outer.app else None),
            )
    return _Mounted(own, dependencies, None)


# Calling them


def declared(machine: Machine) -> list[web.Registered]:
    """The routes that were declared. A factory may have been called twice, once without its arguments: its last routes have them."""
    return list({(id(each.closure.node), each.methods, each.path, each.router): each for each in machine.registry.routes}.values())


def walk(machine: Machine, routes: Iterable[web.Registered]) -> Iterator[Route]:
    """Routes, called."""
    guards = {app: guard(machine, app) for app in {each.app for each in machine.registry.handled}}
    for registered in routes:
        try:
            yield _called_route(machine, registered, guards)
        except Exception as error:  # a service is audited as far as it can be, and what could not is said
            machine.lost.append(
                Unparsed(registered.closure.module.path, f"`{registered.closure.name}` could not be followed: {type(error).__name__}")
            )


def _called_route(machine: Machine, registered: web.Registered, guards: dict[Region, Guard]) -> Route:
    mounted = _mounted(machine.registry, registered.router)
    closure = registered.closure
    path = (mounted.prefix + registered.path) or "/"
    machine.begin()
    call = Call(machine, path)
    for dependencies in (*mounted.dependencies, registered.dependencies):
        for each in listed(dependencies):
            call.depend(each, ANY)
    receiver = call.receiver(registered.handler, closure)
    given = call.given(closure.node, closure.module, closure.frame, skip=receiver is not None, owner=closure.owner)
    machine.watching = {id(closure.node), *(id(shape.node) for shape in registered.handler.shapes if isinstance(shape, Closure))}
    args = Arguments((receiver,) if receiver is not None else (), tuple(given.items()))
    machine.call(registered.handler, args, Site(closure.module, closure.node, closure.name))
    machine.watching = set()
    trace = tuple(machine.trace)
    guard = (*guarding(guards, mounted.app, path), *_route_class(machine, registered.router))
    if id(closure.node) in machine.registry.guarded:
        guard = (*guard, Guarded(region(closure.module, closure.node), closure.name, (), "a decorator"))
    if machine.registry.gateway:
        guard = (*guard, Guarded(region(closure.module, closure.node), closure.name, (), "the gateway's authorizer"))
    return Route(registered.methods, path, registered, trace, guard, *_declared(machine, registered), mounted.app, given, call.principal)


def _route_class(machine: Machine, router: Region) -> tuple[Event, ...]:
    """What a router's own class of routes (`route_class=`) does before each of them."""
    shape = machine.registry.routers.get(router)
    cls = (shape.get("route_class") or UNKNOWN).one(Type) if shape is not None else None
    found = cls.cls.method("get_route_handler") if cls is not None else None
    if cls is None or found is None:
        return ()
    node, owner = found
    site = Site(owner.module, node, f"{owner.name}.get_route_handler")
    with machine.apart() as trace:
        handler = machine.call(of(Bound(of(Closure(node, owner.module, owner)), machine.typed(TypeRef(cls=cls.cls)))), Arguments(), site)
        machine.call(handler, Arguments((made("fastapi.Request", site.region),)), site)
        return tuple(trace)


def _declared(machine: Machine, registered: web.Registered) -> tuple[TypeRef | None, TypeRef | None]:
    node = next((each.value for each in registered.node.keywords if each.arg == "response_model"), None)
    response = None
    if node is not None:
        response = machine.type_in(node, registered.frame)
        if isinstance(node, ast.Constant) and node.value is None:
            response = replace(ANY, path="none")
    returns = getattr(registered.closure.node, "returns", None)
    frame = registered.closure.frame or machine.load(registered.closure.module)
    annotated = machine.type_in(returns, frame) if returns is not None else None
    return response, annotated
