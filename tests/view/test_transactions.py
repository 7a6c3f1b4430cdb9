"""Transactions, on both engines: bounds, which refusal is told, tokens, and what DynamoDB says of those that are under way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, nullcontext
from typing import Annotated, Any

import pytest

from discreet import (
    Access,
    CallError,
    Change,
    Conflict,
    Entity,
    Forbidden,
    Identifier,
    Key,
    New,
    NotFound,
    PreconditionFailed,
    Principal,
    Refusal,
    StoreError,
    Table,
    TooLarge,
    anyone,
    attribute,
    increment,
    nobody,
    relation,
    role,
    state,
    visible_to,
    writable_by,
)
from discreet.dynamodb import store
from discreet.dynamodb.transport import Endpoint, Transport, open_transport
from discreet.testing import load, recorded
from discreet.view import transaction, writing

from ..engines import Engine
from .clinic import fresh_table

pytestmark = pytest.mark.anyio

owner = relation(claim="sub", attribute="owner_id")
CANARY = "canary-8d11"


class Box(Entity):
    """Something of someone's, which others may see if it is open."""

    key = Key(pk="SHELF#{shelf}", sk="BOX#{box}")
    access = Access(create=owner, delete=owner)
    shelf: Annotated[Identifier, visible_to(owner | state(attribute="status", equals="open"))]
    box: Annotated[Identifier, visible_to(owner | state(attribute="status", equals="open"))]
    owner_id: Annotated[Identifier, visible_to(owner)]
    label: Annotated[str, visible_to(owner | state(attribute="status", equals="open")), writable_by(owner)] = ""
    status: Annotated[str, visible_to(nobody)] = "open"
    count: Annotated[int, visible_to(owner)] = 0
    hidden: Annotated[str, visible_to(nobody)] = CANARY


ADA = Principal(claims={"sub": "ada"})
BOB = Principal(claims={"sub": "bob"})
MINE: dict[str, Any] = {"shelf": "s", "box": "mine"}
THEIRS: dict[str, Any] = {"shelf": "s", "box": "theirs"}
CLOSED: dict[str, Any] = {"shelf": "s", "box": "closed"}
ABSENT: dict[str, Any] = {"shelf": "s", "box": "absent"}


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """A box of Ada's, one of Bob's that is open, and one that is not."""
    made = fresh_table(engine)
    async with made:
        await made.create(Box)
        await load(
            made, [Box(**MINE, owner_id="ada"), Box(**THEIRS, owner_id="bob"), Box(**CLOSED, owner_id="bob", status="closed", label=CANARY)]
        )
        yield made


async def stored(table: Table) -> str:
    """All that is in the table."""
    return json.dumps((await table.store._call("Scan", {"TableName": table.name}))["Items"], sort_keys=True)


def label(text: str) -> Change[Box]:
    """A body."""
    return Change[Box]({"label": text})


# Bounds


