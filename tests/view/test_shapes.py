"""Parts of entities, on both engines: they narrow what is read, answered and documented, and can never widen it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx2 as httpx
import pytest
from pydantic import Field, PlainSerializer, computed_field

from discreet import (
    ConfigurationError,
    DeclarationError,
    Embedded,
    Entity,
    Identifier,
    Key,
    NotDisclosedError,
    NotFound,
    Part,
    Principal,
    Table,
    anyone,
    attribute,
    nobody,
    relation,
    stored_as,
    visible_to,
)
from discreet.entity import declaration_of
from discreet.entity.part import shape_of
from discreet.entity.shape import schema_of
from discreet.policy import Attribute, Policy, compile_plan
from discreet.testing import load, recorded
from discreet.view import viewer

from ..engines import Engine
from .apps import finder, naked
from .clinic import fresh_table
from .desk import (
    AGENT,
    CANARY,
    OTHER,
    OWNER,
    READER,
    STRANGER,
    Contact,
    Followup,
    Reply,
    Ticket,
    TicketCard,
    TicketThread,
    ticket,
)

pytestmark = pytest.mark.anyio


class Everything(Part[Ticket]):
    """As much as a part can list."""

    desk: str
    ticket_id: str
    title: str
    owner_id: str | None
    note: str | None
    secret: str
    contact: Contact | None
    replies: list[Reply]


class Small(TicketCard):
    """A part made of another, with one more."""

    rank: int


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """Three tickets."""
    made = fresh_table(engine)
    async with made:
        await made.create(Ticket, Followup)
        await load(made, [ticket("t1"), ticket("t2", "u2", status="published"), ticket("t3", contact=Contact(city="Bruges"), replies=[])])
        yield made


async def test_a_shape_narrows_what_is_read_and_answered(table: Table) -> None:
    """Alone and in lists; the item is of the part's class."""
    view = table.view(Ticket, OWNER)
    with recorded(table) as requests:
        card = await view.get(desk="d1", ticket_id="t1", shape=TicketCard)
        page = await view.query(desk="d1", shape=TicketCard)
    assert card.data == {"title": "title t1", "status": "open"}
    assert json.loads(card.content) == card.data
    assert type(card.item) is TicketCard
    assert card.item.title == "title t1"
    assert [each.data["status"] for each in page] == ["open", "published", "open"]
    assert set(requests[0].projection) == {"pk", "sk", "desk", "ticket_id", "title", "status"}
    assert requests[1].projection == requests[0].projection
    with pytest.raises(AttributeError):
        _ = card.item.note  # type: ignore[attr-defined]
    assert (await view.get(desk="d1", ticket_id="t1", shape=Small)).data == {"title": "title t1", "status": "open", "rank": 0}


async def check_never_wider(table: Table, principal: Principal) -> None:
    """Whatever a shape lists, it holds no more than the whole does for the same viewer."""
    for shape in (Everything, TicketCard, TicketThread):
        whole = (await table.view(Ticket, principal).get(desk="d1", ticket_id="t1")).data
        part = (await table.view(Ticket, principal).get(desk="d1", ticket_id="t1", shape=shape)).data
        assert all(part[name] == whole.get(name) or isinstance(part[name], (dict, list)) for name in part)
        assert set(part) <= set(whole)
        assert "secret" not in part
        if "note" not in whole:
            assert CANARY + " note" not in str(part)
        if "phone" not in whole["contact"]:
            assert CANARY + " phone" not in str(part)


@pytest.mark.parametrize("principal", [STRANGER, OWNER, OTHER, AGENT, READER], ids=lambda each: str(each.id))
async def test_a_shape_never_widens(table: Table, principal: Principal) -> None:
    """Audiences stay those of the entity."""
    await check_never_wider(table, principal)


async def test_broken_a_shape_that_brings_audiences_of_its_own_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part whose attributes are everyone's shows what is hidden."""
    opened = Policy({name: Attribute(anyone) for name in declaration_of(Ticket).attributes}, anyone)
    monkeypatch.setattr(viewer, "narrowed", lambda plan, names: compile_plan(opened, frozenset()))
    with pytest.raises(AssertionError):
        await check_never_wider(table, STRANGER)


