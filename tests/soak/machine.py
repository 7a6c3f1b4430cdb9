"""A machine of writes: one table, and the model of it. Each step asks both the same thing, and compares answers and all that is stored.

A step is drawn from any source of chance: of a seed, for long runs, or of Hypothesis', which then makes it small.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

from discreet import Change, Credentials, DiscreetError, Entity, New, Principal, Table, above, at_least, attribute, between, increment
from discreet.entity import declaration_of
from discreet.errors import BadRequest
from discreet.testing import Simulator
from discreet.testing.writing import Database, Writes
from discreet.view.tags import tag_of

from ..engines import Engine
from .library import (
    ENTITIES,
    FIRST,
    FUTURE,
    INDEX_KEYS,
    KEYS,
    NAMES,
    PAST,
    PEOPLE,
    SPACES,
    STORED,
    Doc,
    Handover,
    Pass,
    draw_body,
    draw_by,
    draw_key,
    draw_principal,
    draw_server_set,
    draw_when,
    owner,
)
from .wire import THROUGH_THE_SDK, straight

__all__ = ["Difference", "Machine", "run"]


class Difference(AssertionError):
    """The table and its model are not one, with the steps that led to it."""


@dataclass(frozen=True)
class Tag:
    """An entity tag, and what was disclosed when it was given."""

    text: str
    disclosed: Any


@dataclass(frozen=True)
class Call:
    """One write to be, of whoever asks. principal: None for code past the policy."""

    kind: str
    entity: type[Entity]
    principal: Principal | None
    body: dict[str, Any] | None = None
    arguments: dict[str, Any] = field(default_factory=dict)

    def expected(self, database: Database) -> tuple[Database, Any]:
        """The database after it, and what the caller is told."""
        try:
            after = getattr(Writes(database, self.entity, self.principal), self.kind)(*self._bodies(), **self._with_tag("disclosed"))
        except DiscreetError as error:
            return database, _told(error)
        if self.kind in ("delete", "check") or self.principal is None:
            return after, "done"
        names = declaration_of(self.entity).key.names
        return after, after.disclosed(self.entity, self.principal, **{name: self.arguments[name] for name in names})

    async def carried_out(self, table: Table) -> Any:
        """What the caller is told."""
        try:
            found = await getattr(self.view(table), self.kind)(*self._bodies(), **self._with_tag("text"))
        except DiscreetError as error:
            return _told(error)
        return "done" if self.kind == "delete" or self.principal is None else found.data

    def added(self, table: Table, transaction: Any) -> None:
        """As an action of a transaction."""
        getattr(transaction, self.kind)(self.view(table), *self._bodies(), **self._with_tag("text"))

    def view(self, table: Table) -> Any:
        """Whose it is."""
        return table.undisclosed(self.entity) if self.principal is None else table.view(self.entity, self.principal)

    def place(self) -> tuple[Any, ...]:
        """The item that it is about."""
        return (self.entity, *(str(self.arguments[name]) for name in declaration_of(self.entity).key.names))

    def _bodies(self) -> tuple[Any, ...]:
        return () if self.body is None else (_body(self.kind, self.entity, self.body),)

    def _with_tag(self, part: str) -> dict[str, Any]:
        tag = self.arguments.get("if_match")
        return {**self.arguments, "if_match": getattr(tag, part)} if isinstance(tag, Tag) else self.arguments

    def __str__(self) -> str:
        who = "code past the policy" if self.principal is None else f"{sorted(self.principal.roles)} {dict(self.principal.claims)}"
        return f"{self.kind} {self.entity.__name__} {self.body} {self.arguments} by {who}"


def _body(kind: str, entity: Any, values: dict[str, Any]) -> Any:
    return New[entity](values) if kind == "create" else Change[entity](values)


def _told(error: DiscreetError) -> Any:
    """An exception as its caller takes it: of errors in a body, whether it is what is not to be set."""
    status = getattr(error, "status", 500)
    if isinstance(error, BadRequest) and error.errors:
        return status, "not writable" if error.errors[0]["type"] == "not_writable" else "not valid"
    return status, getattr(error, "detail", type(error).__name__)


class Machine:
    """One table and its model, step by step."""

    def __init__(self, engine: Engine) -> None:
        self.table = Table(f"t{uuid4().hex}", region="eu-west-1", endpoint_url=engine.url, credentials=Credentials("local", "local"))
        self.database = Database()
        self.steps: list[str] = []
        self._tags: list[tuple[Call, Tag]] = []
        self._done: list[tuple[str, list[Call]]] = []

    async def begin(self) -> None:
        """A table with a document in it, of all that one can hold."""
        await self.table.create(*ENTITIES)
        # Else the engine may come at any moment and take away what is past, as it should, and the model does not know when.
        ending = {"Enabled": False, "AttributeName": "until"}
        await self._send("UpdateTimeToLive", {"TableName": self.table.name, "TimeToLiveSpecification": ending})
        self.database = Database().put((Doc, (SPACES[0], NAMES[0])), FIRST)
        await self._send("PutItem", {"TableName": self.table.name, "Item": _wire_item((Doc, ()), FIRST)})

    async def end(self) -> None:
        """Away with it."""
        await self.table.delete()
        await self.table.close()

    async def step(self, chance: Random) -> None:
        """One thing of any kind, and a look at all that is stored."""
        kinds = (
            [self.write] * 10
            + [self.read] * 3
            + [self.page] * 3
            + [self.transact] * 3
            + [self.hand_over, self.repeat, self.race, self.meddle]
        )
        await chance.choice(kinds)(chance)

    # Steps

    async def write(self, chance: Random) -> None:
        """Make, change or take away one item."""
        call = self._call(chance)
        self._note(call)
        after, expected = call.expected(self.database)
        self._same(expected, await call.carried_out(self.table))
        self.database = after
        if isinstance(expected, dict) and expected:
            self._tags = [*self._tags[-20:], (call, Tag(tag_of(_text(expected)), expected))]
        await self._look()

    async def transact(self, chance: Random) -> None:
        """Several at once, of several principals: all, or none."""
        calls: dict[Any, Call] = {}
        for _ in range(chance.choice([1, 2, 2, 3, 4])):
            call = self._call(chance, check=True)
            calls.setdefault(call.place(), call)
        await self._together(list(calls.values()), chance.choice([None, None, f"token{chance.choice(NAMES)}-{len(self.steps)}"]))

    async def hand_over(self, chance: Random) -> None:
        """Give a document of one's own to another, and write down that it was: as the example does."""
        key = self._key(chance, Doc)
        who = self._principal(chance, Doc, key)
        to, sub = chance.choice(PEOPLE), who.claims.get("sub", "nobody")
        record = {**key, "no": chance.choice(NAMES)}
        calls = [
            Call("update", Doc, who, None, {"server_set": {"owner": to}, "by": owner, **key}),
            Call("check", Pass, None, None, {"space": key["space"], "no": key["doc"]}),
            Call("create", Handover, who, None, {**record, "owner": sub, "to": to}),
        ]
        await self._together(calls if chance.random() < 0.5 else calls[::2], f"h{len(self.steps)}")

    async def repeat(self, chance: Random) -> None:
        """A transaction that happened, under its token again: nothing happens, whatever is answered."""
        if chance.random() < 0.7:
            key = self._key(chance, Doc)
            who = chance.choice([None, self._principal(chance, Doc, key)])
            given = {"count": increment(1)}
            await self._together([Call("update", Doc, who, None, {"server_set": given, "by": owner, **key})], f"count{len(self.steps)}")
        if self._done:
            token, calls = chance.choice([self._done[-1], chance.choice(self._done)])
            self._note(f"again under {token}", *calls)
            await self._committed(calls, token)
            await self._look()

    async def race(self, chance: Random) -> None:
        """Two at a time about one item: as if one came after the other."""
        one, other = self._call(chance), self._call(chance)
        seen = [place for place, held in self.database.items.items() if place[0] is Doc and held.get("owner")]
        if seen and chance.random() < 0.5:
            one, other = self._of_what_was_seen(chance, chance.choice(sorted(seen, key=repr)))
        if other.entity is not one.entity:
            return
        names = declaration_of(one.entity).key.names
        other = replace(other, arguments={**other.arguments, **{name: one.arguments[name] for name in names}})
        self._note("at a time:", one, other)
        orders = []
        for first, second in ((one, other), (other, one)):
            between, told = first.expected(self.database)
            after, told_then = second.expected(between)
            orders.append((after, {id(first): _refused(told), id(second): _refused(told_then)}))
        found = await asyncio.gather(one.carried_out(self.table), other.carried_out(self.table))
        told = {id(one): _refused(found[0]), id(other): _refused(found[1])}
        stored = await self._stored()
        fitting = [after for after, each in orders if each == told and _wires(after) == stored]
        if not fitting:
            self._same(_wires(orders[0][0]), stored)
            raise self._difference([list(each.values()) for _, each in orders], list(told.values()))
        self.database = fitting[0]

    async def meddle(self, chance: Random) -> None:
        """Another service writes an item as it likes: without an attribute, or past its time."""
        if not self.database.items:
            return
        place = chance.choice(sorted(self.database.items, key=repr))
        held = dict(self.database.items[place])
        loose = sorted(held.keys() - set(declaration_of(place[0]).key.names))
        if place[0] is Pass and chance.random() < 0.5:
            held["until"] = chance.choice([PAST, FUTURE])
        elif loose:
            held.pop(chance.choice(loose))
        self._note(f"another service puts {place[0].__name__} {place[1]} as {held}")
        await self._send("PutItem", {"TableName": self.table.name, "Item": _wire_item(place, held)})
        self.database = self.database.put(place, held)

    async def read(self, chance: Random) -> None:
        """One item, or whether it is there."""
        entity: type[Entity] = chance.choice(ENTITIES)
        key, call = self._key(chance, entity), chance.choice(["get", "get", "exists"])
        who = self._principal(chance, entity, key)
        self._note(f"{call} {entity.__name__} {key} by {dict(who.claims)} {sorted(who.roles)}")
        view, simulator = self.table.view(entity, who), Simulator(self.database.world(entity, who))
        self._same(_asked(lambda: getattr(simulator, call)(**key)), await _answered(getattr(view, call)(**key)))

    async def page(self, chance: Random) -> None:
        """A list, page by page to its end, of the table or an index; seldom all of the table."""
        entity: type[Entity] = chance.choice(ENTITIES)
        who = self._principal(chance, entity, self._key(chance, entity))
        arguments: dict[str, Any] = {"limit": chance.choice([1, 2, 3])}
        if entity is Doc and chance.random() < 0.5:
            index = chance.choice(["by_owner", "by_topic"])
            arguments |= {
                "index": index,
                **({"owner": chance.choice(PEOPLE)} if index == "by_owner" else {"topic": chance.choice(["t1", "t#2"])}),
            }
        else:
            arguments |= {"space": chance.choice(SPACES), "reverse": chance.random() < 0.3}
            name = {Doc: "doc", Pass: "no", Handover: "doc"}[entity]
            if chance.random() < 0.2:
                arguments[name] = chance.choice([above("1"), at_least("10"), between("1", "10")])
        if chance.random() < 0.3:
            arguments["where"] = attribute("owner") == chance.choice(PEOPLE)
        kind = "query"
        if chance.random() < 0.1:
            kind, arguments = "scan", {"limit": 100}
        self._note(f"{kind} {entity.__name__} {arguments} by {dict(who.claims)} {sorted(who.roles)}")
        view, simulator = self.table.view(entity, who), Simulator(self.database.world(entity, who))
        position = cursor = None
        while True:
            after: dict[str, Any]
            next: dict[str, Any]
            after, next = ({} if position is None else {"after": position}), ({} if cursor is None else {"after": cursor})
            expected = _asked(lambda: getattr(simulator, kind)(**arguments, **after))  # noqa: B023
            found = await _answered(getattr(view, kind)(**arguments, **next))
            if isinstance(expected, tuple) or isinstance(found, tuple):
                return self._same(expected, found)
            position, cursor = expected["next"], found["next"]
            in_order = sorted if kind == "scan" else list
            self._same(
                (in_order(map(_text, expected["items"])), position is not None), (in_order(map(_text, found["items"])), cursor is not None)
            )
            if position is None:
                return None

    # Parts of steps

    def _call(self, chance: Random, *, check: bool = False) -> Call:
        kinds = ["create", "create", "update", "update", "update", "update", "delete", *(["check"] if check else [])]
        kind = chance.choice(kinds)
        entity: Any = chance.choice([Doc, Doc, Doc, Pass])
        if chance.random() < 0.06 and (own := self._own_comment(chance)) is not None:
            return own
        if self._tags and chance.random() < 0.1 and kind in ("update", "delete"):
            before, tag = chance.choice(self._tags)
            key = {name: before.arguments[name] for name in declaration_of(before.entity).key.names}
            body = draw_body(chance, before.entity, "ada", creating=False) if kind == "update" else None
            return Call(kind, before.entity, before.principal, body, {**key, "if_match": tag})
        key = self._key(chance, entity) if kind != "create" or chance.random() < 0.3 else draw_key(chance, entity)
        who: Principal | None = self._principal(chance, entity, key)
        sub = str(who.claims.get("sub", "ada")) if who else "ada"
        if chance.random() < 0.06:
            who = None
        if kind == "create":
            body = draw_body(chance, entity, sub, creating=True)
            given: dict[str, Any] = {"status": "published"} if entity is Doc and chance.random() < 0.3 else {}
            if chance.random() < 0.2:
                given |= {"owner": sub}
                if chance.random() < 0.9:
                    body.pop("owner", None)
            return Call(kind, entity, who, body, {**key, **given})
        arguments: dict[str, Any] = dict(key)
        if chance.random() < 0.25:
            arguments["when"] = draw_when(chance, entity)
        if kind == "check":
            return Call(kind, entity, who, None, arguments)
        if chance.random() < 0.15:
            arguments["if_match"] = "*" if who is not None else None
        if chance.random() < 0.2:
            arguments["by"] = draw_by(chance)
        if kind == "delete":
            return Call(kind, entity, who, None, arguments)
        serving = chance.random()
        body_sent = draw_body(chance, entity, sub, creating=False) if serving < 0.8 else None
        if serving > 0.6:
            arguments["server_set"] = draw_server_set(chance, entity, sub)
            if "by" not in arguments and chance.random() < 0.8:
                arguments["by"] = draw_by(chance)
        return Call(kind, entity, who, body_sent, arguments)

    def _of_what_was_seen(self, chance: Random, place: Any) -> tuple[Call, Call]:
        """Two changes by a document's owner, each of what it saw before: one of them is too late."""
        key = dict(zip(declaration_of(Doc).key.names, place[1], strict=True))
        who = Principal(roles=["ops"], claims={"sub": self.database.items[place]["owner"]})
        disclosed = self.database.disclosed(Doc, who, **key)
        tag = Tag(tag_of(_text(disclosed)), disclosed)
        bodies = [{name: f"{disclosed.get(name)}{chance.choice(NAMES)}"} for name in ("title", "secret")]
        one, other = (Call("update", Doc, who, body, {**key, "if_match": tag}) for body in bodies)
        return one, other

    def _own_comment(self, chance: Random) -> Call | None:
        """To take away a comment of one's own, who may be able to see all of it or not."""
        found = [
            (place, name, one["author"])
            for place, held in self.database.items.items()
            for name, one in sorted(held.get("comments", {}).items())
            if place[0] is Doc and "author" in one
        ]
        if not found:
            return None
        place, name, author = chance.choice(sorted(found, key=repr))
        who = Principal(roles=["ops"] if chance.random() < 0.7 else [], claims={"sub": author})
        return Call("update", Doc, who, {"comments": {name: None}}, dict(zip(declaration_of(Doc).key.names, place[1], strict=True)))

    def _principal(self, chance: Random, entity: type[Entity], key: Mapping[str, Any]) -> Principal:
        """Mostly someone who has to do with the item."""
        held = self.database.items.get((entity, tuple(key[name] for name in declaration_of(entity).key.names)))
        if held is None or chance.random() < 0.35:
            return draw_principal(chance)
        sub = chance.choice([held.get("owner", "ada"), *sorted(held.get("editors", ()))])
        return Principal(roles=["ops"] if chance.random() < 0.3 else [], claims={"sub": sub, "at": key["space"]})

    def _key(self, chance: Random, entity: type[Entity]) -> dict[str, Any]:
        """Mostly of something that is there."""
        there = sorted((key for each, key in self.database.items if each is entity), key=repr)
        if there and chance.random() < 0.8:
            return dict(zip(declaration_of(entity).key.names, chance.choice(there), strict=True))
        return draw_key(chance, entity)

    async def _together(self, calls: list[Call], token: str | None) -> None:
        self._note(f"together, under {token}:", *calls)
        refusals = [told for _, told in (call.expected(self.database) for call in calls) if _refused(told)]
        found = await self._committed(calls, token)
        if refusals and found not in refusals:
            raise self._difference(refusals, found)
        if not refusals:
            self._same("done", found)
            for call in calls:
                self.database, _ = call.expected(self.database)
            if token is not None:
                self._done.append((token, calls))
        await self._look()

    async def _committed(self, calls: list[Call], token: str | None) -> Any:
        try:
            async with self.table.transaction(token) as transaction:
                for call in calls:
                    call.added(self.table, transaction)
        except DiscreetError as error:
            return _told(error)
        return "done"

    # Looking

    async def _look(self) -> None:
        """Compare all that is stored: no write that the model refuses, and each index key as the item says."""
        self._same(_wires(self.database), await self._stored())

    async def _stored(self) -> dict[str, Any]:
        answer = json.loads(await self._send("Scan", {"TableName": self.table.name, "ConsistentRead": True}))
        return {_name(wire): _normal(wire) for wire in answer["Items"]}

    async def _send(self, operation: str, payload: Mapping[str, Any]) -> bytes:
        return await (await self.table.store.transport()).send(operation, payload)

    def _note(self, *what: object) -> None:
        self.steps.append("\n      ".join(map(str, what)))

    def _same(self, expected: Any, found: Any) -> None:
        if expected != found:
            raise self._difference(expected, found)

    def _difference(self, expected: Any, found: Any) -> Difference:
        if isinstance(expected, dict) and isinstance(found, dict):
            expected, found = (
                {name: value for name, value in one.items() if other.get(name, ...) != value}
                for one, other in ((expected, found), (found, expected))
            )
        listed = "\n".join(f"{number:4}  {each}" for number, each in enumerate(self.steps[-12:], max(0, len(self.steps) - 12)))
        return Difference(f"after\n{listed}\nthe model says\n  {expected}\nand it is\n  {found}")


