"""FastAPI while it is walked through: apps and routers, what is registered on them, requests and shared state."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from discreet.audit import models
from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class, does_nothing
from discreet.audit.frames import Frame
from discreet.audit.trace import Guarded, Raised, Returned
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
    constant,
    deep_marks,
    join,
    made,
    of,
)
from discreet.findings import Region

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["Handled", "Included", "Registered", "Registry"]

SCHEMES: Final = frozenset(
    {
        "APIKeyCookie",
        "APIKeyHeader",
        "APIKeyQuery",
        "HTTPBasic",
        "HTTPBearer",
        "HTTPDigest",
        "OAuth2",
        "OAuth2AuthorizationCodeBearer",
        "OAuth2PasswordBearer",
        "OpenIdConnect",
    }
)
FAMILY: Final = frozenset({"fastapi", "starlette", "fastapi_utils", "fastapi_restful", "fastapi_class", "sse_starlette"})
VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
DECLARES: Final = frozenset({"include_router", "add_api_route", "add_route", "mount", "api_route", "add_api_websocket_route"})
# What runs a function once the answer is sent.
TASKS: Final = ("fastapi.BackgroundTasksParameter().add_task", "fastapi.tasks().add_task")
ROUTERS: Final = ("fastapi.app", "fastapi.router")
CREDENTIALS: Final = (
    "authorization",
    "api_key",
    "api-key",
    "apikey",
    "token",
    "session",
    "cookie",
    "x-auth",
    "secret",
    "credential",
    "jwt",
    "password",
)
# What a query may be asked for to let someone pass. A `token` or `key` of any other name may as well be a cursor or an item's.
ASKED_FOR: Final = frozenset({"api_key", "apikey", "x_api_key", "access_token", "auth_token", "api_token"})
NOWHERE: Final = Region("", 1, 1, 1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A path operation as it was registered. `node` is the decorator or call, with its keywords."""

    router: Region
    methods: tuple[str, ...]
    path: str
    handler: Value
    closure: Closure
    node: ast.Call
    frame: Frame
    dependencies: Value


@dataclass(frozen=True, slots=True)
class Included:
    """A router that is part of another, or of an app."""

    parent: Region
    child: Region
    prefix: str
    dependencies: Value


@dataclass(frozen=True, slots=True, eq=False)
class Handled:
    """A function that the app calls itself: a middleware, an exception handler, at start-up."""

    app: Region
    function: Value
    kind: str
    about: Value = UNKNOWN
    options: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True)
class Registry:
    """What modules registered on apps and routers, and the state that they share."""

    routers: dict[Region, Made] = field(default_factory=dict)
    routes: list[Registered] = field(default_factory=list)
    includes: list[Included] = field(default_factory=list)
    handled: list[Handled] = field(default_factory=list)
    state: dict[str, Value] = field(default_factory=dict)
    gateway: bool = False
    guarded: set[int] = field(default_factory=set)
    views: dict[int, Class] = field(default_factory=dict)
    overrides: dict[int, Value] = field(default_factory=dict)


# Attributes and items


def attribute(machine: Machine, shape: Made, value: Value, name: str) -> Value | None:
    """An attribute of something of FastAPI's that is no method."""
    at = shape.site or NOWHERE
    own = shape.get("cls")
    if own is not None and (found := _own(machine, shape, own, name)) is not None:
        return found
    match shape.path, name:
        case (("fastapi.app" | "fastapi.router"), "state"):
            return made("fastapi.state", None, kind=UNKNOWN)
        case (("fastapi.app" | "fastapi.router"), "router"):
            return Value((shape,))
        case "fastapi.state", _:
            return machine.registry.state.get(name)
        case "fastapi.Request", "app":
            return made("fastapi.app")
        case "fastapi.Request", "state":
            return made("fastapi.requeststate", at)
        case "fastapi.requeststate", _:
            held = machine.registry.state.get(f"request.{name}", UNKNOWN)
            return held if held.shapes or held.marks else Value((), frozenset({Mark(Kind.PRINCIPAL, f"state.{name}", at)}))
        case "fastapi.Request", ("headers" | "cookies" | "query_params" | "path_params"):
            return made(f"fastapi.{name}", at)
        case "fastapi.Request", ("scope" | "auth"):
            return made("fastapi.scope", at)
        case "fastapi.Request", ("user" | "session"):
            machine.emit(Guarded(at, "", (), f"the request's {name}", sure=False))
            return Value((), frozenset({Mark(Kind.PRINCIPAL, name, at)}))
        case "fastapi.form", _:
            return Value((), frozenset({Mark(Kind.REQUEST, name, at, Place.BODY)}))
        case "fastapi.credentials", _:
            return Value((), frozenset(replace(mark, name=f"{mark.name}.{name}") for mark in value.marks))
        case _:
            return None


