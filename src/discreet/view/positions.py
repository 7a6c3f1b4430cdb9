"""Where a list goes on: the keys of an item in it, as the texts that a cursor holds, all of one length for one kind of list."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from discreet.entity import Declaration
from discreet.key import HASH_LIMIT, RANGE_LIMIT, Index, KeyPart, Plain
from discreet.view.keys import physical_name, tag_of

__all__ = ["Place", "fits", "places", "size_of", "start_at", "texts_of"]

Wire = Mapping[str, Any]

NUMBER: int = 200
"""Characters of a Number: 38 digits, and the zeros of its magnitude written out."""
FIXED: dict[Any, int] = {datetime: 27, date: 10, UUID: 36}


@dataclass(frozen=True, slots=True)
class Place:
    """One key attribute of a position: its name in the table, its type, and the most bytes that its text takes."""

    name: str
    tag: str
    size: int


@lru_cache(maxsize=1024)
def places(declaration: Declaration, index: Index | None, *, scanned: bool) -> tuple[Place, ...]:
    """What a position consists of: the keys of the index and of the table, without the hash key that the query gives."""
    keys = (declaration.key,) if index is None else (index.key, declaration.key)
    found: dict[str, Place] = {}
    for key in keys:
        for part, limit in zip(key.parts, (HASH_LIMIT, RANGE_LIMIT), strict=False):
            place = Place(physical_name(declaration, part), tag_of(declaration, part), _longest(declaration, part, limit))
            found.setdefault(place.name, place)
    if not scanned:
        del found[physical_name(declaration, keys[0].hash)]
    return tuple(found.values())


def size_of(places: Sequence[Place]) -> int:
    """The most bytes that a position takes."""
    return sum(each.size for each in places)


def texts_of(places: Sequence[Place], wire: Mapping[str, Wire]) -> list[str]:
    """The texts of an item's position. Answers hold bytes in base64 and resumed requests hold them plain: both are taken."""
    return [_text(wire[each.name]) for each in places]


def fits(places: Sequence[Place], wire: Mapping[str, Wire]) -> bool:
    """Whether a position is of the declared sizes: keys of other entities may be longer."""
    return all(len(text.encode()) <= each.size for each, text in zip(places, texts_of(places, wire), strict=True))


def start_at(places: Sequence[Place], texts: Sequence[str], fixed: Mapping[str, Wire]) -> dict[str, Wire]:
    """The position as DynamoDB takes it. fixed: the hash key that the query gives."""
    return {**fixed, **{each.name: {each.tag: _value(each.tag, text)} for each, text in zip(places, texts, strict=True)}}


def _text(wire: Wire) -> str:
    ((_, held),) = wire.items()
    return base64.b64encode(held).decode() if isinstance(held, bytes) else str(held)


def _value(tag: str, text: str) -> str | bytes:
    return base64.b64decode(text) if tag == "B" else text


def _longest(declaration: Declaration, part: KeyPart, limit: int) -> int:
    tag = tag_of(declaration, part)
    if tag != "S":
        return NUMBER if tag == "N" else 4 * (limit // 3 + 1)
    if isinstance(part, Plain):
        return min(limit, _longest_component(declaration, part.attribute, None, limit))
    segments = part.template.segments
    sizes = (
        len(each.encode()) if isinstance(each, str) else _longest_component(declaration, each.name, each.width, limit) for each in segments
    )
    return min(limit, sum(sizes) + len(segments) - 1)


def _longest_component(declaration: Declaration, name: str, width: int | None, limit: int) -> int:
    attribute = declaration.attributes[name]
    fixed = width or FIXED.get(attribute.codec.python)
    if fixed is not None:
        return fixed
    # At most four bytes a character; one that is escaped takes two.
    return limit if attribute.longest is None else 4 * attribute.longest
