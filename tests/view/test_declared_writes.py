"""What an entity declares beside its attributes, as it is written, on both engines: kinds, times, indexes, access, defaults, entries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import pytest

from discreet import (
    Access,
    BadRequest,
    CallError,
    Change,
    Conflict,
    DeclarationError,
    Embedded,
    Entity,
    Forbidden,
    Identifier,
    Index,
    Key,
    Kind,
    New,
    NotFound,
    Principal,
    Table,
    TooLarge,
    anyone,
    attribute,
    epoch_seconds,
    increment,
    nobody,
    relation,
    role,
    state,
    stored_as,
    visible_to,
    writable_by,
)
from discreet.testing import recorded
from discreet.view import writing

from ..engines import Engine
from .clinic import fresh_table
from .desk import raw

pytestmark = pytest.mark.anyio

owner = relation(claim="sub", attribute="owner_id")
staff = role("staff")


class Line(Embedded):
    """Two levels down."""

    text: Annotated[str, visible_to(anyone), writable_by(owner)] = "nothing"
    rank: Annotated[int, visible_to(anyone), writable_by(owner)] = 7


class Part(Embedded):
    """One of a map or a list, or alone."""

    label: Annotated[str, visible_to(anyone), writable_by(owner)]
    weight: Annotated[Decimal, visible_to(anyone), writable_by(owner)] = Decimal("1.5")
    line: Annotated[Line | None, visible_to(anyone), writable_by(owner)] = None
    secret: Annotated[str | None, visible_to(nobody)] = None


class Parcel(Entity):
    """On its way to someone, for a while."""

    key = Key(pk="DEPOT#{depot}", sk="PARCEL#{parcel}")
    kind = Kind("type", "PARCEL")
    by_tag = Index("by_tag", Key(gsi1pk="TAG#{tag}", gsi1sk="PARCEL#{parcel}"))
    by_shelf = Index("by_shelf", Key(gsi2pk="SHELF#{shelf}", gsi2sk="AT#{place:03d}"))
    by_row = Index("by_row", Key(gsi2pk="SHELF#{shelf}", gsi3sk="ROW#{row}"))
    access = Access(create=staff, update=owner | staff, delete=owner, expires="until")
    depot: Annotated[Identifier, visible_to(anyone)]
    parcel: Annotated[Identifier, visible_to(anyone)]
    owner_id: Annotated[Identifier, visible_to(owner, staff)]
    status: Annotated[str, visible_to(anyone)] = "sent"
    note: Annotated[str, visible_to(anyone), writable_by(owner, staff)] = ""
    tag: Annotated[str | None, visible_to(anyone), writable_by(owner)] = None
    shelf: Annotated[str | None, visible_to(anyone), writable_by(owner)] = None
    place: Annotated[int | None, visible_to(anyone), writable_by(owner)] = None
    row: Annotated[str | None, visible_to(anyone), writable_by(owner)] = None
    stock: Annotated[int, visible_to(anyone)] = 3
    parts: Annotated[dict[Identifier, Part], visible_to(anyone), writable_by(owner)] = {}
    inner: Annotated[Part | None, visible_to(anyone), writable_by(owner)] = None
    pieces: Annotated[list[Part], visible_to(anyone), writable_by(owner)] = []
    until: Annotated[datetime | None, visible_to(nobody), stored_as("ttl", format=epoch_seconds)] = None


STAFF = Principal(roles={"staff"}, claims={"sub": "s1"})
OWNER = Principal(claims={"sub": "u1"})
OTHER = Principal(claims={"sub": "u2"})
KEY: dict[str, Any] = {"depot": "d", "parcel": "p1"}
WIRE = {"pk": {"S": "DEPOT#d"}, "sk": {"S": "PARCEL#p1"}}


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """One parcel of u1's."""
    made = fresh_table(engine)
    async with made:
        await made.create(Parcel)
        await made.view(Parcel, STAFF).create(New[Parcel]({"note": "n"}), **KEY, owner_id="u1")
        yield made


async def wire(table: Table, parcel: str = "p1") -> dict[str, Any] | None:
    """An item as DynamoDB holds it."""
    items = (await table.store._call("Scan", {"TableName": table.name}))["Items"]
    return next((each for each in items if each["sk"] == {"S": f"PARCEL#{parcel}"}), None)


