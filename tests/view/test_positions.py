"""Pages, on both engines: `next` if and only if one more visible item was found, and bounds that tell nothing of hidden items."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest

from discreet import (
    Access,
    BadRequest,
    Entity,
    Identifier,
    Index,
    Key,
    Principal,
    Table,
    anyone,
    attribute,
    nobody,
    relation,
    role,
    visible_to,
)
from discreet.dynamodb.store import Store, WirePage
from discreet.testing import load, recorded
from discreet.view import reading, viewer

from ..engines import Engine
from .clinic import fresh_table
from .desk import names, raw

pytestmark = pytest.mark.anyio

mine = relation(claim="sub", attribute="owner_id")


class Note(Entity):
    """Seen by whoever it is of, in a partition that all share."""

    key = Key(pk="BOARD#{board}", sk="NOTE#{ticket_id}")
    by_rank = Index("by_rank", Key(board_key="{board}", rank_key="{rank:06d}"), projects={"board", "rank", "owner_id", "text"})
    access = Access(exists_for=mine | role("lead"), limit=200)
    board: Annotated[Identifier, visible_to(anyone)]
    ticket_id: Annotated[Identifier, visible_to(anyone)]
    owner_id: Annotated[Identifier, visible_to(mine)]
    text: Annotated[str, visible_to(mine)] = ""
    rank: Annotated[int, visible_to(anyone)] = 0
    hidden: Annotated[str, visible_to(nobody)] = ""


OWNER = Principal(claims={"sub": "u1"})


def note(number: int, owner_id: str = "u1", board: str = "b", **more: Any) -> Note:
    """A note, by its place."""
    return Note(board=board, ticket_id=f"{number:05d}", rank=number, owner_id=owner_id, text=f"note {number}", **more)


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """An empty table of notes."""
    made = fresh_table(engine)
    async with made:
        await made.create(Note)
        yield made


async def pages(table: Table, principal: Principal = OWNER, **more: Any) -> list[list[str]]:
    """Every page's notes, following cursors; all cursors are of one length."""
    found: list[list[str]] = []
    lengths: set[int] = set()
    after = None
    while True:
        page = await table.view(Note, principal).query(board="b", after=after, **more)
        found.append(names(page))
        after = page.next
        if after is None:
            assert len(lengths) <= 1
            return found
        lengths.add(len(after))


MINE = [4, 5, 9, 17, 18, 30, 31, 44]
HIDDEN = [number for number in range(50) if number not in MINE]


async def check_next(table: Table, **more: Any) -> None:
    """For every limit: pages are full, all but the last, and there is a next for as long as there is one more."""
    expected = [f"{number:05d}" for number in MINE]
    for limit in range(1, len(MINE) + 2):
        assert await pages(table, limit=limit, **more) == [expected[at : at + limit] for at in range(0, len(MINE), limit)], limit
    backwards = expected[::-1]
    assert await pages(table, limit=3, reverse=True, **more) == [backwards[at : at + 3] for at in range(0, len(MINE), 3)]


async def test_trap_35_next_says_that_one_more_visible_item_is_there(table: Table) -> None:
    """Among hidden ones, by table and index, both ways, with and without a filter."""
    await load(table, [note(number) for number in MINE] + [note(number, "other") for number in HIDDEN])
    await check_next(table)
    await check_next(table, index="by_rank")
    await check_next(table, where=attribute("text") != "x")


