"""What the public API is inferred to be. Both type checkers read this; nothing runs it."""

from collections.abc import Sequence
from typing import Annotated, assert_type

from discreet import (
    Audience,
    Disclosure,
    DisclosurePage,
    Entity,
    Identifier,
    Key,
    Principal,
    Table,
    TableDefinition,
    Undisclosed,
    UndisclosedPage,
    View,
    anyone,
    relation,
    role,
    visible_to,
)
from discreet.fastapi import Cursor, Disclosed, Page, bearer, view_of
from discreet.fastapi import View as WebView


class Note(Entity):
    """Something written down."""

    key = Key("note_id")

    note_id: Annotated[Identifier, visible_to(anyone)]
    text: Annotated[str | None, visible_to(relation(claim="sub", attribute="note_id"))] = None


table = Table("notes")

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


async def in_a_route(notes: WebView[Note], after: Cursor | None = None) -> None:
    """The view of a request."""
    assert_type(await notes.get(note_id="a"), Disclosed[Note])
    assert_type((await notes.get(note_id="a")).item, Note)
    page = await notes.query(note_id="a", after=after)
    assert_type(page, Page[Note])
    assert_type(page.items, Sequence[Disclosed[Note]])
    assert_type(page.next, str | None)


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


async def a_table_says_what_it_has_to_be() -> None:
    """As a value; the check answers nothing, and raises."""
    definition = table.definition(Note)
    assert_type(definition, TableDefinition)
    assert_type(definition.time_to_live, str | None)
    assert_type(await table.check(Note), None)
