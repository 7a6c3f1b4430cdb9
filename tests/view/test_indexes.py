"""Reading by indexes, on both engines: what an index holds, in its order, of items that belong there, for whom its key is."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import Field

from discreet import (
    BadCursor,
    CallError,
    Entity,
    Identifier,
    Index,
    Key,
    Kind,
    NotDisclosedError,
    Principal,
    Table,
    above,
    anyone,
    at_least,
    at_most,
    attribute,
    begins_with,
    below,
    between,
    epoch_millis,
    epoch_seconds,
    nobody,
    role,
    stored_as,
    visible_to,
)
from discreet.entity import item
from discreet.testing import load, recorded
from discreet.view import reading
from discreet.view.keys import Asked

from ..engines import Engine
from .clinic import fresh_table
from .desk import AGENT, CANARY, EPOCH, LEAD, OPS, OTHER, OWNER, STRANGER, Agent, Followup, Ticket, names, raw, ticket

pytestmark = pytest.mark.anyio


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """Tickets of two owners and two teams on two desks, what lies below them, and agents in one of their indexes."""
    made = fresh_table(engine)
    async with made:
        await made.create(Ticket, Followup, Agent)
        await load(
            made,
            [
                ticket("t1", "u1", minute=3, team="red", rank=2),
                ticket("t2", "u1", minute=1, team="red", rank=10),
                ticket("t3", "u2", minute=2, team="blue", rank=9),
                ticket("t4", None, minute=4, rank=7),
                ticket("t5", "u1", "d2", minute=2, team="red", rank=1),
                Followup(desk="d1", ticket_id="t1", number=1),
                Agent(desk="d1", agent_id="u1"),
            ],
        )
        yield made


# Kinds of indexes


async def test_a_global_index_lists_across_partitions_in_its_order(table: Table) -> None:
    """Every item under the index's hash key, by its range key, both ways, and other entities in it are none of these."""
    view = table.view(Ticket, OWNER)
    assert names(await view.query(index=Ticket.by_owner, owner_id="u1")) == ["t2", "t5", "t1"]
    assert names(await view.query(index="by_owner", owner_id="u1", reverse=True)) == ["t1", "t5", "t2"]
    late = EPOCH + timedelta(minutes=2)
    assert names(await view.query(index="by_owner", owner_id="u1", opened=at_least(late))) == ["t5", "t1"]
    assert names(await view.query(index="by_owner", owner_id="u1", opened=above(late))) == ["t1"]
    assert names(await view.query(index="by_owner", owner_id="u1", opened=late)) == ["t5"]
    assert (await view.query(index="by_owner", owner_id="u1")).items[0].data == (await view.get(desk="d1", ticket_id="t2")).data
    assert [each.data["agent_id"] for each in await table.view(Agent, STRANGER).query(index="by_owner", agent_id="u1")] == ["u1"]


async def test_a_local_index_orders_a_partition_anew_and_reads_consistently(table: Table) -> None:
    """By another sort key; `consistent` is for it and not for a global one."""
    view = table.view(Ticket, STRANGER)
    assert names(await view.query(index="by_rank", desk="d1", consistent=True)) == ["t1", "t4", "t3", "t2"]
    assert names(await view.query(index="by_rank", desk="d1", rank=between(3, 9))) == ["t4", "t3"]
    with recorded(table) as requests:
        for index in (Ticket.by_owner, "by_team", "inverted"):
            with pytest.raises(CallError, match="can not be read consistently"):
                await table.view(Ticket, OWNER).query(index=index, consistent=True, owner_id="u1")
    assert not requests


async def test_an_inverted_index_shares_the_tables_own_attributes(table: Table) -> None:
    """The table's sort key as its hash key: nothing is written for it, and it is parsed as the table's is."""
    await load(table, [ticket("t1", desk="d2"), ticket("t1", desk="d10")])
    view = table.view(Ticket, STRANGER)
    found = await view.query(index="inverted", ticket_id="t1")
    assert [each.data for each in found] == [{"desk": desk, "ticket_id": "t1"} for desk in ("d1", "d10", "d2")]
    assert [each.data["desk"] for each in await view.query(index="inverted", ticket_id="t1", desk=begins_with("d1"))] == ["d1", "d10"]
    page = await view.query(index="inverted", ticket_id="t1", limit=1)
    assert [each.data["desk"] for each in await view.query(index="inverted", ticket_id="t1", after=page.next)] == ["d10", "d2"]


