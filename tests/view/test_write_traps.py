"""Traps of the write side, on both engines, each with a variant broken on purpose that its check catches."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Annotated, Any

import pytest
from pydantic_core import PydanticSerializationError

from discreet import (
    Access,
    BadRequest,
    CallError,
    Change,
    Embedded,
    Entity,
    Forbidden,
    Identifier,
    Index,
    Key,
    New,
    NotDisclosedError,
    NotFound,
    PreconditionFailed,
    Principal,
    Refusal,
    Table,
    Undisclosed,
    anyone,
    increment,
    nobody,
    relation,
    visible_to,
    writable_by,
)
from discreet.dynamodb import store as stores
from discreet.dynamodb.expressions import AllOf, Present
from discreet.dynamodb.writes import Put, Update
from discreet.entity import accepting
from discreet.entity.body import Body
from discreet.entity.item import encode
from discreet.testing import load, recorded
from discreet.view import writing
from discreet.view.keys import physical_key
from discreet.view.tags import tag_of

from ..engines import Engine
from .clinic import fresh_table
from .desk import raw

pytestmark = pytest.mark.anyio

CANARY = "canary-0b6e"
owner = relation(claim="sub", attribute="owner_id")
keeper = relation(claim="keeper_of", attribute="house")


class Note(Embedded):
    """One of a map."""

    text: Annotated[str, visible_to(keeper), writable_by(keeper)] = "-"
    secret: Annotated[str | None, visible_to(nobody)] = None


class Room(Entity):
    """Rented to someone; others see it where it has a sign."""

    key = Key(pk="HOUSE#{house}", sk="ROOM#{room}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="ROOM#{room}"))
    access = Access(create=keeper, delete=keeper, exists_for=owner | keeper | relation(claim="guest_of", attribute="guests"))
    house: Annotated[Identifier, visible_to(anyone)]
    room: Annotated[Identifier, visible_to(anyone)]
    owner_id: Annotated[Identifier, visible_to(owner, keeper)]
    sign: Annotated[str, visible_to(anyone), writable_by(owner, keeper)] = "free"
    is_admin: Annotated[bool, visible_to(nobody)] = False
    guests: Annotated[set[str], visible_to(owner)] = set()
    stock: Annotated[int, visible_to(owner)] = 3
    notes: Annotated[dict[Identifier, Note], visible_to(keeper), writable_by(keeper)] = {}


OWNER = Principal(claims={"sub": "u1"})
KEEPER = Principal(claims={"sub": "k1", "keeper_of": {"h"}})
GUEST = Principal(claims={"sub": "g1", "guest_of": {"party"}})
OUTSIDER = Principal(claims={"sub": "x1"})
STRANGER = Principal()
KEY: dict[str, Any] = {"house": "h", "room": "1"}
ABSENT: dict[str, Any] = {"house": "h", "room": "none"}


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """One room, with something that no declaration knows beside what is hidden."""
    made = fresh_table(engine)
    async with made:
        await made.create(Room)
        room = Room(**KEY, owner_id="u1", is_admin=True, guests={"party"}, notes={"n1": Note(text="t", secret=CANARY)})
        await raw(made, {**encode(made.register(Room), room), "undeclared": {"S": CANARY}})
        yield made


async def wire(table: Table, **key: str) -> dict[str, Any]:
    """An item as DynamoDB holds it."""
    items = (await table.store._call("Scan", {"TableName": table.name}))["Items"]
    return next(each for each in items if each["sk"] == {"S": f"ROOM#{(key or KEY)['room']}"})


async def stored(table: Table) -> str:
    """All that is in the table."""
    return json.dumps((await table.store._call("Scan", {"TableName": table.name}))["Items"], sort_keys=True)


# 6: physical keys and what is the server's are never set from input


SMUGGLED: list[dict[str, Any]] = [
    {"pk": "HOUSE#other"},
    {"sk": "ROOM#2"},
    {"gsi1pk": "OWNER#x1"},
    {"gsi1sk": "ROOM#2"},
    {"house": "other"},
    {"room": "2"},
    {"owner_id": "x1"},
    {"is_admin": True},
    {"undeclared": "x"},
    {"notes": {"n1": {"pk": "x"}}},
    {"__dict__": {"pk": "x"}},
]


async def check_smuggled(table: Table) -> None:
    """Each is refused on create and on change, and what is stored has the keys of its template alone."""
    view = table.view(Room, KEEPER)
    before = await stored(table)
    for body in SMUGGLED:
        with pytest.raises(BadRequest):
            await view.update(Change[Room]({"sign": "x", **body}), **KEY)
        with pytest.raises(BadRequest):
            await view.create(New[Room]({"sign": "x", **body}), house="h", room="2", owner_id="u1")
    for name in ("pk", "sk", "gsi1pk", "gsi1sk"):
        with pytest.raises(CallError):
            await view.update(server_set={name: "x"}, by=keeper, **KEY)
        with pytest.raises(CallError):
            await view.create(house="h", room="2", owner_id="u1", **{name: "x"})
    assert await stored(table) == before


async def test_trap_06_no_body_sets_a_key(table: Table) -> None:
    """Nor an attribute of the server's."""
    await check_smuggled(table)