async def test_trap_35_broken_next_whenever_the_limit_was_met_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page without look-ahead has a `next` after the last item, or for hidden ones."""
    await load(table, [note(number) for number in MINE] + [note(number, "other") for number in HIDDEN])

    async def without_look_ahead(self: Any, listing: Any, lens: Any, *, limit: int, start: Any, bound: Any) -> Any:
        page = await self._store.query(self._range(listing), lens.paths, limit=limit, start=start, reverse=listing.reverse)
        return [kept for wire in page.items if (kept := self._kept(lens, listing.asked, wire)) is not None], page.last

    monkeypatch.setattr(reading.Reader, "_read", without_look_ahead)
    with pytest.raises(AssertionError):
        await check_next(table)


async def check_alike(table: Table, twin: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two databases with as many items of other sizes give pages of the same items, and nexts at the same places."""
    monkeypatch.setattr(reading, "EVALUATED", 20)
    for made, hidden in ((table, ""), (twin, "z" * 390_000)):
        await load(made, [note(number) for number in MINE])
        for at in range(0, len(HIDDEN), 2):
            await load(made, [note(number, "other", hidden=hidden) for number in HIDDEN[at : at + 2]])
    asked: list[dict[str, Any]] = [{}, {"index": "by_rank"}, {"where": attribute("text") != "note 9"}, {"reverse": True}]
    for more in asked:
        assert await pages(table, limit=3, **more) == await pages(twin, limit=3, **more)
    empty = [await pages(made, Principal(claims={"sub": "nobody"}), limit=3) for made in (table, twin)]
    assert empty[0] == empty[1]
    assert len(empty[0]) > 1


@pytest.mark.parametrize("pushed_down", [True, False])
async def test_trap_35_hidden_sizes_play_no_part(table: Table, engine: Engine, monkeypatch: pytest.MonkeyPatch, pushed_down: bool) -> None:
    """DynamoDB's own pages end at a megabyte; ours do not."""
    if not pushed_down:
        monkeypatch.setattr(viewer, "necessary", lambda *given: None)
    twin = fresh_table(engine)
    async with twin:
        await twin.create(Note)
        await check_alike(table, twin, monkeypatch)


