"""Larger lists, on both engines: entities that share a partition, and few visible items among many. More is in `bench/reads.py`."""

from __future__ import annotations

from typing import Annotated

import pytest

from discreet import Access, Entity, Identifier, Index, Key, Principal, anyone, attribute, relation, visible_to
from discreet.testing import load, recorded

from ..engines import Engine
from .clinic import fresh_table

pytestmark = pytest.mark.anyio

mine = relation(claim="sub", attribute="owner_id")
OWNER = Principal(claims={"sub": "u1"})
STRANGER = Principal()


class Order(Entity):
    """The first of three in one partition."""

    key = Key(pk="CUSTOMER#{customer}", sk="ORDER#{number:06d}")
    customer: Annotated[Identifier, visible_to(anyone)]
    number: Annotated[int, visible_to(anyone)]


class Line(Entity):
    """Below the first, so that their keys take turns."""

    key = Key(pk="CUSTOMER#{customer}", sk="ORDER#{number:06d}#LINE#{line:03d}")
    customer: Annotated[Identifier, visible_to(anyone)]
    number: Annotated[int, visible_to(anyone)]
    line: Annotated[int, visible_to(anyone)]


class Profile(Entity):
    """Beside them, and once."""

    key = Key(pk="CUSTOMER#{customer}", sk="PROFILE")
    customer: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone)]


async def test_three_entities_in_one_partition(engine: Engine) -> None:
    """Each list is of its own, whole, in order, and pages through the others."""
    async with fresh_table(engine) as table:
        await table.create(Order, Line, Profile)
        await load(table, [Order(customer="c", number=number) for number in range(400)])
        await load(table, [Line(customer="c", number=number, line=line) for number in range(400) for line in range(3)])
        await load(table, [Profile(customer="c", name="n")])
        found: list[int] = []
        after = None
        while True:
            page = await table.view(Order, STRANGER).query(customer="c", limit=90, after=after)
            found += [each.item.number for each in page]
            after = page.next
            if after is None:
                break
        assert found == list(range(400))
        assert await table.view(Line, STRANGER).count(customer="c", at_most=10_000) == 1200
        assert [each.item.line for each in await table.view(Line, STRANGER).query(customer="c", number=7)] == [0, 1, 2]
        assert await table.view(Profile, STRANGER).count(customer="c") == 1
        with recorded(table) as requests:
            assert len(await table.view(Profile, STRANGER).query(customer="c")) == 1
        assert sum(each.payload["Limit"] for each in requests) <= 21


class Letter(Entity):
    """Of whoever it is of; found by them in an index, and with patience without one."""

    key = Key(pk="LETTERS", sk="LETTER#{number:06d}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="{number:06d}"))
    access = Access(exists_for=mine)
    number: Annotated[int, visible_to(anyone)]
    owner_id: Annotated[str, visible_to(mine)]
    text: Annotated[str, visible_to(mine)] = ""


async def test_one_visible_item_in_a_thousand(engine: Engine) -> None:
    """Pages go on through `next` to the end; count and each find all; each page evaluates a thousand at the most."""
    async with fresh_table(engine) as table:
        await table.create(Letter)
        size = 2000 if engine.name == "ministack" else 5000  # which is slow with many
        await load(table, [Letter(number=number, owner_id="u1" if number % 1000 == 999 else f"x{number}") for number in range(size)])
        view = table.view(Letter, OWNER)
        expected = list(range(999, size, 1000))
        found: list[int] = []
        after, pages = None, 0
        while True:
            with recorded(table) as requests:
                page = await view.query(limit=2, after=after)
            assert sum(each.payload["Limit"] for each in requests) <= 1000
            found += [each.item.number for each in page]
            after, pages = page.next, pages + 1
            if after is None:
                break
        assert found == expected
        assert len(expected) <= pages <= len(expected) + 2
        assert await view.count() == len(expected)
        assert [each.item.number async for each in view.each(at_most=10)] == expected
        assert [each.item.number async for each in view.each(at_most=10, where=attribute("number") > 1500)] == expected[1:]
        assert [each.item.number for each in await view.query(index="by_owner", owner_id="u1")] == expected
        with recorded(table) as requests:
            assert await view.count(index="by_owner", owner_id="u1") == len(expected)
        assert len(requests) == 1
