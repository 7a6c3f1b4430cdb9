"""Problems (RFC 9457): what a client is told when it gets no answer. Never its input, and never an exception's text.

The one text that is passed on is the `detail` of an HTTPException: it was written for the client, by the app.
"""

from __future__ import annotations

import http
import json
import logging
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError, ResponseValidationError, WebSocketRequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketState

from discreet.entity.invalid import said_of
from discreet.errors import MOST_ERRORS, BadRequest, DiscreetError, Refusal, StoreError
from discreet.fastapi.authentication import dependant_of, refused_before_reading

__all__ = ["handlers", "problem"]

logger = logging.getLogger("discreet")


def problem(
    status: int,
    detail: str | None = None,
    *,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    **extensions: Any,
) -> Response:
    """A problem document. Those below 500 say nothing that tells one request from another."""
    title = title or _phrase(status)
    body = {"type": "about:blank", "title": title, "status": status}
    if detail is not None and detail != title:
        body["detail"] = detail
    content = json.dumps({**body, **extensions}, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, {"Cache-Control": "no-store", **(headers or {})}, "application/problem+json")


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def handlers() -> dict[int | type[Exception], Callable[..., Any]]:
    """A handler for every exception that ends a request, the more specific ones named one by one:
    the nearest handler wins, and ours are to win over an app's own.
    """
    found: dict[int | type[Exception], Callable[..., Any]] = dict.fromkeys(_all_below(DiscreetError), _discreet)
    found[RequestValidationError] = _invalid
    found[WebSocketRequestValidationError] = _invalid_websocket
    found[HTTPException] = _http
    # Handled here and not as `Exception`, whose handler raises again for the server's log: their texts hold values.
    found[ResponseValidationError] = found[ValidationError] = _unexpected
    found[Exception] = _unexpected
    return found


def _all_below(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _all_below(each)


async def _discreet(request: Request | WebSocket, error: DiscreetError) -> Response | None:
    if await _closed(request):
        logger.warning("a websocket was closed: %s", type(error).__name__)
        return None
    if isinstance(error, BadRequest) and error.errors:
        return problem(error.status, title=error.title, errors=list(error.errors))
    if isinstance(error, Refusal):
        return problem(error.status, error.detail, title=error.title, headers=error.headers)
    if isinstance(error, StoreError) and error.retryable:
        logger.warning("%s", error)
        return problem(503, headers={"Retry-After": "1"})
    return failure(error, str(error))


async def _unexpected(request: Request, error: Exception) -> Response:
    return failure(error, "")


def failure(error: Exception, text: str) -> Response:
    """A 500 with a random id, which the log has too. Logged by class: an exception's text may hold values."""
    instance = f"urn:uuid:{uuid.uuid4()}"
    logger.error("%s: %s at %s %s", instance, type(error).__name__, _place(error), text)
    return problem(500, instance=instance)


def _place(error: Exception) -> str:
    """Where it was raised, without what was in hand there."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else "start-up"


async def _http(request: Request, error: HTTPException) -> Response | None:
    if await _closed(request):
        return None
    if _while_reading(error):
        return await _before(request) or problem(error.status_code, "The body could not be read.")
    detail = error.detail if isinstance(error.detail, str) else None
    return problem(error.status_code, detail, headers=error.headers)


async def _closed(connection: Request | WebSocket) -> bool:
    """Whether there is nobody to answer any more: a websocket that is open can only be closed, without a reason."""
    if not isinstance(connection, WebSocket) or connection.application_state is not WebSocketState.CONNECTED:
        return False
    await connection.close(code=1011)
    return True


def _while_reading(error: HTTPException) -> bool:
    """Whether FastAPI raised this as it read the body: before any dependency, and before the route."""
    names = {frame.f_code.co_qualname for frame, _ in traceback.walk_tb(error.__traceback__)}
    return "get_request_handler.<locals>.app" in names and not names & {"solve_dependencies", "run_endpoint_function"}


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    errors = error.errors()
    if any(each["type"] == "json_invalid" for each in errors):
        refused = await _before(request)
        if refused is not None:
            return refused
    names = _declared_names(request)
    return problem(422, title="Unprocessable Content", errors=[_without_input(each, names) for each in errors[:MOST_ERRORS]])


async def _invalid_websocket(websocket: WebSocket, error: WebSocketRequestValidationError) -> None:
    await websocket.close(code=1008, reason="invalid request")


async def _before(request: Request) -> Response | None:
    """What the route's dependencies say of a request whose body could not be read: authentication comes first."""
    refusal = await refused_before_reading(request)
    if refusal is None:
        return None
    if isinstance(refusal, HTTPException):
        return problem(refusal.status_code, refusal.detail if isinstance(refusal.detail, str) else None, headers=refusal.headers)
    return await _discreet(request, refusal) if isinstance(refusal, DiscreetError) else failure(refusal, "")


def _without_input(error: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    location = [part if isinstance(part, int) or part in names else "…" for part in error["loc"]]
    return {"loc": location, **said_of(error)}


def _declared_names(request: Request) -> frozenset[str]:
    """The names that the route itself declares. Any other name in a location was chosen by the client."""
    names = {"body", "query", "path", "header", "cookie"}
    dependant = dependant_of(request)
    pending = [] if dependant is None else [dependant]
    while pending:
        dependant = pending.pop()
        pending += dependant.dependencies
        for group in ("path_params", "query_params", "header_params", "cookie_params", "body_params"):
            for field in getattr(dependant, group):
                names |= {field.alias, field.name}
                names |= _names_inside(field.field_info.annotation)
    return frozenset(names)


def _names_inside(annotation: Any) -> set[str]:
    found: set[str] = set()
    pending, seen = [annotation], set[int]()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, type) and issubclass(each, BaseModel):
            for name, info in each.model_fields.items():
                found |= {name, info.alias or name}
                pending.append(info.annotation)
        pending.extend(getattr(each, "__args__", ()))
    return found
