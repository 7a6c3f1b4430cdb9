"""A view inside a request: the one adapter between FastAPI's dependencies and a principal's view."""

# No `from __future__ import annotations`: FastAPI reads the closure's annotations, which name its own variables.
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi.dependencies.models import Dependant

from discreet import view as framework_free
from discreet.entity import Entity, declaration_of
from discreet.errors import CallError
from discreet.fastapi.disclosed import Disclosed, Page
from discreet.fastapi.guard import guarded
from discreet.policy import Principal
from discreet.view import Table
from fastapi import Depends, Request, Response

__all__ = ["View", "tables_of", "view_of"]

E = TypeVar("E", bound=Entity)

TABLE: Final = "__discreet_table__"

PrincipalDependency = Callable[..., Principal | Awaitable[Principal] | AsyncIterator[Principal]]
TableDependency = Callable[..., Table | Awaitable[Table] | AsyncIterator[Table]]


class View(Generic[E]):
    """What the principal of this request may see of an entity's items in a table. Made by `view_of`."""

    def __init__(self, view: framework_free.View[E], response: Response) -> None:
        self._view = view
        self._response = response

    async def get(self, *, consistent: bool = False, **key: Any) -> Disclosed[E]:
        """The item with this key, as far as the principal may see it; otherwise the answer is 404. See `discreet.View.get`."""
        return Disclosed(await self._view.get(consistent=consistent, **key), self._response)

    async def query(
        self, *, after: str | None = None, limit: int = 20, reverse: bool = False, consistent: bool = False, **key: Any
    ) -> Page[E]:
        """A page of the items under this hash key, in the order of the sort key. See `discreet.View.query`."""
        return Page(await self._view.query(after=after, limit=limit, reverse=reverse, consistent=consistent, **key), self._response)

    def __repr__(self) -> str:
        return repr(self._view)


def view_of(entity: type[E], table: Table | TableDependency, principal: PrincipalDependency) -> Callable[..., View[E]]:
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

        def given() -> Table:
            return known

        table = given
    if isinstance(principal, type) and issubclass(principal, Principal):
        raise CallError(
            "`view_of` was given the class `Principal`, which FastAPI would fill from the request",
            hint="give a dependency that returns one: def stranger() -> Principal: return Principal()",
        )
    if not callable(table) or not callable(principal):
        raise CallError("`view_of` takes an entity, a table and a principal's dependency", hint="view_of(Pet, table, current_principal)")

    def view(
        request: Request,
        response: Response,
        table: Annotated[Table, Depends(table)],
        principal: Annotated[Principal, Depends(principal)],
    ) -> View[E]:
        guarded(request.scope).principal_dependent = True
        return View(table.view(entity, principal), response)

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
