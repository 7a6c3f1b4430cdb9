"""A view inside a request: the one adapter between FastAPI's dependencies and a principal's view."""

# No `from __future__ import annotations`: FastAPI reads the closure's annotations, which name its own variables.
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar, overload

from fastapi.dependencies.models import Dependant

from discreet import view as framework_free
from discreet.entity import Change, Entity, New, declaration_of
from discreet.entity.filters import Filter
from discreet.entity.part import Part
from discreet.errors import CallError
from discreet.fastapi.disclosed import Disclosed, Page
from discreet.fastapi.guard import guarded
from discreet.key import Index
from discreet.policy import Audience, Principal
from discreet.view import Table
from discreet.view.writing import Writer
from fastapi import Depends, Request, Response

__all__ = ["View", "tables_of", "view_of"]

E = TypeVar("E", bound=Entity)
P = TypeVar("P", bound=Part[Any])

TABLE: Final = "__discreet_table__"

PrincipalDependency = Callable[..., Principal | Awaitable[Principal] | AsyncIterator[Principal]]
TableDependency = Callable[..., Table | Awaitable[Table] | AsyncIterator[Table]]


class View(Generic[E]):
    """What the principal of this request may see of an entity's items in a table. Made by `view_of`."""

    def __init__(self, view: framework_free.View[E], response: Response) -> None:
        self._view = view
        self._untyped: Any = view  # overloads do not take a shape that may be None
        self._response = response

    @overload
    async def get(self, *, shape: type[P], consistent: bool = False, **key: Any) -> Disclosed[P]: ...
    @overload
    async def get(self, *, shape: None = None, consistent: bool = False, **key: Any) -> Disclosed[E]: ...
    async def get(self, *, shape: type[Part[Any]] | None = None, consistent: bool = False, **key: Any) -> Disclosed[Any]:
        """The item with this key, as far as the principal may see it; otherwise the answer is 404. See `discreet.View.get`."""
        found = await self._untyped.get(shape=shape, consistent=consistent, **key)
        return Disclosed(found, self._response)

    @overload
    async def batch_get(self, keys: Sequence[Mapping[str, Any]], *, shape: type[P], consistent: bool = False) -> list[Disclosed[P]]: ...
    @overload
    async def batch_get(self, keys: Sequence[Mapping[str, Any]], *, shape: None = None, consistent: bool = False) -> list[Disclosed[E]]: ...
    async def batch_get(
        self, keys: Sequence[Mapping[str, Any]], *, shape: type[Part[Any]] | None = None, consistent: bool = False
    ) -> list[Disclosed[Any]]:
        """The items with these keys that are there for the principal, in the order asked. See `discreet.View.batch_get`."""
        found = await self._untyped.batch_get(keys, shape=shape, consistent=consistent)
        return [Disclosed(each, self._response) for each in found]

    async def exists(self, **key: Any) -> bool:
        """Whether there is an item with this key for the principal. See `discreet.View.exists`."""
        return await self._view.exists(**key)

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
    ) -> Page[P]: ...
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
    ) -> Page[E]: ...
    async def query(self, *, shape: type[Part[Any]] | None = None, **asked: Any) -> Page[Any]:
        """A page of the items under this hash key, in the order of the sort key. See `discreet.View.query`."""
        found = await self._untyped.query(shape=shape, **asked)
        return Page(found, self._response)

    @overload
    async def scan(self, *, shape: type[P], where: Filter | None = None, after: str | None = None, limit: int = 20) -> Page[P]: ...
    @overload
    async def scan(self, *, shape: None = None, where: Filter | None = None, after: str | None = None, limit: int = 20) -> Page[E]: ...
    async def scan(self, *, shape: type[Part[Any]] | None = None, **asked: Any) -> Page[Any]:
        """A page of all items, for those whom `Access(scan=)` admits. See `discreet.View.scan`."""
        found = await self._untyped.scan(shape=shape, **asked)
        return Page(found, self._response)

    async def each(
        self, *, at_most: int, index: str | Index | None = None, where: Filter | None = None, **key: Any
    ) -> AsyncIterator[Disclosed[E]]:
        """Every item of a list, one after the other, until `at_most` were given. See `discreet.View.each`."""
        async for found in self._view.each(at_most=at_most, index=index, where=where, **key):
            yield Disclosed(found, self._response)

    async def count(self, *, at_most: int = 1000, index: str | Index | None = None, where: Filter | None = None, **key: Any) -> int:
        """How many items a list has, `at_most` at the most. See `discreet.View.count`."""
        return await self._view.count(at_most=at_most, index=index, where=where, **key)

    async def create(self, new: New[E] | None = None, /, **server_set: Any) -> Disclosed[E]:
        """Make an item; the answer is what its maker may see of it. See `discreet.View.create`."""
        return Disclosed(await self._view.create(new, **server_set), self._response)

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
    ) -> Disclosed[E]:
        """Change an item; the answer is what the principal may then see of it. See `discreet.View.update`."""
        found = await self._view.update(change, server_set=server_set, by=by, when=when, if_match=if_match, **key)
        return Disclosed(found, self._response)

    async def delete(
        self, *, by: Audience | None = None, when: Filter | Audience | None = None, if_match: str | None = None, **key: Any
    ) -> None:
        """Take an item away. See `discreet.View.delete`."""
        await self._view.delete(by=by, when=when, if_match=if_match, **key)

    @property
    def writer(self) -> Writer[Any]:
        """What writes for this view: transactions ask for it."""
        return self._view.writer

    @property
    def route(self) -> str | None:
        """The route that this view serves: idempotency tokens are bound to it."""
        return self._view.route

    def __repr__(self) -> str:
        return repr(self._view)


def view_of(entity: type[E], table: Table | TableDependency, principal: PrincipalDependency) -> Callable[..., Awaitable[View[E]]]:
    """A dependency that gives a route its principal's view: `Annotated[View[Pet], Depends(view_of(Pet, table, principal))]`.

    table: a Table, or a dependency that gives one that lives long: its connections are its own.
    principal: any dependency that gives a Principal.
    Raises DeclarationError for an entity that has no place in the table, ConfigurationError in an app without `protect`.
    """
    declaration_of(entity)
    fixed = table if isinstance(table, Table) else None
    if fixed is not None:
        known = fixed
        known.register(entity)

        async def given() -> Table:
            return known

        table = given
    if isinstance(principal, type) and issubclass(principal, Principal):
        raise CallError(
            "`view_of` was given the class `Principal`, which FastAPI would fill from the request",
            hint="give a dependency that returns one: def stranger() -> Principal: return Principal()",
        )
    if not callable(table) or not callable(principal):
        raise CallError("`view_of` takes an entity, a table and a principal's dependency", hint="view_of(Pet, table, current_principal)")

    # Neither waits for anything: as plain functions, FastAPI would hand each to a thread, which takes longer than they do.
    async def view(
        request: Request,
        response: Response,
        table: Annotated[Table, Depends(table)],
        principal: Annotated[Principal, Depends(principal)],
    ) -> View[E]:
        guarded(request.scope).principal_dependent = True
        made = table.view(entity, principal)
        made.route = f"{request.method} {getattr(request.scope.get('route'), 'path', '')}"
        return View(made, response)

    if fixed is not None:
        setattr(view, TABLE, fixed)
    return view


def tables_of(dependant: Dependant) -> Iterator[Table]:
    """The tables that the views among a route's dependencies are of, where they are known before a request."""
    found = getattr(dependant.call, TABLE, None)
    if isinstance(found, Table):
        yield found
    for each in dependant.dependencies:
        yield from tables_of(each)
