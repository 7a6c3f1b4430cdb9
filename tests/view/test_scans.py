"""Scans, on both engines: for those whom `Access(scan=)` admits, bounded, projected and paged; 403 for everyone else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx2 as httpx
import pytest

from discreet import (
    Access,
    BadCursor,
    BadFilter,
    BadRequest,
    Entity,
    Forbidden,
    Identifier,
    Key,
    Principal,
    Table,
    anyone,
    attribute,
    nobody,
)

from discreet import relation, role, visible_to  # isort: skip
from discreet.testing import load, recorded
from discreet.view.viewer import PrincipalViewer

from ..engines import Engine
from .apps import finder
from .clinic import fresh_table
from .desk import AGENT, CANARY, LEAD, OPS, OTHER, OWNER, READER, STRANGER, Agent, Followup, Ticket, TicketCard, names, raw, ticket

pytestmark = pytest.mark.anyio


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """Tickets on several desks, with other entities and foreign items among them."""
    made = fresh_table(engine)
    async with made:
        await made.create(Ticket, Followup, Agent)
        await load(made, [ticket(f"t{n:02d}", f"u{n % 2}", f"d{n % 5}") for n in range(20)])
        await load(made, [Followup(desk="d1", ticket_id="t01", number=n) for n in range(5)] + [Agent(desk="d1", agent_id="a")])
        await raw(made, {"pk": {"S": "ELSE"}, "sk": {"S": "WHERE"}, "title": {"S": CANARY}})
        yield made


async def scanned(table: Table, principal: Principal, **more: Any) -> list[list[str]]:
    """Every page's tickets, following cursors."""
    found: list[list[str]] = []
    after = None
    while True:
        page = await table.view(Ticket, principal).scan(after=after, **more)
        found.append(names(page))
        after = page.next
        if after is None:
            return found


async def test_whoever_is_admitted_gets_every_item_once(table: Table) -> None:
    """In pages, of their part of each, and of this entity alone."""
    found = await scanned(table, OPS, limit=6)
    assert [len(page) for page in found] == [6, 6, 6, 2]
    assert sorted(sum(found, [])) == [f"t{n:02d}" for n in range(20)]
    assert len(await scanned(table, OPS, limit=20)) == 1
    page = await table.view(Ticket, OPS).scan(limit=20)
    assert {frozenset(each.data) for each in page} == {
        frozenset({"desk", "ticket_id", "title", "opened", "rank", "status", "tags", "contact"}),
    }
    assert CANARY not in str(page.data)


async def test_scans_filter_project_and_narrow(table: Table) -> None:
    """As lists do."""
    with recorded(table) as requests:
        page = await table.view(Ticket, OPS).scan(where=attribute("title") == "title t07", shape=TicketCard, limit=3)
    assert page.data == {"items": [{"title": "title t07", "status": "open"}], "next": None}
    assert {each.operation for each in requests} == {"Scan"}
    assert all(set(each.projection) == {"pk", "sk", "desk", "ticket_id", "title", "status"} for each in requests)
    assert all(each.payload["Limit"] <= 1000 for each in requests)
    with recorded(table) as requests, pytest.raises(BadFilter):
        await table.view(Ticket, OPS).scan(where=attribute("secret") == "x")
    assert not requests


async def check_refused(table: Table) -> None:
    """Everyone else gets one and the same refusal, whatever they ask, and nothing is read."""
    told: set[str] = set()
    asks: list[Callable[[Any], Any]] = [
        lambda view: view.scan(),
        lambda view: view.scan(limit=0),
        lambda view: view.scan(after="forged"),
        lambda view: view.scan(where=attribute("secret") == "x"),
        lambda view: view.scan(where=attribute("title") == "x", shape=None),
    ]
    with recorded(table) as requests:
        for principal in (STRANGER, OWNER, OTHER, AGENT, LEAD, READER, Principal(roles={"OPS"}), Principal(claims={"ops": "ops"})):
            for ask in asks:
                with pytest.raises(Forbidden) as raised:
                    await ask(table.view(Ticket, principal))
                told.add(f"{raised.value.status}{raised.value.title}{raised.value.detail}{raised.value.__cause__!r}")
        for entity in (Followup, Agent):
            with pytest.raises(Forbidden) as raised:
                await table.view(entity, OPS).scan()
            told.add(f"{raised.value.status}{raised.value.title}{raised.value.detail}{raised.value.__cause__!r}")
    assert not requests
    assert len(told) == 1


async def test_everyone_else_is_refused_alike_with_nothing_read(table: Table) -> None:
    """Before filters, cursors and limits are looked at; also of entities that nobody may scan."""
    await check_refused(table)


async def test_broken_scans_for_everyone_are_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that scans whatever exists for someone answers strangers."""
    monkeypatch.setattr(PrincipalViewer, "may_scan", lambda self: True)
    with pytest.raises((AssertionError, pytest.fail.Exception, BadRequest, BadCursor)):
        await check_refused(table)


async def test_refusals_are_byte_identical_over_http(table: Table) -> None:
    """403, without a word about what is stored."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(finder(table)), base_url="http://test") as client:
        answers = [await client.get("/all", params=params) for params in ({}, {"who": "u1"}, {"who": "nobody"}, {"after": "x"})]
        assert {(each.status_code, each.content) for each in answers} == {(403, answers[0].content)}
        found = (await client.get("/all", params={"who": "ops"})).json()
        assert len(found["items"]) == 2
        assert found["next"]


class Place(Entity):
    """Scanned by those who know a region, of that region."""

    key = Key(pk="PLACE#{place_id}", sk="PLACE")
    access = Access(scan=relation(claim="region", attribute="region"), exists_for=role("staff"))
    place_id: Annotated[Identifier, visible_to(anyone)]
    region: Annotated[str, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone)] = "x"
    hidden: Annotated[str, visible_to(nobody)] = CANARY


async def test_a_scan_for_a_relation_is_of_what_meets_it(engine: Engine) -> None:
    """An item is scanned if it exists for someone, and `scan` admits them to it."""
    async with fresh_table(engine) as table:
        await table.create(Place)
        await load(table, [Place(place_id=f"p{n}", region=f"r{n % 2}") for n in range(6)])
        staff = Principal(roles={"staff"}, claims={"region": "r1"})
        found = [each.data["place_id"] for each in await table.view(Place, staff).scan()]
        assert sorted(found) == ["p1", "p3", "p5"]
        assert (await table.view(Place, staff).get(place_id="p0")).data["region"] == "r0"
        elsewhere = await table.view(Place, Principal(roles={"staff"}, claims={"region": "r9"})).scan()
        assert elsewhere.data == {"items": [], "next": None}
        with recorded(table) as requests:
            assert (await table.view(Place, Principal(claims={"region": "r1"})).scan()).data == {"items": [], "next": None}
        assert not requests
        with pytest.raises(Forbidden):
            await table.view(Place, Principal(roles={"staff"})).scan()


async def test_past_the_policy_scans_are_free(table: Table) -> None:
    """For jobs."""
    found = [each.item async for each in all_undisclosed(table)]
    assert {each.secret for each in found} == {CANARY}
    assert len(found) == 20


async def all_undisclosed(table: Table) -> AsyncIterator[Any]:
    """Every ticket, whole."""
    after = None
    while True:
        page = await table.undisclosed(Ticket).scan(after=after, limit=7)
        for each in page:
            yield each
        after = page.next
        if after is None:
            return
