"""One request through a whole app, without a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["ask"]


async def ask(app: Any, path: str, token: str | None, *, method: str = "GET", body: Mapping[str, Any] | None = None) -> tuple[int, bytes]:
    """Ask as a client would, with a bearer token or none: the status and the bytes of the answer."""
    sent = b"" if body is None else json.dumps(body).encode()
    headers = [(b"host", b"127.0.0.1"), (b"content-length", str(len(sent)).encode())]
    if body is not None:
        headers.append((b"content-type", b"application/json"))
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    messages: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        messages.append(message)

    await app(scope, receive, send)
    answer = b"".join(each.get("body", b"") for each in messages if each["type"] == "http.response.body")
    return int(messages[0]["status"]), answer
