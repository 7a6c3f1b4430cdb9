"""A number that grows does so once, whatever becomes of the answer, and not beyond what DynamoDB holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

import pytest

from discreet import (
    Access,
    BadRequest,
    Change,
    Conflict,
    Embedded,
    Entity,
    Forbidden,
    Identifier,
    Key,
    Keyring,
    Principal,
    Table,
    anyone,
    attribute,
    increment,
    relation,
    visible_to,
    writable_by,
)
from discreet.dynamodb.store import Store
from discreet.dynamodb.writes import operation_of, payload_of

from ..engines import Engine
from ..lossy import Lossy, lossy

pytestmark = pytest.mark.anyio

buyer = relation(claim="sub", attribute="buyer_id")
courier = relation(claim="sub", attribute="courier_id")
BUYER = Principal(claims={"sub": "b1"})
COURIER = Principal(claims={"sub": "c1"})


class Delivery(Embedded):
    """Where to."""

    city: Annotated[str, visible_to(anyone), writable_by(anyone)]
    door: Annotated[str, visible_to(anyone), writable_by(anyone)] = ""


class Order(Entity):
    """Grows in two numbers, and has a value that its buyer may write and not see."""

    key = Key(pk="ORDER#{order_id}")
    access = Access(update=anyone)
    order_id: Annotated[Identifier, visible_to(anyone)]
    buyer_id: Annotated[str, visible_to(anyone)]
    courier_id: Annotated[str, visible_to(anyone)]
    stock: Annotated[int, visible_to(anyone)] = 10
    sum: Annotated[Decimal, visible_to(anyone)] = Decimal(0)
    sizes: Annotated[set[int], visible_to(anyone), writable_by(anyone)] = set()
    names: Annotated[dict[str, str], visible_to(anyone), writable_by(anyone)] = {}
    delivery: Annotated[Delivery | None, visible_to(courier), writable_by(buyer, courier)] = None
    stops: Annotated[list[Delivery], visible_to(courier), writable_by(buyer, courier)] = []


@asynccontextmanager
async def orders(engine: Engine) -> AsyncIterator[tuple[Table, Lossy]]:
    """A table with an order, behind a line that can lose answers."""
    with lossy(engine.url) as line:
        keyring = Keyring(Keyring.new_key())
        where: dict[str, Any] = {"region": "eu-west-1", "credentials": engine.credentials, "keyring": keyring}
        async with Table(f"orders-{uuid4().hex}", endpoint_url=line.url, **where) as table:
            await table.create(Order)
            await table.load([Order(order_id="o1", buyer_id="b1", courier_id="c1")])
            yield table, line
            await table.delete()


async def buy_one(table: Table) -> int:
    """How many are left."""
    view = table.view(Order, BUYER)
    await view.update(server_set={"stock": increment(-1)}, when=attribute("stock") >= 1, order_id="o1")
    return (await view.get(order_id="o1", consistent=True)).item.stock


async def test_a_number_grows_once_where_the_answer_is_lost(engine: Engine) -> None:
    """The SDK asks again, and DynamoDB knows that it did so before."""
    async with orders(engine) as (table, line):
        line.losing |= {"UpdateItem", "TransactWriteItems"}
        assert await buy_one(table) == 9
        assert line.losing == {"UpdateItem"}, "no answer was lost, so nothing was seen"


async def test_broken_growing_by_a_single_write_is_caught(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An UpdateItem that is sent again grows again."""

    async def write(self: Store, write: Any) -> None:
        await self._call(operation_of(write), {**payload_of(self.name, write), "ReturnValues": "NONE"})

    monkeypatch.setattr(Store, "write", write)
    async with orders(engine) as (table, line):
        line.losing |= {"UpdateItem", "TransactWriteItems"}
        with pytest.raises(AssertionError):
            assert await buy_one(table) == 9


async def test_growing_is_refused_as_other_writes_are(engine: Engine) -> None:
    """By its condition, and by its absence."""
    async with orders(engine) as (table, _):
        view = table.view(Order, BUYER)
        with pytest.raises(Conflict):
            await view.update(server_set={"stock": increment(-1)}, when=attribute("stock") >= 11, order_id="o1")
        assert (await view.get(order_id="o1")).item.stock == 10


async def test_a_sum_beyond_what_dynamodb_holds_is_a_conflict(reference: Engine) -> None:
    """38 digits: the engine that is embedded lets more pass."""
    async with orders(reference) as (table, _):
        view = table.view(Order, BUYER)
        await view.update(server_set={"sum": increment(Decimal("1e37"))}, order_id="o1")
        with pytest.raises(Conflict):
            await view.update(server_set={"sum": increment(Decimal("0.1"))}, order_id="o1")
        with pytest.raises(Conflict):
            async with table.transaction() as transaction:
                transaction.update(view, server_set={"sum": increment(Decimal("0.1"))}, order_id="o1")


HIDDEN: list[dict[str, Any]] = [
    {"delivery": {"city": "x"}},
    {"delivery": {"door": "x"}},
    {"delivery": None},
    {"stops": []},
    {"stops": [{"city": "x"}]},
]


@pytest.mark.parametrize("body", HIDDEN)
async def test_a_nested_value_is_changed_by_those_who_see_it(engine: Engine, body: dict[str, Any]) -> None:
    """Else its merging, or that it is refused, told whether something is stored that the sender does not see."""
    async with orders(engine) as (table, _):
        for stored in (None, {"city": "y", "door": "z"}):
            filled = Change[Order]({"delivery": stored, "stops": [] if stored is None else [stored]})
            await table.view(Order, COURIER).update(filled, order_id="o1")
            with pytest.raises(Forbidden):
                await table.view(Order, BUYER).update(Change[Order](body), order_id="o1")


async def test_numbers_of_one_hash_are_refused_before_they_are_compared(engine: Engine) -> None:
    """A set takes the square of its members' number where their hashes are all the same, and these can be."""
    async with orders(engine) as (table, _):
        view = table.view(Order, BUYER)
        some = [number * (2**61 - 1) for number in range(1000)]
        assert len((await view.update(Change[Order]({"sizes": some}), order_id="o1")).item.sizes) == 1000
        with pytest.raises(BadRequest) as refused:
            await view.update(Change[Order]({"sizes": [*some, 1]}), order_id="o1")
        assert refused.value.errors[0]["type"] == "too_long"


async def test_a_map_has_no_empty_names(engine: Engine) -> None:
    """DynamoDB takes none."""
    async with orders(engine) as (table, _):
        with pytest.raises(BadRequest):
            await table.view(Order, BUYER).update(Change[Order]({"names": {"": "x"}}), order_id="o1")