async def test_trap_06_broken_an_item_that_takes_the_body_along_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """As libraries do that spread what was sent over what they made."""

    def changes(self: Any, intent: Any, item: Any) -> Any:
        return {**original(self, intent, item), **{(name,): {"S": "x"} for name in spread}}

    spread: list[str] = []
    original, model = writing.Writer._changes, accepting._Intake.model

    def lenient(self: Any, attributes: Any, body: Mapping[str, Any], steps: Any, at: Any) -> Any:
        spread[:] = [name for name in body if name in ("gsi1pk", "owner_id", "is_admin", "undeclared")]
        return model(self, attributes, {name: value for name, value in body.items() if name == "sign"}, steps, at)

    monkeypatch.setattr(accepting._Intake, "model", lenient)
    monkeypatch.setattr(writing.Writer, "_changes", changes)
    with pytest.raises(pytest.fail.Exception):
        await check_smuggled(table)
    assert (await wire(table))["pk"] == {"S": "HOUSE#h"}


# 9: nothing that DynamoDB could send back of a write skips the policy


async def check_nothing_comes_back(table: Table) -> None:
    """Neither a write nor a refusal asks for values, alone and in a transaction; what is answered was read through a projection."""
    view = table.view(Room, OWNER)
    with recorded(table) as requests:
        await view.update(Change[Room]({"sign": "a"}), **KEY)
        with pytest.raises(Forbidden):
            await view.delete(**KEY)
        with pytest.raises(PreconditionFailed):
            await view.update(Change[Room]({"sign": "b"}), if_match='"x"', **KEY)
        async with table.transaction() as tx:
            tx.update(view, Change[Room]({"sign": "c"}), **KEY)
        with pytest.raises(NotFound):
            async with table.transaction() as tx:
                tx.update(table.view(Room, STRANGER), server_set={"stock": increment(-1)}, by=anyone, **KEY)
    for each in requests:
        actions = [action for item in each.payload.get("TransactItems", []) for action in item.values()]
        for payload in (each.payload, *actions):
            assert payload.get("ReturnValues", "NONE") == "NONE"
            assert payload.get("ReturnValuesOnConditionCheckFailure", "NONE") == "NONE"
        assert "hidden" not in each.projection
        if each.operation == "GetItem":
            assert each.projection


async def test_trap_09_neither_writes_nor_refusals_ask_for_values(table: Table) -> None:
    """DynamoDB could send whole items back with each."""
    await check_nothing_comes_back(table)


