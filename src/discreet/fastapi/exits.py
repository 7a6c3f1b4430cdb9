"""The ways out of an app: every route at every depth, and whether what it answers is disclosed data."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import types
import typing
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, get_args, get_origin

from fastapi.datastructures import DefaultPlaceholder
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import BaseRoute, Host, Mount, Route, Router, WebSocketRoute
from typing_extensions import is_typeddict

from discreet.entity import Change, Declared, New
from discreet.errors import ConfigurationError, DeclarationError
from discreet.fastapi.disclosed import Disclosed, Page
from discreet.fastapi.view import tables_of
from discreet.policy import Principal
from discreet.view import Disclosure, DisclosurePage, Table, Undisclosed, UndisclosedPage
from fastapi import FastAPI

__all__ = ["Exit", "endpoints", "refused", "undisclosed_exit", "walk"]

T = TypeVar("T")

MARK: Final = "__discreet_undisclosed_exit__"


def undisclosed_exit(reason: str) -> Callable[[T], T]:
    """Mark a route, or a mounted app, that answers something else than disclosures, and say why that is right.

    Stands above or below the route's decorator: `@undisclosed_exit("liveness only")`. Raises DeclarationError without a reason.
    """
    if not isinstance(reason, str) or not reason.strip():
        raise DeclarationError("`undisclosed_exit` without a reason", hint='undisclosed_exit("liveness only")')

    def mark(marked: T) -> T:
        setattr(marked, MARK, reason)
        return marked

    return mark


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out. fault: why it is refused, None where it is not. naked: it could answer whole items, marked or not.
    takes_items: its body is a `New` or `Change`.
    """

    path: str
    methods: tuple[str, ...]
    route: object
    answers: str
    fault: str | None
    naked: bool = False
    marked: str | None = None
    exact: bool = False
    takes_items: bool = False
    tables: tuple[Table, ...] = ()

    def __str__(self) -> str:
        return f"{','.join(self.methods) or 'ANY'} {self.path} answers {self.answers}: {self.fault or 'disclosed'}"


def walk(app: Any, prefix: str = "") -> list[Exit]:
    """Every exit of an app, its mounted apps included. Raises ConfigurationError if routes are found that the walk did not see."""
    exits = list(_walk_routes(app, _routes_of(app), prefix))
    if isinstance(app, FastAPI) and not any(each.naked for each in exits):
        _count_again(app, exits, prefix)
    return exits


def sub_apps(app: Any) -> Iterator[Any]:
    """Apps mounted in an app, at every depth: their handlers and middleware are their own."""
    for context in iter_route_contexts(_routes_of(app)):
        route = context.original_route
        if isinstance(route, (Mount, Host)):
            app = list(_layers(route.app))[-1]
            yield app
            yield from sub_apps(app)


def _layers(app: Any) -> Iterator[Any]:
    """An app that is mounted, and what is inside of the middleware around it, down to what has routes."""
    yield app
    while not hasattr(app, "routes") and hasattr(app, "app"):
        app = app.app
        yield app


def endpoints(app: Any) -> Iterator[Any]:
    """What answers at every exit, at every depth: a request's scope names it, whatever kind of route led there."""
    for context in iter_route_contexts(_routes_of(app)):
        route = context.original_route
        if isinstance(route, (Mount, Host)):
            *_, app = layers = list(_layers(route.app))
            yield from layers
            yield from endpoints(app)
        else:
            yield context.endpoint
            yield getattr(route, "endpoint", None)


def refused(exits: Iterable[Exit], *, legacy: bool) -> list[Exit]:
    """The exits to refuse. Whole items are refused always; `legacy`: nothing else is."""
    return [each for each in exits if each.fault is not None and (each.naked or not (legacy or each.marked))]


def _routes_of(app: Any) -> list[BaseRoute]:
    return list(getattr(app, "routes", None) or [])


def _walk_routes(app: Any, routes: list[BaseRoute], prefix: str) -> Iterator[Exit]:
    for context in iter_route_contexts(routes):
        route = context.original_route
        path = prefix + str(getattr(context, "path_format", None) or context.path or "")
        methods = tuple(sorted(context.methods or ()))
        marked = getattr(context.endpoint, MARK, None) or getattr(route, MARK, None)
        if isinstance(route, (Mount, Host)):
            yield from _walk_mount(route, prefix)
        elif isinstance(route, APIRoute):
            yield _api_exit(route, path, methods, marked)
        elif isinstance(route, (WebSocketRoute, APIWebSocketRoute)):
            yield Exit(path, ("WEBSOCKET",), route, "messages", _UNTYPED, marked=marked)
        elif isinstance(route, Route) and _is_documentation(app, route):
            yield Exit(path, methods, route, "its documentation", None)
        else:
            yield Exit(path, methods, route, f"a `{type(route).__name__}`'s response", _UNTYPED, marked=marked)


