"""Projections of wide and deep entities, on both engines: they coarsen where they are too long, and never drop a path."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discreet import Access, Embedded, Entity, Identifier, Key, Principal, anyone, nobody, relation, visible_to
from discreet.dynamodb import expressions
from discreet.dynamodb.expressions import LONGEST, Names, coarsened, fits
from discreet.testing import load, recorded

from ..engines import Engine
from .clinic import fresh_table

pytestmark = pytest.mark.anyio

CANARY = "canary-5d20"
mine = relation(claim="sub", attribute="owner_id")
OWNER = Principal(claims={"sub": "u1"})
STRANGER = Principal()
make_entity: Any = type(Entity)
make_embedded: Any = type(Embedded)


def body(annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a class whose attributes may all be unset."""
    return {"__module__": __name__, "__annotations__": annotations, **dict.fromkeys(annotations), **more}


def wide(count: int) -> Any:
    """An entity of so many attributes, every other one its owner's."""
    named = {f"attribute_number_{n}": Annotated[str | None, visible_to(anyone if n % 2 else mine)] for n in range(count - 2)}
    made = body({**named, "owner_id": Annotated[str | None, visible_to(mine)]}, key=Key(pk="WIDE#{wide_id}", sk="WIDE"))
    made["__annotations__"]["wide_id"] = Annotated[Identifier, visible_to(anyone)]
    return make_entity(f"Wide{count}", (Entity,), made)


def deep(count: int, inside: int) -> tuple[Any, Any]:
    """An entity that holds so many Embedded values, each with so many attributes that are shown, one hidden and one deeper."""
    innermost = make_embedded(
        "Innermost", (Embedded,), body({"text": Annotated[str | None, visible_to(anyone)], "own": Annotated[str | None, visible_to(mine)]})
    )
    shown = {f"i{n}": Annotated[str | None, visible_to(anyone)] for n in range(inside)}
    hidden = {"hidden": Annotated[str | None, visible_to(nobody)], "deeper": Annotated[innermost | None, visible_to(anyone)]}
    inner = make_embedded("Inner", (Embedded,), body({**shown, **hidden}))
    held = {f"e{n}": Annotated[inner | None, visible_to(anyone)] for n in range(count)}
    made = body({**held, "owner_id": Annotated[str | None, visible_to(mine)]}, key=Key(pk="DEEP#{deep_id}", sk="DEEP"))
    made["__annotations__"]["deep_id"] = Annotated[Identifier, visible_to(anyone)]
    return make_entity(f"Deep{count}x{inside}", (Entity,), made), inner


class Sealed(Entity):
    """There for anyone, and seen by nobody."""

    key = Key(pk="SEALED#{sealed_id}", sk="SEALED")
    access = Access(exists_for=anyone)
    sealed_id: Annotated[Identifier, visible_to(nobody)]
    text: Annotated[str, visible_to(nobody)]


async def test_an_item_that_shows_nothing_is_read_by_its_key_alone(engine: Engine) -> None:
    """It exists, as declared, and is an empty object; no projection is ever left out."""
    async with fresh_table(engine) as table:
        await table.create(Sealed)
        await load(table, [Sealed(sealed_id="a", text=CANARY)])
        view = table.view(Sealed, STRANGER)
        with recorded(table) as requests:
            assert (await view.get(sealed_id="a")).data == {}
            assert [each.data for each in await view.batch_get([{"sealed_id": "a"}])] == [{}]
            assert await view.exists(sealed_id="a")
        assert all(set(each.projection) <= {"pk", "sk", "sealed_id"} and each.projection for each in requests)


