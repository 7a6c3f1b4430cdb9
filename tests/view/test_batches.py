"""Several items at once, and one after the other, on both engines: each once, in order, never silently short."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest

from discreet import (
    BadKey,
    BadRequest,
    CallError,
    Entity,
    Key,
    Principal,
    StoreError,
    Table,
    anyone,
    attribute,
    epoch_seconds,
    stored_as,
    visible_to,
)
from discreet.dynamodb import Endpoint, Transport, store
from discreet.dynamodb.expressions import Names
from discreet.dynamodb.transport import open_transport
from discreet.entity.part import Part
from discreet.testing import load, recorded

from ..engines import Engine
from .clinic import Account, Secret, fresh_table
from .desk import AGENT, CANARY, OTHER, OWNER, READER, STRANGER, Followup, Ticket, TicketCard, names, raw, ticket

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def many(engine: Engine) -> AsyncIterator[Table]:
    """Tickets of three owners on two desks."""
    made = fresh_table(engine)
    async with made:
        await made.create(Ticket, Followup)
        await load(made, [ticket(f"t{n:03d}", f"u{n % 3}", f"d{n % 2}", rank=n, replies=[]) for n in range(250)])
        await load(made, [Followup(desk="d1", ticket_id="t001", number=1)])
        yield made


def key(n: int, desk: str | None = None) -> dict[str, Any]:
    """The key of a ticket."""
    return {"desk": desk or f"d{n % 2}", "ticket_id": f"t{n:03d}"}


# Batches


async def test_250_keys_each_once_in_the_order_asked(many: Table) -> None:
    """In chunks that DynamoDB takes; duplicates, absent ones and those of another desk are left out."""
    asked = [n * 97 % 250 for n in range(250)]
    with recorded(many) as requests:
        found = await many.view(Ticket, AGENT).batch_get(
            [*(key(n) for n in asked), *(key(n) for n in asked[:50]), key(3, "d0"), key(999)], consistent=True
        )
    assert names(found) == [f"t{n:03d}" for n in asked]
    sizes = [len(keys["Keys"]) for request in requests for keys in request.payload["RequestItems"].values()]
    assert all(request.operation == "BatchGetItem" for request in requests)
    assert sum(sizes) == 252
    assert max(sizes) <= 100
    assert all(each["ConsistentRead"] for request in requests for each in request.payload["RequestItems"].values())
    assert await many.view(Ticket, AGENT).batch_get([]) == []


async def test_a_batch_shows_what_get_shows(many: Table) -> None:
    """Each item under its own plan: of those whose key rules something out, less is asked for."""
    for principal in (STRANGER, OWNER, OTHER, AGENT, READER):
        view = many.view(Ticket, principal)
        batch = await view.batch_get([key(n) for n in range(9)])
        assert [each.data for each in batch] == [(await view.get(**key(n))).data for n in range(9)]
    with recorded(many) as requests:
        await many.view(Ticket, Principal(claims={"agent_at": "d1"})).batch_get([key(0), key(1), key(2)])
    projections = {request.payload["RequestItems"][many.name]["Keys"][0]["pk"]["S"]: set(request.projection) for request in requests}
    assert len(requests) == 2
    assert projections["DESK#d1"] > projections["DESK#d0"]


async def test_a_batch_in_a_shape(many: Table) -> None:
    """Narrower."""
    with recorded(many) as requests:
        found = await many.view(Ticket, OWNER).batch_get([key(1), key(0)], shape=TicketCard)
    assert [each.data for each in found] == [{"title": "title t001", "status": "open"}, {"title": "title t000", "status": "open"}]
    assert not {"note", "replies", "contact.city", "secret"} & {path for request in requests for path in request.projection}


async def test_nothing_is_read_of_what_nobody_may_see(engine: Engine) -> None:
    """Not for the items of a batch that could not exist for someone."""
    async with fresh_table(engine) as table:
        await table.create(Secret, Account)
        await load(table, [Secret(secret_id="s", value=CANARY), Account(account_id="u1", email="e@example.com")])
        with recorded(table) as requests:
            assert await table.view(Secret, OWNER).batch_get([{"secret_id": "s"}]) == []
            assert not await table.view(Secret, OWNER).exists(secret_id="s")
            assert await table.view(Secret, OWNER).count(secret_id="s") == 0
            assert [each async for each in table.view(Secret, OWNER).each(secret_id="s", at_most=5)] == []
        assert not requests
        found = await table.view(Account, OWNER).batch_get([{"account_id": "u1"}, {"account_id": "u2"}])
        assert [each.data for each in found] == [{"account_id": "u1", "email": "e@example.com"}]


HOSTILE: list[Any] = [
    {"desk": "d1"},
    {"desk": "d1", "ticket_id": "t", "pk": "DESK#d2"},
    {"pk": "DESK#d1", "sk": "TICKET#t001"},
    {"desk": "d1", "ticket_id": None},
    {"desk": "d1", "ticket_id": ""},
    {"desk": "d1", "ticket_id": 7},
    {"desk": "d1", "ticket_id": ["t001"]},
    {"desk": "d1", "ticket_id": {"S": "t001"}},
    {"desk": "d1", "ticket_id": "x" * 5000},
    {"desk": "d1", "ticket_id": "\ud800"},
    {"desk": "d1", "ticket_id": "a\x00"},
    "t001",
    None,
    7,
    [("desk", "d1"), ("ticket_id", "t001")],
]


@pytest.mark.parametrize("bad", HOSTILE, ids=lambda bad: ascii(bad)[:40])
async def test_a_wrong_key_anywhere_refuses_the_batch_before_any_io(many: Table, bad: Any) -> None:
    """Nothing of the others is read."""
    with recorded(many) as requests, pytest.raises((CallError, BadRequest)):
        await many.view(Ticket, OWNER).batch_get([key(1), key(2), bad])
    assert not requests


class Long(Entity):
    """Whose key can be longer than DynamoDB's."""

    key = Key(pk="LONG#{first}", sk="LONG#{second}")
    first: Annotated[str, visible_to(anyone)]
    second: Annotated[str, visible_to(anyone)]