def _own(machine: Machine, shape: Made, own: Value, name: str) -> Value | None:
    """What a class that extends an app or a router adds to it."""
    cls = own.one(Type)
    method = cls.cls.method(name) if cls is not None else None
    if method is not None:
        return of(Bound(of(Closure(method[0], method[1].module, method[1])), of(shape)))
    return machine.registry.state.get(f"{shape.site}.{name}")


def item(machine: Machine, shape: Made, value: Value, key: Value) -> Value | None:
    """What is under a key of something of FastAPI's: a header, a query parameter, a part of the ASGI scope."""
    at = shape.site or NOWHERE
    name = key.text or "?"
    place = {
        "fastapi.headers": Place.HEADER,
        "fastapi.cookies": Place.CREDENTIAL,
        "fastapi.query_params": Place.QUERY,
        "fastapi.path_params": Place.PATH,
    }.get(shape.path)
    if place is not None:
        if place is Place.HEADER and is_credential(name):
            place = Place.CREDENTIAL
        return Value((), frozenset({Mark(Kind.REQUEST, name, at, place)}))
    if shape.path == "fastapi.scope":
        if name in {"authorizer", "claims", "identity", "jwt", "user"}:
            machine.emit(Guarded(at, "", (), "claims of the gateway's authorizer"))
            return Value((), frozenset({Mark(Kind.PRINCIPAL, name, at)}))
        return value
    if shape.path == "exception.HTTPException":
        return UNKNOWN
    return Value((), frozenset(mark.inside(name) for mark in value.marks))


def everything_sent(value: Value) -> Value | None:
    """All query parameters or headers, under the names that the client gave them."""
    for shape in value.only(Made):
        if shape.path in {"fastapi.query_params", "fastapi.headers"}:
            return Value((), frozenset({Mark(Kind.REQUEST, "query", shape.site or NOWHERE, Place.QUERY, loose=True, bulk=True)}))
    return None


def is_credential(name: str) -> bool:
    """Whether a header or parameter of this name is what authenticates."""
    lower = name.lower()
    return any(word in lower for word in CREDENTIALS)


def set_attribute(machine: Machine, shape: Made, name: str, value: Value) -> None:
    """Set an attribute of an app's or a request's state."""
    prefix = {"fastapi.state": "", "fastapi.requeststate": "request."}.get(shape.path)
    prefix = f"{shape.site}." if shape.path in ROUTERS else prefix
    if prefix is not None:
        known = machine.registry.state.get(prefix + name)
        machine.registry.state[prefix + name] = value if known is None else join(known, value)


def override(machine: Machine, dependency: Value, value: Value) -> None:
    """Let a dependency that only stands for another (`def repository(): raise NotImplementedError`) be that one. Others are overridden by
    tests, which tell nothing of the service.
    """
    overrides = machine.registry.overrides
    for closure in dependency.only(Closure):
        if does_nothing(closure.node):
            key = id(closure.node)
            overrides[key] = join(overrides[key], value) if key in overrides else value


def provided(machine: Machine, value: Value, node: ast.Subscript, frame: Frame) -> Value | None:
    """`Provide[Container.x]` of dependency_injector: the provider."""
    if any(isinstance(shape, Named) and shape.path.rpartition(".")[2] in {"Provide", "Provider"} for shape in value.shapes):
        return machine.evaluate(node.slice, frame)
    return None


def condition_on(name: Value, *operands: Value) -> Value:
    """An attribute as conditions name it, `Attr("x")` or a model's `Item.x`, and what it is compared with."""
    return of(Made("boto3.condition", (("name", name), *((f"#{place}", each) for place, each in enumerate(operands)))))


def condition(left: Value, right: Value) -> Value:
    """Two conditions, or flags, joined."""
    conditions = [shape for value in (left, right) for shape in value.only(Made) if shape.path == "boto3.condition"]
    if conditions:
        return of(Made("boto3.condition", tuple((f"{place}", of(each)) for place, each in enumerate(conditions))))
    return Value((), deep_marks(left) | deep_marks(right))


# Calls


