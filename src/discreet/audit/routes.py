"""Routes: where each is, what guards it, and what happens when it is called.

A route is called as FastAPI would call it, with abstract values: parameters hold marks of the request, dependencies
are called first, and everything that happens is its trace.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from discreet.audit import attributes, libraries, models, web
from discreet.audit.calls import Arguments, Site, parameters
from discreet.audit.classes import Class
from discreet.audit.failures import TOLD
from discreet.audit.frames import Frame
from discreet.audit.machine import FUEL, Machine
from discreet.audit.project import Module, region
from discreet.audit.trace import Compared, Event, Guarded, Raised, Returned, StoreCall
from discreet.audit.types import ANY, Metadata, TypeRef, bounds
from discreet.audit.values import (
    UNKNOWN,
    Bound,
    Closure,
    Constant,
    Instance,
    Kind,
    Made,
    Mapping,
    Mark,
    Named,
    Partial,
    Place,
    Sequence,
    Type,
    Value,
    deep_marks,
    join_all,
    made,
    of,
    remarked,
)
from discreet.findings import Region, Unparsed

__all__ = ["Handler", "Route", "declared", "discover", "exception_handlers", "walk"]

REGISTERS: Final = frozenset({"include_router", "add_api_route", "add_middleware", "add_exception_handler", "exception_handler", "mount"})
AUTHENTICATES: Final = re.compile(
    r"auth|current_?user|verify|login|jwt|cognito|require|bearer|principal|azure_scheme|token|current_?active|oidc|api_?key", re.IGNORECASE
)
REFUSES: Final = re.compile(r"auth|forbidden|permission|credential|token|jwt|denied|login", re.IGNORECASE)
ADMINS: Final = re.compile(
    r"admin|superuser|moderator|operator|internal|require_role|has_role|has_permission|require_permission|"
    r"(require|ensure|check|assert|must_be|only|is|verify)_?staff|staff_?(only|required|member_required)",
    re.IGNORECASE,
)
SENT: Final = frozenset(f"builtins.{name}" for name in ("str", "int", "float", "bytes", "dict", "list"))
INJECTED: Final = frozenset({"FromDishka", "Inject", "Injected", "FromComponent"})
FORMS: Final = frozenset({"OAuth2PasswordRequestForm", "OAuth2PasswordRequestFormStrict"})
LOGIN: Final = re.compile(r"log-?_?in|sign-?_?in|auth", re.IGNORECASE)
API_KEY: Final = re.compile(r"api.?key|x.?token|secret", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """An exception handler, and the trace of a call."""

    about: Value
    trace: tuple[Event, ...]
    closure: Closure


# Finding them


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
            for function in _listed(each.function):
                closure = web.function_of(function)
                if closure is not None:
                    with machine.apart():
                        machine.call(
                            function,
                            Arguments((made("fastapi.app"),) if closure.node.args.args else ()),
                            Site(closure.module, closure.node, closure.name),
                        )


def _listed(value: Value) -> Iterator[Value]:
    shape = value.one(Sequence)
    yield from (shape.fixed or (shape.element,)) if shape is not None else (value,)


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
    guards = {app: _guard(machine, app) for app in {each.app for each in machine.registry.handled}}
    for registered in routes:
        try:
            yield _called_route(machine, registered, guards)
        except Exception as error:  # a service is audited as far as it can be, and what could not is said
            machine.lost.append(
                Unparsed(registered.closure.module.path, f"`{registered.closure.name}` could not be followed: {type(error).__name__}")
            )


def _called_route(machine: Machine, registered: web.Registered, guards: dict[Region, _Guard]) -> Route:
    mounted = _mounted(machine.registry, registered.router)
    closure = registered.closure
    path = (mounted.prefix + registered.path) or "/"
    machine.fuel = FUEL
    machine.trace = []
    call = _Call(machine, path)
    for dependencies in (*mounted.dependencies, registered.dependencies):
        for each in _listed(dependencies):
            call.depend(each, ANY)
    receiver = call.receiver(registered.handler, closure)
    given = call.given(closure.node, closure.module, closure.frame, skip=receiver is not None, owner=closure.owner)
    machine.watching = {id(closure.node), *(id(shape.node) for shape in registered.handler.shapes if isinstance(shape, Closure))}
    args = Arguments((receiver,) if receiver is not None else (), tuple(given.items()))
    machine.call(registered.handler, args, Site(closure.module, closure.node, closure.name))
    machine.watching = set()
    trace = tuple(machine.trace)
    guard = _guarding(guards, mounted.app, path)
    if id(closure.node) in machine.registry.guarded:
        guard = (*guard, Guarded(region(closure.module, closure.node), closure.name, (), "a decorator"))
    if machine.registry.gateway:
        guard = (*guard, Guarded(region(closure.module, closure.node), closure.name, (), "the gateway's authorizer"))
    return Route(registered.methods, path, registered, trace, guard, *_declared(machine, registered), mounted.app, given, call.principal)


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


class _Call:
    """One call of a route: its dependencies are called once each."""

    def __init__(self, machine: Machine, path: str) -> None:
        self.machine = machine
        self.names = set(re.findall(r"\{(\w+)", path))
        self.principal = False
        self._held: dict[object, Value] = {}
        self._open: list[object] = []

    def receiver(self, handler: Value, closure: Closure) -> Value | None:
        """The object of a class-based view, with its dependencies. None for what needs none, or is bound already."""
        if closure.owner is None or any(isinstance(shape, Bound) for shape in handler.shapes):
            return None
        if any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in closure.node.decorator_list):
            return None
        found = self._made(closure.owner)
        shape = found.one(Instance)
        if shape is None:
            return found
        for each in reversed(closure.owner.lineage):
            for node in each.node.body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    type_ = self.machine.type_of(node.annotation, each.module)
                    value = self._parameter(node.target.id, type_, node.value, each.module, None, node)
                    shape = shape.put(node.target.id, value)
                elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call):
                    held = self.machine.class_frame(each).names.get(node.targets[0].id, UNKNOWN)
                    if any(isinstance(inner, Made) and inner.path == "fastapi.depends" for inner in held.shapes):
                        shape = shape.put(node.targets[0].id, self.depend(held, ANY))
        return of(shape)

    def given(self, node: Any, module: Module, frame: Frame | None, *, skip: bool = False, owner: Class | None = None) -> dict[str, Value]:
        """The values of a function's parameters. What annotates a method's may be a name of its class."""
        around = self.machine.class_frame(owner) if owner is not None and frame is None else None
        found: dict[str, Value] = {}
        for place, (arg, default) in enumerate(parameters(node)):
            if skip and place == 0:
                continue
            scope = frame or around or self.machine.load(module)
            type_ = self.machine.type_in(arg.annotation, scope) if arg.annotation is not None else ANY
            found[arg.arg] = self._parameter(arg.arg, type_, default, module, frame or around, arg)
        return found

    def _parameter(self, name: str, type_: TypeRef, default: ast.expr | None, module: Module, frame: Frame | None, node: ast.AST) -> Value:
        scope = Frame(module, name, outer=frame)
        for metadata in (*type_.metadata, *type_.bare.metadata):
            if metadata.name in {"Depends", "Security"}:
                inner = frame if frame is not None and metadata.module is module else None
                value = self.machine.evaluate(metadata.node, Frame(metadata.module, name, outer=inner))
                return self.depend(value, type_)
        if isinstance(default, ast.Call | ast.Subscript | ast.Name):
            value = self.machine.evaluate(default, scope)
            if any(isinstance(shape, Made) and shape.path in {"fastapi.depends", "fastapi.scheme"} for shape in value.shapes):
                return self.depend(value, type_)
        return self._asked(name, type_, default, module, node)

    def _asked(self, name: str, type_: TypeRef, default: ast.expr | None, module: Module, node: ast.AST) -> Value:
        at = region(module, node)
        bare = type_.bare
        if bare.name in {"Request", "HTTPConnection", "WebSocket"}:
            return made("fastapi.Request", at)
        if bare.name in {"Response", "BackgroundTasks", "SecurityScopes"} and bare.cls is None:
            return made(f"fastapi.{bare.name}Parameter", at)
        held = bare.args[0].bare if bare.name in INJECTED and bare.args else bare
        if held.cls is not None and not held.cls.model and not held.cls.enum and not held.cls.libraries & SENT:
            return self._made(held.cls)  # no request can bring it: a container that the analysis does not know does
        metadata = (Metadata(default, module),) if isinstance(default, ast.Call) else ()
        place = self._place(name, type_, metadata)
        extra = bounds(type_, metadata)
        mark = Mark(Kind.REQUEST, name, at, place, extra.checked, extra.plain, extra.bounded)
        return models.asked(self.machine, type_, mark)

    def _place(self, name: str, type_: TypeRef, metadata: tuple[Metadata, ...]) -> Place:
        if name in self.names:
            return Place.PATH
        if name.lower() in web.ASKED_FOR:
            return Place.CREDENTIAL
        for each in (*metadata, *type_.metadata, *type_.bare.metadata):
            if each.name in {"Header", "Cookie"}:
                alias = each.keyword("alias")
                called = str(alias.value) if isinstance(alias, ast.Constant) else name
                return Place.CREDENTIAL if each.name == "Cookie" or web.is_credential(called) else Place.HEADER
            if each.name in {"Body", "Form", "File"}:
                return Place.BODY
            if each.name == "Query":
                return Place.QUERY
        return Place.BODY if (type_.bare.cls is not None and type_.bare.cls.model) or type_.bare.name in models.DICTS else Place.QUERY

    # Dependencies

    def depend(self, value: Value, type_: TypeRef) -> Value:
        """What a dependency gives."""
        found: list[Value] = []
        for shape in value.shapes:
            if isinstance(shape, Made) and shape.path == "fastapi.depends":
                inner = shape.get("dependency")
                text = (shape.get("text") or UNKNOWN).text or ""
                if inner is not None and not inner.shapes and AUTHENTICATES.search(text):
                    found.append(self._outside(text, shape.site))
                else:
                    found.append(self._resolve(inner, type_) if inner is not None else self._of_type(type_))
            elif isinstance(shape, Made) and shape.path == "fastapi.scheme":
                found.append(self._resolve(of(shape), type_))
        return join_all(found)

    def _of_type(self, type_: TypeRef) -> Value:
        if type_.bare.name in FORMS and type_.bare.cls is None:
            return made("fastapi.form", web.NOWHERE)
        return self._made(type_.bare.cls) if type_.bare.cls is not None else libraries.typed(type_.bare.path)

    def _resolve(self, value: Value, type_: TypeRef) -> Value:
        if value not in self._held:
            if value in self._open:
                return UNKNOWN
            self._open.append(value)
            begun = len(self.machine.trace)
            found = join_all(self._called(shape, type_) for shape in value.shapes) if value.shapes else self._of_type(type_)
            self._open.pop()
            found = principal(found, self.machine.trace[begun:])
            self.principal = self.principal or any(mark.kind is Kind.PRINCIPAL and mark.name != "role" for mark in deep_marks(found))
            self._held[value] = found
        return self._held[value]

    def _called(self, shape: object, type_: TypeRef) -> Value:
        match shape:
            case Closure():
                return self._function(of(shape), shape, shape)
            case Bound(function=function, receiver=receiver):
                closure = function.one(Closure)
                return self._function(of(shape), closure, closure, bound=True) if closure else self._library(function, receiver)
            case Type(cls=cls):
                return self._made(cls)
            case Instance(cls=cls) if cls.method("__call__"):
                node, owner = cls.method("__call__") or (None, cls)
                site = Site(owner.module, node, cls.name)  # type: ignore[arg-type]
                bound = attributes.get(self.machine, of(shape), "__call__", site)
                return self._function(bound, None, Closure(node, owner.module, owner), bound=True)
            case Instance(cls=cls) if kind := web.scheme_of(cls):
                return web.presented(self.machine, kind, region(cls.module, cls.node))
            case Made(path="fastapi.scheme"):
                return self._scheme(shape)
            case Made(path="provider"):
                return libraries.call(self.machine, "provider()", of(shape), Arguments(), Site(self._module(), ast.Pass(), ""))
            case Made(path=path) if path.startswith("discreet."):
                return libraries.call(self.machine, f"{path}()", of(shape), Arguments(), Site(self._module(), ast.Pass(), ""))
            case Made(path=path, site=at):
                return self._outside(path, at)
            case Named(path=path):
                return self._outside(path, None)
            case Partial(function=function):
                closure = web.function_of(function)
                return self._function(of(shape), closure, closure) if closure else UNKNOWN
            case _:
                pass
        return UNKNOWN

    def _module(self) -> Module:
        return next(iter(self.machine.project.modules.values()))

    def _library(self, function: Value, receiver: Value) -> Value:
        named = function.one(Named)
        shape = receiver.one(Made)
        return self._outside(named.path if named else "", shape.site if shape else None)

    def _outside(self, path: str, at: Region | None) -> Value:
        """A dependency of a library: by its name it may ask who calls."""
        if not AUTHENTICATES.search(path) or "optional" in path.rpartition(".")[2]:
            return UNKNOWN
        where = at or web.NOWHERE
        self.machine.emit(Guarded(where, "", (), path))
        return Value((), frozenset({Mark(Kind.PRINCIPAL, path.rpartition(".")[2], where)}))

    def _scheme(self, shape: Made) -> Value:
        kind = next((each.path for each in (shape.get("kind") or UNKNOWN).only(Named)), "")
        silent = (shape.get("auto_error") or UNKNOWN).truth is False
        return web.presented(self.machine, kind, shape.site or web.NOWHERE, silent=silent)

    def _function(self, function: Value, closure: Closure | None, signature: Closure | None, *, bound: bool = False) -> Value:
        signed = (signature.wraps or signature) if signature is not None else None
        if signed is None:
            return UNKNOWN
        given = self.given(signed.node, signed.module, signed.frame, skip=bound, owner=signed.owner)
        at = region(signed.module, signed.node)
        if ADMINS.search(signed.name):
            self.machine.emit(Compared(at, signed.name, (), frozenset({Mark(Kind.PRINCIPAL, "role", at)}), "role"))
        found = self.machine.call(function, Arguments((), tuple(given.items())), Site(signed.module, signed.node, signed.name))
        if generates(signed.node):
            return join_all(shape.element for shape in found.only(Sequence)) if found.one(Sequence) else found
        return found

    def _made(self, cls: Class) -> Value:
        """An object of a class that is a dependency: its constructor's parameters are those of the request."""
        found = cls.method("__init__")
        if cls.model and found is None:
            fields = tuple((name, self._field(cls, name)) for name in cls.fields)
            return of(Instance(cls, fields))
        if found is None or cls in self._open:
            return self.machine.typed(TypeRef(cls=cls))
        self._open.append(cls)
        given = self.given(found[0], found[1].module, None, skip=True)
        self._open.pop()
        return self.machine.instantiate(cls, Arguments((), tuple(given.items())), Site(cls.module, cls.node, cls.name))

    def _field(self, cls: Class, name: str) -> Value:
        each = cls.fields[name]
        type_ = models.field_type(self.machine, cls, name)
        return self._parameter(name, type_, each.default, each.module, None, each.annotation or cls.node)