def change(**values: Any) -> Change[Parcel]:
    """A body."""
    return Change[Parcel](values)


# Kinds


async def test_a_kind_is_written_on_create_and_stays(table: Table) -> None:
    """It is no attribute that anyone sets; and what is of another kind is not changed, and not taken away."""
    held = await wire(table)
    assert held is not None
    assert held["type"] == {"S": "PARCEL"}
    await table.view(Parcel, OWNER).update(change(note="x"), **KEY)
    held = await wire(table)
    assert held is not None
    assert held["type"] == {"S": "PARCEL"}
    with pytest.raises(BadRequest):
        await table.view(Parcel, OWNER).update(change(type="LETTER"), **KEY)
    with pytest.raises(CallError):
        await table.view(Parcel, OWNER).update(server_set={"type": "LETTER"}, **KEY)
    other = {**WIRE, "type": {"S": "LETTER"}, "owner_id": {"S": "u1"}}
    await raw(table, other)
    for view in (table.view(Parcel, OWNER), table.undisclosed(Parcel)):
        with pytest.raises(NotFound):
            await view.update(server_set={"note": "y"}, **KEY)
        with pytest.raises(NotFound):
            await view.delete(**KEY)
    with pytest.raises(Conflict):
        await table.view(Parcel, STAFF).create(**KEY, owner_id="u1")
    assert await wire(table) == other


# Times


async def test_what_is_past_its_time_is_not_there_to_write(table: Table) -> None:
    """It is not changed, not taken away, and may be made anew; one that is to come is as it was."""
    now, jobs = datetime.now(UTC), table.undisclosed(Parcel)
    await jobs.update(server_set={"until": now + timedelta(hours=1)}, **KEY)
    await table.view(Parcel, OWNER).update(change(note="in time"), **KEY)
    with pytest.raises(Conflict):
        await table.view(Parcel, STAFF).create(**KEY, owner_id="u2")
    await jobs.update(server_set={"until": now - timedelta(seconds=2)}, **KEY)
    for view in (table.view(Parcel, OWNER), jobs):
        with pytest.raises(NotFound):
            await view.update(server_set={"note": "late"}, **KEY)
        with pytest.raises(NotFound):
            await view.delete(**KEY)
    with pytest.raises(NotFound):
        async with table.transaction() as tx:
            tx.check(table.view(Parcel, OWNER), **KEY)
    made = await table.view(Parcel, STAFF).create(New[Parcel]({"note": "anew"}), **KEY, owner_id="u2")
    assert made.data["note"] == "anew"
    assert "ttl" not in (await wire(table) or {})


async def test_an_item_made_or_changed_past_its_time_is_answered_with_nothing(table: Table) -> None:
    """What is stored does not exist any more."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    assert (await table.view(Parcel, STAFF).create(depot="d", parcel="p2", owner_id="u1", until=past)).data == {}
    assert (await table.view(Parcel, OWNER).update(server_set={"until": past}, **KEY)).data == {}
    with pytest.raises(NotFound):
        await table.view(Parcel, OWNER).get(**KEY)


# Indexes


async def listed(table: Table, index: str, **key: Any) -> list[str]:
    """Which parcels an index lists."""
    return [each.data["parcel"] for each in await table.view(Parcel, OWNER).query(index=index, **key)]


@pytest.mark.parametrize("form", ["direct", "observed"])
async def test_an_index_lists_an_item_from_when_it_has_its_keys_until_it_has_not(
    table: Table, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same write, in both forms; where it is not listed it has no key of the index."""
    if form == "observed":
        monkeypatch.setattr(writing.Writer, "direct", lambda self, intent: None)
    view = table.view(Parcel, OWNER)
    assert await listed(table, "by_tag", tag="a") == []
    await view.update(change(tag="a"), **KEY)
    assert await listed(table, "by_tag", tag="a") == ["p1"]
    await view.update(change(tag="b"), **KEY)
    assert (await listed(table, "by_tag", tag="a"), await listed(table, "by_tag", tag="b")) == ([], ["p1"])
    await view.update(change(tag=None), **KEY)
    assert await listed(table, "by_tag", tag="b") == []
    assert not {"gsi1pk", "gsi1sk"} & (await wire(table) or {}).keys()
    with pytest.raises(BadRequest):
        await view.update(change(tag=""), **KEY)
    assert "gsi1pk" not in (await wire(table) or {})


