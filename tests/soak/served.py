"""An app of one route for each kind of question to an entity, as a user would write it, and what it answers over ASGI."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from discreet import Principal, Table
from discreet.fastapi import Cursor, Disclosed, Page, View, protect, view_of
from fastapi import Depends, FastAPI

from .entities import Made
from .questions import Question

__all__ = ["Answer", "Served"]

ASKED: ContextVar[tuple[Table, Principal, Mapping[str, Any]]] = ContextVar("asked")
CALLS = ("get", "batch_get", "exists", "count", "each", "query", "scan")
SHAPED = ("get", "batch_get", "query", "scan")
Message = MutableMapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """An answer as it came. body: parsed. cursor: the text of its `next`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: Any
    cursor: str | None


class Served:
    """One entity's app. Who asks, of which table and with what arguments, is handed to its dependencies."""

    def __init__(self, made: Made) -> None:
        self._app = FastAPI(openapi_url=None)
        protect(self._app)

        async def table_of() -> Table:
            return ASKED.get()[0]

        async def principal_of() -> Principal:
            return ASKED.get()[1]

        view_for = view_of(made.entity, table_of, principal_of)
        for call in CALLS:
            for shape in (made.entity, *(made.shapes.values() if call in SHAPED else ())):
                self._app.get(f"/{call}/{shape.__name__}")(_route(made.entity, view_for, call, shape))
        self._whole = made.entity.__name__

    async def ask(self, table: Table, principal: Principal, question: Question, after: str | None) -> Answer:
        """Send one request, and take its answer."""
        shape = question.arguments.get("shape")
        path = f"/{question.call}/{self._whole if shape is None else shape.__name__}"
        token = ASKED.set((table, principal, question.arguments))
        try:
            status, headers, content = await _exchange(self._app, path, "" if after is None else f"after={quote(after, safe='')}")
        finally:
            ASKED.reset(token)
        body = json.loads(content) if content else None
        assert dict(headers).get("content-length", str(len(content))) == str(len(content))
        cursor = body.get("next") if question.pages and isinstance(body, dict) else None
        return Answer(status, headers, body, cursor)


async def _exchange(app: Any, path: str, query: str) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """One request over ASGI: a client of HTTP takes as long as the app."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"soak"), (b"authorization", b"Bearer soak")],
        "client": ("127.0.0.1", 1),
        "server": ("soak", 80),
        "state": {},
    }
    try:
        await app(scope, receive, send)
    except Exception:
        if not sent:
            raise  # else the answer is 500, and no simulator's
    headers = tuple(sorted((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"]))
    return sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:])


def _route(entity: Any, view_for: Any, call: str, shape: Any) -> Any:
    """A route as an app would write it, its arguments given."""

    async def get(view: Any) -> Any:
        return await view.get(**ASKED.get()[2])

    async def batch_get(view: Any) -> Any:
        return await view.batch_get(**ASKED.get()[2])

    async def exists(view: Any) -> Any:
        return await view.exists(**ASKED.get()[2])

    async def count(view: Any) -> Any:
        return await view.count(**ASKED.get()[2])

    async def each(view: Any) -> Any:
        return [found async for found in view.each(**ASKED.get()[2])]

    async def query(view: Any, after: Any = None) -> Any:
        return await view.query(after=after, **ASKED.get()[2])

    async def scan(view: Any, after: Any = None) -> Any:
        return await view.scan(after=after, **ASKED.get()[2])

    route: Any = dict(zip(CALLS, (get, batch_get, exists, count, each, query, scan), strict=True))[call]
    answers = {"get": Disclosed[shape], "batch_get": list[Disclosed[shape]], "each": list[Disclosed[shape]], "exists": bool, "count": int}
    route.__annotations__ = {"view": Annotated[View[entity], Depends(view_for)], "return": answers.get(call, Page[shape])}
    if call in ("query", "scan"):
        route.__annotations__["after"] = Cursor | None
    return route
