"""The bodies that make or change items: no larger than an item could take, and JSON that can be read in one way only.

Of a name that comes twice, one value would be dropped in silence; and what passes a body on in front of the app may have
read the other one. So names are unique, and text is UTF-8 without a byte order mark, as RFC 8259 asks of senders.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NoReturn

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

__all__ = ["LARGEST_BODY", "bounded"]

LARGEST_BODY: Final = 2 * 1024 * 1024
"""Bytes of a body that makes or changes an item. An item has 400 KB, which JSON may escape to six characters a byte at worst."""


def bounded(scope: Scope, receive: Receive, takes_items: Callable[[], bool]) -> Receive:
    """Read a body that is a `New` or `Change`, whatever its headers say of it, no further than an item could take, and strictly.

    takes_items: whether the route takes one; not known before a route is found. What is wrong is raised where FastAPI reads.
    """
    read = 0
    parts: list[bytes] = []

    async def reading() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] != "http.request" or not takes_items():
            return message
        parts.append(message.get("body", b""))
        read += len(parts[-1])
        if read > LARGEST_BODY:
            raise HTTPException(413)
        if read and not message.get("more_body", False) and _could_be_json(scope):
            _check(b"".join(parts))
        return message

    return reading


def _could_be_json(scope: Scope) -> bool:
    kind = Headers(scope=scope).get("content-type", "")
    return not kind or "json" in kind.lower()


def _check(body: bytes) -> None:
    """Raise what FastAPI takes for a body that can not be read: a ValueError or, by its place, a JSONDecodeError."""
    json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise json.JSONDecodeError("a name that comes twice", "", 0)
    return found


def _no_number(name: str) -> NoReturn:
    raise json.JSONDecodeError("no number of JSON's", "", 0)