async def test_parts_inside_a_part(table: Table) -> None:
    """Narrow what is nested too; what a part leaves nothing of is absent, never `{}`."""
    asked: list[tuple[Principal, str, dict[str, Any]]] = [
        (OWNER, "t1", {"title": "title t1", "contact": {"phone": f"{CANARY} phone"}, "replies": [{"text": "hello"}, {"text": "bye"}]}),
        (OWNER, "t2", {"title": "title t2"}),
        (OWNER, "t3", {"title": "title t3", "contact": {"phone": None}, "replies": []}),
        (STRANGER, "t1", {"title": "title t1"}),
        (AGENT, "t2", {"title": "title t2", "contact": {"phone": f"{CANARY} phone"}, "replies": [{"text": "hello"}, {"text": "bye"}]}),
    ]
    for principal, name, expected in asked:
        found = await table.view(Ticket, principal).get(desk="d1", ticket_id=name, shape=TicketThread)
        assert found.data == expected, (principal, name)
    item = (await table.view(Ticket, OWNER).get(desk="d1", ticket_id="t1", shape=TicketThread)).item
    assert item.contact is not None
    assert item.contact.phone == f"{CANARY} phone"
    assert item.replies[0].text == "hello"
    with pytest.raises((NotDisclosedError, AttributeError)):
        _ = item.replies[0].author  # type: ignore[attr-defined]


async def test_an_item_exists_in_a_shape_as_it_does_whole(table: Table) -> None:
    """A part of which someone may see nothing is empty, and no 404: that tells no more than the whole does."""

    class Secrets(Part[Ticket]):
        secret: str
        note: str | None

    assert (await table.view(Ticket, STRANGER).get(desk="d1", ticket_id="t1", shape=Secrets)).data == {}
    assert (await table.view(Ticket, OWNER).get(desk="d1", ticket_id="t1", shape=Secrets)).data == {"note": f"{CANARY} note"}
    with pytest.raises(NotFound):
        await table.view(Ticket, STRANGER).get(desk="d1", ticket_id="none", shape=Secrets)


async def test_a_filter_asks_about_the_whole_and_a_shape_answers_its_part(table: Table) -> None:
    """What is filtered by is read, decided on and not answered."""
    with recorded(table) as requests:
        page = await table.view(Ticket, OWNER).query(desk="d1", shape=TicketCard, where=attribute("contact.phone").contains("phone"))
    assert page.data["items"] == [{"title": "title t1", "status": "open"}]
    assert "contact.phone" in requests[0].projection


async def test_a_list_in_a_shape_needs_its_key_disclosed(engine: Engine) -> None:
    """Also where the shape does not list it."""

    class Hidden(Entity):
        key = Key(pk="ALL", sk="{rank:03d}")
        rank: Annotated[int, visible_to(relation(claim="sub", attribute="owner"))]
        owner: Annotated[str, visible_to(anyone)]

    class Card(Part[Hidden]):
        owner: str

    async with fresh_table(engine) as table:
        await table.create(Hidden)
        await load(table, [Hidden(rank=1, owner="u1"), Hidden(rank=2, owner="u2")])
        assert (await table.view(Hidden, OWNER).query(shape=Card)).data["items"] == [{"owner": "u1"}]


# Over HTTP