async def test_indexes_that_share_a_key_keep_it_for_as_long_as_one_lists_the_item(table: Table) -> None:
    """Leaving the one is not leaving the other."""
    view = table.view(Parcel, OWNER)
    await view.update(change(shelf="s", place=1, row="r"), **KEY)
    assert (await listed(table, "by_shelf", shelf="s"), await listed(table, "by_row", shelf="s")) == (["p1"], ["p1"])
    await view.update(change(row=None), **KEY)
    assert (await listed(table, "by_shelf", shelf="s"), await listed(table, "by_row", shelf="s")) == (["p1"], [])
    await view.update(change(row="r"), **KEY)
    await view.update(change(place=None), **KEY)
    assert (await listed(table, "by_shelf", shelf="s"), await listed(table, "by_row", shelf="s")) == ([], ["p1"])
    await view.update(change(shelf=None), **KEY)
    assert (await listed(table, "by_shelf", shelf="s"), await listed(table, "by_row", shelf="s")) == ([], [])
    assert not {"gsi2pk", "gsi2sk", "gsi3sk"} & (await wire(table) or {}).keys()


# Access


async def test_who_may_make_change_and_take_away(table: Table) -> None:
    """Each by its own audience; a server's own change by the entity's, and by `by` where there is one."""
    with pytest.raises(Forbidden):
        await table.view(Parcel, OWNER).create(depot="d", parcel="p2", owner_id="u1")
    for who in (STAFF, OWNER):
        await table.view(Parcel, who).update(server_set={"status": "there"}, **KEY)
    with pytest.raises(Forbidden):
        await table.view(Parcel, OTHER).update(server_set={"status": "x"}, **KEY)
    with pytest.raises(Forbidden):
        await table.view(Parcel, STAFF).update(server_set={"status": "x"}, by=owner, **KEY)
    with pytest.raises(Forbidden):
        await table.view(Parcel, OTHER).update(server_set={"status": "x"}, by=anyone, **KEY)
    for who in (STAFF, OTHER):
        with pytest.raises(Forbidden):
            await table.view(Parcel, who).delete(**KEY)
    with pytest.raises(Forbidden):
        await table.view(Parcel, OWNER).delete(by=state(attribute="status", equals="sent"), **KEY)
    await table.view(Parcel, OWNER).delete(by=state(attribute="status", equals="there"), **KEY)
    assert await wire(table) is None


async def test_a_body_needs_the_entitys_leave_too(table: Table) -> None:
    """`Access(update=)` bounds what `writable_by` admits."""

    class Poster(Entity):
        key = Key(pk="POSTER#{poster}", sk="POSTER")
        access = Access(create=staff, update=state(attribute="status", equals="draft"))
        poster: Annotated[Identifier, visible_to(anyone)]
        text: Annotated[str, visible_to(anyone), writable_by(anyone)] = ""
        status: Annotated[str, visible_to(anyone)] = "draft"

    view = table.view(Poster, STAFF)
    await view.create(New[Poster]({"text": "a"}), poster="1")
    await view.update(Change[Poster]({"text": "b"}), server_set={"status": "out"}, poster="1")
    with pytest.raises(Forbidden):
        await view.update(Change[Poster]({"text": "c"}), poster="1")
    with pytest.raises(Forbidden):
        await view.delete(poster="1")


# Past the policy


async def test_writes_past_the_policy(table: Table) -> None:
    """Every attribute, no audience; conditions, kinds, indexes and types hold as ever, and the answer is undisclosed."""
    jobs = table.undisclosed(Parcel)
    made = await jobs.create(New[Parcel]({"tag": "t"}), depot="d", parcel="p2", owner_id="u2", status="lost")
    assert (made.item.status, made.item.until, made.item.tag) == ("lost", None, "t")
    assert await listed(table, "by_tag", tag="t") == ["p2"]
    with pytest.raises(Conflict):
        await jobs.create(depot="d", parcel="p2", owner_id="u2")
    changed = await jobs.update(change(note="x", tag=None), server_set={"status": "found", "stock": increment(2)}, depot="d", parcel="p2")
    assert (changed.item.status, changed.item.stock, changed.item.note) == ("found", 5, "x")
    assert await listed(table, "by_tag", tag="t") == []
    for when in (attribute("status") == "lost", state(attribute="status", equals="lost"), owner):
        with pytest.raises(Conflict):
            await jobs.update(server_set={"note": "y"}, when=when, depot="d", parcel="p2")
    for wrong in ({"stock": "many"}, {"status": None}, {"nonsense": 1}, {"parcel": "p3"}, {"note": increment(1)}):
        with pytest.raises(CallError):
            await jobs.update(server_set=wrong, depot="d", parcel="p2")
    with pytest.raises(CallError, match="no entity tag"):
        await jobs.update(server_set={"note": "y"}, if_match="*", depot="d", parcel="p2")
    with pytest.raises(BadRequest):
        await jobs.update(change(nonsense=1), depot="d", parcel="p2")
    await jobs.delete(when=attribute("status") == "found", depot="d", parcel="p2")
    with pytest.raises(NotFound):
        await jobs.delete(depot="d", parcel="p2")