def generates(node: Any) -> bool:
    """Whether a function yields, itself."""
    stack: list[ast.AST] = [] if isinstance(node, ast.Lambda) else list(node.body)
    while stack:
        each = stack.pop()
        if isinstance(each, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack += ast.iter_child_nodes(each)
    return False


def principal(value: Value, events: list[Event]) -> Value:
    """What a dependency gives: once it has verified or looked up a credential, what it says of it is the principal's.

    A credential that is merely compared with a secret that all callers share says nothing of who they are.
    """
    if not any(isinstance(event, Guarded | StoreCall) or (isinstance(event, Compared) and event.text == "looked up") for event in events):
        return value
    verified = any(isinstance(event, Guarded) for event in events)
    return remarked(value, lambda mark: replace(mark, kind=Kind.PRINCIPAL, place=Place.NONE) if _says(mark, verified=verified) else mark)


def _says(mark: Mark, *, verified: bool) -> bool:
    """Whether a mark is of what says who asks: of a credential, also of what was read from it before it was verified."""
    if API_KEY.search(mark.name):
        return False
    return mark.place is Place.CREDENTIAL or (verified and mark.place is Place.HEADER and web.is_credential(mark.name))


def evidence(events: list[Event] | tuple[Event, ...]) -> bool:
    """Whether something checked who asks."""
    return any(_proves(event) or (isinstance(event, Compared) and _compares_credential(event)) for event in events)


def _proves(event: Event) -> bool:
    """Whether something verifies a credential, or looks up whose it is."""
    looked_up = isinstance(event, StoreCall) and any(mark.place is Place.CREDENTIAL for mark in deep_marks(event.key))
    return isinstance(event, Guarded) or looked_up


def _compares_credential(event: Compared) -> bool:
    """Whether a comparison is of what authenticates. A header that is compared with an item is but believed."""
    places = {mark.place for mark in event.marks if mark.kind is Kind.REQUEST}
    if Place.CREDENTIAL in places:
        return True
    return Place.HEADER in places and not any(mark.kind is Kind.ITEM for mark in event.marks)


def refusal(events: list[Event] | tuple[Event, ...]) -> bool:
    """Whether something refuses who does not pass: with 401, 403 or a redirect, or with another 4xx where a credential is compared.

    A scheme alone refuses who says nothing. That is enough where what verifies raises by itself, not where two texts are compared.
    """
    verified = any(_proves(event) for event in events)
    comparing = {event.function for event in events if isinstance(event, Compared) and _compares_credential(event)}
    return any(
        (
            isinstance(event, Raised)
            and (event.function or verified)
            and (event.status in {302, 303, 307, 401, 403, 1008} or REFUSES.search(event.type) is not None)
        )
        or (isinstance(event, Raised) and event.function in comparing and event.status is not None and 400 <= event.status < 500)
        or (isinstance(event, Guarded) and event.sure)
        or (isinstance(event, Returned) and any(_refuses(shape) for shape in event.value.only(Made)))
        for event in events
    )


def _refuses(shape: Made) -> bool:
    location = shape.get("location")
    if location is not None:
        return any(LOGIN.search(text) for text in location.texts)
    status = shape.get("status")
    return (status is not None and any(each.value in {401, 403} for each in status.only(Constant))) or "40" in "".join(
        each.path for each in (status or UNKNOWN).only(Named)
    )


# Middleware and exception handlers


@dataclass(frozen=True, slots=True)
class _Guard:
    events: tuple[Event, ...] = ()
    exempt: tuple[str, ...] = ()


def _guard(machine: Machine, app: Region) -> _Guard:
    """What the middleware of an app does, and the paths it names (which it lets pass)."""
    events: list[Event] = []
    exempt: list[str] = []
    for each in machine.registry.handled:
        if each.app == app and each.kind == "middleware":
            found, closure = _middleware(machine, each)
            events += found
            exempt += _paths(machine, closure) if closure is not None else []
    return _Guard(tuple(events), tuple(exempt))


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


def _guarding(guards: dict[Region, _Guard], app: Region | None, path: str) -> tuple[Event, ...]:
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
            machine.fuel, machine.trace = FUEL, []
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