async def test_more_than_100_actions_are_refused_before_anything_is_sent(table: Table) -> None:
    """With a word about the bound; a hundred are done."""
    view = table.view(Box, ADA)
    with recorded(table) as requests, pytest.raises(CallError, match="more than 100 actions"):
        async with table.transaction() as tx:
            for n in range(101):
                tx.create(view, shelf="s", box=f"b{n}", owner_id="ada")
    assert not requests
    async with table.transaction() as tx:
        for n in range(100):
            tx.create(view, shelf="s", box=f"b{n}", owner_id="ada")
    assert len(await table.undisclosed(Box).query(shelf="s", limit=100)) == 100


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # aiohttp's, of more than 1 MB
async def test_more_than_4_mb_are_too_large(table: Table) -> None:
    """413 and nothing is sent; somewhat less is written."""
    view = table.view(Box, ADA)
    with recorded(table) as requests, pytest.raises(TooLarge):
        async with table.transaction() as tx:
            for n in range(11):
                tx.create(view, New[Box]({"label": "x" * 390_000}), shelf="s", box=f"b{n}", owner_id="ada")
    assert not requests
    async with table.transaction() as tx:
        for n in range(10):
            tx.create(view, New[Box]({"label": "x" * 380_000}), shelf="s", box=f"b{n}", owner_id="ada")


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")  # aiohttp's, of more than 1 MB
async def test_what_dynamodb_counts_beyond_is_too_large_too(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own bound on a transaction, and on one item in it."""
    monkeypatch.setattr(transaction, "AT_ONCE", 10**9)
    view, before = table.view(Box, ADA), await stored(table)
    with pytest.raises(TooLarge):
        async with table.transaction() as tx:
            for n in range(11):
                tx.create(view, New[Box]({"label": "x" * 390_000}), shelf="s", box=f"b{n}", owner_id="ada")
    with pytest.raises(TooLarge):
        async with table.transaction() as tx:
            tx.update(view, label("x" * 450_000), **MINE)
            tx.create(view, shelf="s", box="new", owner_id="ada")
    assert await stored(table) == before


async def test_two_actions_on_one_item_are_refused_whatever_they_are(table: Table) -> None:
    """By two views of two principals too: DynamoDB takes one an item."""
    ada, bob = table.view(Box, ADA), table.view(Box, BOB)
    before = await stored(table)
    seconds: list[Callable[[Any], None]] = [
        lambda tx: tx.check(ada, **MINE),
        lambda tx: tx.update(bob, label("x"), **MINE),
        lambda tx: tx.create(ada, **MINE, owner_id="ada"),
        lambda tx: tx.delete(table.undisclosed(Box), **MINE),
    ]
    for second in seconds:
        with recorded(table) as requests, pytest.raises(CallError, match="one item"):
            async with table.transaction() as tx:
                tx.update(ada, label("x"), **MINE)
                second(tx)
        assert not requests
    assert await stored(table) == before


async def test_a_block_that_raises_writes_nothing(table: Table) -> None:
    """And sends nothing; nor does an empty one."""
    with recorded(table) as requests:
        with pytest.raises(KeyError):
            async with table.transaction() as tx:
                tx.update(table.view(Box, ADA), label("x"), **MINE)
                raise KeyError
        async with table.transaction():
            pass
    assert not requests


# Which refusal is told


async def refusal_of(table: Table, *actions: Any) -> type[Exception]:
    """What a transaction of these raises."""
    with pytest.raises(Refusal) as raised:
        async with table.transaction() as tx:
            for action in actions:
                action(tx, table)
    return raised.type


ALLOWED = [lambda tx, table: tx.update(table.view(Box, ADA), label("allowed"), **MINE)]
REFUSED: dict[str, tuple[Any, type[Refusal]]] = {
    "seen, and not hers": (lambda tx, table: tx.update(table.view(Box, ADA), label("x"), **THEIRS), Forbidden),
    "not seen": (lambda tx, table: tx.update(table.view(Box, ADA), label("x"), **CLOSED), NotFound),
    "absent": (lambda tx, table: tx.update(table.view(Box, ADA), label("x"), **ABSENT), NotFound),
    "a deletion of what is not hers": (lambda tx, table: tx.delete(table.view(Box, ADA), **THEIRS), Forbidden),
    "a deletion of what is not seen": (lambda tx, table: tx.delete(table.view(Box, ADA), **CLOSED), NotFound),
    "a check of what is not seen": (lambda tx, table: tx.check(table.view(Box, ADA), **CLOSED), NotFound),
    "a check of what is absent": (lambda tx, table: tx.check(table.view(Box, ADA), **ABSENT), NotFound),
    "a check that fails": (
        lambda tx, table: tx.check(table.view(Box, ADA), when=state(attribute="status", equals="closed"), **THEIRS),
        Conflict,
    ),
    "there already": (lambda tx, table: tx.create(table.view(Box, ADA), **CLOSED, owner_id="ada"), Conflict),
}


async def test_one_that_is_refused_refuses_all(table: Table) -> None:
    """With its own refusal, wherever it stands."""
    before = await stored(table)
    for name, (action, refusal) in REFUSED.items():
        assert await refusal_of(table, *ALLOWED, action) is refusal, name
        assert await refusal_of(table, action, *ALLOWED) is refusal, name
    assert await stored(table) == before


PAIRS = [(one, other) for one in REFUSED for other in REFUSED]
KEYS = {"seen, and not hers": THEIRS, "a deletion of what is not hers": THEIRS, "a check that fails": THEIRS}
KEYS |= {name: ABSENT if "absent" in name else CLOSED for name in REFUSED if name not in KEYS}


async def test_of_several_the_first_says_why(table: Table) -> None:
    """So that nothing is told of one which the first did not let through: of every two."""
    for first, second in PAIRS:
        if KEYS[first] != KEYS[second]:
            assert await refusal_of(table, REFUSED[first][0], *ALLOWED, REFUSED[second][0]) is REFUSED[first][1], (first, second)


async def test_broken_telling_a_conflict_first_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone who may do nothing would learn what there is."""
    cancelled = transaction._Action.cancelled

    def at_once(self: Any, reason: str) -> None:
        cancelled(self, reason)
        if self.refusal is not None:
            raise self.refusal

    monkeypatch.setattr(transaction._Action, "cancelled", at_once)
    with pytest.raises(AssertionError):
        await test_of_several_the_first_says_why(table)


async def test_absent_and_not_seen_are_refused_alike(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    """In what is raised and what is logged; DynamoDB's reasons are nowhere."""
    caplog.set_level(logging.DEBUG, "discreet")
    said: set[str] = set()
    for key in (CLOSED, ABSENT):
        caplog.clear()
        with pytest.raises(NotFound) as raised:
            async with table.transaction() as tx:
                tx.update(table.view(Box, ADA), label("x"), **key)
                tx.update(table.view(Box, ADA), label("y"), **MINE)
        said.add(f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}")
        told = caplog.text
        assert "ConditionalCheckFailed" not in f"{raised.value} {told}"
        assert CANARY not in f"{raised.value} {told}"
    assert len(said) == 1


# Tokens


async def spend(table: Table, who: Principal, token: str, by: int = 1, *, checked: bool = False) -> None:
    """Count one up, once under a token."""
    async with table.transaction(token) as tx:
        tx.update(table.view(Box, who), server_set={"count": increment(by)}, by=anyone, **THEIRS)
        if checked:
            tx.check(table.view(Box, who), **MINE)


async def count(table: Table) -> int:
    """How often that was."""
    return (await table.undisclosed(Box).get(**THEIRS)).item.count


async def test_a_token_is_bound_to_principal_and_payload(table: Table) -> None:
    """The same is done once; another payload is a conflict, another principal or another set of writes another transaction."""
    for _ in range(3):
        await spend(table, ADA, "t")
    assert await count(table) == 1
    with pytest.raises(Conflict):
        await spend(table, ADA, "t", 2)
    await spend(table, BOB, "t")
    await spend(table, ADA, "t", checked=True)
    assert await count(table) == 3
    await spend(table, Principal(), "t")
    await spend(table, Principal(claims={"sub": "ada"}, id="ada@elsewhere"), "t")
    assert await count(table) == 5


async def test_a_refused_transaction_may_be_sent_again_under_its_token(table: Table) -> None:
    """What was refused happened not at all: as soon as it is allowed, it happens."""
    view = table.view(Box, ADA)

    async def once() -> None:
        async with table.transaction("again") as tx:
            tx.update(view, label("new"), when=attribute("count") == 1, **MINE)

    with pytest.raises(Conflict):
        await once()
    await table.undisclosed(Box).update(server_set={"count": 1}, **MINE)
    await once()
    await once()
    assert (await view.get(**MINE)).item.label == "new"


# What DynamoDB says of those under way


class Busy:
    """A transport whose first writes are answered as DynamoDB does where a transaction is under way."""

    def __init__(self, inner: Transport, failures: list[StoreError]) -> None:
        self.inner, self.failures = inner, failures

    @property
    def url(self) -> str:
        """Where it leads."""
        return self.inner.url

    async def send(self, operation: str, payload: Mapping[str, Any]) -> bytes:
        """Fail as long as there are failures."""
        if self.failures and self.failures[0].operation == operation:
            raise self.failures.pop(0)
        return await self.inner.send(operation, payload)


def busy(engine: Engine, patch: pytest.MonkeyPatch, table: Table, operation: str, code: str, times: int, *reasons: str) -> Table:
    """The same table through such a transport."""
    failures = [StoreError(operation, code, "r1", retryable=code not in ("TransactionCanceledException",), reasons=reasons)] * times

    async def opened(endpoint: Endpoint, stack: AsyncExitStack) -> Transport:
        return Busy(await open_transport(endpoint, stack), list(failures))

    async def no_pause(*_: Any) -> None:
        return None

    patch.setattr(store, "open_transport", opened)
    patch.setattr(writing, "pause", no_pause)
    patch.setattr(transaction, "pause", no_pause)
    return Table(table.name, endpoint_url=engine.url, region="eu-west-1", credentials=engine.credentials)


def is_retryable(error: StoreError) -> bool:
    """Whether it is answered as a 503."""
    return error.retryable


@pytest.mark.parametrize("reasons", [("TransactionConflict", "None"), ("None", "ThrottlingError"), ("ProvisionedThroughputExceeded",) * 2])
async def test_a_transaction_that_meets_another_is_sent_again(
    engine: Engine, table: Table, monkeypatch: pytest.MonkeyPatch, reasons: tuple[str, ...]
) -> None:
    """A few times; then the answer is a 503, which may be tried again."""
    for times, succeeds in ((3, True), (writing.ATTEMPTS, False)):
        async with busy(engine, monkeypatch, table, "TransactWriteItems", "TransactionCanceledException", times, *reasons) as again:
            view = again.view(Box, ADA)
            with nullcontext() if succeeds else pytest.raises(StoreError, check=is_retryable):
                async with again.transaction() as tx:
                    tx.update(view, label(f"after {times}"), **MINE)
                    tx.create(view, shelf="s", box=f"b{times}", owner_id="ada")
            assert ((await view.get(**MINE)).item.label == f"after {times}") is succeeds


async def test_other_reasons_are_no_refusal(engine: Engine, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """What DynamoDB says of a request that it does not understand is ours to mend: an error, whose reasons are for the log."""
    async with busy(engine, monkeypatch, table, "TransactWriteItems", "TransactionCanceledException", 1, "ValidationError") as again:
        with pytest.raises(StoreError) as raised:
            async with again.transaction() as tx:
                tx.update(again.view(Box, ADA), label("x"), **MINE)
    assert "ValidationError" not in str(raised.value)


async def test_the_same_token_in_progress_may_be_tried_again(engine: Engine, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first use is not done yet: 503, not a conflict."""
    async with busy(engine, monkeypatch, table, "TransactWriteItems", "TransactionInProgressException", 1) as again:
        with pytest.raises(StoreError) as raised:
            await spend(again, ADA, "t")
    assert raised.value.retryable


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem"])
async def test_a_write_that_meets_a_transaction_waits_for_it(
    engine: Engine, table: Table, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """A few times; then the answer is a 503, which may be tried again. Not a 500."""
    for times, succeeds in ((3, True), (writing.ATTEMPTS, False)):
        before = await stored(table)
        async with busy(engine, monkeypatch, table, operation, "TransactionConflictException", times) as again:
            view = again.view(Box, ADA)
            with nullcontext() if succeeds else pytest.raises(StoreError, check=is_retryable):
                if operation == "PutItem":
                    await view.create(shelf="s", box="new", owner_id="ada")
                elif operation == "UpdateItem":
                    await view.update(label("x"), **MINE)
                else:
                    await view.delete(**MINE)
        assert (await stored(table) != before) is succeeds
        await load(table, [Box(**MINE, owner_id="ada")])


async def test_transactions_that_race_for_the_same_items_all_happen(table: Table) -> None:
    """None is lost, and none happens in part."""
    ada = table.view(Box, ADA)

    async def both() -> bool:
        try:
            async with table.transaction() as tx:
                tx.update(ada, server_set={"count": increment(1)}, by=owner, **MINE)
                tx.update(ada, server_set={"count": increment(1)}, by=anyone, **THEIRS)
        except StoreError as error:
            return not is_retryable(error)
        return True

    done = sum(await asyncio.gather(*(both() for _ in range(10))))
    assert done >= 1
    assert [(await table.undisclosed(Box).get(**key)).item.count for key in (MINE, THEIRS)] == [done, done]


async def test_the_tag_of_one_is_looked_at_with_the_others(table: Table) -> None:
    """`if_match` in a transaction: 412, and nothing of it happens."""
    before = await stored(table)
    with pytest.raises(PreconditionFailed):
        async with table.transaction() as tx:
            tx.update(table.view(Box, ADA), label("x"), if_match='"another"', **MINE)
            tx.create(table.view(Box, ADA), shelf="s", box="new", owner_id="ada")
    assert await stored(table) == before


async def test_what_a_role_may_never_do_is_not_sent(table: Table) -> None:
    """Decided before any I/O."""
    with recorded(table) as requests, pytest.raises(Forbidden):
        async with table.transaction() as tx:
            tx.create(table.view(Box, Principal(roles={"ops"})), shelf="s", box="new", owner_id="ada")
    assert not requests
    with pytest.raises(CallError):
        async with table.transaction() as tx:
            tx.update(table.view(Box, ADA), server_set={"count": 1}, **MINE)
    with pytest.raises(Forbidden):
        async with table.transaction() as tx:
            tx.update(table.view(Box, ADA), server_set={"count": 1}, by=role("ops"), **MINE)