async def test_keys_that_dynamodb_can_not_hold_refuse_the_batch_before_any_io(engine: Engine) -> None:
    """Also where only the last one is such a key."""
    async with fresh_table(engine) as table:
        await table.create(Long)
        with recorded(table) as requests:
            for bad in ({"first": "é" * 1100, "second": "b"}, {"first": "a", "second": "#" * 700}):
                with pytest.raises(BadKey):
                    await table.view(Long, STRANGER).batch_get([{"first": "a", "second": "b"}, bad])
        assert not requests


class Tick(Entity):
    """Named by a time that the table holds more coarsely."""

    key = Key("name", "at")
    name: Annotated[str, visible_to(anyone)]
    at: Annotated[datetime, visible_to(anyone), stored_as(format=epoch_seconds)]


async def test_two_keys_that_are_stored_as_one(engine: Engine) -> None:
    """DynamoDB refuses a key given twice; who asks for a time that is not there gets nothing for it."""
    second = datetime(2024, 1, 1, tzinfo=UTC)
    async with fresh_table(engine) as table:
        await table.create(Tick)
        await load(table, [Tick(name="a", at=second)])
        asked = [{"name": "a", "at": second + timedelta(seconds=each)} for each in (0.5, 0, 0.25)]
        assert [each.item.at for each in await table.view(Tick, STRANGER).batch_get(asked)] == [second]


async def test_items_that_do_not_exist_are_left_out_of_a_batch(engine: Engine) -> None:
    """Of another entity, with another copy of a component, expired."""
    async with fresh_table(engine) as table:
        await table.create(Account, Ticket)
        now = datetime.now(UTC)
        until = {"past": now - timedelta(minutes=1), "future": now + timedelta(hours=1)}
        await load(
            table, [Account(account_id=name, email="e@example.com", until=at, bio="b", status="published") for name, at in until.items()]
        )
        found = await table.view(Account, STRANGER).batch_get([{"account_id": name} for name in ("past", "future")])
        assert [each.data["account_id"] for each in found] == ["future"]
        copy = {"pk": {"S": "DESK#d1"}, "sk": {"S": "TICKET#odd"}, "title": {"S": CANARY}}
        await raw(table, {**copy, "ticket_id": {"S": "other"}}, {**copy, "sk": {"S": "TICKET#ok"}})
        asked = [{"desk": "d1", "ticket_id": name} for name in ("odd", "ok", "other")]
        assert names(await table.view(Ticket, STRANGER).batch_get(asked)) == ["ok"]