async def test_trap_35_broken_a_bound_in_pages_is_caught(reference: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that stops when DynamoDB does tells how large hidden items are."""
    real = Store.query

    async def counted(self: Any, *given: Any, **more: Any) -> WirePage:
        page = await real(self, *given, **more)
        cut_short = page.last is not None and page.evaluated < more["limit"]
        return WirePage(page.items, reading.EVALUATED if cut_short else page.evaluated, page.last)

    monkeypatch.setattr(Store, "query", counted)
    # DynamoDB Local counts the bytes of what its filter lets through; DynamoDB those of all that it looks at.
    monkeypatch.setattr(viewer, "necessary", lambda *given: None)
    table, twin = fresh_table(reference), fresh_table(reference)
    async with table, twin:
        for made in (table, twin):
            await made.create(Note)
        with pytest.raises(AssertionError):
            await check_alike(table, twin, monkeypatch)


async def test_a_bound_ends_a_page_after_so_many_evaluated_items(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly so many, in steps that widen; the next page goes on there, and each item is found once."""
    monkeypatch.setattr(reading, "EVALUATED", 20)
    await load(table, [note(90)] + [note(number, "other") for number in range(90)] + [note(number, "other") for number in range(91, 100)])
    with recorded(table) as requests:
        page = await table.view(Note, OWNER).query(board="b", limit=2)
    assert (names(page), page.next is not None) == ([], True)
    assert sum(each.payload["Limit"] for each in requests) == 20
    assert [each.payload["Limit"] for each in requests] == [3, 3, 6, 8]
    found = await pages(table, limit=5)
    assert found[:5] == [[], [], [], [], ["00090"]]
    assert sum(found[5:], []) == []
    assert sum(await pages(table, limit=5, index="by_rank"), []) == ["00090"]


async def test_a_bound_says_so_in_the_log(table: Table, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """With advice, and without a value."""
    monkeypatch.setattr(reading, "EVALUATED", 10)
    await load(table, [note(number, "other", hidden="canary") for number in range(20)])
    with caplog.at_level("WARNING", "discreet"):
        await table.view(Note, OWNER).query(board="b", limit=3)
    (record,) = [each for each in caplog.records if each.name == "discreet"]
    assert "index" in record.getMessage()
    assert "canary" not in record.getMessage()
    assert "u1" not in record.getMessage()


async def test_count_and_each_have_no_bound_but_at_most(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go on however few of many are visible."""
    monkeypatch.setattr(reading, "EVALUATED", 10)
    await load(table, [note(number, "u1" if number % 40 == 39 else "other") for number in range(120)])
    view = table.view(Note, OWNER)
    assert await view.count(board="b") == 3
    assert await view.count(board="b", at_most=2) == 2
    assert names([each async for each in view.each(board="b", at_most=10)]) == ["00039", "00079", "00119"]
    assert names([each async for each in view.each(board="b", at_most=2)]) == ["00039", "00079"]


async def test_positions_in_foreign_keys_do_not_lengthen_cursors(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page would stop at a key longer than ours can be, it goes on to one that is not."""
    monkeypatch.setattr(reading, "EVALUATED", 10)
    await raw(table, *({"pk": {"S": "BOARD#b"}, "sk": {"S": f"NOTE#+{number:03d}" + "x" * 1000}} for number in range(15)))
    await load(table, [note(number, "other") for number in range(30)] + [note(40)])
    found = await pages(table, limit=3)
    assert sum(found, []) == ["00040"]
    assert len(found) > 1


class Plain(Entity):
    """With keys that are attributes themselves, of every type, and no hash to give."""

    key = Key("ticket_id")
    ticket_id: Annotated[Identifier, visible_to(anyone)]


async def test_a_table_without_a_sort_key_has_one_item_a_list(engine: Engine) -> None:
    """And a scan goes through them all."""
    async with fresh_table(engine) as table:
        await table.create(Plain)
        await load(table, [Plain(ticket_id=f"p{number}") for number in range(5)])
        assert (await table.view(Plain, OWNER).query(ticket_id="p1")).data == {"items": [{"ticket_id": "p1"}], "next": None}
        view, found, after = table.undisclosed(Plain), [], None
        while True:
            page = await view.scan(limit=2, after=after)
            found += [each.item.ticket_id for each in page]
            after = page.next
            if after is None:
                break
        assert sorted(found) == [f"p{number}" for number in range(5)]


class Roomy(Entity):
    """With a page of a thousand."""

    key = Key("board", "number")
    access = Access(limit=1000)
    board: Annotated[Identifier, visible_to(anyone)]
    number: Annotated[int, visible_to(anyone)]


async def test_a_page_of_a_thousand(engine: Engine) -> None:
    """Whole, with a next for one more, and none where there is none."""
    async with fresh_table(engine) as table:
        await table.create(Roomy)
        await load(
            table, [Roomy(board="a", number=number) for number in range(1001)] + [Roomy(board="b", number=number) for number in range(1000)]
        )
        view = table.view(Roomy, OWNER)
        page = await view.query(board="a", limit=1000)
        assert [each.data["number"] for each in page] == list(range(1000))
        assert [each.data["number"] for each in await view.query(board="a", limit=1000, after=page.next)] == [1000]
        assert (await view.query(board="b", limit=1000)).next is None
        for limit in (0, 1001):
            with pytest.raises(BadRequest):
                await view.query(board="a", limit=limit)


async def test_a_limit_is_no_part_of_a_cursor(table: Table) -> None:
    """Pages of other sizes go on from it."""
    await load(table, [note(number) for number in range(10)])
    view = table.view(Note, OWNER)
    page = await view.query(board="b", limit=3)
    assert names(await view.query(board="b", limit=7, after=page.next)) == [f"{number:05d}" for number in range(3, 10)]
    grown = Principal(roles={"lead"}, claims={"sub": "u1", "more": "x"})
    assert names(await table.view(Note, grown).query(board="b", limit=2, after=page.next)) == ["00003", "00004"]


async def test_items_that_come_and_go_between_pages(table: Table) -> None:
    """A cursor is a position, and the item it points at may be gone."""
    await load(table, [note(number) for number in range(6)])
    view = table.view(Note, OWNER)
    page = await view.query(board="b", limit=2)
    await table.undisclosed(Note).delete(board="b", ticket_id="00001")
    await load(table, [note(0, "other"), note(7)])
    assert names(await view.query(board="b", after=page.next)) == ["00002", "00003", "00004", "00005", "00007"]
