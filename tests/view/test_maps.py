"""The order of a map's entries: DynamoDB keeps one of its own, which depends on all that is in the map."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from discreet import Embedded, Entity, Identifier, Key, Principal, anyone, relation, visible_to
from discreet.entity import item
from discreet.testing import load

from ..engines import Engine
from .clinic import fresh_table

pytestmark = pytest.mark.anyio

addressee = relation(claim="sub", attribute="to")


class Message(Embedded):
    """One entry, of which only one person sees anything."""

    to: Annotated[Identifier, visible_to(addressee)]
    text: Annotated[str, visible_to(addressee)]


class Room(Entity):
    """What many write into."""

    key = Key(pk="ROOM#{room_id}", sk="ROOM")
    room_id: Annotated[Identifier, visible_to(anyone)]
    messages: Annotated[dict[Identifier, Message], visible_to(anyone)] = {}
    topics: Annotated[dict[str, int], visible_to(anyone)] = {}
    extra: Annotated[Any, visible_to(anyone)] = None


ME = Principal(claims={"sub": "me"})


async def contents(engine: Engine) -> set[bytes]:
    """What I am answered, with ever more entries that are not for me, stored before mine and behind them."""
    found: set[bytes] = set()
    async with fresh_table(engine) as table:
        await table.create(Room)
        for hidden in (0, 5, 20, 100):
            others = {f"h{n}": Message(to="you", text="") for n in range(hidden)}
            mine = {f"m-{name * 3}": Message(to="me", text=name) for name in ("zxqa" if hidden % 2 else "aqzx")}
            plain: dict[str, int] = dict.fromkeys("zxqa" if hidden % 2 else "aqzx", 1)
            messages = {**others, **mine} if hidden < 20 else {**mine, **others}
            await load(table, [Room(room_id="r", messages=messages, topics=plain, extra={"in": dict(plain)})])
            found.add((await table.view(Room, ME).get(room_id="r")).content)
    return found


async def test_trap_02_the_order_of_entries_tells_of_no_hidden_ones(engine: Engine) -> None:
    """An answer, and so its entity tag, is the same whatever else is stored in the map."""
    assert len(await contents(engine)) == 1


async def test_trap_02_broken_entries_in_the_tables_order_are_caught(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As DynamoDB gives them, entries move with hidden ones."""
    monkeypatch.setattr(item, "sorted", lambda entries: list(entries), raising=False)
    assert len(await contents(engine)) > 1
