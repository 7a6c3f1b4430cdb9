"""The test kit: act as anyone, put items in a table, see what was sent. `pip install 'discreet[testing]'` brings an engine.

Its pytest plugin has the fixture `discreet_engine`, an embedded engine that every `Table` without an endpoint then uses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from discreet.dynamodb.embedded import embedded_engine
from discreet.dynamodb.expressions import projected
from discreet.entity import Entity
from discreet.errors import CallError
from discreet.identity import LocalIssuer
from discreet.policy import Principal
from discreet.testing.simulator import Position, Simulator
from discreet.testing.world import Shown, Stored, World, world
from discreet.view import Table

__all__ = [
    "LocalIssuer",
    "Position",
    "Request",
    "Shown",
    "Simulator",
    "Stored",
    "World",
    "acting_as",
    "embedded_engine",
    "load",
    "recorded",
    "world",
]


class HasOverrides(Protocol):
    """An app whose dependencies can be overridden, as FastAPI's can."""

    dependency_overrides: dict[Callable[..., Any], Callable[..., Any]]


@contextmanager
def acting_as(app: HasOverrides, current_principal: Callable[..., Any], principal: Principal) -> Generator[None]:
    """Let every request to an app be this principal's, while the context lasts. Contexts nest; the inner one holds.

    current_principal: the dependency that `view_of` was given.
    """
    if not isinstance(principal, Principal):
        raise CallError(f"acting as a {type(principal).__name__}", hint='Principal(claims={"sub": "u1"}), or Principal() for a stranger')
    overrides = app.dependency_overrides
    before = overrides.get(current_principal)
    overrides[current_principal] = lambda: principal
    try:
        yield
    finally:
        if before is None:
            overrides.pop(current_principal, None)
        else:
            overrides[current_principal] = before


async def load(table: Table, items: Iterable[Entity]) -> None:
    """Put whole items in a table, past every policy. The table has to exist: `await table.create(Pet)`."""
    await table.load(items)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to DynamoDB, as it was sent."""

    operation: str
    payload: Mapping[str, Any]

    @property
    def projection(self) -> tuple[str, ...]:
        """The paths that were asked for, names resolved: `address.city`. Empty for a request that reads nothing."""
        return projected(self.payload)


@contextmanager
def recorded(table: Table) -> Generator[list[Request]]:
    """Collect the requests that a table sends while the context lasts: `assert not requests` says that nothing was read."""
    requests: list[Request] = []
    with table.watch(lambda operation, payload: requests.append(Request(operation, payload))):
        yield requests