# Defaults


async def test_defaults_inside_are_stored_and_filled(table: Table) -> None:
    """On create, in an entry that is new, in an element; and where the table has none of them, past the policy too."""
    view, jobs = table.view(Parcel, OWNER), table.undisclosed(Parcel)
    one = {"label": "a"}
    await view.update(change(parts={"k": one}, inner={"label": "b", "line": {}}, pieces=[one]), **KEY)
    full = {"label": "a", "weight": "1.5", "line": None}
    found = await view.get(**KEY)
    assert found.data["parts"] == {"k": full}
    assert found.data["pieces"] == [full]
    assert found.data["inner"] == {"label": "b", "weight": "1.5", "line": {"text": "nothing", "rank": 7}}
    bare = {"M": {"label": {"S": "a"}, "line": {"M": {"text": {"S": "t"}}}}}
    held = await wire(table)
    await raw(table, {**(held or {}), "parts": {"M": {"k": bare}}, "inner": bare, "pieces": {"L": [bare]}})
    item = (await jobs.get(**KEY)).item
    assert item.inner is not None
    for part in (item.parts["k"], item.inner, item.pieces[0]):
        assert (part.label, part.weight, part.secret) == ("a", Decimal("1.5"), None)
        assert part.line is not None
        assert (part.line.text, part.line.rank) == ("t", 7)
    shown = (await view.get(**KEY)).item
    assert (shown.parts["k"].weight, shown.pieces[0].weight) == (Decimal("1.5"), Decimal("1.5"))


async def test_what_is_required_inside_is_required(table: Table) -> None:
    """Of an entry that is new, and of one that is there nothing is."""
    view = table.view(Parcel, OWNER)
    lacking: list[dict[str, Any]] = [{"parts": {"k": {"weight": "2"}}}, {"inner": {}}, {"pieces": [{}]}]
    for body in lacking:
        with pytest.raises(BadRequest):
            await view.update(change(**body), **KEY)
    await view.update(change(parts={"k": {"label": "a"}}), **KEY)
    assert (await view.update(change(parts={"k": {"weight": "2"}}), **KEY)).data["parts"]["k"]["weight"] == "2"


# Entries


async def test_entries_are_changed_by_their_keys(table: Table) -> None:
    """Made, merged, taken away, in one change; keys that look like paths and placeholders are keys."""
    view = table.view(Parcel, OWNER)
    odd = ["a.b", "#0", ":0", "[0]", "a b", "é", "size", "x" * 128]
    await view.update(change(parts={key: {"label": key} for key in odd}), **KEY)
    changed = await view.update(change(parts={"a.b": {"label": "new", "line": {"rank": 1}}, "#0": None, "more": {"label": "m"}}), **KEY)
    parts = changed.data["parts"]
    assert set(parts) == {*odd, "more"} - {"#0"}
    assert (parts["a.b"]["label"], parts["a.b"]["line"]) == ("new", {"text": "nothing", "rank": 1})
    assert parts[":0"]["label"] == ":0"
    await view.update(change(parts={"absent": None}), **KEY)
    await view.update(change(parts={}), **KEY)
    assert (await view.get(**KEY)).data["parts"] == parts
    assert (await view.update(change(parts=None), **KEY)).data["parts"] == {}


