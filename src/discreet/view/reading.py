"""Reading a table as someone: the loops behind `get`, `query` and their like, one for all viewers.

Whatever a page shows, DynamoDB is asked for keys and projections; what is kept of each item is the viewer's to say.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from discreet.crypto import Keyring
from discreet.cursor import Question, open_cursor, seal_cursor
from discreet.dynamodb.store import KeyRange, Store
from discreet.entity import Declaration
from discreet.entity.declared import Declared
from discreet.entity.filters import Filter, spelled
from discreet.entity.item import current, stands_in
from discreet.entity.part import shape_of
from discreet.entity.shape import Shape
from discreet.errors import BadRequest, CallError, Forbidden, NotFound
from discreet.key import Index
from discreet.view.keys import Asked, asked_for, hash_of, physical_key, range_of
from discreet.view.positions import Place, fits, places, size_of, start_at, texts_of
from discreet.view.viewer import Lens, Viewer

__all__ = ["EVALUATED", "Reader", "Reading"]

logger = logging.getLogger("discreet")

T = TypeVar("T")
S = TypeVar("S")

EVALUATED: Final = 1000
"""The most items that one page evaluates. Items, not DynamoDB's pages or bytes: those tell of hidden items' sizes."""
AT_ONCE: Final = 100
"""Items that `each` reads ahead."""

Position = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Where to read: an entity in a table, and what seals the table's cursors."""

    declaration: Declaration
    store: Store
    keyring: Callable[[], Awaitable[Keyring]]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which items, in which order. asked: None for all of the table."""

    index: Index | None
    asked: Asked | None
    reverse: bool = False
    consistent: bool = False

    @property
    def known(self) -> Mapping[str, Any]:
        """The key in hand."""
        return self.asked.values if self.asked else {}


class Reader(Generic[T]):
    """One viewer's reads of one entity. What it raises is said where the calls are public: in `View`."""

    def __init__(self, reading: Reading, viewer: Viewer[T]) -> None:
        self._declaration = reading.declaration
        self._store = reading.store
        self._keyring = reading.keyring
        self._viewer = viewer

    async def get(self, shape: type[Declared] | None, key: Mapping[str, object], *, consistent: bool) -> T:
        """One item by its whole key."""
        found = await self._one(shape_of(self._declaration, shape), self._viewer.show, key, consistent=consistent)
        if found is None:
            raise NotFound
        return found

    async def exists(self, key: Mapping[str, object]) -> bool:
        """Whether there is an item for the viewer; only what decides it is read."""
        return await self._one(_nothing_of(self._declaration), _seen, key, consistent=False) is not None

    async def batch(self, shape: type[Declared] | None, keys: Sequence[Mapping[str, object]], *, consistent: bool) -> list[T]:
        """Items by their whole keys, in the order asked; those with one plan are read together."""
        shaped, declaration = shape_of(self._declaration, shape), self._declaration
        asked: dict[tuple[object, ...], Asked] = {}
        for key in keys:
            each = asked_for(declaration, declaration.key, _mapping(key), whole=True)
            physical_key(declaration, each)  # raises for one that no key can hold, before anything is read
            asked.setdefault(tuple(each.values[name] for name in declaration.key.names), each)
        groups: dict[Any, list[Asked]] = {}
        for each in asked.values():
            groups.setdefault(self._viewer.plan(each.values), []).append(each)
        found: dict[tuple[object, ...], T] = {}
        for group in groups.values():
            found.update(await self._group(shaped, group, consistent=consistent))
        return [found[each] for each in asked if each in found]

    async def page(
        self,
        shape: type[Declared] | None,
        key: Mapping[str, object] | None,
        *,
        index: str | Index | None = None,
        where: Filter | None = None,
        after: str | None = None,
        limit: int,
        reverse: bool = False,
        consistent: bool = False,
    ) -> tuple[list[T], str | None]:
        """A page, and the cursor of the next one. key: None for a scan."""
        limit = _checked_limit(self._declaration, limit)
        listing = self._listing(index, key, reverse=reverse, consistent=consistent)
        shaped = shape_of(self._declaration, shape)
        where = self._checked(where, listing)
        question = self._question(listing, where)
        keyring, spots = await self._keyring(), self._places(listing)
        start = None
        if after is not None:
            start = start_at(spots, open_cursor(keyring, question, after), self._fixed(listing))
        lens = self._lens(listing, shaped, self._viewer.show, where)
        found, at = await self._read(listing, lens, limit=limit, start=start, bound=max(EVALUATED, limit + 1))
        sealed = None if at is None else seal_cursor(keyring, question, texts_of(spots, at), size_of(spots))
        return found, sealed

    async def each(
        self, key: Mapping[str, object], *, at_most: int, index: str | Index | None = None, where: Filter | None = None
    ) -> AsyncIterator[T]:
        """Items one by one, to the end of the list or of `at_most`."""
        left = _checked_number("at_most", at_most)
        listing = self._listing(index, key)
        lens = self._lens(listing, shape_of(self._declaration, None), self._viewer.show, self._checked(where, listing))
        start: Position | None = None
        while left:
            found, start = await self._read(listing, lens, limit=min(left, AT_ONCE), start=start, bound=None)
            for each in found:
                yield each
            left -= len(found)
            if start is None:
                return

    async def count(self, key: Mapping[str, object], *, at_most: int, index: str | Index | None, where: Filter | None) -> int:
        """How many items a list has, `at_most` where it has more; only what decides it is read."""
        left = _checked_number("at_most", at_most)
        listing = self._listing(index, key)
        lens = self._lens(listing, _nothing_of(self._declaration), _seen, self._checked(where, listing))
        start: Position | None = None
        while left:
            found, start = await self._read(listing, lens, limit=min(left, EVALUATED), start=start, bound=None)
            left -= len(found)
            if start is None:
                break
        return at_most - left

    # One item

    async def _one(
        self, shape: Shape, show: Callable[[Shape, Any, Mapping[str, Any]], S], key: Mapping[str, object], *, consistent: bool
    ) -> S | None:
        asked = asked_for(self._declaration, self._declaration.key, key, whole=True)
        # Raises for a value that no key can hold, whoever asks: before it is known whether there is anything to see.
        physical = physical_key(self._declaration, asked)
        lens = self._viewer.lens(shape, show, known=asked.values)
        if lens is None:
            return None
        wire = await self._store.get(physical, lens.paths, consistent=consistent)
        return None if wire is None else self._kept(lens, asked, wire)

    async def _group(self, shape: Shape, group: Sequence[Asked], *, consistent: bool) -> dict[tuple[object, ...], T]:
        """Items by key, of which the viewer could see as much of each."""
        declaration = self._declaration
        lens = self._viewer.lens(shape, self._viewer.show, known=group[0].values)
        if lens is None:
            return {}
        # Two times within a second are one key where seconds are stored, and DynamoDB refuses a key given twice.
        keys = {repr(key): key for each in group for key in [physical_key(declaration, each)]}
        found: dict[tuple[object, ...], T] = {}
        for wire in await self._store.get_all(list(keys.values()), lens.paths, consistent=consistent):
            item = current(declaration, wire)
            kept = None if item is None else lens.keep(item)
            if item is not None and kept is not None:
                found[tuple(item[name] for name in declaration.key.names)] = kept
        return found

    def _kept(self, lens: Lens[S], asked: Asked | None, wire: Mapping[str, Any], index: Index | None = None) -> S | None:
        item = current(self._declaration, wire)
        if (
            item is None
            or (asked is not None and not asked.matches(item))
            or (index is not None and not stands_in(self._declaration, index, wire, item))
        ):
            return None
        return lens.keep(item)

    # Lists

    def _listing(
        self, index: str | Index | None, key: Mapping[str, object] | None, *, reverse: bool = False, consistent: bool = False
    ) -> Listing:
        found = None if index is None else _index(self._declaration, index)
        if found is not None and consistent and not found.local:
            raise CallError(
                f"index `{found.name}` can not be read consistently", hint="a global index follows the table; leave `consistent` out"
            )
        if key is None:
            return Listing(None, None, consistent=consistent)
        asked = asked_for(self._declaration, found.key if found else self._declaration.key, key, whole=False)
        return Listing(found, asked, reverse, consistent)

    def _checked(self, where: Filter | None, listing: Listing) -> Filter | None:
        return None if where is None else self._viewer.checked(where, scanning=listing.asked is None)

    def _lens(
        self, listing: Listing, shape: Shape, show: Callable[[Shape, Any, Mapping[str, Any]], S], where: Filter | None
    ) -> Lens[S] | None:
        scanning = listing.asked is None
        # The order of a list tells of its keys, and ties are in the order of the table's.
        shown = {*self._declaration.key.names, *(listing.index.key.names if listing.index else ())}
        return self._viewer.lens(shape, show, known=listing.known, index=listing.index, shown=shown, where=where, scanning=scanning)

    def _question(self, listing: Listing, where: Filter | None) -> Question:
        # With the keys themselves: a position in a key of another make would lead elsewhere in silence.
        index = None if listing.index is None else f"{listing.index.name} {listing.index.key!r}"
        entity = f"{self._declaration.name} {self._declaration.key!r}"
        keys = ["*"] if listing.asked is None else listing.asked.spelling()
        asked = None if where is None else spelled(where)
        viewer = self._viewer
        return Question(self._store.name, entity, index, listing.reverse, keys, asked, viewer.id, viewer.undisclosed)

    def _places(self, listing: Listing) -> tuple[Place, ...]:
        return places(self._declaration, listing.index, scanned=listing.asked is None)

    def _fixed(self, listing: Listing) -> Position:
        key = (listing.index or self._declaration).key
        return {} if listing.asked is None else hash_of(self._declaration, key, listing.asked)

    async def _read(
        self, listing: Listing, lens: Lens[S] | None, *, limit: int, start: Position | None, bound: int | None
    ) -> tuple[list[S], Position | None]:
        """Up to `limit` items, and the position to go on from if there is one more.

        Where `bound` items were evaluated before that is known, the page is short, and its position is where it stopped.
        """
        found: list[S] = []
        last: Position = {}
        evaluated = 0
        keys = self._range(listing)
        if lens is None or keys is _EMPTY:
            return found, None
        spots = self._places(listing)
        while True:
            # One more than asked for tells whether there is a next page; where few answer, each step is twice as wide.
            width = min(max(limit + 1 - len(found), evaluated), EVALUATED)
            page = await self._store.query(
                keys,
                lens.paths,
                index=listing.index.name if listing.index else None,
                filter=lens.filter,
                limit=width if bound is None else max(1, min(bound - evaluated, width)),
                start=start,
                reverse=listing.reverse,
                consistent=listing.consistent,
            )
            for wire in page.items:
                kept = self._kept(lens, listing.asked, wire, listing.index)
                if kept is None:
                    continue
                if len(found) == limit:
                    return found, start_at(spots, texts_of(spots, last), self._fixed(listing))
                found.append(kept)
                last = wire
            evaluated += page.evaluated
            start = page.last
            if start is None:
                return found, None
            # A position in foreign keys, longer than ours can be, would make a longer cursor: go on to the next that fits.
            if bound is not None and evaluated >= bound and fits(spots, start):
                logger.warning(
                    "a list of `%s` found %d items among %d evaluated, and stopped: an index on what makes them visible would find them",
                    self._declaration.name,
                    len(found),
                    evaluated,
                )
                return found, start

    def _range(self, listing: Listing) -> KeyRange | None:
        """The key condition; None for a scan, `_EMPTY` where nothing can match it."""
        if listing.asked is None:
            return None
        return range_of(self._declaration, (listing.index or self._declaration).key, listing.asked) or _EMPTY

    def refuse_scan(self) -> None:
        """Raise for whoever may not read the whole table."""
        if not self._viewer.may_scan():
            raise Forbidden(
                f"`{self._declaration.name}` is not for this principal to scan",
                hint="query a key or an index, or say who may: Access(scan=role(...))",
            )


_EMPTY: Final = KeyRange("", {})


def _nothing_of(declaration: Declaration) -> Shape:
    return Shape(declaration.model, {})


def _seen(shape: Shape, plan: object, item: Mapping[str, Any]) -> bool:
    return True


def _index(declaration: Declaration, index: str | Index) -> Index:
    found = declaration.indexes.get(index.name if isinstance(index, Index) else index)
    if found is None or (isinstance(index, Index) and found != index):
        known = ", ".join(f"`{name}`" for name in declaration.indexes) or "none"
        raise CallError(f"`{declaration.name}` has no such index", hint=f"its indexes: {known}")
    return found


def _mapping(key: object) -> Mapping[str, object]:
    if not isinstance(key, Mapping):
        raise CallError("`batch_get` takes keys as mappings", hint='[{"clinic_id": "c1", "pet_id": "p1"}, ...]')
    return key


def _checked_limit(declaration: Declaration, limit: int) -> int:
    ceiling = declaration.access.limit
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= ceiling:
        raise BadRequest(f"a limit that is no int from 1 to {ceiling}", hint="`Access(limit=...)` sets the ceiling")
    return limit


def _checked_number(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRequest(f"`{name}` is no int of 1 or more", hint="it bounds how many are found")
    return value