async def test_an_entity_of_900_attributes_is_read_whole(engine: Engine) -> None:
    """In one read, whose expression DynamoDB takes; each viewer's part of it."""
    count = 900
    Wide = wide(count)
    async with fresh_table(engine) as table:
        await table.create(Wide)
        values = {f"attribute_number_{n}": f"v{n}" for n in range(count - 2)}
        await load(table, [Wide(wide_id="a", owner_id="u1", **values)])
        with recorded(table) as requests:
            assert (await table.view(Wide, OWNER).get(wide_id="a")).data == {"wide_id": "a", "owner_id": "u1", **values}
            seen = (await table.view(Wide, STRANGER).query(wide_id="a")).items[0].data
            (batch,) = await table.view(Wide, STRANGER).batch_get([{"wide_id": "a"}])
        assert seen == batch.data == {"wide_id": "a", **{name: value for n, (name, value) in enumerate(values.items()) if n % 2}}
        assert len(requests) == 3
        assert len(requests[0].payload["ProjectionExpression"]) <= LONGEST


@pytest.mark.parametrize(("count", "inside"), [(10, 20), (20, 30), (300, 3)])
async def test_an_entity_of_hundreds_of_nested_paths_is_read_whole(engine: Engine, count: int, inside: int) -> None:
    """Paths that do not fit are cut to their parents: more is read, and no more is answered."""
    Deep, Inner = deep(count, inside)
    async with fresh_table(engine) as table:
        await table.create(Deep)
        shown = {f"i{n}": f"v{n}" for n in range(inside)}
        held = {f"e{n}": Inner(**shown, hidden=CANARY, deeper={"text": "t", "own": CANARY}) for n in range(count)}
        await load(table, [Deep(deep_id="a", owner_id="u9", **held)])
        with recorded(table) as requests:
            found = (await table.view(Deep, STRANGER).get(deep_id="a")).data
        expected = {**shown, "deeper": {"text": "t"}}
        assert found == {"deep_id": "a", **{f"e{n}": expected for n in range(count)}}
        assert len(requests[0].payload["ProjectionExpression"]) <= LONGEST
        heads = {path.split(".")[0] for path in requests[0].projection}
        assert heads == {"pk", "sk", "deep_id", *held}
        assert ("e0.hidden" in requests[0].projection) is False


paths = st.lists(
    st.tuples(*[st.sampled_from("abcdefghij")] * 2)
    | st.tuples(*[st.integers(0, 99).map(str)] * 3)
    | st.tuples(st.integers(0, 300).map(str)),
    min_size=1,
    max_size=700,
)


def check_coarsened(coarsen: Any, given_paths: list[tuple[str, ...]]) -> None:
    """What was asked for is asked for, by itself or by a parent; no path is part of another."""
    found = coarsen(given_paths)
    assert all(any(path[: len(each)] == each for each in found) for path in given_paths)
    assert not any(one != other and one[: len(other)] == other for one in found for other in found if len(found) < 200)
    assert all(any(path[: len(each)] == each for path in given_paths) for each in found)


@given(given_paths=paths)
def test_coarsening_never_drops_a_path(given_paths: list[tuple[str, ...]]) -> None:
    """Whatever has to be read is, however many paths there are."""
    check_coarsened(coarsened, given_paths)
    heads = {path[0] for path in given_paths}
    if len(heads) < 1000:
        assert len(Names().projection(given_paths)) <= LONGEST


def test_broken_coarsening_that_drops_is_caught() -> None:
    """A projection that keeps the first few thousand bytes loses attributes."""
    with pytest.raises(AssertionError):
        check_coarsened(lambda given: frozenset(sorted(given)[:100]), [(str(n),) for n in range(300)])


def test_conditions_are_measured_as_dynamodb_measures_them() -> None:
    """Length, operators and values."""
    one = expressions.Compare(("a",), "=", {"S": "x"})
    assert fits(expressions.AllOf((one,) * 150))
    assert not fits(expressions.AllOf((one,) * 151))
    assert not fits(expressions.AnyOf((expressions.Contains(("a",), "SS", {"S": "x"}),) * 100))
    assert not fits(expressions.Compare(("a",), "=", {"S": "é" * 200_000}))
    assert fits(expressions.OneOf(("a",), ({"S": "x" * 1000},) * 100))