def _walk_mount(route: Mount | Host, prefix: str) -> Iterator[Exit]:
    path = prefix + str(getattr(route, "path", "") or "")
    *_, app = layers = list(_layers(route.app))
    marked = next((mark for each in layers if (mark := getattr(each, MARK, None))), None)
    if hasattr(app, "routes") and not marked:
        yield from walk(app, path)
    elif isinstance(app, (FastAPI, Router)):
        yield from (dataclasses.replace(each, marked=each.marked or marked) for each in walk(app, path))
    else:
        yield Exit(path, (), route, f"what `{type(app).__name__}` answers", _UNTYPED, marked=marked)


def _is_documentation(app: Any, route: Route) -> bool:
    # FastAPI adds these itself, as functions of its own module.
    return isinstance(app, FastAPI) and getattr(route.endpoint, "__module__", "") == "fastapi.applications"


def _count_again(app: FastAPI, exits: list[Exit], prefix: str) -> None:
    """OpenAPI is made by other code than the walk: what it lists and the walk did not see was missed."""
    try:
        listed = get_openapi(title="", version="", routes=app.routes).get("paths", {})
    except Exception as error:
        raise ConfigurationError(
            f"the app can not be documented, so its routes can not be counted again: {type(error).__name__}", hint=str(error)
        ) from error
    missed = {
        f"{method.upper()} {prefix}{path}" for path, operations in listed.items() for method in operations if method.upper() in _METHODS
    } - {f"{method} {each.path}" for each in exits for method in each.methods}
    if missed:
        raise ConfigurationError(
            f"{len(missed)} routes are in the app and were not seen by the check: {', '.join(sorted(missed))}",
            hint="this version of FastAPI keeps its routes in a way that discreet does not know: pin an older one and tell us",
        )


_METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_UNTYPED: Final = "what it answers has no type that could be checked"


# What a route answers


def _api_exit(route: APIRoute, path: str, methods: tuple[str, ...], marked: str | None) -> Exit:
    declared: Any = route.response_model
    endpoint = typing.cast(Any, route.endpoint)
    annotation = _return_annotation(endpoint)
    answer = declared if declared is not None else annotation
    item = getattr(route, "stream_item_type", None)
    streamed = item is not None and not isinstance(item, DefaultPlaceholder)
    if streamed:
        answer = item
    documented = [each.get("model") for each in route.responses.values() if isinstance(each, Mapping)]
    taken = [*_taken(route.dependant)]
    naked = next((n for n in map(_naked, (declared, annotation, *documented, *taken)) if n), None)
    if naked is not None:
        where = "takes or answers" if any(_naked(each) for each in taken) else "answers"
        return Exit(path, methods, route, f"`{naked}`", f"it {where} whole items; answer `Disclosed[...]`, from a view", naked=True)
    if any(isinstance(call, type) and issubclass(call, Principal) for call in _calls(route.dependant)):
        filled = "FastAPI fills a `Principal` from the request; give a dependency that returns one"
        return Exit(path, methods, route, _name(answer), filled, naked=True)
    exact = get_origin(answer) in (Disclosed, Page) and not streamed
    return Exit(
        path,
        methods,
        route,
        _name(answer),
        _fault(answer, status=route.status_code),
        marked=marked,
        exact=exact,
        takes_items=any(get_origin(part) in (New, Change) for each in taken for part in _parts(each)),
        tables=tuple(tables_of(route.dependant)),
    )


def _return_annotation(endpoint: Any) -> Any:
    try:
        return typing.get_type_hints(endpoint, include_extras=True).get("return", _NO_ANNOTATION)
    except Exception:
        return getattr(endpoint, "__annotations__", {}).get("return", _NO_ANNOTATION)


def _taken(dependant: Any) -> Iterator[Any]:
    """The types that a route takes from its requests: in bodies, and as models of parameters, which name every attribute."""
    for group in ("body_params", "query_params", "path_params", "header_params", "cookie_params"):
        yield from (field.field_info.annotation for field in getattr(dependant, group))
    if isinstance(dependant.call, type) and issubclass(dependant.call, Declared):
        yield dependant.call
    for each in dependant.dependencies:
        yield from _taken(each)