async def test_two_who_change_two_entries_at_once_both_do(table: Table) -> None:
    """Neither overwrites the other's."""
    view = table.view(Parcel, OWNER)
    await view.update(change(parts={f"k{n}": {"label": "-"} for n in range(8)}), **KEY)
    await asyncio.gather(*(view.update(change(parts={f"k{n}": {"label": f"by {n}"}}), **KEY) for n in range(8)))
    assert {each["label"] for each in (await view.get(**KEY)).data["parts"].values()} == {f"by {n}" for n in range(8)}


@pytest.mark.parametrize("count", [100, 300, 1_000])
async def test_many_entries_are_changed_at_once(table: Table, count: int) -> None:
    """More than one expression of DynamoDB's can name; what is hidden in them stays, and so do the others."""
    view = table.view(Parcel, OWNER)
    await view.update(change(parts={f"k{n}": {"label": "-"} for n in range(count + 1)}), **KEY)
    held = await wire(table)
    assert held is not None
    held["parts"]["M"]["k0"]["M"]["secret"] = {"S": "canary"}
    await raw(table, held)
    merged = {f"k{n}": {"label": str(n), "weight": "3"} for n in range(count)}
    await view.update(change(note="x", parts={**merged, "k1": None}), **KEY)
    held = await wire(table)
    assert held is not None
    parts = held["parts"]["M"]
    assert (len(parts), parts["k0"]["M"]["secret"], parts["k2"]["M"]["label"]) == (count, {"S": "canary"}, {"S": "2"})
    assert parts[f"k{count}"]["M"]["label"] == {"S": "-"}
    assert "k1" not in parts


async def test_an_item_that_grows_too_large_by_entries_is_refused(table: Table) -> None:
    """413, and it stays as it was."""
    view = table.view(Parcel, OWNER)
    before = await wire(table)
    with pytest.raises(TooLarge):
        await view.update(change(parts={f"k{n}": {"label": "x" * 4_000} for n in range(120)}), **KEY)
    assert await wire(table) == before


# Increments


async def test_a_number_grows_within_its_bounds(table: Table) -> None:
    """`when` bounds it, at the moment of the write, from the default where nothing is stored; many at once stop at the bound."""
    held = await wire(table) or {}
    await raw(table, {name: value for name, value in held.items() if name != "stock"})
    view = table.view(Parcel, STAFF)

    async def add(by: int) -> bool:
        bound = attribute("stock") >= -by if by < 0 else attribute("stock") <= 5 - by
        try:
            await view.update(server_set={"stock": increment(by)}, when=bound, **KEY)
        except Conflict:
            return False
        return True

    assert await add(-1)
    assert (await wire(table) or {})["stock"] == {"N": "2"}
    assert sum(await asyncio.gather(*(add(-1) for _ in range(12)))) == 2
    assert not await add(-1)
    assert sum(await asyncio.gather(*(add(2) for _ in range(6)))) == 2
    assert (await wire(table) or {})["stock"] == {"N": "4"}
    assert await add(1)
    assert not await add(1)


async def test_only_numbers_of_no_index_grow(table: Table) -> None:
    """What can not is told to the developer, before any I/O."""
    view = table.view(Parcel, STAFF)
    with recorded(table) as requests:
        for name in ("note", "place", "until", "parts", "nonsense", "parcel"):
            with pytest.raises(CallError):
                await view.update(server_set={name: increment(1)}, **KEY)
        for by in ("1", None, True, b"1"):
            with pytest.raises(CallError):
                increment(by)
        for fraction in (0.5, Decimal(1), float("nan")):
            with pytest.raises(CallError, match="can not grow by such"):
                await view.update(server_set={"stock": increment(fraction)}, **KEY)
    assert not requests


# Names


async def test_a_table_has_one_entity_of_a_name(table: Table) -> None:
    """The very same class again is no other."""

    def another() -> type[Entity]:
        class Parcel(Entity):
            key = Key(pk="ANOTHER#{parcel}", sk="PARCEL")
            parcel: Annotated[Identifier, visible_to(anyone)]

        return Parcel

    table.view(Parcel, OWNER)
    table.undisclosed(Parcel)
    with pytest.raises(DeclarationError, match="another entity of the name `Parcel`") as raised:
        table.view(another(), OWNER)
    assert "rename" in str(raised.value.hint)
    assert table.entities == (Parcel,)
    assert (await table.view(Parcel, OWNER).get(**KEY)).data["note"] == "n"
