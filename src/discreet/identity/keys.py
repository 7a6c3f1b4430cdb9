"""An issuer's keys: fetched when needed, kept, and never fetched once a request.

Keys are looked up again after FRESH seconds, and at once for a key id that is not among them, at most every COOLDOWN
seconds: whoever sends made-up ids causes no more fetches than that. There is one fetch at a time, whoever waits for it.
Where it fails, the last keys that were good hold until BOUND. Nothing here is bound to an event loop.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from discreet.identity.fetch import FetchError, fetch_json
from discreet.identity.tokens import KeySet, key_set_of

__all__ = ["FetchedKeys", "FixedKeys", "Keys", "loader"]

logger = logging.getLogger("discreet")

FRESH: Final = 600.0
BOUND: Final = 6 * 3600.0
COOLDOWN: Final = 10.0
RETRY: Final = 60.0
"""How soon keys that are due are looked up again after the last attempt."""
PATIENCE: Final = 6.0
"""How long a request waits for a fetch without which it is refused; a fetch ends before."""
GRACE: Final = 1.0
"""How long it waits for one that only refreshes what it has."""


class Keys(Protocol):
    """Where a verifier finds keys."""

    async def having(self, kid: str) -> KeySet | None:
        """The keys that hold now, looked up so that `kid` is among them if the issuer has it. None where there are none."""
        ...


@dataclass(frozen=True, slots=True)
class FixedKeys:
    """Keys that are given, and never looked up."""

    keys: KeySet

    async def having(self, kid: str) -> KeySet | None:
        """The keys that were given."""
        return self.keys


@dataclass(slots=True)
class _Flight:
    """A fetch that is under way. Its future is a thread's, not a loop's: every loop can wait for it."""

    begun: float
    landed: Future[None]


class FetchedKeys:
    """The keys of an issuer, by a function that fetches them."""

    def __init__(self, issuer: str, load: Callable[[], Awaitable[KeySet]], clock: Callable[[], float] = time.time) -> None:
        # Wall clock time: monotonic clocks stand still in a function that is frozen between requests.
        self._issuer = issuer
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._as_of = 0.0
        self._flight: _Flight | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def having(self, kid: str) -> KeySet | None:
        """See `Keys.having`."""
        keys = self._keys_within(BOUND)
        if keys is None or kid not in keys:
            await self._refresh(at_most_every=COOLDOWN, patience=PATIENCE)
        elif self._keys_within(FRESH) is None:
            await self._refresh(at_most_every=RETRY, patience=GRACE)
        return self._keys_within(BOUND)

    def _keys_within(self, seconds: float) -> KeySet | None:
        # A clock that was set back makes ages negative, which is no reason to trust keys for longer.
        return self._keys if 0 <= self._clock() - self._as_of < seconds else None

    async def _refresh(self, at_most_every: float, patience: float) -> None:
        """Wait for the fetch that is under way, or begin one if the last one began long enough ago."""
        now = self._clock()
        with self._lock:
            flight, begins = self._flight, False
            # A flight whose loop died never lands: it is joined for a while, and then replaced.
            if flight is None or not 0 <= now - flight.begun < (COOLDOWN if not flight.landed.done() else at_most_every):
                flight, begins = _Flight(now, Future()), True
                flight.landed.set_running_or_notify_cancel()
                self._flight = flight
        if begins:
            task = asyncio.get_running_loop().create_task(self._fetch(flight))
            # The event loop itself keeps tasks by weak references alone.
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if not flight.landed.done():
            # Whoever stops waiting, the fetch goes on for the others: its future, once running, can not be cancelled.
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.wrap_future(flight.landed), patience)

    async def _fetch(self, flight: _Flight) -> None:
        try:
            keys = await self._load()
        except Exception as error:
            reason = error.reason if isinstance(error, FetchError) else type(error).__name__
            logger.warning("keys of %s not fetched: %s", self._issuer, reason)
        else:
            self._keys, self._as_of = keys, flight.begun
            logger.info("keys of %s fetched: %d", self._issuer, len(keys))
        finally:
            flight.landed.set_result(None)


def loader(issuer: str, jwks_url: str | None, algorithms: frozenset[str]) -> Callable[[], Awaitable[KeySet]]:
    """A function that fetches the keys of an issuer: from `jwks_url`, or from where its discovery document says."""

    async def load() -> KeySet:
        document = await fetch_json(jwks_url or await _discovered(issuer))
        try:
            return key_set_of(document, algorithms)
        except ValueError:
            raise FetchError("no-keys") from None

    return load


async def _discovered(issuer: str) -> str:
    """Where the keys are (OpenID Connect Discovery 1.0, 4). The document has to be of this very issuer."""
    found = await fetch_json(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if not isinstance(found, Mapping) or found.get("issuer") != issuer:
        raise FetchError("issuer-differs")
    url = found.get("jwks_uri")
    if not isinstance(url, str):
        raise FetchError("no-jwks-uri")
    return url
