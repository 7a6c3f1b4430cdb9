"""One JSON document over HTTPS, within bounds of time and size: the door to an HTTP client for what is not DynamoDB.

A session for each fetch: they are rare, and nothing is then bound to an event loop.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar

from discreet.loopback import is_loopback

__all__ = ["FetchError", "fetch_json", "is_fetchable"]

SECONDS: Final = 5
LARGEST: Final = 262_144
"""Bytes of a document. Key sets have a few thousand."""


class FetchError(Exception):
    """There is no document. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_fetchable(url: str) -> bool:
    """Whether a URL may be fetched: HTTPS, or this very machine."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url)))
    except ValueError:
        return False


async def fetch_json(url: str) -> object:
    """The JSON at a URL. Redirects are not followed. Raises FetchError."""
    if not is_fetchable(url):
        raise FetchError("not-https")
    try:
        content = await _fetch(url)
    except TimeoutError:
        reason = "timeout"
    except (ClientError, OSError, ValueError):
        reason = "unreachable"
    else:
        try:
            document: object = json.loads(content)
            return document
        except (ValueError, RecursionError):
            reason = "not-json"
    raise FetchError(reason)


async def _fetch(url: str) -> bytes:
    session = ClientSession(
        timeout=ClientTimeout(total=SECONDS),
        cookie_jar=DummyCookieJar(),
        # What is not decompressed can not grow.
        auto_decompress=False,
        # A proxy of the environment's, as for DynamoDB.
        trust_env=not is_loopback(url),
    )
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with session, session.get(url, allow_redirects=False, headers=headers) as answer:
        if answer.status != 200:
            raise FetchError(f"status-{answer.status}")
        return await _bounded(answer)


async def _bounded(answer: ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > LARGEST:
            raise FetchError("too-large")
    return bytes(content)
