"""Questions to ask a view: drawn at random, sensible and hostile ones, the same for whoever answers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from discreet import above, at_least, at_most, attribute, begins_with, below, between
from discreet.entity import Declaration, declaration_of
from discreet.key import Index, Key

from .databases import Pair
from .entities import IDS, Made

__all__ = ["Question", "draw_question"]

HOSTILE = ("a#b", "$", "%23", "a\x00", "", "x" * 200, "\U0001f600", "' OR 1=1", "nobody")


@dataclass(frozen=True)
class Question:
    """One call: its name and arguments. pages: go on from each page to its end. tied: items may come in any order."""

    call: Literal["get", "batch_get", "exists", "query", "each", "count", "scan"]
    arguments: dict[str, Any] = field(default_factory=dict)
    pages: bool = False
    tied: bool = False


def draw_question(chance: Random, made: Made, pair: Pair) -> Question:
    """Mostly about what is there, somewhere."""
    declaration = declaration_of(made.entity)
    items = [each.item for database in (pair.one, pair.other) for each in database.items]
    values = {name: draw(chance) for name, draw in made.draws.items()}
    if items and chance.random() < 0.85:
        item = chance.choice(items)
        values = {name: getattr(item, name) for name in declaration.attributes}
    match chance.choice(["get", "get", "batch", "exists", "query", "query", "query", "index", "index", "count", "scan"]):
        case "get":
            return Question("get", {**_key(chance, declaration, values), **_shape(chance, made), "consistent": chance.random() < 0.3})
        case "exists":
            return Question("exists", _key(chance, declaration, values))
        case "batch":
            keys = [{name: getattr(each, name) for name in declaration.key.names} for each in chance.sample(items, min(len(items), 5))]
            return Question("batch_get", {"keys": [*keys, _key(chance, declaration, values), *keys[:1]], **_shape(chance, made)})
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
    more: dict[str, Any] = {**_limit(chance, declaration), **_shape(chance, made), "reverse": chance.random() < 0.3}
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
    if chance.random() < 0.05 and key.hash.names:
        found[key.hash.names[0]] = chance.choice(HOSTILE)
    for name in key.range.names if key.range else ():
        if name in found:
            continue
        if chance.random() < 0.5 or values[name] is None:
            return found
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
    return {"limit": chance.choice([1, 1, 2, 3, 3, 100, 0, -1, 10**9]) if chance.random() < 0.9 else declaration.access.limit}


def _shape(chance: Random, made: Made) -> dict[str, Any]:
    return {"shape": chance.choice(list(made.shapes.values()))} if made.shapes and chance.random() < 0.3 else {}
