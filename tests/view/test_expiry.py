"""Items whose time is past, on both engines: they do not exist, in any read, before DynamoDB has removed them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest

from discreet import Access, Entity, Identifier, Index, Key, NotFound, Principal, Table, anyone, attribute, epoch_seconds, nobody, role

from discreet import stored_as, visible_to  # isort: skip
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
