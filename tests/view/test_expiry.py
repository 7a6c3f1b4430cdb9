"""Items whose time is past, on both engines: they do not exist, in any read, before DynamoDB has removed them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest

from discreet import (
    Access,
    Conflict,
    Entity,
    Identifier,
    Index,
    Key,
    NotFound,
    Principal,
    Table,
    Transaction,
    anyone,
    attribute,
    epoch_seconds,
    increment,
    nobody,
    role,
    stored_as,
    visible_to,
)
from discreet.entity import item
from discreet.testing import load

from ..engines import Engine
from .clinic import fresh_table
from .desk import raw

pytestmark = pytest.mark.anyio

OPS = Principal(roles={"ops"})


class Invitation(Entity):
    """Good for a while."""

    key = Key(pk="HOUSE#{house}", sk="INVITATION#{code}")
    by_guest = Index("by_guest", Key(gsi1pk="GUEST#{guest}"), projects={"guest", "until"})
    access = Access(expires="until", scan=role("ops"))
    house: Annotated[Identifier, visible_to(anyone)]
    code: Annotated[Identifier, visible_to(anyone)]
    guest: Annotated[Identifier, visible_to(anyone)]
    until: Annotated[datetime | None, visible_to(nobody), stored_as("ttl", format=epoch_seconds)] = None


NOW = datetime.now(UTC)
UNTIL = {"a": None, "b": NOW - timedelta(seconds=2), "c": NOW + timedelta(hours=1), "d": NOW - timedelta(days=900), "e": None}


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """Some that are good, some that were, and one whose time can not be read."""
    made = fresh_table(engine)
    async with made:
        await made.create(Invitation)
        await load(made, [Invitation(house="h", code=code, guest="g", until=until) for code, until in UNTIL.items()])
        odd = {"pk": {"S": "HOUSE#h"}, "sk": {"S": "INVITATION#f"}, "guest": {"S": "g"}, "gsi1pk": {"S": "GUEST#g"}, "ttl": {"S": "later"}}
        await raw(made, odd)
        yield made


def codes(found: Any) -> list[str]:
    """Which invitations these are."""
    return sorted(each.data["code"] for each in found)


async def check_expired(table: Table) -> None:
    """Every read tells of those that are good, and of no other."""
    view = table.view(Invitation, OPS)
    good = ["a", "c", "e"]
    assert codes(await view.query(house="h")) == good
    assert codes(await view.query(house="h", where=attribute("guest") == "g")) == good
    assert codes(await view.query(index="by_guest", guest="g")) == good
    assert codes(await view.scan()) == good
    assert codes(await view.batch_get([{"house": "h", "code": code} for code in "abcdef"])) == good
    assert codes([each async for each in view.each(house="h", at_most=9)]) == good
    assert [await view.count(house="h"), await view.count(index="by_guest", guest="g")] == [3, 3]
    assert [await view.exists(house="h", code=code) for code in "abcdef"] == [True, False, True, False, True, False]
    for code in "bdf":
        with pytest.raises(NotFound):
            await view.get(house="h", code=code)
    page = await view.query(house="h", limit=2)
    assert (codes(page), page.next is None) == (["a", "c"], False)
    page = await view.query(house="h", limit=1, after=page.next)
    assert (codes(page), page.next) == (["e"], None)


async def test_what_is_past_does_not_exist_in_any_read(table: Table) -> None:
    """Nor a time that can not be read: it fails closed."""
    await check_expired(table)


async def test_broken_waiting_for_dynamodb_to_remove_it_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB takes days."""
    monkeypatch.setattr(item, "expired", lambda *given: False)
    with pytest.raises(AssertionError):
        await check_expired(table)


class Voucher(Entity):
    """Good for a while, and written by whoever holds it."""

    key = Key(pk="VOUCHER#{code}", sk="VOUCHER")
    access = Access(create=anyone, update=anyone, delete=anyone, expires="until")
    code: Annotated[Identifier, visible_to(anyone)]
    uses: Annotated[int, visible_to(anyone)] = 0
    until: Annotated[datetime | None, visible_to(nobody), stored_as("ttl", format=epoch_seconds)] = None


HOLDER = Principal(id="u1", claims={"sub": "u1"})


async def twice(table: Table) -> None:
    """The same writes under the same tokens, one after the other."""
    view = table.view(Voucher, HOLDER)
    for _ in range(2):
        async with table.transaction("made") as transaction:
            transaction.create(view, code="new", until=NOW + timedelta(hours=1))
    for _ in range(2):
        async with table.transaction("used") as transaction:
            transaction.update(view, server_set={"uses": increment(1)}, code="new")


async def test_what_expires_is_written_once_under_a_token(table: Table) -> None:
    """A repetition is the same request, though it is later; what is past is replaced still, and what is there is not."""
    view = table.view(Voucher, HOLDER)
    await twice(table)
    assert (await view.get(code="new")).item.uses == 1
    await load(table, [Voucher(code="old", uses=9, until=NOW - timedelta(hours=1))])
    with pytest.raises(NotFound):
        async with table.transaction("gone") as transaction:
            transaction.update(view, server_set={"uses": 1}, code="old")
    async with table.transaction("again") as transaction:
        transaction.create(view, code="old", until=NOW + timedelta(hours=1))
    assert (await view.get(code="old")).item.uses == 0
    with pytest.raises(Conflict):
        async with table.transaction("third") as transaction:
            transaction.create(view, code="old", until=NOW + timedelta(hours=1))


async def test_what_expires_broken_conditions_on_the_time_are_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the time in it, a repetition is another transaction under the same token."""
    monkeypatch.setattr(Transaction, "_first", lambda self, writer, intent: writer.direct(intent))
    with pytest.raises(Conflict):
        await twice(table)