# What DynamoDB did not get to


class Reluctant:
    """A transport that gets to no more than a few keys of a batch at once; `times`: how often it is so, None for ever."""

    def __init__(self, inner: Transport, most: int, times: int | None) -> None:
        self.inner, self.most, self.times = inner, most, times
        self.asked: list[int] = []

    @property
    def url(self) -> str:
        """Where it leads."""
        return self.inner.url

    async def send(self, operation: str, payload: Mapping[str, Any]) -> bytes:
        """Do a part of a batch, and say which part was left, as DynamoDB does."""
        if operation != "BatchGetItem":
            return await self.inner.send(operation, payload)
        ((name, part),) = payload["RequestItems"].items()
        self.asked.append(len(part["Keys"]))
        if self.times is not None and len(self.asked) > self.times:
            return await self.inner.send(operation, payload)
        now, later = part["Keys"][: self.most], part["Keys"][self.most :]
        answer: dict[str, Any] = {"Responses": {name: []}}
        if now:
            answer = json.loads(await self.inner.send(operation, {"RequestItems": {name: {**part, "Keys": now}}}))
        left = {name: {"Keys": later}} if later else {}
        return json.dumps({**answer, "UnprocessedKeys": left}, default=lambda held: base64.b64encode(held).decode()).encode()


async def reluctant(
    engine: Engine, patch: pytest.MonkeyPatch, table: Table, most: int, times: int | None
) -> tuple[Table, list[int], list[float]]:
    """The same table through such a transport: with what it was asked for, and how long was paused in between."""
    asked: list[int] = []
    pauses: list[float] = []

    async def opened(endpoint: Endpoint, stack: AsyncExitStack) -> Transport:
        made = Reluctant(await open_transport(endpoint, stack), most, times)
        made.asked = asked
        return made

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    patch.setattr(store, "open_transport", opened)
    patch.setattr("discreet.dynamodb.store.asyncio.sleep", pause)
    again = Table(table.name, endpoint_url=engine.url, region="eu-west-1", credentials=engine.credentials)
    return again, asked, pauses


async def check_whole(engine: Engine, patch: pytest.MonkeyPatch, table: Table) -> tuple[list[int], list[float]]:
    """Every item is there, however little DynamoDB gets to at once."""
    again, asked, pauses = await reluctant(engine, patch, table, 40, None)
    async with again:
        found = await again.view(Ticket, AGENT).batch_get([key(n) for n in range(0, 250, 2)])
        assert names(found) == [f"t{n:03d}" for n in range(0, 250, 2)]
    return asked, pauses