async def test_an_index_lists_items_that_have_all_of_its_key(table: Table) -> None:
    """Sparse: without an owner, an item is in no list of owners; without a team, in no list of teams."""
    whole = table.undisclosed(Ticket)
    assert (await whole.get(desk="d1", ticket_id="t4")).item.owner_id is None
    assert [each.item.ticket_id for each in await whole.query(index="by_team", team="red")] == ["t5", "t1", "t2"]
    paths = frozenset({("gsi1pk",), ("gsi1sk",), ("team",), ("owner_id",)})
    assert await table.store.get({"pk": {"S": "DESK#d1"}, "sk": {"S": "TICKET#t4"}}, paths, consistent=True) == {}


# What an index holds


async def test_what_an_index_does_not_project_is_absent_and_not_asked_for(table: Table) -> None:
    """No default stands for it, it raises when it is read, and DynamoDB is not asked for it, which it would refuse."""
    with recorded(table) as requests:
        found = await table.view(Ticket, OWNER).query(index="by_team", team="red")
        keys = await table.view(Ticket, OWNER).query(index="inverted", ticket_id="t2")
    assert found.items[0].data == {
        "desk": "d2",
        "ticket_id": "t5",
        "title": "title t5",
        "owner_id": "u1",
        "team": "red",
        "rank": 1,
        "status": "open",
    }
    with pytest.raises(NotDisclosedError):
        _ = found.items[0].item.note
    assert keys.items[0].data == {"desk": "d1", "ticket_id": "t2"}
    assert set(requests[0].projection) == {"pk", "sk", "team", "rank", "title", "owner_id", "status"}
    assert set(requests[1].projection) == {"pk", "sk"}


async def test_what_an_index_does_not_hold_is_missing_for_filters_too(table: Table) -> None:
    """A filter asks about what the list's items disclose: there, it is missing."""
    view = table.view(Ticket, OWNER)
    assert names(await view.query(index="by_team", team="red", where=attribute("note") != "x")) == []
    assert names(await view.query(index="by_team", team="red", where=attribute("note").is_missing())) == ["t5", "t1", "t2"]
    assert names(await view.query(index="by_owner", owner_id="u1", where=attribute("note") != "x")) == ["t2", "t5", "t1"]


# Who an index is for


async def test_an_item_answers_only_if_every_component_of_the_keys_is_disclosed(table: Table) -> None:
    """The index's and the table's: who may not know the team gets no list by team, and nothing is read for them."""
    assert names(await table.view(Ticket, OWNER).query(index="by_team", team="red")) == ["t5", "t1", "t2"]
    assert names(await table.view(Ticket, OTHER).query(index="by_team", team="red")) == []
    assert names(await table.view(Ticket, AGENT).query(index="by_team", team="red")) == ["t1", "t2"]
    assert names(await table.view(Ticket, LEAD).query(index="by_team", team="red")) == ["t5", "t1", "t2"]
    assert await table.view(Ticket, OTHER).count(index="by_team", team="red") == 0
    with recorded(table) as requests:
        assert (await table.view(Ticket, STRANGER).query(index="by_team", team="red")).data == {"items": [], "next": None}
        assert (await table.view(Ticket, OTHER).query(index="by_owner", owner_id="u1")).data == {"items": [], "next": None}
        assert await table.view(Ticket, STRANGER).count(index="by_owner", owner_id="u1") == 0
    assert not requests


class Case(Entity):
    """Its number is part of the table's key, and for leads."""

    key = Key(pk="CASES", sk="{serial:06d}")
    by_kind = Index("by_kind", Key(kinds="KIND#{kind}", labels="{label}"))
    serial: Annotated[int, visible_to(role("lead"))]
    kind: Annotated[str, visible_to(anyone)]
    label: Annotated[str, visible_to(anyone)]


async def test_the_tables_own_key_counts_in_an_index_too(engine: Engine) -> None:
    """Items under one index key stand in the order of the table's, and a cursor points at it."""
    async with fresh_table(engine) as table:
        await table.create(Case)
        await load(table, [Case(serial=number, kind="k", label="same") for number in range(3)])
        with recorded(table) as requests:
            assert (await table.view(Case, STRANGER).query(index="by_kind", kind="k")).data == {"items": [], "next": None}
        assert not requests
        assert len(await table.view(Case, LEAD).query(index="by_kind", kind="k")) == 3
        assert (await table.view(Case, STRANGER).get(serial=1)).data == {"kind": "k", "label": "same"}


