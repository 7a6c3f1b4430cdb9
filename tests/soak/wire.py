"""A straight way to an engine on loopback: one request, one answer, nothing signed. The SDK takes longer than all the rest of a case.

What the SDK does with requests and answers is tested elsewhere, and one seed in `THROUGH_THE_SDK` goes through it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from discreet.dynamodb import Endpoint
from discreet.dynamodb.transport import _failure

__all__ = ["THROUGH_THE_SDK", "straight"]

THROUGH_THE_SDK: Final = 20
LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
LONGEST: Final = 64 * 1024 * 1024


class Straight:
    """A transport on connections that are kept. Any number of requests may be on their way; each has a connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._place = parts.hostname or "127.0.0.1", parts.port or 80
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, operation: str, payload: Mapping[str, Any]) -> bytes:
        """Do one operation. Raises StoreError with the engine's code."""
        status, body = await self._exchange(_request(operation, json.dumps(payload, default=_text).encode()))
        if status == 200:
            return body
        said = json.loads(body or b"{}")
        answered = {
            "Error": {"Code": str(said.get("__type", "Unknown")).rpartition("#")[2], "Message": said.get("message", said.get("Message"))},
            "ResponseMetadata": {"HTTPStatusCode": status},
            "CancellationReasons": said.get("CancellationReasons", ()),
        }
        raise _failure(operation, ClientError(answered, operation))

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection(*self._place, limit=LONGEST)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        assert length is not None, head
        body = await reader.readexactly(int(length[1]))
        self._free.append((reader, writer))
        return int(head[9:12]), body

    async def close(self) -> None:
        """Close what is open."""
        for _, writer in self._free:
            writer.close()
            await writer.wait_closed()


def _request(operation: str, body: bytes) -> bytes:
    lines = (
        "POST / HTTP/1.1",
        "Host: 127.0.0.1",
        f"X-Amz-Target: DynamoDB_20120810.{operation}",
        "Content-Type: application/x-amz-json-1.0",
        "X-Amz-Date: 20240101T000000Z",
        # Engines on loopback tell accounts and regions apart by it, and verify nothing.
        "Authorization: AWS4-HMAC-SHA256 Credential=local/20240101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        f"Content-Length: {len(body)}",
        "",
        "",
    )
    return "\r\n".join(lines).encode() + body


def _text(value: object) -> str:
    assert isinstance(value, (bytes, bytearray)), type(value)
    return base64.b64encode(value).decode()


@asynccontextmanager
async def straight(url: str) -> AsyncIterator[None]:
    """Let every table that is opened meanwhile use one straight transport."""
    transport = Straight(url)

    async def opened(endpoint: Endpoint, stack: AsyncExitStack) -> Straight:
        return transport

    try:
        with patch("discreet.dynamodb.store.open_transport", opened):
            yield
    finally:
        await transport.close()
