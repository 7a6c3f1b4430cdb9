"""What the public API is inferred to be. Both type checkers read this; nothing runs it."""

from collections.abc import Sequence
from typing import Annotated, assert_type

from discreet import (
    Audience,
    Disclosure,
    DisclosurePage,
    Entity,
    Identifier,
    Index,
    Key,
    Part,
    Principal,
    Table,
    TableDefinition,
    Undisclosed,
    UndisclosedPage,
    View,
    anyone,
    attribute,
    relation,
    role,
    visible_to,
)
from discreet.entity.filters import Filter
from discreet.fastapi import Cursor, Disclosed, Page, bearer, view_of
from discreet.fastapi import View as WebView


class Note(Entity):
    """Something written down."""

    key = Key("note_id")
    by_text = Index("by_text", Key("text"))

    note_id: Annotated[Identifier, visible_to(anyone)]
    text: Annotated[str | None, visible_to(relation(claim="sub", attribute="note_id"))] = None


class NoteCard(Part[Note]):
    """Less of it."""

    text: str | None


table = Table("notes")

assert_type((attribute("text") == "x") | attribute("text").is_missing(), Filter)

assert_type(role("a") | role("b") & anyone, Audience)
assert_type(Note.key, Key)
assert_type(table.view(Note, Principal()), View[Note])


async def without_a_request(view: View[Note]) -> None:
    """The framework-free view."""
    assert_type(await view.get(note_id="a"), Disclosure[Note])
    assert_type((await view.get(note_id="a")).item.text, str | None)
    assert_type(await view.query(note_id="a"), DisclosurePage[Note])
    assert_type(await table.undisclosed(Note).get(note_id="a"), Undisclosed[Note])
    assert_type(await table.undisclosed(Note).query(note_id="a"), UndisclosedPage[Note])
    assert_type(await view.get(note_id="a", shape=NoteCard), Disclosure[NoteCard])
    assert_type((await view.get(note_id="a", shape=NoteCard)).item, NoteCard)
    assert_type((await view.get(note_id="a", shape=NoteCard)).item.text, str | None)
    assert_type(await view.query(note_id="a", index=Note.by_text, shape=NoteCard), DisclosurePage[NoteCard])
    assert_type(await view.query(note_id="a", where=attribute("text") == "x"), DisclosurePage[Note])
    assert_type(await view.batch_get([{"note_id": "a"}]), list[Disclosure[Note]])
    assert_type(await view.batch_get([{"note_id": "a"}], shape=NoteCard), list[Disclosure[NoteCard]])
    assert_type(await view.scan(limit=5), DisclosurePage[Note])
    assert_type(await view.scan(shape=NoteCard), DisclosurePage[NoteCard])
    assert_type(await view.count(note_id="a", where=attribute("text").is_missing()), int)
    assert_type(await view.exists(note_id="a"), bool)
    async for each in view.each(note_id="a", at_most=5):
        assert_type(each, Disclosure[Note])
    assert_type(await table.undisclosed(Note).batch_get([{"note_id": "a"}]), list[Undisclosed[Note]])
    assert_type(await table.undisclosed(Note).scan(), UndisclosedPage[Note])


async def in_a_route(notes: WebView[Note], after: Cursor | None = None) -> None:
    """The view of a request."""
    assert_type(await notes.get(note_id="a"), Disclosed[Note])
    assert_type((await notes.get(note_id="a")).item, Note)
    page = await notes.query(note_id="a", after=after)
    assert_type(page, Page[Note])
    assert_type(page.items, Sequence[Disclosed[Note]])
    assert_type(page.next, str | None)
    assert_type(await notes.get(note_id="a", shape=NoteCard), Disclosed[NoteCard])
    assert_type((await notes.query(note_id="a", shape=NoteCard)).items, Sequence[Disclosed[NoteCard]])
    assert_type(await notes.batch_get([{"note_id": "a"}], shape=NoteCard), list[Disclosed[NoteCard]])
    assert_type(await notes.batch_get([{"note_id": "a"}]), list[Disclosed[Note]])
    assert_type(await notes.scan(shape=NoteCard), Page[NoteCard])
    assert_type(await notes.count(note_id="a"), int)
    assert_type(await notes.exists(note_id="a"), bool)
    async for each in notes.each(note_id="a", at_most=5):
        assert_type(each, Disclosed[Note])


async def asynchronous_principal() -> Principal:
    """A principal dependency may be async."""
    return Principal()


def synchronous_principal() -> Principal:
    """Or not."""
    return Principal()


def some_table() -> Table:
    """A table may come from a dependency."""
    return table


view_of(Note, table, asynchronous_principal)
view_of(Note, some_table, synchronous_principal)


async def a_whole_item_is_no_answer(notes: WebView[Note]) -> Note:
    """A route that says it answers an entity can not return what a view gives."""
    return await notes.get(note_id="a")  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


view_of(Note, table, bearer(issuer="https://login.example/", audience="notes", roles=["roles"], claims={"team": ("app", "team")}))


async def a_whole_item_is_no_card(notes: WebView[Note]) -> Disclosed[NoteCard]:
    """A route that says it answers a part can not return the whole."""
    return await notes.get(note_id="a")  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


async def a_card_is_no_whole_item(notes: WebView[Note]) -> Page[Note]:
    """Nor the other way round."""
    return await notes.query(note_id="a", shape=NoteCard)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


async def what_is_no_part_is_no_shape(view: View[Note]) -> None:
    """An entity, a text, a filter that is a bool, a bound that is missing: errors."""
    await view.get(note_id="a", shape=Note)  # type: ignore[type-var]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await view.query(note_id="a", shape="NoteCard")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await view.query(note_id="a", where=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await view.count(note_id="a", where="text = x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    view.each(note_id="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def a_table_says_what_it_has_to_be() -> None:
    """As a value; the check answers nothing, and raises."""
    definition = table.definition(Note)
    assert_type(definition, TableDefinition)
    assert_type(definition.time_to_live, str | None)
    assert_type(await table.check(Note), None)