async def test_parts_are_answers_of_routes(table: Table) -> None:
    """Alone, in pages, in lists; documented as narrow as they are."""
    app = finder(table)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/cards/t1")).json() == {"title": "title t1", "status": "open"}
        page = (await client.get("/cards")).json()
        assert page["items"] == [{"title": "title t1", "status": "open"}, {"title": "title t2", "status": "published"}]
        assert (await client.get("/cards", params={"after": page["next"]})).json()["items"] == [{"title": "title t3", "status": "open"}]
        assert (await client.get("/several")).json() == [
            {"title": f"title {n}", "status": s} for n, s in (("t2", "published"), ("t1", "open"))
        ]
        assert (await client.get("/threads/t1", params={"who": "u1"})).json()["contact"] == {"phone": f"{CANARY} phone"}
        both = (await client.get("/both")).json()
        assert both["card"] == {"title": "title t1", "status": "open"}
        assert [set(each) for each in both["cards"]["items"]] == [{"title", "status"}] * 3
        assert (await client.get("/count")).json() == 3
        assert [(await client.get(f"/exists/{name}")).json() for name in ("t1", "t9")] == [True, False]
        assert (await client.get("/count")).headers["cache-control"] == "private, no-store"
        schema = (await client.get("/openapi.json")).json()
    paths = schema["paths"]
    card = paths["/cards/{ticket_id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(card["properties"]) == {"title", "status"}
    assert card["additionalProperties"] is False
    items = paths["/cards"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["items"]
    assert items["items"]["properties"] == card["properties"]
    assert items["items"]["title"] == "TicketCard"
    thread = paths["/threads/{ticket_id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    assert set(thread) == {"title", "contact", "replies"}
    assert set(thread["replies"]["items"]["properties"]) == {"text"}
    assert "secret" not in json.dumps(schema)
    assert "internal" not in json.dumps(schema)


async def test_the_item_of_a_part_is_no_answer(table: Table) -> None:
    """It is as naked as the item of an entity: the app refuses to serve."""
    with pytest.raises(ConfigurationError, match="TicketCard"):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(naked(table)), base_url="http://test") as client:
            await client.get("/card")


def test_the_schema_of_a_part_names_what_someone_may_see_of_it() -> None:
    """Never what nobody may see, though the part lists it."""
    declaration = declaration_of(Ticket)
    schema = schema_of(declaration, shape_of(declaration, Everything))
    assert set(schema["properties"]) == {"desk", "ticket_id", "title", "owner_id", "note", "contact", "replies"}
    assert schema["required"] == ["desk", "ticket_id"]


# Wrong declarations


made_class: Any = type(Part)


def declared(annotation: Any, name: str = "title", /, *, of: Any = Ticket, **namespace: Any) -> Any:
    """A part with one attribute."""
    body = {"__module__": __name__, "__qualname__": "Card", "__annotations__": {name: annotation}, **namespace}
    return made_class("Card", (Part[of],), body)


class Plain(Part[Followup]):
    """Part of another entity."""

    number: int


class Unkeyed(Entity):
    """A base, and no entity."""

    name: Annotated[str, visible_to(anyone)]


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "an unknown attribute": (lambda: declared(str, "titel"), "is no attribute of `Ticket`"),
    "a stored name": (lambda: declared(str, "pk"), "is no attribute of `Ticket`"),
    "another type": (lambda: declared(int), "of another type"),
    "None more": (lambda: declared(str | None), "of another type"),
    "None less": (lambda: declared(str, "note"), "of another type"),
    "another container": (lambda: declared(list[str], "tags"), "of another type"),
    "another Embedded": (lambda: declared(Reply | None, "contact"), "of another type"),
    "a dict for an Embedded": (lambda: declared(dict[str, str], "contact"), "of another type"),
    "an audience": (lambda: declared(Annotated[str, visible_to(anyone)]), "declares anew"),
    "a stored name of its own": (lambda: declared(Annotated[str, stored_as("t")]), "declares anew"),
    "a default": (lambda: declared(str, title="x"), "a default or an alias"),
    "an alias": (lambda: declared(str, title=Field(alias="t")), "a default or an alias"),
    "nothing": (lambda: made_class("Card", (Part[Ticket],), {"__module__": __name__, "__qualname__": "Card"}), "lists no attribute"),
    "of nothing": (
        lambda: made_class("Card", (Part,), {"__module__": __name__, "__qualname__": "Card", "__annotations__": {"title": str}}),
        "part of",
    ),
    "of a base": (lambda: declared(str, "name", of=Unkeyed), "no key"),
    "something computed": (lambda: declared(str, more=computed_field(return_type=str)(property(lambda self: "x"))), "computed_field"),
    "a serializer": (lambda: declared(Annotated[str, PlainSerializer(str.upper)]), "PlainSerializer"),
}


@pytest.mark.parametrize(("make", "word"), WRONG.values(), ids=list(WRONG))
def test_parts_that_are_none_raise_at_import(make: Callable[[], Any], word: str) -> None:
    """With a hint."""
    with pytest.raises(DeclarationError) as raised:
        make()
    assert word in str(raised.value)
    assert raised.value.hint


def test_a_part_of_an_embedded_is_checked_as_well() -> None:
    """By the Embedded's own attributes."""

    class Inner(Embedded):
        a: Annotated[str, visible_to(nobody)]

    class InnerPart(Part[Inner]):
        a: str

    assert list(InnerPart.__pydantic_fields__) == ["a"]
    with pytest.raises(DeclarationError, match="is no attribute of `Inner`"):
        declared(str, "b", of=Inner)


def test_types_may_be_written_with_or_without_what_annotates_them() -> None:
    """Constraints and order of a union take no part."""
    assert declared(Identifier, "ticket_id")
    assert declared(None | str, "note")
    assert declared(set[str], "tags")
    assert Plain.__pydantic_fields__.keys() == {"number"}