async def test_unprocessed_keys_are_asked_for_again(many: Table, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With growing pauses, until all were got to; each item once, and in the order asked."""
    asked, pauses = await check_whole(engine, monkeypatch, many)
    assert asked == [100, 60, 20, 25]
    assert len(pauses) == 2
    assert 0 < pauses[0] < pauses[1] * 2


async def test_trap_09_broken_leaving_out_what_was_not_processed_is_caught(
    many: Table, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that takes the first answer is short."""
    monkeypatch.setattr(store, "sendable", lambda item: item)

    async def first_answer(self: Any, keys: Any, paths: Any, consistent: bool) -> Any:
        names = Names()
        asked = {"ProjectionExpression": names.projection(paths), "ConsistentRead": consistent, **names.payload()}
        answer = await self._call("BatchGetItem", {"RequestItems": {self.name: {"Keys": keys, **asked}}})
        return answer["Responses"][self.name]

    monkeypatch.setattr(store.Store, "_get_batch", first_answer)
    with pytest.raises(AssertionError):
        await check_whole(engine, monkeypatch, many)


async def test_unprocessed_keys_that_stay_so_raise(many: Table, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never silently short: a StoreError that says it may succeed later, and no key."""
    again, asked, pauses = await reluctant(engine, monkeypatch, many, 0, None)
    async with again:
        with pytest.raises(StoreError, match="UnprocessedKeys") as raised:
            await again.view(Ticket, AGENT).batch_get([key(n) for n in range(3)])
    assert raised.value.retryable
    assert "t001" not in str(raised.value)
    assert len(asked) == store.ATTEMPTS
    assert max(pauses) <= 5
    assert sum(pauses) > 5


async def test_binary_and_numeric_keys_are_asked_for_again_as_they_are(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers hold bytes in base64, requests hold them plain."""

    class Blob(Entity):
        key = Key("digest", "part")
        digest: Annotated[bytes, visible_to(anyone)]
        part: Annotated[int, visible_to(anyone)]

    async with fresh_table(engine) as table:
        await table.create(Blob)
        await load(table, [Blob(digest=bytes([n, 255]), part=n) for n in range(9)])
        again, asked, _ = await reluctant(engine, monkeypatch, table, 4, 3)
        async with again:
            found = await again.view(Blob, STRANGER).batch_get([{"digest": bytes([n, 255]), "part": n} for n in range(9)])
        assert [each.item.part for each in found] == list(range(9))
        assert asked == [9, 5, 1]


# One after the other, how many, whether


async def test_each_goes_on_to_the_end_or_to_at_most(many: Table) -> None:
    """In the order of the list; at_most is a bound, and not a page."""
    view = many.view(Ticket, AGENT)
    everything = [f"t{n:03d}" for n in range(1, 250, 2)]
    for at_most, expected in (
        (1, everything[:1]),
        (100, everything[:100]),
        (101, everything[:101]),
        (125, everything),
        (126, everything),
        (10**9, everything),
    ):
        assert names([each async for each in view.each(desk="d1", at_most=at_most)]) == expected
    found = [each async for each in view.each(index="by_rank", desk="d1", at_most=3, where=attribute("ticket_id") > "t100")]
    assert names(found) == ["t101", "t103", "t105"]
    assert found[0].data == (await view.get(desk="d1", ticket_id="t101")).data


async def test_each_reads_no_more_than_it_gives(many: Table) -> None:
    """Whoever stops stops reading."""
    with recorded(many) as requests:
        async for _ in many.view(Ticket, STRANGER).each(desk="d0", at_most=1000):
            break
        assert len(requests) == 1
        assert names([each async for each in many.view(Ticket, STRANGER).each(desk="d0", at_most=3)]) == ["t000", "t002", "t004"]
        assert requests[-1].payload["Limit"] == 4


@pytest.mark.parametrize("at_most", [0, -1, True, "5", 2.0, None])
async def test_at_most_is_one_or_more(many: Table, at_most: Any) -> None:
    """Refused before anything is read."""
    view = many.view(Ticket, STRANGER)
    with recorded(many) as requests:
        with pytest.raises(BadRequest):
            await view.count(desk="d1", at_most=at_most)
        with pytest.raises(BadRequest):
            _ = [each async for each in view.each(desk="d1", at_most=at_most)]
    assert not requests


async def test_count_counts_to_at_most(many: Table) -> None:
    """What someone may see of a list; and it reads nothing else than what decides that."""
    view = many.view(Ticket, STRANGER)
    assert await view.count(desk="d1") == 125
    assert [await view.count(desk="d1", at_most=each) for each in (1, 124, 125, 126)] == [1, 124, 125, 125]
    assert await view.count(desk="none") == 0
    assert await many.view(Ticket, OWNER).count(index="by_owner", owner_id="u1") == 83
    assert await many.view(Ticket, OWNER).count(index="by_owner", owner_id="u1", where=attribute("desk") == "d1") == 42
    with recorded(many) as requests:
        await view.count(desk="d1", where=attribute("status") == "open")
        await view.count(desk="d1")
    assert set(requests[0].projection) == {"pk", "sk", "desk", "ticket_id", "status"}
    assert set(requests[-1].projection) == {"pk", "sk", "desk", "ticket_id"}


async def test_exists_says_what_get_would(many: Table) -> None:
    """For whom, of what, and it reads what decides alone."""
    view = many.view(Ticket, STRANGER)
    assert await view.exists(**key(1)) is True
    assert await view.exists(**key(999)) is False
    assert await view.exists(desk="d1", ticket_id="t001#FOLLOWUP#0001") is False
    with recorded(many) as requests:
        await view.exists(**key(1))
        with pytest.raises(CallError):
            await view.exists(desk="d1")
    assert [set(each.projection) for each in requests] == [{"pk", "sk", "desk", "ticket_id"}]


async def test_trap_20_exists_and_count_tell_nothing_of_what_is_hidden(engine: Engine) -> None:
    """Absent and forbidden are the same."""
    async with fresh_table(engine) as table:
        await table.create(Account)
        await load(
            table,
            [Account(account_id="u1", email="e@example.com"), Account(account_id="u2", email="e@example.com", bio="b", status="published")],
        )
        view = table.view(Account, STRANGER)
        told = [(await view.exists(account_id=name), await view.count(account_id=name)) for name in ("u1", "nobody", "u2")]
        assert told == [(False, 0), (False, 0), (True, 1)]
        assert await table.view(Account, OWNER).exists(account_id="u1")


async def test_trap_09_no_answer_of_dynamodbs_is_passed_on(many: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an engine returns beyond what was asked for, in any read, it is decided on or dropped."""
    call = many.store._call
    extra = {"note": {"S": CANARY}, "secret": {"S": CANARY}, "unknown": {"S": CANARY}, "contact": {"M": {"phone": {"S": CANARY}}}}

    async def more(operation: str, payload: Any) -> Any:
        answer = await call(operation, payload)
        for item in [
            *answer.get("Items", []),
            *([answer["Item"]] if "Item" in answer else []),
            *answer.get("Responses", {}).get(many.name, []),
        ]:
            item |= extra
        return answer

    monkeypatch.setattr(many.store, "_call", more)

    async def answers() -> str:
        view = many.view(Ticket, STRANGER)
        told = [(await view.get(**key(1))).data, (await view.query(desk="d1", limit=3)).data]
        told += [each.data for each in await view.batch_get([key(1), key(2)])]
        return str(told + [each.data async for each in view.each(desk="d1", at_most=3)])

    assert CANARY not in await answers()
    monkeypatch.setattr("discreet.view.viewer.narrowed", lambda plan, names: reading_everything(plan))
    with pytest.raises(AssertionError):
        assert CANARY not in await answers()


def reading_everything(plan: Any) -> Any:
    """A plan broken on purpose: it discloses all that is in the item."""

    class Broken:
        steps, exists, projection = plan.steps, plan.exists, plan.projection

        def __getattr__(self, name: str) -> Any:
            return getattr(plan, name)

        def disclose(self, item: Any, wanted: Any) -> Any:
            return dict(item)

    return Broken()


class Fresh(Part[Ticket]):
    """Unused attributes do not matter."""

    title: str


async def test_wrong_shapes_are_refused_before_any_io(many: Table) -> None:
    """A class that is no part of the entity, or part of another."""

    class Other(Part[Followup]):
        number: int

    calls: list[Callable[[Any], Any]] = [
        lambda shape: many.view(Ticket, OWNER).get(**key(1), shape=shape),
        lambda shape: many.view(Ticket, OWNER).query(desk="d1", shape=shape),
        lambda shape: many.view(Ticket, OWNER).batch_get([key(1)], shape=shape),
    ]
    with recorded(many) as requests:
        for call in calls:
            for shape in (Other, Followup, dict, str, "TicketCard", {"title"}, Fresh(title="x")):
                with pytest.raises(CallError):
                    await call(shape)
    assert not requests