async def check_order_is_hidden(table: Table) -> None:
    """A list by team tells someone who owns one of three tickets nothing of the others: no item, no number, no place."""
    found = await table.view(Ticket, Principal(claims={"sub": "u2"})).query(index="by_team", team="blue")
    assert names(found) == ["t3"]
    await load(table, [ticket("t6", "u9", team="blue", rank=1), ticket("t7", "u9", team="blue", rank=11)])
    again = await table.view(Ticket, Principal(claims={"sub": "u2"})).query(index="by_team", team="blue")
    assert again.data == found.data


async def test_trap_02_a_sort_by_a_hidden_attribute_tells_nothing(table: Table) -> None:
    """Items whose key is hidden are not in the list."""
    await check_order_is_hidden(table)


async def test_trap_02_broken_listing_by_hidden_keys_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of whatever exists shows others' tickets in the order of their teams."""
    monkeypatch.setattr("discreet.policy.plan.Plan.shows", lambda self, names, item, wanted: True)
    with pytest.raises(AssertionError):
        await check_order_is_hidden(table)


# Stale keys


def stale(ticket_id: str, /, **more: Any) -> dict[str, Any]:
    """A ticket of u2's, still listed under u1's index key."""
    copy = {"desk": {"S": "d1"}, "ticket_id": {"S": ticket_id}, "title": {"S": CANARY}, "rank": {"N": "5"}, "note": {"S": CANARY}}
    keys = {
        "pk": {"S": "DESK#d1"},
        "sk": {"S": f"TICKET#{ticket_id}"},
        "gsi1pk": {"S": "OWNER#u1"},
        "gsi1sk": {"S": "OPENED#2024-01-01T00:00:00.000000Z"},
    }
    return {**keys, **copy, "owner_id": {"S": "u2"}, "opened": {"S": "2024-01-01T00:00:00.000000Z"}, **more}


async def check_stale(table: Table) -> None:
    """Nobody finds it there: not who it was of, not who it is of, not past the policy."""
    for principal in (OWNER, OTHER, AGENT, OPS, STRANGER):
        for owner_id in ("u1", "u2"):
            assert "stale" not in str(
                [each.data for each in await table.view(Ticket, principal).query(index="by_owner", owner_id=owner_id)]
            )
    whole = await table.undisclosed(Ticket).query(index="by_owner", owner_id="u1")
    assert [each.item.ticket_id for each in whole] == ["t2", "t5", "t1"]


STALE: dict[str, dict[str, Any]] = {
    "another owner": {},
    "no owner": {"owner_id": {"NULL": True}},
    "an owner of another type": {"owner_id": {"N": "1"}},
    "an empty owner": {"owner_id": {"S": ""}},
    "another time": {"owner_id": {"S": "u1"}, "opened": {"S": "2025-01-01T00:00:00.000000Z"}},
    "no time": {"owner_id": {"S": "u1"}, "opened": {"S": "never"}},
    "another copy of the desk": {"owner_id": {"S": "u1"}, "desk": {"S": "d2"}},
    "another copy of the id": {"owner_id": {"S": "u1"}, "ticket_id": {"S": "t9"}},
    "a copy of another type": {"owner_id": {"S": "u1"}, "desk": {"N": "1"}},
    "an owner longer than any": {"owner_id": {"S": "u" * 129}, "gsi1pk": {"S": "OWNER#" + "u" * 129}},
}


async def test_trap_28_a_stale_index_key_grants_nothing(table: Table) -> None:
    """The item's attributes are the authority, and others in the list still answer."""
    for number, more in enumerate(STALE.values()):
        await raw(table, stale(f"stale-{number}", **more))
    await check_stale(table)
    assert names(await table.view(Ticket, OWNER).query(index="by_owner", owner_id="u1")) == ["t2", "t5", "t1"]