@pytest.mark.parametrize("name", ["ReturnValues", "ReturnValuesOnConditionCheckFailure"])
async def test_trap_09_broken_asking_for_values_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Of what was there before, with the answer or with the refusal."""
    call = stores.Store._call

    async def asking(self: Any, operation: str, payload: Mapping[str, Any]) -> Any:
        wanted = {name: "ALL_OLD"} if operation in ("PutItem", "UpdateItem", "DeleteItem") else {}
        return await call(self, operation, {**payload, **wanted})

    monkeypatch.setattr(stores.Store, "_call", asking)
    with pytest.raises(AssertionError):
        await check_nothing_comes_back(table)


# 13: what was not read is not its default, and a write leaves it as it is


async def check_the_rest_stays(table: Table) -> None:
    """A change stores what it changes, whoever makes it; what its maker does not see, and what nobody declared, stays."""
    before = await wire(table)
    for who, body in ((OWNER, {"sign": "mine"}), (KEEPER, {"sign": "kept", "notes": {"n1": {"text": "new"}}})):
        changed = await table.view(Room, who).update(Change[Room](body), **KEY)
        with pytest.raises(NotDisclosedError):
            changed.item.is_admin  # noqa: B018
    after = await wire(table)
    assert after["is_admin"] == {"BOOL": True}
    assert after["undeclared"] == {"S": CANARY}
    assert after["notes"]["M"]["n1"]["M"]["secret"] == {"S": CANARY}
    changed_names = {name for name in after if after[name] != before.get(name)}
    assert changed_names == {"sign", "notes"}
    assert before.keys() == after.keys()


async def test_trap_13_a_change_leaves_what_its_maker_does_not_see(table: Table) -> None:
    """At every depth."""
    await check_the_rest_stays(table)


async def test_trap_13_broken_saving_what_was_read_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A partial item with its defaults filled in, saved whole: `is_admin` is False, and the rest is gone."""
    observed = writing.Writer.observed

    async def saving(self: Any, intent: Any) -> Any:
        write = await observed(self, intent)
        seen = await self.answer(intent.asked)
        values = {name: each.default for name, each in self.declaration.attributes.items() if name not in seen.item.__dict__}
        item = self.declaration.model.model_validate({**values, **seen.item.__dict__, "owner_id": "u1", **intent.values, "notes": {}})
        return Put(encode(self.declaration, item), write.condition)

    monkeypatch.setattr(writing.Writer, "direct", lambda self, intent: None)
    monkeypatch.setattr(writing.Writer, "observed", saving)
    with pytest.raises(AssertionError):
        await check_the_rest_stays(table)


# 18: what came in and what was read past the policy are no answers


async def check_no_serialising(table: Table) -> None:
    """Neither the answer of an undisclosed write, nor its item, nor a body has a form that could be sent."""
    made = await table.undisclosed(Room).create(house="h", room="7", owner_id="u1", is_admin=True)
    changed = await table.undisclosed(Room).update(server_set={"sign": "x"}, house="h", room="7")
    page = await table.undisclosed(Room).query(house="h")
    body = Change[Room]({"sign": CANARY})
    for held in (made, changed, made.item, page.items[0], body):
        for serialised in (json.dumps, dict, list) if held is body else (json.dumps, pickle.dumps, dict, list):
            with pytest.raises((TypeError, NotDisclosedError)):
                serialised(held)
        assert CANARY not in repr(held)
        assert "True" not in f"{held!r} {held}"
    for held in (made, changed, *page.items):
        for copied in (copy.copy, copy.deepcopy):
            with pytest.raises(NotDisclosedError):
                copied(held)
    with pytest.raises(NotDisclosedError):
        pickle.dumps(page)
    with pytest.raises(NotDisclosedError):
        copy.deepcopy(page)
    assert all(isinstance(each, Undisclosed) for each in copy.copy(page).items)
    for item in (copy.copy(made.item), copy.deepcopy(made.item), made.item.model_copy()):
        assert type(item) is Room
        with pytest.raises(PydanticSerializationError):
            item.model_dump()
        with pytest.raises(NotDisclosedError):
            pickle.dumps(item)
    seen = (await table.view(Room, GUEST).get(**KEY)).item
    for item in (copy.copy(seen), copy.deepcopy(seen)):
        with pytest.raises(NotDisclosedError):
            item.is_admin  # noqa: B018


async def test_trap_18_what_writes_give_past_the_policy_is_not_serialised(table: Table) -> None:
    """Nor pickled, nor copied into something that could be."""
    await check_no_serialising(table)


@pytest.mark.parametrize("broken", [(Undisclosed, "__reduce_ex__"), (Body, "__iter__")], ids=lambda each: each[1])
async def test_trap_18_broken_what_can_be_serialised_is_caught(
    table: Table, monkeypatch: pytest.MonkeyPatch, broken: tuple[type, str]
) -> None:
    """By pickling or by looking through it."""
    holder, name = broken
    if name == "__iter__":
        monkeypatch.setattr(holder, name, lambda self: iter(self.values.items()))
    else:
        monkeypatch.setattr(holder, name, object.__reduce_ex__)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await check_no_serialising(table)


# 20: no write tells absent from forbidden


