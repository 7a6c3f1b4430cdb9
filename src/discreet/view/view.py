"""A principal's view of one entity in a table. Nothing leaves it but disclosures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from discreet.entity import Entity
from discreet.entity.item import plan_for, projected_names, wanted_by
from discreet.errors import NotFound
from discreet.policy import Plan, Principal
from discreet.view.disclosure import Disclosure, DisclosurePage, Undisclosed, UndisclosedPage
from discreet.view.keys import asked_for
from discreet.view.reading import Lens, Reading, checked_limit, read_one, read_page

__all__ = ["UndisclosedView", "View"]

E = TypeVar("E", bound=Entity)


class View(Generic[E]):
    """What one principal may see of an entity's items in a table. Made by `table.view` or, in a route, by `view_of`."""

    def __init__(self, reading: Reading, principal: Principal) -> None:
        self._reading = reading
        self._principal = principal
        self._wanted = wanted_by(reading.declaration, principal)

    async def get(self, *, consistent: bool = False, **key: Any) -> Disclosure[E]:
        """The item with this key, as far as the principal may see it.

        Raises NotFound where it is absent or does not exist for the principal, CallError for wrong key names and
        BadKey for values that no item can have, both before any I/O.
        """
        declaration = self._reading.declaration
        asked = asked_for(declaration, declaration.key, key, whole=True)
        plan = plan_for(declaration, self._principal, self._wanted, asked.values)
        if not plan.possible():
            raise NotFound
        found = await read_one(self._reading, self._lens(plan, ()), asked, consistent=consistent)
        if found is None:
            raise NotFound
        return found

    async def query(
        self, *, after: str | None = None, limit: int = 20, reverse: bool = False, consistent: bool = False, **key: Any
    ) -> DisclosurePage[E]:
        """A page of the items under this hash key, in the order of the sort key.

        key: every component of the hash key; of the sort key as many as are known from the left, the last perhaps as
        a condition (`begins_with`, `between`, `above`, `below`, `at_least`, `at_most`). An item answers only if every
        component of the key is disclosed on it. Raises BadCursor, BadRequest for the limit, CallError and BadKey.
        """
        declaration = self._reading.declaration
        limit = checked_limit(declaration, limit)
        asked = asked_for(declaration, declaration.key, key, whole=False)
        plan = plan_for(declaration, self._principal, self._wanted, asked.values)
        found, next = await read_page(
            self._reading,
            self._lens(plan, declaration.key.names),
            asked,
            principal=self._principal.id,
            after=after,
            limit=limit,
            reverse=reverse,
            consistent=consistent,
            nothing=not plan.possible(declaration.key.names),
        )
        return DisclosurePage(found, next)

    def _lens(self, plan: Plan, shown: tuple[str, ...]) -> Lens[Disclosure[E]]:
        wanted, declaration = self._wanted, self._reading.declaration

        def keep(item: Mapping[str, Any]) -> Disclosure[E] | None:
            if not plan.exists_in(item, wanted) or not plan.shows(shown, item, wanted):
                return None
            return Disclosure(declaration, plan.disclose(item, wanted))

        return Lens(projected_names(declaration, plan.projection), keep)

    def __repr__(self) -> str:
        return f"<View of {self._reading.declaration.name}>"


class UndisclosedView(Generic[E]):
    """Every attribute of an entity's items, past the policy: for jobs and business logic, never for an answer."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def get(self, *, consistent: bool = False, **key: Any) -> Undisclosed[E]:
        """The whole item with this key. Raises NotFound, CallError and BadKey."""
        declaration = self._reading.declaration
        asked = asked_for(declaration, declaration.key, key, whole=True)
        found = await read_one(self._reading, self._lens(), asked, consistent=consistent)
        if found is None:
            raise NotFound
        return found

    async def query(
        self, *, after: str | None = None, limit: int = 20, reverse: bool = False, consistent: bool = False, **key: Any
    ) -> UndisclosedPage[E]:
        """A page of the whole items under this hash key; see `View.query`."""
        declaration = self._reading.declaration
        found, next = await read_page(
            self._reading,
            self._lens(),
            asked_for(declaration, declaration.key, key, whole=False),
            principal=None,
            undisclosed=True,
            after=after,
            limit=checked_limit(declaration, limit),
            reverse=reverse,
            consistent=consistent,
        )
        return UndisclosedPage(found, next)

    def _lens(self) -> Lens[Undisclosed[E]]:
        declaration = self._reading.declaration
        paths = projected_names(declaration, ((name,) for name in declaration.attributes))
        return Lens(paths, lambda item: Undisclosed(declaration, item))

    def __repr__(self) -> str:
        return f"<UndisclosedView of {self._reading.declaration.name}>"