async def test_trap_28_broken_trusting_the_index_key_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that takes an item for what the index says it is, and the key in hand for the attribute, grants it."""
    real = item.current

    def trusting(declaration: Any, wire: Any) -> Any:
        found = real(declaration, wire)
        if found is not None and "gsi1pk" in wire:
            found["owner_id"] = wire["gsi1pk"]["S"].removeprefix("OWNER#")
        return found

    await raw(table, stale("stale"))
    monkeypatch.setattr(reading, "current", trusting)
    with pytest.raises(AssertionError):
        await check_stale(table)


async def test_trap_28_broken_not_looking_at_the_attributes_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check of what an item belongs under, its place in the list is a stale one."""
    monkeypatch.setattr(reading, "stands_in", lambda *given: True)
    monkeypatch.setattr(Asked, "matches", lambda self, item: True)
    await raw(table, stale("stale"))
    with pytest.raises(AssertionError):
        await check_stale(table)


# Cursors


async def test_cursors_of_indexes_are_bound_to_them(table: Table) -> None:
    """Between indexes, an index and the table, entities, principals, directions: one and the same 400, and nothing read."""
    await load(table, [Agent(desk="d1", agent_id="a2"), Agent(desk="d1", agent_id="a3")])
    view = table.view(Ticket, OWNER)
    cursors = {
        "owner": (await view.query(index="by_owner", owner_id="u1", limit=1)).next,
        "team": (await view.query(index="by_team", team="red", limit=1)).next,
        "rank": (await view.query(index="by_rank", desk="d1", limit=1)).next,
        "table": (await view.query(desk="d1", limit=1)).next,
        "scan": (await table.view(Ticket, OPS).scan(limit=1)).next,
        "agents": (await table.view(Agent, OWNER).query(desk="d1", limit=1)).next,
        "undisclosed": (await table.undisclosed(Ticket).query(index="by_owner", owner_id="u1", limit=1)).next,
    }
    assert all(cursors.values())
    asks: dict[str, Callable[[str | None], Any]] = {
        "owner": lambda after: view.query(index="by_owner", owner_id="u1", after=after),
        "team": lambda after: view.query(index="by_team", team="red", after=after),
        "rank": lambda after: view.query(index="by_rank", desk="d1", after=after),
        "table": lambda after: view.query(desk="d1", after=after),
        "scan": lambda after: table.view(Ticket, OPS).scan(after=after),
        "agents": lambda after: table.view(Agent, OWNER).query(desk="d1", after=after),
        "undisclosed": lambda after: table.undisclosed(Ticket).query(index="by_owner", owner_id="u1", after=after),
        "another's": lambda after: table.view(Ticket, AGENT).query(index="by_team", team="red", after=after),
        "backwards": lambda after: view.query(index="by_owner", owner_id="u1", after=after, reverse=True),
        "later ones": lambda after: view.query(index="by_owner", owner_id="u1", opened=above(EPOCH), after=after),
        "filtered": lambda after: view.query(index="by_owner", owner_id="u1", where=attribute("rank") > 1, after=after),
    }
    told: set[str] = set()
    with recorded(table) as requests:
        for name, ask in asks.items():
            for other, cursor in cursors.items():
                if other != name:
                    with pytest.raises(BadCursor) as raised:
                        await ask(cursor)
                    told.add(f"{raised.value!r}{raised.value.__cause__!r}")
    assert len(told) == 1
    assert not requests
    for name, cursor in cursors.items():
        await asks[name](cursor)


async def test_cursors_of_an_index_are_of_one_length(table: Table) -> None:
    """Wherever they point, whoever they are for, at the longest keys that there can be too."""
    await load(
        table,
        [
            ticket(name, owner_id, desk)
            for name in ("x" * 128, "é" * 128, "#" * 128)
            for owner_id, desk in (("u1", "d" * 128), ("😀" * 128, "d"))
        ],
    )
    lengths: dict[str, set[int]] = {}
    for owner_id in ("u1", "😀" * 128):
        lists: list[tuple[str, dict[str, Any]]] = [("by_owner", {"owner_id": owner_id})]
        lists += [("table", {"desk": desk}) for desk in ("d" * 128, "d", "d1")]
        for index, key in lists:
            view, after = table.view(Ticket, Principal(claims={"sub": owner_id})), None
            while True:
                page = await view.query(index=None if index == "table" else index, limit=1, after=after, **key)
                if page.next is None:
                    break
                lengths.setdefault(index, set()).add(len(page.next))
                after = page.next
    assert {name: len(found) for name, found in lengths.items()} == {"by_owner": 1, "table": 1}