async def told(table: Table, key: dict[str, Any], who: Principal) -> list[str]:
    """What every way to write is answered."""
    view, tag = table.view(Room, who), tag_of(b"{}")
    calls: list[Callable[[], Any]] = [
        lambda: view.update(Change[Room]({"sign": "x"}), **key),
        lambda: view.update(Change[Room]({"sign": "x"}), if_match="*", **key),
        lambda: view.update(Change[Room]({"sign": "x"}), if_match=tag, **key),
        lambda: view.update(Change[Room]({}), **key),
        lambda: view.update(Change[Room]({"nonsense": 1}), **key),
        lambda: view.update(server_set={"stock": increment(-1)}, by=anyone, **key),
        lambda: view.update(server_set={"stock": increment(-1)}, by=owner, when=keeper, **key),
        lambda: view.update(server_set={"owner_id": "x1"}, by=owner | keeper, **key),
        lambda: view.delete(**key),
        lambda: view.delete(by=anyone, if_match="*", **key),
        lambda: transacted(table, lambda tx: tx.update(view, Change[Room]({"sign": "x"}), **key)),
        lambda: transacted(table, lambda tx: tx.delete(view, **key)),
        lambda: transacted(table, lambda tx: tx.check(view, **key)),
    ]
    found: list[str] = []
    for call in calls:
        with pytest.raises(Refusal) as raised:
            await call()
        found.append(f"{raised.value!r} {raised.value.detail} {dict(raised.value.headers)}")
    return found


async def transacted(table: Table, action: Any) -> None:
    """One action in a transaction."""
    async with table.transaction() as tx:
        action(tx)


async def check_no_oracle(table: Table) -> None:
    """For whom an item does not exist it is refused like one that is not there."""
    before = await stored(table)
    for who in (STRANGER, OUTSIDER, Principal(claims={"sub": "k2", "keeper_of": {"other"}})):
        assert await told(table, KEY, who) == await told(table, ABSENT, who)
    assert await stored(table) == before


async def test_trap_20_no_write_tells_absent_from_forbidden(table: Table) -> None:
    """Alone, on conditions, with a tag, in a transaction."""
    await check_no_oracle(table)


async def test_trap_20_broken_a_403_before_existence_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not theirs to change, told before what is not theirs to know."""
    observed = writing.Writer.observed

    async def telling(self: Any, intent: Any) -> Any:
        key = physical_key(self.declaration, intent.asked)
        found = await self.store.get(key, frozenset({("pk",)}), consistent=True)
        if found is not None:
            raise Forbidden
        return await observed(self, intent)

    monkeypatch.setattr(writing.Writer, "observed", telling)
    with pytest.raises(AssertionError):
        await check_no_oracle(table)


# 28: a stale copy of a component of the key


class Sealed(Entity):
    """Under a number that its guests do not know."""

    key = Key(pk="HOUSE#{house}", sk="SAFE#{safe}")
    access = Access(delete=anyone, exists_for=anyone)
    house: Annotated[Identifier, visible_to(anyone)]
    safe: Annotated[Identifier, visible_to(nobody)]
    text: Annotated[str, visible_to(anyone), writable_by(anyone)] = ""


async def checked(table: Table, view: Any, key: dict[str, Any]) -> None:
    """A look in a transaction."""
    async with table.transaction() as tx:
        tx.check(view, **key)


async def check_stale_copies(table: Table) -> None:
    """Where the copy is another's, there is no such item, to any read or write, in both forms; without a copy there is."""
    copies = {"right": {"safe": {"S": "right"}}, "stale": {"safe": {"S": "other"}}, "odd": {"safe": {"N": "1"}}, "none": {}}
    base = {"pk": {"S": "HOUSE#h"}, "house": {"S": "h"}, "text": {"S": "t"}}
    await raw(table, *({**base, **copy, "sk": {"S": f"SAFE#{safe}"}} for safe, copy in copies.items()))
    view = table.view(Sealed, STRANGER)
    for safe in ("stale", "odd"):
        before = await stored(table)
        key: dict[str, Any] = {"house": "h", "safe": safe}
        for call in (
            partial(view.get, **key),
            partial(view.update, Change[Sealed]({"text": "x"}), **key),
            partial(view.update, Change[Sealed]({"text": "x"}), if_match="*", **key),
            partial(view.delete, **key),
            partial(checked, table, view, key),
        ):
            with pytest.raises(NotFound):
                await call()
        assert await stored(table) == before
    for safe in ("right", "none"):
        assert (await view.update(Change[Sealed]({"text": "x"}), house="h", safe=safe)).data == {"house": "h", "text": "x"}
        await view.delete(house="h", safe=safe)


