"""Databases, and pairs of them that are one world to those who ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from random import Random
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from discreet import Entity, Principal
from discreet.entity import Declaration, declaration_of
from discreet.entity.item import encode
from discreet.key import Index, Plain, Templated
from discreet.policy.plan import MISSING
from discreet.testing import Stored, world

from .entities import IDS, Made

__all__ = ["Database", "Pair", "draw_pair", "draw_principals", "physical"]

Wire = dict[str, Any]
DECIDING = ("status", "flag", "level", "stage", "owner", "members")
"""Attributes that audiences name: what their defaults say must not decide."""


@dataclass(frozen=True)
class Database:
    """Items of the entity, and raw ones that are of no entity or of another."""

    items: tuple[Stored, ...]
    foreign: tuple[Wire, ...] = ()

    def wire(self) -> list[Wire]:
        """Everything, as it is stored."""
        return [*map(_wire, self.items), *self.foreign]


@dataclass(frozen=True)
class Pair:
    """Two databases, and the principals whose world of both is one and the same."""

    one: Database
    other: Database
    principals: tuple[Principal, ...]


def draw_principals(chance: Random) -> tuple[Principal, ...]:
    """Two that may or may not be the same person."""
    first = _principal(chance)
    if chance.random() < 0.3:
        roles = chance.sample(["ops", "staff"], chance.randint(0, 2))
        return first, Principal(roles=roles, claims={**first.claims, "at": chance.choice(IDS)}, id=first.id)
    return first, _principal(chance)


def _principal(chance: Random) -> Principal:
    claims: dict[str, Any] = {}
    if chance.random() < 0.85:
        claims["sub"] = chance.choice(["a", "a", "b", {"a", "b"}, ""])
    if chance.random() < 0.6:
        claims["at"] = chance.choice(["a", "b", {"a", "b"}, None])
    if chance.random() < 0.5:
        claims["rank"] = chance.choice([1, "1", {0, 1}, True, None])
    roles = [each for each in ("ops", "staff") if chance.random() < 0.3]
    return Principal(roles=roles, claims=claims, id=chance.choice([None, None, "p1"]))


def draw_pair(chance: Random, made: Made, size: int = 12) -> Pair:
    """A database, and another made of it by changes that are nobody's business."""
    items: dict[tuple[Any, ...], Stored] = {}
    for _ in range(chance.randint(0, size)):
        each = _stored(chance, made, _item(chance, made))
        items.setdefault(_key(each.item), each)
    one = Database(tuple(items.values()), _foreign(chance, made))
    for _ in range(4):
        principals = draw_principals(chance)
        if any(world(made.entity, each, one.items).items for each in principals):
            break
    return Pair(one, _twin(chance, made, one, principals), principals)


def _item(chance: Random, made: Made) -> Entity:
    while True:
        try:
            return made.entity.model_validate({name: draw(chance) for name, draw in made.draws.items()})
        except ValidationError:  # pragma: no cover
            continue


def _key(item: Entity) -> tuple[Any, ...]:
    return tuple(getattr(item, name) for name in declaration_of(type(item)).key.names)


def _stored(chance: Random, made: Made, item: Entity) -> Stored:
    """Mostly as it is written; sometimes as another service wrote it."""
    declaration = declaration_of(made.entity)
    loose = [each.name for each in declaration.attributes.values() if each.name not in declaration.key.names]
    plain = {p.attribute for index in declaration.indexes.values() for p in index.key.parts if isinstance(p, Plain)}
    indexes = [name for name, index in declaration.indexes.items() if _parts_of_its_own(declaration, index)]
    roll = chance.random()
    if roll < 0.15 and loose:
        deciding = [each for each in loose if each in DECIDING]
        return Stored(item, unset=tuple({chance.choice(deciding or loose), chance.choice(loose)}))
    if roll < 0.2 and (fit := [each for each in loose if each not in plain]):
        return Stored(item, unreadable=(chance.choice(fit),))
    if roll < 0.35 and indexes:
        return Stored(item, stale=(chance.choice(indexes),))
    return Stored(item)


def _parts_of_its_own(declaration: Declaration, index: Index) -> list[Templated]:
    """The parts of an index's key that are written beside the attributes, so that they can be stale."""
    own = {part.physical for part in declaration.key.parts if isinstance(part, Templated)}
    if any(isinstance(part, Plain) for part in index.key.parts):
        return []
    return [part for part in index.key.parts if isinstance(part, Templated) and part.names and part.physical not in own]


def _wire(stored: Stored) -> Wire:
    declaration = declaration_of(type(stored.item))
    wire = dict(encode(declaration, stored.item))
    for name in stored.unset:
        wire.pop(declaration.attributes[name].stored, None)
    for name in stored.unreadable:
        tag = next(iter(wire.get(declaration.attributes[name].stored, {"S": ""})))
        wire[declaration.attributes[name].stored] = {"S": "?"} if tag in ("M", "L") else {"M": {"q": {"S": "?"}}}
    for name in stored.stale:
        wire |= _stale(declaration, declaration.indexes[name], stored.item)
    return wire


