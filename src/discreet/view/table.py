"""A table, by name: where views come from, and where entities that share it are told apart."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from itertools import chain, islice
from typing import Any, Final, TypeVar

from discreet.crypto import Keyring, development_keyring
from discreet.dynamodb import Credentials, Endpoint, Store
from discreet.entity import Declaration, Declared, Entity, declaration_of
from discreet.entity.item import encode
from discreet.errors import CallError, ConfigurationError, DeclarationError
from discreet.key import Plain
from discreet.loopback import is_loopback
from discreet.policy import Principal
from discreet.view.checking import differences, found_in, notes
from discreet.view.definition import TableDefinition, definition_of
from discreet.view.keys import physical_name, tag_of
from discreet.view.reading import Reading
from discreet.view.transaction import Transaction
from discreet.view.view import UndisclosedView, View

__all__ = ["Table"]

logger = logging.getLogger("discreet")

E = TypeVar("E", bound=Entity)

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}|arn:[^\s]{1,1024}")


class Table:
    """A DynamoDB table. Region, endpoint and credentials default to what AWS clients find by themselves.

    One transport is open for each running event loop; it is closed when its loop ends, or by `async with table:`.
    keyring: seals cursors; by default the one in DISCREET_KEYRING, and on loopback endpoints a development key.
    """

    def __init__(
        self,
        name: str,
        *,
        region: str | None = None,
        endpoint_url: str | None = None,
        credentials: Credentials | tuple[str, str] | tuple[str, str, str] | None = None,
        keyring: Keyring | None = None,
    ) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise CallError(
                "a table needs a name that DynamoDB takes", hint="3 to 255 letters, digits, `_`, `-` and `.`; or the table's ARN"
            )
        self.name = name
        self.store = Store(name, Endpoint(region, endpoint_url, _credentials(credentials)))
        self._keyring = keyring
        self._entities: dict[str, Declaration] = {}

    def view(self, entity: type[E], principal: Principal) -> View[E]:
        """What a principal may see of an entity's items here; the same as `view_of` gives a route, without a request."""
        if not isinstance(principal, Principal):
            raise CallError(f"a view is a principal's, and this is a {type(principal).__name__}", hint="`Principal()` is anonymous")
        return View(self._reading(entity), principal)

    def undisclosed(self, entity: type[E]) -> UndisclosedView[E]:
        """Whole items, past the policy: for jobs and business logic, never for an answer."""
        return UndisclosedView(self._reading(entity))

    def _reading(self, entity: type[Entity]) -> Reading:
        return Reading(self.register(entity), self.store, self.keyring)

    def register(self, entity: type[Entity]) -> Declaration:
        """Take an entity in. Raises DeclarationError if an item here could be of two entities, or an index of two keys."""
        declaration = declaration_of(entity)
        if self._entities.get(declaration.name) is not declaration:
            if declaration.name in self._entities:
                raise DeclarationError(
                    f"table `{self.name}` has another entity of the name `{declaration.name}`",
                    hint="cursors and idempotency tokens are bound to an entity by its name: rename one of the two classes",
                )
            for other in self._entities.values():
                _tell_apart(self.name, declaration, other)
            definition_of(self.name, [*self._entities.values(), declaration])
            self._entities[declaration.name] = declaration
        return declaration

    async def is_configured(self) -> bool:
        """Whether it is said where the table is; without, an app can still be looked at and documented."""
        try:
            await self.store.transport()
        except ConfigurationError:
            return False
        return True

    async def keyring(self) -> Keyring:
        """What seals this table's cursors. Raises ConfigurationError where none is set and the endpoint is not loopback."""
        if self._keyring is None:
            self._keyring = Keyring.from_environment()
        if self._keyring is None:
            if not is_loopback((await self.store.transport()).url):
                raise ConfigurationError(
                    f"table `{self.name}` has no keyring to seal cursors with",
                    hint="make one with `discreet keyring new`, and set DISCREET_KEYRING to it",
                )
            self._keyring = development_keyring()
        return self._keyring

    def definition(self, *entities: type[Entity]) -> TableDefinition:
        """What this table has to be for these entities and those registered so far. Raises CallError where there are none."""
        for entity in entities:
            self.register(entity)
        if not self._entities:
            raise CallError("a table is defined by its entities", hint="name them: (Pet, Owner)")
        return definition_of(self.name, self._entities.values())

    async def check(self, *entities: type[Entity]) -> None:
        """Compare the table with what these entities, and those registered so far, need of it: at start-up, or in CI.

        Raises one ConfigurationError that lists every difference in keys, indexes, projections and time to live, each
        with what to do. Wider projections, further indexes and billing are no difference; time to live that is not
        enabled is a warning in the log. Needs dynamodb:DescribeTable and dynamodb:DescribeTimeToLive.
        """
        declared = self.definition(*entities)
        described = await self.store.describe()
        if described is None:
            raise ConfigurationError(
                f"there is no table `{self.name}` where it is looked for",
                hint="make it of what `discreet table` writes; or look at the region and endpoint",
            )
        found = found_in(described, time_to_live=await self.store.time_to_live())
        for note in notes(declared, found):
            logger.warning(note)
        lines = differences(declared, found)
        if lines:
            listed = "".join(f"\n  - {line}" for line in lines)
            raise ConfigurationError(f"table `{self.name}` is not what its entities need:{listed}")

    @property
    def entities(self) -> tuple[type[Declared], ...]:
        """The entities that are registered here, in the order of their coming."""
        return tuple(each.model for each in self._entities.values())

    async def create(self, *entities: type[Entity]) -> None:
        """Create the table for these entities and those registered so far: for development and tests.

        Billed per request, with the indexes and the time to live that the entities declare. Raises StoreError, also where
        it exists already.
        """
        definition = self.definition(*entities)
        await self.store.create(definition.create_table())
        if definition.time_to_live is not None:
            await self.store.enable_time_to_live(definition.time_to_live)

    async def delete(self) -> None:
        """Delete the table, with all that is in it: for development and tests."""
        await self.store.delete()

    async def load(self, items: Iterable[Entity], *, skip: int = 0, written: Callable[[int], None] = lambda count: None) -> None:
        """Put whole items, in batches and in order: for jobs, development and tests.

        An item replaces one with its key. `written` is told, after each batch, how many more are stored: keep the sum, and
        after an interruption load the same items with `skip` as that sum. What was in flight is put again, as it was.
        """
        entities = iter(items)
        encoded = (encode(self.register(type(item)), item) for item in islice(entities, skip, None))
        first = next(encoded, None)
        if first is not None:
            key = _physical(next(iter(self._entities.values())))
            await self.store.put_all(chain((first,), encoded), written, key=[name for name, _ in key])

    @asynccontextmanager
    async def transaction(self, token: str | None = None) -> AsyncGenerator[Transaction]:
        """Several writes that happen together, when the block ends without an exception, or not at all.

        token: the client's Idempotency-Key: the same writes by the same principals, asked for again within ten minutes
        under the same token, happen once. It is bound to principals, routes and writes before DynamoDB sees it. Raises
        the refusal of the write that is refused, and Conflict for another transaction under a token.
        """
        transaction = Transaction(self.store, self.keyring, token)
        yield transaction
        await transaction.commit()

    def watch(self, watcher: Callable[[str, Mapping[str, Any]], None]) -> AbstractContextManager[None]:
        """Call `watcher(operation, payload)` before each request to DynamoDB, while the context lasts."""
        return self.store.watch(watcher)

    async def close(self) -> None:
        """Close the running loop's transport; the next use opens another."""
        await self.store.close()

    async def __aenter__(self) -> Table:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"Table({self.name!r})"


