"""An entity with an attribute of every type to filter by, odd items of it, and what a filter means, in plain Python."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from discreet import (
    Embedded,
    Entity,
    Identifier,
    Key,
    NotDisclosedError,
    Principal,
    anyone,
    epoch_seconds,
    number,
    relation,
    state,
    stored_as,
    text,
    visible_to,
)
from discreet.entity import declaration_of
from discreet.entity.filters import Comparison, Contains, Either, Filter, IsMissing, Together
from discreet.entity.item import encode

mine = relation(claim="sub", attribute="owner")
member = relation(claim="sub", attribute="members")
shown = state(attribute="mode", equals="shown")


class Size(Enum):
    """A type."""

    SMALL = "a"
    LARGE = "b"


class Place(Embedded):
    """One value inside another."""

    city: Annotated[str, visible_to(anyone)] = "nowhere"
    code: Annotated[int | None, visible_to(mine, member)] = None


class Sample(Entity):
    """Seen in part by whoever owns it, is a member of it, or whenever it is shown."""

    key = Key(pk="SAMPLES", sk="SAMPLE#{name}")
    name: Annotated[Identifier, visible_to(anyone)]
    owner: Annotated[str | None, visible_to(anyone)] = None
    members: Annotated[set[str], visible_to(anyone)] = set()
    mode: Annotated[Literal["shown", "draft", "shut"], visible_to(mine, member)] = "shown"
    title: Annotated[str | None, visible_to(anyone)] = None
    word: Annotated[str, visible_to(mine, member, shown)] = "dflt"
    count: Annotated[int | None, visible_to(mine, shown)] = None
    level: Annotated[int, visible_to(anyone)] = 3
    amount: Annotated[Decimal | None, visible_to(anyone), stored_as("theAmount")] = None
    ratio: Annotated[float | None, visible_to(anyone)] = None
    flag: Annotated[bool, visible_to(anyone)] = False
    blob: Annotated[bytes | None, visible_to(anyone)] = None
    at: Annotated[datetime | None, visible_to(anyone)] = None
    seconds: Annotated[datetime | None, visible_to(anyone), stored_as(format=epoch_seconds)] = None
    day: Annotated[date | None, visible_to(anyone)] = None
    uuid: Annotated[UUID | None, visible_to(anyone)] = None
    size: Annotated[Size | None, visible_to(anyone)] = None
    tags: Annotated[set[str], visible_to(mine, shown)] = {"std"}
    numbers: Annotated[frozenset[int], visible_to(anyone)] = frozenset()
    lines: Annotated[list[str], visible_to(anyone)] = []
    digits: Annotated[int | None, visible_to(anyone), stored_as(format=text)] = None
    truth: Annotated[bool | None, visible_to(anyone), stored_as(format=number)] = None
    place: Annotated[Place | None, visible_to(anyone)] = None


TIMES = [datetime(2024, 1, 1, 12, 0, second, tzinfo=UTC) for second in (0, 1, 30)]
POOL: dict[str, list[Any]] = {
    "owner": ["u1", "u2", ""],
    "mode": ["shown", "draft", "shut"],
    "title": ["", "a", "ab", "b", "é", "\U0001f600"],
    "word": ["dflt", "a", "other", ""],
    "count": [-1, 0, 9, 10, 10**37],
    "level": [-3, 3, 4],
    "amount": [Decimal(n) for n in ("-1.5", "0", "0.1", "10", "1E+20")],
    "ratio": [0.1, 1.5, -2.0],
    "flag": [True, False],
    "blob": [b"\x00", b"a", b"a\xff"],
    "at": TIMES,
    "seconds": TIMES,
    "day": [date(2023, 12, 31), date(2024, 1, 1)],
    "uuid": [UUID(int=n) for n in (1, 2**127)],
    "size": list(Size),
    "digits": [9, 10, -1],
    "truth": [True, False],
}
MEMBERS: dict[str, list[Any]] = {
    "members": ["u1", "u2"],
    "tags": ["std", "x", "y", ""],
    "numbers": [1, 2, 3],
    "lines": ["x", "y", "xy", ""],
}
NULLABLE = {"owner", "title", "count", "amount", "ratio", "blob", "at", "seconds", "day", "uuid", "size", "digits", "truth"}
ORDERED = set(POOL) - {"flag"}
"""`truth` is stored as a Number, and has the order of one."""

VIEWERS = [Principal(), Principal(claims={"sub": "u1"}), Principal(claims={"sub": "u2"})]


def draw_item(chance: random.Random, name: str) -> dict[str, Any]:
    """A stored sample: attributes unset here and there, a NULL, a value of another type, another spelling of a number."""
    values = {each: chance.choice(pool) for each, pool in POOL.items() if chance.random() < 0.6}
    values |= {each: chance.sample(pool, chance.randint(0, len(pool))) for each, pool in MEMBERS.items() if chance.random() < 0.6}
    if chance.random() < 0.6:
        values["place"] = Place(**({"city": chance.choice(["x", "y"])} if chance.random() < 0.5 else {"code": chance.choice([1, 2, None])}))
    wire = dict(encode(declaration_of(Sample), Sample.model_validate({"name": name, **values})))
    declared = [each.stored for each in declaration_of(Sample).attributes.values()]
    for stored in (each for each in declared if each != "name" and chance.random() < 0.12):
        wire.pop(stored, None)
    for stored in (each for each in declared if each != "name" and chance.random() < 0.08):
        wire[stored] = chance.choice(
            [{"NULL": True}, {"S": "odd"}, {"N": "4"}, {"BOOL": True}, {"SS": ["x"]}, {"L": [{"N": "1"}]}, {"M": {}}]
        )
    if wire.get("count") == {"N": "10"}:
        wire["count"] = {"N": "1E1"}
    return wire


def means(filter: Filter, disclosed: Mapping[str, Any]) -> bool:
    """What a filter means, said once more: false of what is absent, also `!=`; None equals None, and has no order."""
    match filter:
        case Together(filters):
            return all(means(each, disclosed) for each in filters)
        case Either(filters):
            return any(means(each, disclosed) for each in filters)
    assert isinstance(filter, (Comparison, Contains, IsMissing))
    held: Any = disclosed
    for name in filter.path:
        held = held.get(name, ...) if isinstance(held, Mapping) else ...
    if isinstance(filter, IsMissing):
        return held is ...
    if held is ...:
        return False
    if isinstance(filter, Contains):
        return held is not None and filter.value in held
    value = filter.value
    if filter.operator in ("==", "!="):
        return bool(held == value) is (filter.operator == "==")
    if held is None or value is None:
        return False
    held, value = (each.value if isinstance(each, Enum) else each for each in (held, value))
    return bool({"<": held < value, "<=": held <= value, ">": held > value, ">=": held >= value}[filter.operator])


def values_of(item: Any) -> dict[str, Any]:
    """What a typed item discloses, and nothing else."""
    found: dict[str, Any] = {}
    for name in type(item).__pydantic_fields__:
        try:
            value = getattr(item, name)
        except NotDisclosedError:
            continue
        found[name] = values_of(value) if isinstance(value, Embedded) else value
    return found
