"""A principal's view of one entity in a table. Nothing leaves it but disclosures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from discreet.entity import Change, Entity, New
from discreet.entity.filters import Filter
from discreet.entity.judging import Judge
from discreet.entity.part import Part
from discreet.key import Index
from discreet.policy import Audience, Principal
from discreet.view.disclosure import Disclosure, DisclosurePage, Undisclosed, UndisclosedPage
from discreet.view.intents import delete_intent, update_intent
from discreet.view.reading import Reader, Reading
from discreet.view.viewer import PastThePolicy, PrincipalViewer
from discreet.view.writing import Writer

__all__ = ["UndisclosedView", "View"]

E = TypeVar("E", bound=Entity)
P = TypeVar("P", bound=Part[Any])
R = TypeVar("R")


class Writes(Generic[E, R]):
    """What every view writes, and answers with what its viewer may see. Past the policy, every audience admits."""

    writer: Writer[R]
    route: str | None = None
    """The route that the view serves, where there is one: idempotency tokens are bound to it."""

    async def create(self, new: New[E] | None = None, /, **server_set: Any) -> R:
        """Make an item of what a client sent and what the server sets, and answer what the principal may see of it.

        Decided on the item as it would be stored: `Access(create=)` must admit the principal, and `writable_by` of each
        attribute in `new`. Raises Forbidden, BadRequest for a body that does not fit, Conflict where there is such an item.
        """
        return await self.writer.create(new, server_set)

    async def update(
        self,
        change: Change[E] | None = None,
        /,
        *,
        server_set: Mapping[str, Any] | None = None,
        by: Audience | None = None,
        when: Filter | Audience | None = None,
        if_match: str | None = None,
        **key: Any,
    ) -> R:
        """Change an item, and answer what the principal may then see of it.

        change: what a client sent; `writable_by` of each attribute in it must admit the principal on the stored item.
        server_set: the server's own, `increment(1)` included; without a `change` it needs `by`, an audience for this
        action, or `Access(update=)`. when: a filter or audience on the item as stored. if_match: the value of an
        If-Match header. Raises NotFound, Forbidden, PreconditionFailed, Conflict (for `when`), BadRequest, TooLarge.
        """
        writer = self.writer
        found = update_intent(writer.declaration, writer.judge, change, key, server_set=server_set, by=by, when=when, if_match=if_match)
        await writer.carry_out(found)
        return await writer.answer(found.asked)

    async def delete(
        self, *, by: Audience | None = None, when: Filter | Audience | None = None, if_match: str | None = None, **key: Any
    ) -> None:
        """Take an item away, if `Access(delete=)`, or `by` where the entity does not say, admits the principal to it.

        Raises NotFound, Forbidden, PreconditionFailed, and Conflict for `when`.
        """
        writer = self.writer
        await writer.carry_out(delete_intent(writer.declaration, writer.judge, key, by=by, when=when, if_match=if_match))


class View(Writes[E, Disclosure[E]]):
    """What one principal may see of an entity's items in a table. Made by `table.view` or, in a route, by `view_of`.

    Wrong key names raise CallError and values that no item can have BadKey, before any I/O. `shape` narrows what is
    read and answered to a `Part` of the entity. `where` is decided on what the principal may see, and raises BadFilter
    for an attribute that it may never see. An item is in a list only if every component of the list's key is disclosed
    on it. `consistent` reads what was written last; a global index can not.
    """

    def __init__(self, reading: Reading, principal: Principal) -> None:
        self._name = reading.declaration.name
        viewer = PrincipalViewer(reading.declaration, principal)
        self._reader: Reader[Disclosure[Any]] = Reader(reading, viewer)
        self.writer = Writer(reading, viewer, Judge(reading.declaration, principal))

    @overload
    async def get(self, *, shape: type[P], consistent: bool = False, **key: Any) -> Disclosure[P]: ...
    @overload
    async def get(self, *, shape: None = None, consistent: bool = False, **key: Any) -> Disclosure[E]: ...
    async def get(self, *, shape: type[Part[Any]] | None = None, consistent: bool = False, **key: Any) -> Disclosure[Any]:
        """The item with this key, as far as the principal may see it. Raises NotFound where there is none for it."""
        return await self._reader.get(shape, key, consistent=consistent)

    @overload
    async def batch_get(self, keys: Sequence[Mapping[str, Any]], *, shape: type[P], consistent: bool = False) -> list[Disclosure[P]]: ...
    @overload
    async def batch_get(
        self, keys: Sequence[Mapping[str, Any]], *, shape: None = None, consistent: bool = False
    ) -> list[Disclosure[E]]: ...
    async def batch_get(
        self, keys: Sequence[Mapping[str, Any]], *, shape: type[Part[Any]] | None = None, consistent: bool = False
    ) -> list[Disclosure[Any]]:
        """The items with these keys, each once, in the order asked; those that are not there for the principal are left out.

        keys: any number of whole keys, such as {"clinic_id": "c1", "pet_id": "p1"}. Raises StoreError rather than leave
        out what DynamoDB did not get to.
        """
        return await self._reader.batch(shape, keys, consistent=consistent)

    async def exists(self, **key: Any) -> bool:
        """Whether there is an item with this key for the principal. Only what decides it is read."""
        return await self._reader.exists(key)

    @overload
    async def query(
        self,
        *,
        shape: type[P],
        index: str | Index | None = None,
        where: Filter | None = None,
        after: str | None = None,
        limit: int = 20,
        reverse: bool = False,
        consistent: bool = False,
        **key: Any,
    ) -> DisclosurePage[P]: ...
    @overload
    async def query(
        self,
        *,
        shape: None = None,
        index: str | Index | None = None,
        where: Filter | None = None,
        after: str | None = None,
        limit: int = 20,
        reverse: bool = False,
        consistent: bool = False,
        **key: Any,
    ) -> DisclosurePage[E]: ...
    async def query(
        self,
        *,
        shape: type[Part[Any]] | None = None,
        index: str | Index | None = None,
        where: Filter | None = None,
        after: str | None = None,
        limit: int = 20,
        reverse: bool = False,
        consistent: bool = False,
        **key: Any,
    ) -> DisclosurePage[Any]:
        """A page of the items under this hash key, of the table or of an index, in the order of its sort key.

        key: every component of the hash key; of the sort key as many as are known from the left, the last perhaps as
        a condition (`begins_with`, `between`, `above`, `below`, `at_least`, `at_most`). after: the `next` of the page
        before. Raises BadCursor, and BadRequest for a limit that is not from 1 to `Access(limit=)`.
        """
        found, next = await self._reader.page(
            shape, key, index=index, where=where, after=after, limit=limit, reverse=reverse, consistent=consistent
        )
        return DisclosurePage(found, next)

    @overload
    async def scan(
        self, *, shape: type[P], where: Filter | None = None, after: str | None = None, limit: int = 20
    ) -> DisclosurePage[P]: ...
    @overload
    async def scan(
        self, *, shape: None = None, where: Filter | None = None, after: str | None = None, limit: int = 20
    ) -> DisclosurePage[E]: ...
    async def scan(
        self, *, shape: type[Part[Any]] | None = None, where: Filter | None = None, after: str | None = None, limit: int = 20
    ) -> DisclosurePage[Any]:
        """A page of all items of the entity, in no order, for those whom `Access(scan=)` admits; Forbidden for others."""
        self._reader.refuse_scan()
        found, next = await self._reader.page(shape, None, where=where, after=after, limit=limit)
        return DisclosurePage(found, next)

    def each(
        self, *, at_most: int, index: str | Index | None = None, where: Filter | None = None, **key: Any
    ) -> AsyncIterator[Disclosure[E]]:
        """Every item of a list, one after the other, until `at_most` were given."""
        return self._reader.each(key, at_most=at_most, index=index, where=where)

    async def count(self, *, at_most: int = 1000, index: str | Index | None = None, where: Filter | None = None, **key: Any) -> int:
        """How many items a list has; `at_most` where it has that many or more. Only what decides it is read."""
        return await self._reader.count(key, at_most=at_most, index=index, where=where)

    def __repr__(self) -> str:
        return f"<View of {self._name}>"


class UndisclosedView(Writes[E, Undisclosed[E]]):
    """Every attribute of an entity's items, past the policy: for jobs and business logic, never for an answer."""

    def __init__(self, reading: Reading) -> None:
        self._name = reading.declaration.name
        viewer = PastThePolicy(reading.declaration)
        self._reader: Reader[Undisclosed[E]] = Reader(reading, viewer)
        self.writer = Writer(reading, viewer, Judge(reading.declaration, None))

    async def get(self, *, consistent: bool = False, **key: Any) -> Undisclosed[E]:
        """The whole item with this key. Raises NotFound, CallError and BadKey."""
        return await self._reader.get(None, key, consistent=consistent)

    async def batch_get(self, keys: Sequence[Mapping[str, Any]], *, consistent: bool = False) -> list[Undisclosed[E]]:
        """The whole items with these keys; see `View.batch_get`."""
        return await self._reader.batch(None, keys, consistent=consistent)

    async def query(
        self,
        *,
        index: str | Index | None = None,
        where: Filter | None = None,
        after: str | None = None,
        limit: int = 20,
        reverse: bool = False,
        consistent: bool = False,
        **key: Any,
    ) -> UndisclosedPage[E]:
        """A page of the whole items under this hash key; see `View.query`. Of an index, as much as it holds of each."""
        found, next = await self._reader.page(
            None, key, index=index, where=where, after=after, limit=limit, reverse=reverse, consistent=consistent
        )
        return UndisclosedPage(found, next)

    async def scan(self, *, where: Filter | None = None, after: str | None = None, limit: int = 20) -> UndisclosedPage[E]:
        """A page of all whole items of the entity, in no order."""
        found, next = await self._reader.page(None, None, where=where, after=after, limit=limit)
        return UndisclosedPage(found, next)

    def each(
        self, *, at_most: int, index: str | Index | None = None, where: Filter | None = None, **key: Any
    ) -> AsyncIterator[Undisclosed[E]]:
        """Every whole item of a list, one after the other, until `at_most` were given."""
        return self._reader.each(key, at_most=at_most, index=index, where=where)

    def __repr__(self) -> str:
        return f"<UndisclosedView of {self._name}>"