class Labelled(Entity):
    """Listed by a text of five characters at the most."""

    key = Key("name")
    by_label = Index("by_label", Key(labels="ALL", label_key="{label}"))
    name: Annotated[Identifier, visible_to(anyone)]
    label: Annotated[str, Field(max_length=5), visible_to(anyone)]


async def test_index_keys_that_the_entity_does_not_take_are_none(engine: Engine) -> None:
    """Its position, and so a cursor, would be longer than any of its kind: it is not in the list, nor is one that no key can hold."""
    async with fresh_table(engine) as table:
        await table.create(Labelled)
        await load(table, [Labelled(name="a", label="a"), Labelled(name="c", label="c")])
        long = {"S": "b" * 30}
        await raw(table, {"name": {"S": "b"}, "labels": {"S": "ALL"}, "label_key": long, "label": long})
        await raw(table, {"name": {"S": "e"}, "labels": {"S": "ALL"}, "label_key": {"S": "b"}, "label": {"S": ""}})
        page = await table.view(Labelled, STRANGER).query(index="by_label", limit=1)
        assert [each.data["name"] for each in page] == ["a"]
        assert [each.data["name"] for each in await table.view(Labelled, STRANGER).query(index="by_label", after=page.next)] == ["c"]


# Types of keys


class Size(Enum):
    """A type of key."""

    SMALL = "a"
    LARGE = "b"
    HUGE = "c"


class Level(Enum):
    """Another one."""

    LOW = 1
    MIDDLE = 9
    HIGH = 10


TIMES = [datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=n) for n in (0, 1, 59, 3600)]
PLAIN: dict[str, tuple[Any, list[Any], Any]] = {
    "text": (str, ["a", "a#b", "b", "é", "\uffff", "\U0001f600"], None),
    "count": (int, [-10, -1, 0, 9, 10, 10**30], None),
    "amount": (Decimal, [Decimal("-1.5"), Decimal(0), Decimal("0.1"), Decimal(9), Decimal("10.0")], None),
    "blob": (bytes, [b"\x00", b"\x00\x01", b"a", b"\xff", b"\xff\xff"], None),
    "at": (datetime, TIMES, None),
    "seconds": (datetime, TIMES, epoch_seconds),
    "millis": (datetime, TIMES, epoch_millis),
    "day": (date, [date(999, 1, 1), date(2023, 12, 31), date(2024, 1, 1)], None),
    "uuid": (UUID, [UUID(int=n) for n in (0, 9, 10, 2**127)], None),
    "size": (Size, list(Size), None),
}
TEMPLATED: dict[str, tuple[Any, list[Any], str]] = {
    "word": (str, ["a", "a b", "a#b", "a$", "b", "é", "\U0001f600"], "{word}"),
    "place": (int, [0, 9, 10, 999], "{place:04d}"),
    "moment": (datetime, TIMES, "AT#{moment}"),
    "birthday": (date, [date(2023, 12, 31), date(2024, 1, 1)], "{birthday}"),
    "token": (UUID, [UUID(int=n) for n in (0, 10, 2**127)], "{token}#END"),
    "volume": (Size, list(Size), "{volume}"),
    "level": (Level, list(Level), "{level:02d}"),
}
TYPED = {**PLAIN, **TEMPLATED}


def _typed() -> Any:
    """An entity with an index on an attribute of every type that can be a key."""
    shown = visible_to(anyone)
    annotations: dict[str, Any] = {"name": Annotated[Identifier, shown], "bucket": Annotated[str, shown]}
    body: dict[str, Any] = {"__module__": __name__, "__annotations__": annotations, "key": Key("name"), "bucket": "b"}
    for name, (kind, _, format) in PLAIN.items():
        annotations[name] = Annotated[(kind | None, shown, *([stored_as(format=format)] if format else []))]
        body |= {name: None, f"index_{name}": Index(f"by_{name}", Key("bucket", name))}
    for name, (kind, _, template) in TEMPLATED.items():
        annotations[name] = Annotated[kind | None, shown]
        key = Key(**{f"{name}pk": "BUCKET#{bucket}", f"{name}sk": template})
        body |= {name: None, f"index_{name}": Index(f"by_{name}", key)}
    made: Any = type(Entity)
    return made("Typed", (Entity,), body)


Typed = _typed()