def call(machine: Machine, path: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    """What a call gives, None when it is nothing of FastAPI's."""
    owner, _, name = path.rpartition(".")
    if "()" not in path and path.partition(".")[0] in FAMILY:
        return _made(machine, name, args, site)
    if owner in {"fastapi.app()", "fastapi.router()"}:
        return _on_router(machine, name, receiver, args, site)
    if path in TASKS and args.positional:
        machine.call(args.positional[0], args.without(1), site)
        return UNKNOWN
    if owner == "fastapi.Request()":
        return _socket(machine, name, receiver, args, site) or _request(name, receiver, args)
    if owner in {"fastapi.headers()", "fastapi.cookies()", "fastapi.query_params()", "fastapi.path_params()", "fastapi.scope()"}:
        shape = receiver.one(Made)
        if name in {"get", "getlist", "getall"} and shape is not None:
            return item(machine, shape, receiver, args.at(0, "key") or UNKNOWN)
        at = (shape.site if shape else None) or site.region
        return of(Mapping((), Value((), frozenset({Mark(Kind.REQUEST, "query", at, Place.QUERY, loose=True, bulk=True)}))))
    if path == "object.__call__":
        shapes = [kind for shape in receiver.only(Instance) if (kind := scheme_of(shape.cls))]
        return presented(machine, shapes[0], site.region) if shapes else None
    if path == "fastapi.decorator()":
        return _decorated(machine, receiver, args, site)
    return None


def _made(machine: Machine, name: str, args: Arguments, site: Site) -> Value | None:
    match name:
        case "FastAPI" | "Starlette":
            return _router(machine, "fastapi.app", args, site)
        case "APIRouter" | "Router" | "InferringRouter":
            return _router(machine, "fastapi.router", args, site)
        case "Depends" | "Security":
            held = args.at(0, "dependency")
            return of(Made("fastapi.depends", _depends(held, site), site.region))
        case "HTTPException" | "WebSocketException":
            status = args.at(0, "status_code", "code") or UNKNOWN
            return of(Made("fastapi.HTTPException", (("status", status), ("detail", args.at(1, "detail", "reason") or UNKNOWN))))
        case (
            "JSONResponse"
            | "ORJSONResponse"
            | "UJSONResponse"
            | "Response"
            | "PlainTextResponse"
            | "HTMLResponse"
            | "StreamingResponse"
            | "EventSourceResponse"
        ):
            content = args.at(0, "content") or UNKNOWN
            return of(Made("fastapi.Response", (("content", content), ("status", args.at(1, "status_code") or UNKNOWN)), site.region))
        case "RedirectResponse":
            return of(Made("fastapi.Response", (("location", args.at(0, "url") or UNKNOWN),), site.region))
        case "FileResponse" | "TemplateResponse":
            return of(Made("fastapi.Response", (), site.region))
        case "BackgroundTasks":
            return made("fastapi.tasks", site.region)
        case "jsonable_encoder":
            return models.dumped(args.at(0, "obj") or UNKNOWN, args)
        case "run_in_threadpool" | "BackgroundTask":
            return machine.call(args.positional[0], args.without(1), site) if args.positional else UNKNOWN
        case _ if name in SCHEMES:
            return of(Made("fastapi.scheme", (("kind", of(Named(name))), ("auto_error", args.named("auto_error") or UNKNOWN)), site.region))
        case _:
            pass
    return None


def scheme_of(cls: Class) -> str:
    """The security scheme that a class extends, empty when it extends none."""
    last = (path.rpartition(".")[2] for path in sorted(cls.libraries) if path.startswith("fastapi"))
    return next((name for name in last if name in SCHEMES), "")


def presented(machine: Machine, kind: str, at: Region, *, silent: bool = False) -> Value:
    """What a client presents to a security scheme. It refuses who presents nothing, unless it is `silent`."""
    if not silent:
        machine.emit(Raised(at, "", (), "HTTPException", 401))
    mark = Mark(Kind.REQUEST, "x_api_key" if kind.startswith("APIKey") else "credentials", at, Place.CREDENTIAL)
    if kind in {"HTTPBearer", "HTTPBasic", "HTTPDigest"}:
        return of(Made("fastapi.credentials", (), at), marks={mark})
    return Value((), frozenset({mark}))


def _depends(held: Value | None, site: Site) -> tuple[tuple[str, Value], ...]:
    """A dependency, with its text: it may be of a library that nothing is known of."""
    if held is None:
        return ()
    node = next(iter(site.node.args), None) if isinstance(site.node, ast.Call) else None
    return (("dependency", held), ("text", constant(ast.unparse(node)[:200] if node is not None else "")))


def _router(machine: Machine, path: str, args: Arguments, site: Site) -> Value:
    given = tuple((name, args.named(name) or UNKNOWN) for name in ("prefix", "dependencies", "route_class"))
    shape = Made(path, given, site.region)
    machine.registry.routers[site.region] = shape
    lifespan = args.named("lifespan")
    if lifespan is not None:
        machine.registry.handled.append(Handled(site.region, lifespan, "startup"))
    for key in ("on_startup", "middleware", "exception_handlers", "debug"):
        held = args.named(key)
        if held is not None:
            machine.registry.handled.append(Handled(site.region, held, key, UNKNOWN, args.keywords))
    return of(shape)


def _on_router(machine: Machine, name: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    for shape in receiver.only(Made):
        at = shape.site
        if at is None:
            continue
        if name in VERBS or name in {"api_route", "route", "websocket", "websocket_route"}:
            return of(
                Made(
                    "fastapi.decorator",
                    (
                        ("router", of(shape)),
                        ("method", of(Named(name))),
                        ("path", args.at(0, "path") or UNKNOWN),
                        ("methods", args.named("methods") or UNKNOWN),
                        ("dependencies", args.named("dependencies") or UNKNOWN),
                    ),
                    at,
                )
            )
        if name in {"add_api_route", "add_route", "add_api_websocket_route", "add_websocket_route"}:
            _added(machine, at, args, site)
        elif name in {"include_router", "mount"}:
            _included(machine, at, name, args)
        elif name in {"middleware", "exception_handler", "on_event"}:
            return of(Made("fastapi.registers", (("kind", of(Named(name))), ("about", args.at(0, "") or UNKNOWN)), at))
        elif name in {"add_middleware", "add_exception_handler", "add_event_handler"}:
            _handled(machine, at, name, args)
    return UNKNOWN


def _handled(machine: Machine, at: Region, name: str, args: Arguments) -> None:
    kind = {"add_middleware": "middleware", "add_exception_handler": "exception_handler", "add_event_handler": "on_event"}[name]
    place = 0 if kind == "middleware" else 1
    function = args.at(place, "middleware_class", "handler", "func", "dispatch")
    if function is not None:
        machine.registry.handled.append(Handled(at, function, kind, args.at(0, "exc_class_or_status_code") or UNKNOWN, args.keywords))


def _included(machine: Machine, at: Region, name: str, args: Arguments) -> None:
    child = args.at(0 if name == "include_router" else 1, "router", "app")
    prefix = args.named("prefix") if name == "include_router" else args.at(0, "path")
    for inner in child.only(Made) if child is not None else ():
        if inner.path in ROUTERS and inner.site is not None:
            machine.registry.includes.append(Included(at, inner.site, text_or(prefix, ""), args.named("dependencies") or UNKNOWN))


def text_or(value: Value | None, otherwise: str) -> str:
    """A constant text, or something else where it is none."""
    if value is None or not value.texts:
        return otherwise
    return value.texts[0]


def _added(machine: Machine, at: Region, args: Arguments, site: Site) -> None:
    endpoint = args.at(1, "endpoint", "route")
    if endpoint is None or not isinstance(site.node, ast.Call):
        return
    methods = args.named("methods")
    listed = methods.one(Sequence) if methods is not None else None
    names = tuple(text.upper() for each in (listed.fixed or () if listed else ()) for text in each.texts) or ("GET",)
    names = ("WEBSOCKET",) if "websocket" in ast.unparse(site.node.func) else names
    closure = function_of(endpoint)
    if closure is not None and site.frame is not None:
        machine.registry.routes.append(
            Registered(
                at,
                names,
                text_or(args.at(0, "path"), "/?"),
                endpoint,
                closure,
                site.node,
                site.frame,
                args.named("dependencies") or UNKNOWN,
            )
        )


def function_of(value: Value) -> Closure | None:
    """The function that a callable is in the end."""
    for shape in value.shapes:
        if isinstance(shape, Closure):
            return shape.wraps or shape
        if isinstance(shape, Bound | Partial):
            return function_of(shape.function)
    return None


def _request(name: str, receiver: Value, args: Arguments) -> Value | None:
    shape = receiver.one(Made)
    at = (shape.site if shape else None) or NOWHERE
    if name in {"json", "form"}:
        mark = Mark(Kind.REQUEST, "body", at, Place.BODY, loose=True, bulk=True)
        return of(Mapping((), Value((), frozenset({mark}))))
    if name in {"body", "stream"}:
        return Value((), frozenset({Mark(Kind.REQUEST, "body", at, Place.BODY, loose=True, bulk=True)}))
    return UNKNOWN


# Sockets

# Codes with which a socket is closed on who may not use it.
REFUSED: Final = frozenset({1008, 3000, 3003, 4001, 4003, 4401, 4403})


def _socket(machine: Machine, name: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    """What a websocket does: what it sends is an answer, what it receives is a request's body."""
    given = args.at(0, "data", "message") or UNKNOWN
    match name:
        case "send_json" | "send_text" | "send_bytes" | "send":
            machine.emit(Returned(site.region, site.function, (), given, sent=True))
        case "receive_json" | "receive_text" | "receive_bytes" | "receive" | "iter_json" | "iter_text" | "iter_bytes":
            shape = receiver.one(Made)
            loose = name.endswith("json")
            mark = Mark(Kind.REQUEST, "message", (shape.site if shape else None) or NOWHERE, Place.BODY, loose=loose, bulk=loose)
            return Value((), frozenset({mark}))
        case "close":
            code = args.at(0, "code") or UNKNOWN
            refused = any(each.value in REFUSED for each in code.only(Constant)) or any("1008" in each.path for each in code.only(Named))
            reason = args.at(1, "reason") or UNKNOWN
            machine.emit(Raised(site.region, site.function, (), "HTTPException", 403 if refused else None, reason))
        case _:
            return None
    return UNKNOWN


# Decorators


def decorate(machine: Machine, decorator: Value, value: Value, closure: Closure, node: ast.expr, frame: Frame) -> Value:
    """A function with one more decorator."""
    for shape in decorator.shapes:
        if isinstance(shape, Made) and shape.path == "fastapi.decorator":
            _register(machine, shape, value, closure, node, frame)
            return value
        if isinstance(shape, Made) and shape.path == "fastapi.registers":
            kind = next(shape.given[0][1].only(Named)).path
            machine.registry.handled.append(Handled(shape.site or NOWHERE, value, kind, shape.get("about") or UNKNOWN))
            return value
        if isinstance(shape, Closure | Bound | Partial) or (isinstance(shape, Instance) and shape.cls.method("__call__")):
            return _wrapped(machine, decorator, value, closure, node, frame)
        if isinstance(shape, Named | Made) and _guards(shape.path):
            machine.registry.guarded.add(id(closure.node))
    if not decorator.shapes and isinstance(node, ast.Call) and _guards(ast.unparse(node.func)):  # `@requires("authenticated")`
        machine.registry.guarded.add(id(closure.node))
    return value


def _guards(path: str) -> bool:
    """Whether a decorator of a library asks who calls, by its name."""
    last = path.rstrip("()").rpartition(".")[2].lower()
    return last in {
        "requires",
        "login_required",
        "requires_auth",
        "auth_required",
        "require_auth",
        "authenticated",
        "jwt_required",
        "requires_scope",
    }


def _wrapped(machine: Machine, decorator: Value, value: Value, closure: Closure, node: ast.expr, frame: Frame) -> Value:
    with machine.apart():
        found = machine.call(decorator, Arguments((value,)), Site(frame.module, node, frame.function, frame))
    inner = [replace(shape, wraps=closure) for shape in found.shapes if isinstance(shape, Closure)]
    return Value(tuple(inner)) if inner else value


def _decorated(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    """`router.get("/")(handler)`: a decorator that is called rather than written above."""
    handler = args.positional[0] if args.positional else UNKNOWN
    shape, closure = receiver.one(Made), function_of(handler)
    if shape is not None and closure is not None and isinstance(site.node, ast.Call) and site.frame is not None:
        _register(machine, shape, handler, closure, site.node.func, site.frame)
    return handler


def _register(machine: Machine, shape: Made, value: Value, closure: Closure, node: ast.expr, frame: Frame) -> None:
    verb = next((each.path for each in (shape.get("method") or UNKNOWN).only(Named)), "get")
    listed = (shape.get("methods") or UNKNOWN).one(Sequence)
    names = tuple(text.upper() for each in (listed.fixed or () if listed else ()) for text in each.texts)
    methods = (verb.upper(),) if verb in VERBS else ("WEBSOCKET",) if verb.startswith("websocket") else names or ("GET",)
    if not isinstance(node, ast.Call) or shape.site is None:
        return
    machine.registry.routes.append(
        Registered(shape.site, methods, text_or(shape.get("path"), "/?"), value, closure, node, frame, shape.get("dependencies") or UNKNOWN)
    )


def class_decorated(machine: Machine, cls: Class, decorator: Value) -> None:
    """A class-based view is one whatever decorates it: its methods carry their routes."""


def asks(machine: Machine, site: Site, text: str, *, sure: bool = True) -> None:
    """Write down that credentials were asked for, or checked."""
    machine.emit(Guarded(site.region, site.function, (), text, sure))