async def test_trap_28_a_stale_copy_of_a_hidden_component_is_no_item_to_write(table: Table) -> None:
    """Though its viewer may not see the component."""
    await check_stale_copies(table)


async def test_trap_28_broken_writing_without_a_look_at_the_copy_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """That something has this key is not enough."""
    monkeypatch.setattr(writing.Writer, "_there", lambda self, asked: [Present(("pk",))])
    with pytest.raises(pytest.fail.Exception):
        await check_stale_copies(table)


# Races


async def test_of_50_that_change_what_they_saw_one_wins_each_round(table: Table) -> None:
    """Five rounds: what is stored in the end is what the winners wrote, and every loser was told."""
    view = table.view(Room, OWNER)
    wins: list[str] = []
    for number in range(5):
        seen = await view.get(consistent=True, **KEY)

        async def once(name: str, tag: str = tag_of(seen.content)) -> str | None:
            try:
                await view.update(Change[Room]({"sign": name}), server_set={"stock": increment(1)}, if_match=tag, **KEY)
            except PreconditionFailed:
                return None
            return name

        won = [each for each in await asyncio.gather(*(once(f"{number}-{n}") for n in range(50))) if each is not None]
        assert len(won) == 1
        wins += won
        assert (await view.get(consistent=True, **KEY)).item.sign == won[0]
    assert (await view.get(**KEY)).item.stock == 3 + len(wins)


async def test_broken_a_tag_that_is_looked_at_and_not_written_on_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read, compare, write: two of them may both have read the same."""
    observed = writing.Writer.observed

    async def unconditional(self: Any, intent: Any) -> Any:
        write: Any = await observed(self, intent)
        return Update(write.key, write.changes, Present(("pk",)))

    monkeypatch.setattr(writing.Writer, "observed", unconditional)
    with pytest.raises(AssertionError):
        await test_of_50_that_change_what_they_saw_one_wins_each_round(table)


@pytest.mark.parametrize("form", ["direct", "observed"])
async def test_50_changes_of_an_old_owner_never_come_after_the_room_is_given_away(
    table: Table, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was let through came before: the new owner's sign stays, in each of several rounds."""
    if form == "observed":
        monkeypatch.setattr(writing.Writer, "direct", lambda self, intent: None)
    owners = ["u1", "u2", "u3", "u4"]
    for old, new in pairwise(owners):
        view = table.view(Room, Principal(claims={"sub": old}))

        async def give(new: str = new, view: Any = view) -> None:
            await asyncio.sleep(0.02)
            await view.update(Change[Room]({"sign": f"of {new}"}), server_set={"owner_id": new}, **KEY)

        outcomes = await asyncio.gather(
            give(), *(view.update(Change[Room]({"sign": f"late {n}"}), **KEY) for n in range(49)), return_exceptions=True
        )
        assert outcomes[0] is None
        refused = [each for each in outcomes if isinstance(each, BaseException)]
        assert all(isinstance(each, (Forbidden, NotFound)) for each in refused)
        found = await table.undisclosed(Room).get(consistent=True, **KEY)
        assert (found.item.owner_id, found.item.sign) == (new, f"of {new}")
        with pytest.raises(NotFound):
            await view.update(Change[Room]({"sign": "after"}), **KEY)


@pytest.mark.parametrize("form", ["direct", "observed"])
async def test_broken_deciding_before_and_writing_after_is_caught(table: Table, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In both forms: a write without what it was decided on as its condition lets an old owner's through."""
    observed = writing.Writer.observed

    async def unconditional(self: Any, intent: Any) -> Any:
        write: Any = await observed(self, intent)
        if intent.masks and not intent.given:
            await asyncio.sleep(0.05)
            return Update(write.key, write.changes, Present(("pk",)))
        return write

    monkeypatch.setattr(writing.Writer, "observed", unconditional)
    monkeypatch.setattr(writing.Writer, "_sufficient", lambda self, intent, plan: AllOf(tuple(self._there(intent.asked))))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await test_50_changes_of_an_old_owner_never_come_after_the_room_is_given_away(table, form, monkeypatch)


async def test_loading_is_the_same_door(table: Table) -> None:
    """A whole item that is loaded replaces the one that is there, hidden attributes too: it is past the policy."""
    await load(table, [Room(**KEY, owner_id="u9")])
    assert (await wire(table)).get("is_admin") == {"BOOL": False}
