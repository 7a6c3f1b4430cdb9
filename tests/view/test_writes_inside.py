"""What random writes found, each by name: nested values that are replaced, keys in bodies, indexes under defaults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest

from discreet import (
    BadRequest,
    Change,
    Embedded,
    Entity,
    Forbidden,
    Identifier,
    Index,
    Key,
    Principal,
    Table,
    anyone,
    relation,
    role,
    visible_to,
    writable_by,
)
from discreet.entity.body import written_schema
from discreet.testing import load
from discreet.view import writing

from ..engines import Engine
from .clinic import fresh_table

pytestmark = pytest.mark.anyio

owner = relation(claim="sub", attribute="owner")
author = relation(claim="sub", attribute="author")
ops = role("ops")


class Phone(Embedded):
    """One of a list inside an Embedded."""

    number: Annotated[str, visible_to(owner), writable_by(owner)]
    check: Annotated[str | None, visible_to(ops), writable_by(ops)] = None


class Home(Embedded):
    """One value inside another."""

    phones: Annotated[list[Phone], visible_to(owner), writable_by(owner)] = []


class Comment(Embedded):
    """One of a map."""

    author: Annotated[str, visible_to(anyone), writable_by(author)]
    home: Annotated[Home | None, visible_to(anyone), writable_by(author)] = None


class Doc(Entity):
    """A key that its makers choose, and an index on what has a default."""

    key = Key(pk="DOC#{doc}", sk="DOC")
    by_status = Index("by_status", Key(gsi1pk="{topic}#{status}", gsi1sk="DOC#{doc}"))
    doc: Annotated[Identifier, visible_to(anyone), writable_by(anyone)]
    owner: Annotated[str, visible_to(owner, ops)]
    status: Annotated[str, visible_to(owner), writable_by(owner)] = "draft"
    topic: Annotated[str | None, visible_to(owner), writable_by(owner)] = None
    home: Annotated[Home | None, visible_to(owner), writable_by(owner)] = None
    comments: Annotated[dict[Identifier, Comment], visible_to(owner), writable_by(anyone)] = {}


ADA = Principal(claims={"sub": "ada"})
ADA_OF_OPS = Principal(roles=["ops"], claims={"sub": "ada"})


def change(**values: Any) -> Change[Doc]:
    """A body."""
    return Change[Doc](values)


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """One document of ada's, of whose phones she does not see all."""
    made = fresh_table(engine)
    async with made:
        await made.create(Doc)
        home = Home(phones=[Phone(number="1", check="secret")])
        comments = {"c1": Comment(author="ada"), "c2": Comment(author="ada", home=home)}
        await load(made, [Doc(doc="d1", owner="ada", home=home, comments=comments)])
        yield made


async def stored(table: Table) -> Doc:
    """The whole document."""
    return (await table.undisclosed(Doc).get(doc="d1")).item


INSIDE: list[dict[str, Any]] = [
    {"home": {"phones": [{"number": "2"}]}},
    {"home": {"phones": []}},
    {"home": {"phones": None}},
    {"comments": {"c2": {"home": None}}},
]


@pytest.mark.parametrize("body", INSIDE)
async def test_trap_31_a_list_inside_another_value_is_replaced_by_those_who_see_all_of_it(table: Table, body: dict[str, Any]) -> None:
    """However deep it stands, a hidden value is not taken away with what holds it."""
    before = repr(await stored(table))
    with pytest.raises(Forbidden):
        await table.view(Doc, ADA).update(change(**body), doc="d1")
    assert repr(await stored(table)) == before


async def test_trap_31_broken_looking_at_the_outermost_alone_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the hidden value inside is gone."""
    monkeypatch.setattr(writing, "keeps_whole", lambda *_: True)
    await table.view(Doc, ADA).update(change(home={"phones": []}), doc="d1")
    assert not (await stored(table)).home.phones  # type: ignore[union-attr]


async def test_what_decides_who_sees_a_nested_value_is_read_to_decide_on_it(table: Table) -> None:
    """A role shows that the item is there; that the map in it is her own is decided on the owner nevertheless."""
    await table.view(Doc, ADA_OF_OPS).update(change(comments={"c1": None}), doc="d1")
    assert set((await stored(table)).comments) == {"c2"}


async def test_a_change_never_names_the_key(table: Table) -> None:
    """Whoever may set it when the item is made: its stored copy would change alone, and the item be lost."""
    for view in (table.view(Doc, ADA), table.undisclosed(Doc)):
        with pytest.raises(BadRequest) as refused:
            await view.update(change(doc="d2"), doc="d1")
        assert refused.value.errors[0]["type"] == "not_writable"
    assert (await stored(table)).doc == "d1"
    assert "doc" in written_schema(Doc, "create")["properties"]
    assert "doc" not in written_schema(Doc, "update")["properties"]


async def test_an_index_finds_what_was_unset_under_its_default(table: Table) -> None:
    """A default counts in an index where it is stored, so it is."""
    view = table.view(Doc, ADA)
    await view.update(change(status="done", topic="t"), doc="d1")
    await view.update(change(status=None), doc="d1")
    assert [each.data["status"] async for each in view.each(index="by_status", topic="t", status="draft", at_most=9)] == ["draft"]
    assert not [each async for each in view.each(index="by_status", topic="t", status="done", at_most=9)]
