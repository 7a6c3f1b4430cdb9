"""Ways to break discreet that the soak has to find: each takes the patching of a test, and breaks one thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import pytest

from discreet.cursor import Question, seal_cursor
from discreet.dynamodb.store import Store
from discreet.entity import item as items
from discreet.key import Plain
from discreet.policy.plan import MISSING
from discreet.view import reading
from discreet.view.positions import start_at, texts_of
from discreet.view.reading import Reader
from discreet.view.tags import tag_of

__all__ = ["BROKEN"]

Break = Callable[[pytest.MonkeyPatch], None]


def _replaced(target: str, value: Any) -> Break:
    return lambda patch: patch.setattr(target, value)


def _bound_in_pages(patch: pytest.MonkeyPatch) -> None:
    """One page of DynamoDB's uses the bound up, as a bound on pages or bytes would."""
    real = Store.query

    async def query(self: Store, *given: Any, **more: Any) -> Any:
        return replace(await real(self, *given, **more), evaluated=reading.EVALUATED)

    patch.setattr(Store, "query", query)


def _next_at_every_met_limit(patch: pytest.MonkeyPatch) -> None:
    """A page that is full says that there is one more, as DynamoDB's own does."""
    read, kept = Reader._read, Reader._kept
    last: dict[str, Any] = {}

    def keep(self: Reader[Any], lens: Any, asked: Any, wire: Any, index: Any = None) -> Any:
        found = kept(self, lens, asked, wire, index)
        if found is not None:
            last["wire"] = wire
        return found

    async def page(self: Reader[Any], listing: Any, lens: Any, *, limit: int, start: Any, bound: Any) -> Any:
        found, at = await read(self, listing, lens, limit=limit, start=start, bound=bound)
        if at is None and bound is not None and len(found) == limit:
            spots = self._places(listing)
            at = start_at(spots, texts_of(spots, last["wire"]), self._fixed(listing))
        return found, at

    patch.setattr(Reader, "_kept", keep)
    patch.setattr(Reader, "_read", page)


def _defaults_decide(patch: pytest.MonkeyPatch) -> None:
    """An attribute that is not stored has its default before it is decided who may see what."""
    real = items.current

    def current(declaration: Any, wire: Any) -> Any:
        found = real(declaration, wire)
        if found is not None:
            for each in declaration.attributes.values():
                if each.default not in (MISSING, None):
                    found.setdefault(each.name, each.default)
        return found

    patch.setattr(reading, "current", current)


def _index_keys_grant(patch: pytest.MonkeyPatch) -> None:
    """What the key of an index says stands for the attributes that it is made of."""
    real = items.current

    def current(declaration: Any, wire: Any) -> Any:
        found = real(declaration, wire)
        for index in declaration.indexes.values() if found else ():
            for part in index.key.parts:
                if not isinstance(part, Plain) and part.physical in wire:
                    types = {name: declaration.attributes[name].codec.python for name in part.names}
                    found = {**(found or {}), **(part.template.parse_text(wire[part.physical]["S"], types) or {})}
        return found

    patch.setattr(reading, "current", current)


def _sealing_as_long_as_it_is(keyring: Any, question: Any, position: Any, size: int) -> str:
    return seal_cursor(keyring, question, position, sum(len(each.encode()) for each in position))


def _cursors_are_anyones(patch: pytest.MonkeyPatch) -> None:
    """What is sealed says nothing of whom it is for."""
    real = Question.binding
    patch.setattr(Question, "binding", lambda question: real(replace(question, principal=None)))


def _tags_of_what_was_read(patch: pytest.MonkeyPatch) -> None:
    """An entity tag changes with what was read to decide, as one of a stored version does."""
    kept = Reader._kept
    read: ContextVar[bytes] = ContextVar("read", default=b"")

    def keep(self: Reader[Any], lens: Any, asked: Any, wire: Any, index: Any = None) -> Any:
        read.set(json.dumps(wire, sort_keys=True).encode())
        return kept(self, lens, asked, wire, index)

    patch.setattr(Reader, "_kept", keep)
    patch.setattr("discreet.fastapi.disclosed.tag_of", lambda content: tag_of(content + read.get()))


BROKEN: dict[str, Break] = {
    "filters are not decided again": _replaced("discreet.view.viewer.holds", lambda *_: True),
    "lists show what their keys hide": _replaced("discreet.policy.plan.Plan.shows", lambda *_: True),
    "what expired still exists": _replaced("discreet.entity.item.expired", lambda *_: False),
    "everything exists": _replaced("discreet.policy.plan.Plan.exists_in", lambda *_: True),
    "what is asked for by key is not looked at again": _replaced("discreet.view.keys.Asked.matches", lambda *_: True),
    "cursors are as long as their positions": _replaced("discreet.view.reading.seal_cursor", _sealing_as_long_as_it_is),
    "stale keys of indexes list": _replaced("discreet.view.reading.stands_in", lambda *_: True),
    "the bound counts pages": _bound_in_pages,
    "a full page has a next one": _next_at_every_met_limit,
    "defaults decide": _defaults_decide,
    "index keys grant": _index_keys_grant,
    "cursors are anyone's": _cursors_are_anyones,
    "a cursor is of any question": _replaced("discreet.cursor.Question.binding", lambda question: str(question.principal).encode()),
    "filters may ask about what is hidden": _replaced("discreet.view.viewer._discloses", lambda *_: True),
    "entity tags are of what was read": _tags_of_what_was_read,
}