def _calls(dependant: Any) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


class _NoAnnotation:
    pass


_NO_ANNOTATION: Final = _NoAnnotation


def _name(annotation: Any) -> str:
    if annotation is _NO_ANNOTATION:
        return "something without annotation"
    return f"`{getattr(annotation, '__name__', None) if isinstance(annotation, type) else annotation}`".replace("typing.", "")


def _parts(annotation: Any) -> Iterator[Any]:
    """The types that a type is made of, itself first, fields of models included."""
    pending, seen = [annotation], list[Any]()
    while pending:
        each = pending.pop()
        if any(each is one for one in seen):
            continue
        seen.append(each)
        yield each
        if get_origin(each) in (Disclosed, Page, Disclosure, DisclosurePage):
            continue
        pending.extend(get_args(each))
        if isinstance(each, types.GenericAlias):
            pending.append(get_origin(each))
        alias = getattr(each, "__value__", None)
        if alias is not None:
            pending.append(alias)
        if isinstance(each, type) and issubclass(each, BaseModel) and not issubclass(each, Declared):
            pending.extend(info.annotation for info in each.model_fields.values())
        elif isinstance(each, type) and (dataclasses.is_dataclass(each) or is_typeddict(each)):
            pending.extend(_hints(each).values())


def _hints(kind: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind)
    except Exception:
        return {}


def _naked(annotation: Any) -> str | None:
    """The name of an entity, or of a whole item's holder, inside a type."""
    for each in _parts(annotation):
        plain = get_origin(each) or each
        if isinstance(plain, type) and issubclass(plain, (Declared, Undisclosed, UndisclosedPage)):
            return plain.__name__
    return None


_SEQUENCES: Final = (list, tuple, set, frozenset)
_TIMES: Final = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
_CLOSED: Final = (str, int, float, bool, bytes, decimal.Decimal, uuid.UUID, enum.Enum, *_TIMES)


def _fault(answer: Any, *, status: int | None) -> str | None:
    """Why an answer of this type is refused; None where it is disclosed."""
    if answer is None or answer is type(None) or status in (204, 304):
        return None
    if answer is _NO_ANNOTATION:
        return "it has no return annotation; annotate `-> Disclosed[...]` or `-> Page[...]`"
    if answer in (bool, int):
        return None  # `exists` and `count` of a view
    if answer in (Disclosed, Page):
        return f"it does not say of what; `{answer.__name__}[Pet]`"
    if isinstance(answer, type) and issubclass(answer, Response):
        return 'a response could hold anything; answer disclosures, or mark it with `@undisclosed_exit("reason")`'
    if not _closed(answer, disclosed_too=True):
        return "anything could be in it; answer `Disclosed[...]`, `Page[...]`, or a BaseModel with them as fields"
    if not any(get_origin(each) in (Disclosed, Page) for each in _parts(answer)):
        return "nothing in it is disclosed; answer `Disclosed[...]`, `Page[...]`, or a BaseModel with them as fields"
    return None


def _closed(kind: Any, *, disclosed_too: bool) -> bool:
    """Whether a type says of every value in it what it is."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Disclosed, Page):
        return disclosed_too
    if origin is typing.Annotated:
        return _closed(arguments[0], disclosed_too=disclosed_too)
    if origin is typing.Literal or kind is type(None):
        return True
    if origin in (typing.Union, types.UnionType) or origin in _SEQUENCES or _is_iterable(origin):
        return all(_closed(each, disclosed_too=disclosed_too) for each in arguments if each is not ...)
    if origin is dict:
        return arguments[0] is str and _closed(arguments[1], disclosed_too=False)
    if getattr(kind, "__value__", None) is not None:
        return _closed(kind.__value__, disclosed_too=disclosed_too)
    if not isinstance(kind, type) or issubclass(kind, Response):
        return False
    if issubclass(kind, _CLOSED):
        return True
    if issubclass(kind, BaseModel):
        fields = [info.annotation for info in kind.model_fields.values()]
        return kind.model_config.get("extra") != "allow" and all(_closed(each, disclosed_too=True) for each in fields)
    if dataclasses.is_dataclass(kind) or is_typeddict(kind):
        return all(_closed(each, disclosed_too=True) for each in _hints(kind).values())
    return False


def _is_iterable(origin: Any) -> bool:
    several = isinstance(origin, type) and issubclass(origin, Iterable | typing.AsyncIterable)
    return several and not issubclass(origin, (str, bytes, Mapping))