def _credentials(given: Credentials | tuple[str, str] | tuple[str, str, str] | None) -> Credentials | None:
    if given is None or isinstance(given, Credentials):
        return given
    access_key, secret_key, *token = given
    return Credentials(access_key, secret_key, token[0] if token else None)


def _tell_apart(table: str, one: Declaration, other: Declaration) -> None:
    if _physical(one) != _physical(other):
        raise DeclarationError(
            f"`{one.name}` and `{other.name}` have different physical keys in table `{table}`",
            hint=f"{_physical(one)} and {_physical(other)}: a table has one key",
        )
    kinds = one.kind is not None and other.kind is not None and one.kind.attribute == other.kind.attribute
    if kinds and one.kind != other.kind:
        return
    for mine, theirs in zip(one.key.parts, other.key.parts, strict=True):
        if not isinstance(mine, Plain) and not isinstance(theirs, Plain) and not mine.template.overlaps(theirs.template):
            return
    raise DeclarationError(
        f"an item of table `{table}` could be a `{one.name}` or a `{other.name}`",
        hint='let their key templates differ in a literal ("PET#{pet_id}", "OWNER#{owner_id}"), or give each a `Kind`',
    )


def _physical(declaration: Declaration) -> list[tuple[str, str]]:
    return [(physical_name(declaration, part), tag_of(declaration, part)) for part in declaration.key.parts]
