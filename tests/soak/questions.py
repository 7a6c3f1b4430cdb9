"""Questions to ask a view: drawn at random, sensible and hostile ones, the same for whoever answers them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from discreet import above, at_least, at_most, attribute, begins_with, below, between
from discreet.entity import Declaration, declaration_of
from discreet.key import Index, Key

from .databases import Pair
from .entities import IDS, Made

__all__ = ["Question", "draw_question"]

BEYOND = ("x" * 3000, 10**40, -1)
HOSTILE = (
    *("a#b", "#", "$", "%23", "%00", "a\x00", "\x00", "", " ", "a ", "A", "x" * 200, "\U0001f600", "e\u0301", "\ud800"),
    *("' OR 1=1", "nobody", "../a", "a\n", "*", "null", "P#a", "C#a", None, 0, 1.5, True, b"a", (), "2024-01-01", "NaN"),
    *BEYOND,
)


@dataclass(frozen=True)
class Question:
    """One call: its name and arguments. pages: go on from each page to its end. tied: items may come in any order."""

    call: Literal["get", "batch_get", "exists", "query", "each", "count", "scan"]
    arguments: dict[str, Any] = field(default_factory=dict)
    pages: bool = False
    tied: bool = False

    @property
    def is_beyond(self) -> bool:
        """Whether a key is asked for that no text of a key can be: refused, and the simulator knows of no texts and their sizes."""
        keys = self.arguments.get("keys", [self.arguments])
        return any(type(each) in (str, int) and each in BEYOND for key in keys for each in key.values())


def draw_question(chance: Random, made: Made, pair: Pair, seen: Collection[tuple[Any, ...]]) -> Question:
    """Mostly about what is there, and often about what the asker sees. seen: the keys of these items."""
    declaration = declaration_of(made.entity)
    items = [each.item for database in (pair.one, pair.other) for each in database.items]
    values = {name: draw(chance) for name, draw in made.draws.items()}
    roll = chance.random()
    visible = [each for each in items if tuple(getattr(each, name) for name in declaration.key.names) in seen] if roll < 0.65 else []
    if items and roll < 0.9:
        item = chance.choice(visible or items)
        values = {name: getattr(item, name) for name in declaration.attributes}
    match chance.choice(["get", "get", "batch", "exists", *["query"] * 4, *["index"] * 4, "count", "count", "scan"]):
        case "get":
            return Question("get", {**_key(chance, declaration, values), **_shape(chance, made), "consistent": chance.random() < 0.3})
        case "exists":
            return Question("exists", _key(chance, declaration, values))
        case "batch":
            keys = [{name: getattr(each, name) for name in declaration.key.names} for each in chance.sample(items, min(len(items), 5))]
            more = {**_shape(chance, made), "consistent": chance.random() < 0.2}
            return Question("batch_get", {"keys": [*keys, _key(chance, declaration, values), *keys[:1]], **more})
        case "scan":
            return Question(
                "scan", {**_where(chance, made, declaration), **_limit(chance, declaration), **_shape(chance, made)}, True, True
            )
        case "count":
            index = chance.choice([None, *declaration.indexes.values()])
            asked = _asked(chance, declaration, index, values)
            return Question("count", {**asked, **_where(chance, made, declaration), "at_most": chance.choice([1, 2, 1000])})
        case kind:
            indexes = list(declaration.indexes.values())
            index = chance.choice(indexes) if kind == "index" and indexes else None
            return _list(chance, made, declaration, index, values)


def _list(chance: Random, made: Made, declaration: Declaration, index: Index | None, values: dict[str, Any]) -> Question:
    asked = {**_asked(chance, declaration, index, values), **_where(chance, made, declaration)}
    if index is not None and not _is_total(declaration, index):
        return Question("each", {**asked, "at_most": 1000}, tied=True)
    if chance.random() < 0.15:
        return Question("each", {**asked, "at_most": chance.choice([1, 3, 1000])})
    consistent = chance.random() < 0.2 and (index is None or index.local)
    more = {**_limit(chance, declaration), **_shape(chance, made), "reverse": chance.random() < 0.3, "consistent": consistent}
    return Question("query", {**asked, **more}, pages=True)


def _is_total(declaration: Declaration, index: Index) -> bool:
    """Whether no two items can stand at one place of an index."""
    return {*index.key.names} >= {*declaration.key.names}


def _key(chance: Random, declaration: Declaration, values: dict[str, Any]) -> dict[str, Any]:
    found = {name: values[name] for name in declaration.key.names}
    if chance.random() < 0.1:
        found[chance.choice(declaration.key.names)] = chance.choice(HOSTILE)
    return found


def _asked(chance: Random, declaration: Declaration, index: Index | None, values: dict[str, Any]) -> dict[str, Any]:
    """Key values from the left, the last perhaps under a condition."""
    key: Key = (index or declaration).key
    found: dict[str, Any] = {} if index is None else {"index": index.name}
    for name in key.hash.names:
        found[name] = values[name] if values[name] is not None else chance.choice(IDS)
    if chance.random() < 0.04 and key.hash.names:
        found[chance.choice(key.hash.names)] = chance.choice(HOSTILE)
    for name in key.range.names if key.range else ():
        if name in found:
            continue
        if chance.random() < 0.5 or values[name] is None:
            return found
        if chance.random() < 0.04:
            return {**found, name: chance.choice(HOSTILE)}
        if chance.random() < 0.5:
            return {**found, name: _condition(chance, declaration, name, values[name])}
        found[name] = values[name]
    return found


def _condition(chance: Random, declaration: Declaration, name: str, value: Any) -> Any:
    if declaration.attributes[name].codec.python is str and chance.random() < 0.4:
        return begins_with(str(value)[: chance.randint(0, 2)])
    if chance.random() < 0.2:
        return between(value, value)
    return chance.choice([above, below, at_least, at_most])(value)


def _where(chance: Random, made: Made, declaration: Declaration) -> dict[str, Any]:
    if chance.random() < 0.6:
        return {}
    one = _filter(chance, made, declaration)
    if chance.random() < 0.4:
        other = _filter(chance, made, declaration)
        one = one & other if chance.random() < 0.5 else one | other
    return {"where": one}


def _filter(chance: Random, made: Made, declaration: Declaration) -> Any:
    name = chance.choice([*declaration.attributes, "unknown"] if chance.random() < 0.1 else list(declaration.attributes))
    named: Any = attribute(name)
    declared = declaration.attributes.get(name)
    if declared is None or declared.nested is not None or chance.random() < 0.15:
        return named.is_missing()
    value = made.draws[name](chance)
    if value is None:
        return named == None if chance.random() < 0.5 else named != None  # noqa: E711
    if declared.codec.member is not None and chance.random() < 0.6:
        return named.contains(next(iter(value)) if value else chance.choice(IDS) if declared.codec.member.python is str else 1)
    if declared.codec.tag not in ("S", "N", "B"):
        return named == value if chance.random() < 0.7 else named != value
    return chance.choice([named == value, named != value, named < value, named <= value, named > value, named >= value])


def _limit(chance: Random, declaration: Declaration) -> dict[str, Any]:
    ceiling = declaration.access.limit
    if chance.random() < 0.04:
        return {"limit": chance.choice([0, -1, ceiling + 1, 10**9, True])}
    return {"limit": min(chance.choice([1, 1, 1, 2, 2, 3, 4, 100]), ceiling)}


def _shape(chance: Random, made: Made) -> dict[str, Any]:
    return {"shape": chance.choice(list(made.shapes.values()))} if made.shapes and chance.random() < 0.3 else {}