@pytest.fixture(scope="module")
async def typed(engine: Engine) -> AsyncIterator[Table]:
    """Items with one typed attribute each, put in no order."""
    made = fresh_table(engine)
    async with made:
        await made.create(Typed)
        items = [Typed(name=f"{name}-{n}", **{name: value}) for name, (_, values, _) in TYPED.items() for n, value in enumerate(values)]
        random.Random(7).shuffle(items)
        await load(made, items)
        yield made


async def listed(table: Table, name: str, *, reverse: bool = False, **key: Any) -> list[int]:
    """Which values an index lists, two to a page, following cursors."""
    found: list[int] = []
    after = None
    while True:
        page: Any = await table.view(Typed, STRANGER).query(index=f"by_{name}", bucket="b", limit=2, after=after, reverse=reverse, **key)
        found += [int(each.data["name"].rpartition("-")[2]) for each in page]
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("name", TYPED)
async def test_keys_of_every_type_order_page_and_compare(typed: Table, name: str) -> None:
    """By value, both ways, across cursors; conditions are those of the values."""
    values: Sequence[Any] = TYPED[name][1]
    everything = list(range(len(values)))
    assert await listed(typed, name) == everything
    assert await listed(typed, name, reverse=True) == everything[::-1]
    for n, value in enumerate(values):
        assert await listed(typed, name, **{name: value}) == [n]
    middle = values[1]
    asked: list[tuple[Any, list[int]]] = [
        (above(middle), everything[2:]),
        (at_least(middle), everything[1:]),
        (below(middle), everything[:1]),
        (at_most(middle), everything[:2]),
        (between(values[0], middle), everything[:2]),
    ]
    for condition, expected in asked:
        assert await listed(typed, name, **{name: condition}) == expected


# Kinds, and attributes that indexes share


class Post(Entity):
    """Of a table that has a type attribute, in an index that holds no more than it needs."""

    key = Key("post_id")
    kind = Kind("type", "POST")
    by_blog = Index("by_blog", Key("blog", "at"), projects={"blog", "at"})
    by_title = Index("by_title", Key("title"), projects={"title", "blog"})
    post_id: Annotated[Identifier, visible_to(anyone)]
    blog: Annotated[str, visible_to(anyone)]
    at: Annotated[int, visible_to(anyone)]
    title: Annotated[str | None, visible_to(anyone), stored_as("theTitle")] = None


class Page(Entity):
    """Another type in the same table and index."""

    key = Key("post_id")
    kind = Kind("type", "PAGE")
    by_blog = Index("by_blog", Key("blog", "at"), projects={"blog", "at", "text"})
    post_id: Annotated[Identifier, visible_to(anyone)]
    blog: Annotated[str, visible_to(anyone)]
    at: Annotated[int, visible_to(anyone)]
    text: Annotated[str, visible_to(nobody)] = CANARY


async def test_an_index_of_several_kinds(engine: Engine) -> None:
    """The index holds what says which items are of an entity; items of other kinds and of none are not."""
    async with fresh_table(engine) as table:
        await table.create(Post, Page)
        await load(
            table, [Post(post_id="a", blog="x", at=2, title="t"), Page(post_id="b", blog="x", at=1), Post(post_id="c", blog="x", at=3)]
        )
        await raw(table, {"post_id": {"S": "d"}, "blog": {"S": "x"}, "at": {"N": "4"}})
        posts = await table.view(Post, STRANGER).query(index="by_blog", blog="x")
        assert [each.data for each in posts] == [{"post_id": "a", "blog": "x", "at": 2}, {"post_id": "c", "blog": "x", "at": 3}]
        assert [each.data["post_id"] for each in await table.view(Page, STRANGER).query(index="by_blog", blog="x")] == ["b"]
        titled = await table.view(Post, STRANGER).query(index=Post.by_title, title="t")
        assert [each.data for each in titled] == [{"post_id": "a", "blog": "x", "title": "t"}]


class Shared(Entity):
    """Two indexes with one physical hash key, of which one is sparse."""

    key = Key("name")
    by_group = Index("by_group", Key(gpk="GROUP#{group}", gsk="{name}"))
    by_score = Index("by_score", Key(gpk="GROUP#{group}", ssk="{score:04d}"))
    name: Annotated[Identifier, visible_to(anyone)]
    group: Annotated[str | None, visible_to(anyone)] = None
    score: Annotated[int | None, visible_to(anyone)] = None


