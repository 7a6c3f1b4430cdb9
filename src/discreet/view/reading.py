"""Reading a table as someone: what is kept of each item read is a question's own, the loop is one for all.

A `Lens` says what to project and what of an item remains: the disclosed part for a principal, or all of it.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from discreet.crypto import Keyring
from discreet.cursor import Question, open_cursor, seal_cursor
from discreet.dynamodb.store import Store
from discreet.entity import Declaration
from discreet.entity.item import expired, identify
from discreet.errors import BadCursor, BadRequest
from discreet.key import Key
from discreet.view.keys import Asked, hash_of, physical_key, physical_name, position_size, range_of, tag_of

__all__ = ["EVALUATED", "Lens", "Reading", "checked_limit", "read_one", "read_page"]

logger = logging.getLogger("discreet")

T = TypeVar("T")

EVALUATED: Final = 1000
"""The most items that one page evaluates. Items, not DynamoDB's pages or bytes: those tell of hidden items' sizes."""


@dataclass(frozen=True, slots=True)
class Lens(Generic[T]):
    """paths: what to project. keep: what remains of an identified, unexpired item; None if it does not exist here."""

    paths: frozenset[tuple[str, ...]]
    keep: Callable[[Mapping[str, Any]], T | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """Where to read: an entity in a table, and what seals the table's cursors."""

    declaration: Declaration
    store: Store
    keyring: Callable[[], Awaitable[Keyring]]


async def read_one(reading: Reading, lens: Lens[T], asked: Asked, *, consistent: bool) -> T | None:
    """Read one item by its whole key."""
    wire = await reading.store.get(physical_key(reading.declaration, asked), lens.paths, consistent=consistent)
    return None if wire is None else _seen(reading.declaration, lens, asked, wire)


def _seen(declaration: Declaration, lens: Lens[T], asked: Asked, wire: Mapping[str, Any]) -> T | None:
    item = identify(declaration, wire)
    if item is None or not asked.matches(item) or expired(declaration, item, datetime.now(UTC)):
        return None
    return lens.keep(item)


async def read_page(
    reading: Reading,
    lens: Lens[T],
    asked: Asked,
    *,
    principal: str | None,
    after: str | None,
    limit: int,
    reverse: bool,
    consistent: bool,
    undisclosed: bool = False,
    nothing: bool = False,
) -> tuple[list[T], str | None]:
    """Read one page: up to `limit` items, and the cursor of the next page if one more was found.

    Where the bound on evaluated items ends the page, it is short and the cursor goes on from there. undisclosed:
    cursors are for reads past the policy. nothing: no item can match, so none is read. Raises BadCursor.
    """
    declaration, store, keyring = reading.declaration, reading.store, await reading.keyring()
    key = declaration.key
    question = Question(store.name, declaration.name, None, reverse, asked.spelling(), None, principal, undisclosed)
    keys = None if nothing else range_of(declaration, key, asked)
    start = None if after is None else _start(declaration, key, asked, open_cursor(keyring, question, after))
    found: list[T] = []
    last_found: Mapping[str, Any] | None = None
    evaluated = 0
    while keys is not None:
        page = await store.query(
            keys,
            lens.paths,
            index=None,
            # One more than asked for tells whether there is a next page; where few answer, each step is twice as wide.
            limit=min(EVALUATED - evaluated, max(limit + 1 - len(found), evaluated)),
            start=start,
            reverse=reverse,
            consistent=consistent,
        )
        for wire in page.items:
            kept = _seen(declaration, lens, asked, wire)
            if kept is None:
                continue
            if len(found) == limit:
                return found, _sealed(keyring, question, declaration, key, last_found)
            found.append(kept)
            last_found = wire
        evaluated += len(page.items)
        start = page.last
        if start is None:
            break
        if evaluated >= EVALUATED:
            logger.warning(
                "a query of `%s` found %d items among %d evaluated, and stopped: an index on what makes them visible would find them",
                declaration.name,
                len(found),
                evaluated,
            )
            return found, _sealed(keyring, question, declaration, key, start)
    return found, None


def checked_limit(declaration: Declaration, limit: int) -> int:
    """The limit of a page. Raises BadRequest for one that is no int from 1 to the entity's ceiling."""
    ceiling = declaration.access.limit
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= ceiling:
        raise BadRequest(f"a limit that is no int from 1 to {ceiling}", hint="`Access(limit=...)` sets the ceiling")
    return limit


def _sealed(keyring: Keyring, question: Question, declaration: Declaration, key: Key, at: Mapping[str, Any] | None) -> str | None:
    if key.range is None or at is None:
        return None
    held = at[physical_name(declaration, key.range)]
    return seal_cursor(keyring, question, [_text_of(each) for each in held.values()], position_size(declaration, key))


def _text_of(held: str | bytes) -> str:
    return held if isinstance(held, str) else base64.b64encode(held).decode()


def _start(declaration: Declaration, key: Key, asked: Asked, position: Iterable[str]) -> Mapping[str, Any]:
    if key.range is None:
        raise BadCursor
    (text,) = position
    tag = tag_of(declaration, key.range)
    value: Any = base64.b64decode(text) if tag == "B" else text
    return {**hash_of(declaration, key, asked), physical_name(declaration, key.range): {tag: value}}