def _stale(declaration: Declaration, index: Index, item: Entity) -> Wire:
    """One part of an index's key as it was when a component had another value: of an item that it lists, or no longer does."""
    chance = Random(repr(_key(item)))
    part = chance.choice(_parts_of_its_own(declaration, index))
    values = {name: getattr(item, name) for name in declaration.attributes}
    if any(values[name] is None for name in index.key.names):
        return {}
    name = chance.choice(part.names)
    return {part.physical: {"S": part.template.build({**values, name: _another(values[name], chance)})}}


def _another(value: Any, chance: Random) -> Any:
    match value:
        case Enum():
            return next(each for each in type(value) if each is not value)
        case datetime():
            return value + timedelta(seconds=chance.choice([-1, 1]))
        case date():
            return value + timedelta(days=chance.choice([-1, 1]))
        case UUID():
            return UUID(int=value.int ^ 1)
        case int():
            return value + 1
        case _:
            texts = ("open", "shut", "gone") if value in ("open", "shut", "gone") else IDS
            return chance.choice([each for each in texts if each != value])


def _foreign(chance: Random, made: Made) -> tuple[Wire, ...]:
    """Items that are not of this entity, though they stand among its own."""
    declaration = declaration_of(made.entity)
    found: dict[str, Wire] = {}
    for _ in range(chance.choice([0, 0, 1, 2, 4])):
        wire = dict(encode(declaration, _item(chance, made)))
        last = declaration.key.parts[-1]
        ways = []
        if not isinstance(last, Plain):
            ways += ["below", "beside"]
        if declaration.kind is not None:
            ways += ["kind", "kindless"]
        way = chance.choice(ways)
        if way in ("below", "beside") and not isinstance(last, Plain):
            text = wire[last.physical]["S"]
            wire[last.physical] = {"S": f"{text}#V#{chance.choice(IDS)}" if way == "below" else f"Q{text}"}
        elif declaration.kind is not None:
            # Its key could be of the entity: it has one that no item is drawn with.
            name = declaration.key.parts[-1].names[-1]
            if isinstance(last, Plain):
                wire[declaration.attributes[name].stored] = _beyond(wire[declaration.attributes[name].stored], chance)
            else:
                wire[last.physical] = {"S": wire[last.physical]["S"] + "~"}
                wire.pop(declaration.attributes[name].stored, None)
            if way == "kind":
                wire[declaration.kind.attribute] = {"S": "OTHER"}
            else:
                wire.pop(declaration.kind.attribute)
        found[repr([wire[physical(declaration, part)] for part in declaration.key.parts])] = wire
    return tuple(found.values())


def physical(declaration: Any, part: Any) -> str:
    """The attribute of the table that a part of a key is in."""
    return str(declaration.attributes[part.attribute].stored) if isinstance(part, Plain) else str(part.physical)


def _beyond(value: Mapping[str, Any], chance: Random) -> Wire:
    ((tag, held),) = value.items()
    match tag:
        case "N":
            return {tag: str(chance.choice([500, 501]))}
        case "B":
            return {tag: held + b"~"}
        case _:
            return {tag: held + "~"}


# Twins


def _twin(chance: Random, made: Made, one: Database, principals: Sequence[Principal]) -> Database:
    """Change what may be changed: hidden values and their sizes, hidden items, expired ones, others' items."""

    def seen(stored: Stored) -> list[Any]:
        return [world(made.entity, each, [stored]).items or None for each in principals]

    nobodys = [None] * len(principals)
    items = {_key(each.item): each for each in one.items}
    for key, before in list(items.items()):
        shown = seen(before)
        if shown == nobodys and chance.random() < 0.5:
            del items[key]
            continue
        for _ in range(chance.randint(1, 6)):
            after = _changed(chance, made, items[key])
            if after is not None and _key(after.item) == key and seen(after) == shown:
                items[key] = after
    for _ in range(chance.choice([0, 2, 4, 8, 16])):
        new = _stored(chance, made, _item(chance, made))
        if _key(new.item) not in items and seen(new) == nobodys:
            items[_key(new.item)] = new
    order = list(items.values())
    chance.shuffle(order)
    return Database(tuple(order), _foreign(chance, made))


def _changed(chance: Random, made: Made, stored: Stored) -> Stored | None:
    declaration = declaration_of(made.entity)
    loose = [each for each in declaration.attributes if each not in declaration.key.names]
    if not loose:
        return None
    name = chance.choice(loose)
    if chance.random() < 0.1:
        return _stored(chance, made, stored.item)
    values = {each: getattr(stored.item, each) for each in declaration.attributes}
    values[name] = made.draws[name](chance)
    if name == "note" and chance.random() < 0.3:
        values[name] = "n" * chance.choice([3000, 3000, 3000, 20000, 20000, 200000])
    values = {each: value for each, value in values.items() if value is not MISSING}
    return replace(stored, item=made.entity.model_validate(values))