async def test_indexes_may_share_a_physical_key(engine: Engine) -> None:
    """It is written for as long as one of them lists the item, on create, in batches and on update."""
    async with fresh_table(engine) as table:
        await table.create(Shared)
        await load(table, [Shared(name="a", group="g"), Shared(name="b", group="g", score=1), Shared(name="c", score=2)])
        whole = table.undisclosed(Shared)
        await whole.create(name="d", group="g")
        await whole.update(name="b", server_set={"score": None})
        await whole.update(name="a", server_set={"score": 7})

        async def under(index: str) -> list[str]:
            return [each.data["name"] for each in await table.view(Shared, STRANGER).query(index=index, group="g")]

        assert await under("by_group") == ["a", "b", "d"]
        assert await under("by_score") == ["a"]
        await whole.update(name="a", server_set={"group": None})
        assert await under("by_group") == ["b", "d"]
        assert await under("by_score") == []


class Run(Entity):
    """On plain keys, with a local index that holds keys alone, and a global one without a sort key."""

    key = Key("job", "run_id")
    by_state = Index("by_state", Key("job", "state"), projects="keys", local=True)
    by_host = Index("by_host", Key("host"))
    job: Annotated[str, visible_to(anyone)]
    run_id: Annotated[str, visible_to(anyone)]
    state: Annotated[int | None, visible_to(anyone)] = None
    host: Annotated[str | None, visible_to(anyone), stored_as("hostName")] = None
    log: Annotated[str, visible_to(anyone)] = "default"


async def test_plain_local_indexes_and_indexes_without_a_sort_key(engine: Engine) -> None:
    """Nothing is fetched from the table for what a local index does not hold; pages go through items of one key."""
    async with fresh_table(engine) as table:
        await table.create(Run)
        runs = [Run(job="j", run_id=f"r{n}", state=None if n % 4 == 3 else 100 - n, host=f"h{n % 2}", log="x") for n in range(12)]
        await load(table, runs)
        view = table.view(Run, STRANGER)
        with recorded(table) as requests:
            found = await view.query(index="by_state", job="j", state=above(92), consistent=True)
        assert [each.data for each in found] == [{"job": "j", "run_id": f"r{n}", "state": 100 - n} for n in (6, 5, 4, 2, 1, 0)]
        assert set(requests[0].projection) == {"job", "run_id", "state"}
        seen: list[str] = []
        after = None
        while True:
            page = await view.query(index="by_host", host="h0", limit=2, after=after)
            seen += [each.item.run_id for each in page]
            after = page.next
            if after is None:
                break
        assert sorted(seen) == sorted(each.run_id for each in runs if each.host == "h0")
        assert await view.count(index="by_host", host="h0", where=attribute("state") > 95) == 3


# Wrong calls


async def test_wrong_names_and_indexes_are_refused_before_any_io(table: Table) -> None:
    """An index that is not there, another entity's, one of the same name; the table's key for an index, and an index's for the table."""
    view = table.view(Ticket, OWNER)
    wrong: list[Callable[[], Any]] = [
        lambda: view.query(index="by_nothing", owner_id="u1"),
        lambda: view.query(index=Agent.by_owner, agent_id="u1"),
        lambda: view.query(index=Index("by_owner", Key("owner_id")), owner_id="u1"),
        lambda: view.query(index="by_owner", desk="d1"),
        lambda: view.query(index="by_owner", gsi1pk="OWNER#u1"),
        lambda: view.query(index="by_owner", opened=EPOCH),
        lambda: view.query(owner_id="u1"),
        lambda: view.query(index="by_owner", owner_id=begins_with("u")),
        lambda: view.query(index="by_owner", owner_id=None),
        lambda: view.query(index="by_owner", owner_id="u1", opened=begins_with("2024")),
        lambda: view.query(index="by_owner", owner_id=""),
        lambda: view.count(index="by_nothing", owner_id="u1"),
        lambda: view.get(owner_id="u1"),
    ]
    with recorded(table) as requests:
        for call in wrong:
            with pytest.raises(CallError) as raised:
                await call()
            assert isinstance(raised.value, TypeError)
    assert not requests


async def test_roles_that_see_the_key_get_the_list(table: Table) -> None:
    """A lead sees every team, and of each ticket no more than a lead may."""
    found = await table.view(Ticket, LEAD).query(index="by_team", team="blue")
    assert [each.data for each in found] == [
        {"desk": "d1", "ticket_id": "t3", "title": "title t3", "team": "blue", "rank": 9, "status": "open"}
    ]
