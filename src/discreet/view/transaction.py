"""Several writes that happen together or not at all, each under its own view's rules."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from discreet.crypto import Keyring
from discreet.dynamodb.store import Store, pause
from discreet.dynamodb.transport import OVERFLOW, TOO_LARGE
from discreet.dynamodb.writes import ACTIONS, AT_ONCE, Write, size_of
from discreet.entity import Change, New
from discreet.entity.filters import Filter
from discreet.errors import CallError, Conflict, Refusal, StoreError, TooLarge
from discreet.policy import Audience
from discreet.view.intents import Intent, check_intent, delete_intent, update_intent
from discreet.view.keys import physical_key
from discreet.view.writing import ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE, Made, Writer

__all__ = ["HasWriter", "Transaction"]

CANCELLED: Final = "TransactionCanceledException"
_ANSWERED: Final = frozenset({"ConditionalCheckFailed", OVERFLOW, TOO_LARGE})
_AGAIN: Final = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class HasWriter(Protocol):
    """A view: of a request, framework-free, or past the policy."""

    @property
    def writer(self) -> Writer[Any]:
        """What writes for it."""
        ...

    @property
    def route(self) -> str | None:
        """The route that it serves, where there is one."""
        ...


@dataclass(slots=True)
class _Action:
    """One write to be: an item made, or an intent. write: in the form to send next; None for one to be observed.

    refusal: what DynamoDB said of it that no look at the item can change.
    """

    writer: Writer[Any]
    what: Made | Intent
    write: Write | None
    refusal: Refusal | None = None

    async def ready(self) -> Write:
        """The write to send. Raises why it is refused, where it is."""
        if self.refusal is not None:
            raise self.refusal
        if self.write is None:
            assert isinstance(self.what, Intent)
            self.write = await self.writer.observed(self.what)
        return self.write

    def cancelled(self, reason: str) -> None:
        """Take DynamoDB's reason: a condition that did not hold is looked into, by observing the item."""
        if reason == TOO_LARGE:
            self.refusal = TooLarge()
        elif reason == OVERFLOW:
            self.refusal = Conflict()
        elif reason != "ConditionalCheckFailed":
            return
        elif not isinstance(self.what, Made):
            self.write = None
        elif self.write is self.what.put:
            self.refusal = Conflict()
        else:
            self.write = self.what.put  # what is there may be past


class Transaction:
    """Made by `async with table.transaction() as tx:`. What is asked for is checked at once, and written at the end of the block.

    The views are told apart by entity and principal; each write is decided as that view decides it, at the moment of the
    commit. If one is refused, its refusal is raised and nothing is written.
    """

    def __init__(self, store: Store, keyring: Callable[[], Awaitable[Keyring]], token: str | None) -> None:
        self._store = store
        self._keyring = keyring
        self._token = token
        self._bound: list[list[Any]] = []
        self._actions: list[_Action] = []
        self._items: set[tuple[str, str]] = set()

    def create(self, view: HasWriter, new: New[Any] | None = None, /, **server_set: Any) -> None:
        """Make an item; see `View.create`."""
        made = view.writer.made(new, server_set)
        self._add(view, "create", made, made.put if self._token is None else made.steady)

    def update(
        self,
        view: HasWriter,
        change: Change[Any] | None = None,
        /,
        *,
        server_set: Mapping[str, Any] | None = None,
        by: Audience | None = None,
        when: Filter | Audience | None = None,
        if_match: str | None = None,
        **key: Any,
    ) -> None:
        """Change an item; see `View.update`."""
        writer = view.writer
        found = update_intent(writer.declaration, writer.judge, change, key, server_set=server_set, by=by, when=when, if_match=if_match)
        self._add(view, "update", found, self._first(writer, found))

    def delete(
        self,
        view: HasWriter,
        /,
        *,
        by: Audience | None = None,
        when: Filter | Audience | None = None,
        if_match: str | None = None,
        **key: Any,
    ) -> None:
        """Take an item away; see `View.delete`."""
        writer = view.writer
        found = delete_intent(writer.declaration, writer.judge, key, by=by, when=when, if_match=if_match)
        self._add(view, "delete", found, self._first(writer, found))

    def check(self, view: HasWriter, /, *, when: Filter | Audience | None = None, **key: Any) -> None:
        """Go on only if an item exists for the view's principal, and is as `when` says."""
        writer = view.writer
        found = check_intent(writer.declaration, writer.judge, key, when=when)
        self._add(view, "check", found, self._first(writer, found))

    def _first(self, writer: Writer[Any], intent: Intent) -> Write | None:
        # Under a token a repetition has to be the same to the letter, and a condition on the time is another each time.
        write = writer.direct(intent)
        return None if self._token is not None and writer.declaration.access.expires is not None else write

    def _add(self, view: HasWriter, kind: str, what: Made | Intent, write: Write | None) -> None:
        if len(self._actions) == ACTIONS:
            raise CallError(f"a transaction of more than {ACTIONS} actions", hint="DynamoDB takes no more: split it")
        writer = view.writer
        item = (writer.store.name, repr(physical_key(writer.declaration, what.asked)))
        if item in self._items:
            raise CallError("two actions of a transaction are about one item", hint="DynamoDB takes one an item: put the changes together")
        self._items.add(item)
        self._bound.append([writer.store.name, writer.declaration.name, kind, writer.viewer.id, writer.viewer.undisclosed, view.route])
        self._actions.append(_Action(writer, what, write))

    async def commit(self) -> None:
        """Write all, or raise the refusal of the first that is refused and write nothing."""
        if not self._actions:
            return
        token = None if self._token is None else await self._sealed(self._token)
        for attempt in range(ATTEMPTS):
            # In their order: of several that are refused, the first says why, and nothing is told of those after it.
            writes = [(each.writer.store.name, await each.ready()) for each in self._actions]
            if sum(size_of(write) for _, write in writes) > AT_ONCE:
                raise TooLarge
            try:
                await self._store.transact(writes, token)
            except StoreError as error:
                self._look_into(error)
                await pause(attempt, FIRST_PAUSE, LONGEST_PAUSE)
            else:
                return
        raise StoreError("TransactWriteItems", "Contended", retryable=True)

    def _look_into(self, error: StoreError) -> None:
        """Prepare another attempt, or raise."""
        if error.code == "IdempotentParameterMismatchException":
            raise Conflict from None
        if error.code == TOO_LARGE:
            raise TooLarge from None
        if error.code == OVERFLOW:
            raise Conflict from None
        if error.code != CANCELLED:
            raise error
        if not _ANSWERED.union(_AGAIN).intersection(error.reasons):
            raise error
        for action, reason in zip(self._actions, error.reasons, strict=False):
            action.cancelled(reason)

    async def _sealed(self, token: str) -> str:
        # DynamoDB's tokens are good for a whole account: as it came, one would tell of another's use.
        return (await self._keyring()).digest(json.dumps(["token", self._bound, token]).encode())[:36]