def _refused(told: Any) -> Any:
    return told if isinstance(told, tuple) else None


def _text(values: Any) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _asked(call: Any) -> Any:
    try:
        return call()
    except DiscreetError as error:
        return _told(error)


async def _answered(call: Any) -> Any:
    try:
        found = await call
    except DiscreetError as error:
        return _told(error)
    return found if isinstance(found, bool) else found.data


# What is stored, said a second time


def _wires(database: Database) -> dict[str, Any]:
    wires = [_wire_item(place, held) for place, held in database.items.items()]
    return {_name(wire): _normal(wire) for wire in wires}


def _name(wire: Mapping[str, Any]) -> str:
    return f"{wire['pk']['S']} {wire['sk']['S']}"


def _wire_item(place: Any, held: Mapping[str, Any]) -> dict[str, Any]:
    entity, _ = place
    stored: Any = STORED[entity]
    wire = {stored.get(name, name): _wire(value) for name, value in held.items()}
    keys = dict(KEYS[entity])
    for templates in INDEX_KEYS[entity]:
        try:
            keys |= {name: template for name, template in templates.items() if template.format(**held)}
        except KeyError:
            continue  # sparse
    escaped = {name: "".join(chr(36) + chr(0x30 + ord(c)) if c <= "$" else c for c in str(value)) for name, value in held.items()}
    return {**wire, **{name: {"S": template.format(**escaped)} for name, template in keys.items()}}


def _wire(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case datetime():
            return {"N": str(int((value - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()))}
        case set() | frozenset():
            return {"SS": sorted(value)}
        case list():
            return {"L": [_wire(each) for each in value]}
        case dict():
            return {"M": {name: _wire(each) for name, each in value.items()}}
        case _:
            return {"S": value}


def _normal(value: Any) -> Any:
    """A stored value with numbers as numbers and sets as sets."""
    if isinstance(value, dict):
        if value.keys() == {"N"}:
            return Decimal(value["N"])
        if value.keys() == {"SS"}:
            return frozenset(value["SS"])
        return {name: _normal(each) for name, each in value.items()}
    return [_normal(each) for each in value] if isinstance(value, list) else value


async def run(engine: Engine, seed: int, steps: int) -> int:
    """So many steps of one seed, on a table of their own."""
    async with nullcontext() if seed % THROUGH_THE_SDK == 0 else straight(engine.url):
        chance, machine = Random(seed), Machine(engine)
        await machine.begin()
        try:
            for _ in range(steps):
                await machine.step(chance)
        except Difference as difference:
            raise Difference(f"seed {seed}: {difference}") from None
        finally:
            await machine.end()
        return steps
