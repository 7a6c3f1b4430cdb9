"""Entities, as the text of Python: what a user would write, drawn at random, and printable where a difference is found."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import discreet
from discreet import DeclarationError, Entity
from discreet.entity import declaration_of

__all__ = ["Made", "draw_entity"]

NOW = datetime.now(UTC).replace(microsecond=0)


class Zone(enum.Enum):
    """A type of key components and values."""

    NORTH = "n"
    SOUTH = "s"


TEXTS = ("", "x", "xy", "y#x", "é", "\U0001f600z", "x" * 300)
IDS = ("a", "b", "c")
NAMES = ("a", "b", "c", "ab", "a!", "a#b", "$", "é", "z-9", "m" * 60)
MOMENTS = tuple(datetime(2024, 1, 1, 12, 0, second, tzinfo=UTC) for second in (0, 1, 2, 30))
Draw = Callable[[Random], Any]


def _one_of(*values: Any) -> Draw:
    return lambda chance: chance.choice(values)


def _some_of(*values: Any, kind: Callable[[Any], Any] = list) -> Draw:
    return lambda chance: kind(chance.sample(values, chance.randint(0, len(values))))


@dataclass(frozen=True)
class Kind:
    """A type of attribute: its annotation, how to draw a value, a default, formats, and whether it can be a key by itself."""

    annotation: str
    draw: Draw
    default: str | None = None
    formats: Sequence[str] = ()


IDENTIFIER = Kind("Identifier", _one_of(*IDS))
KINDS: dict[str, Kind] = {
    "owner": IDENTIFIER,
    "status": Kind('Literal["open", "shut", "gone"]', _one_of("open", "open", "shut", "gone"), '"open"'),
    "members": Kind("set[str]", _some_of(*IDS, kind=set), "set()"),
    "level": Kind("int", _one_of(0, 1, 2, 10, -3), "1", ["text"]),
    "amount": Kind("Decimal", _one_of(*map(Decimal, ("0", "1", "2.5", "-7", "1000000"))), "Decimal(0)", ["text"]),
    "note": Kind("str", _one_of(*TEXTS), '"-"'),
    "blob": Kind("bytes", _one_of(b"x", b"\x00\xff", b"ab"), 'b"d"'),
    "moment": Kind("datetime", _one_of(*MOMENTS), None, ["epoch_seconds", "epoch_millis", "iso8601"]),
    "day": Kind("date", _one_of(date(2024, 1, 1), date(2023, 12, 31))),
    "tag": Kind("UUID", _one_of(uuid.UUID(int=1), uuid.UUID(int=2**100))),
    "flag": Kind("bool", _one_of(True, False), "False", ["text", "number"]),
    "ratio": Kind("float", _one_of(0.5, 2.0, -1.25), "0.5"),
    "zone2": Kind("Zone", _one_of(*Zone), "Zone.NORTH"),
    "counts": Kind("dict[str, int]", _one_of({}, {"a": 1}, {"a": 2, "b": 3})),
    "words": Kind("list[str]", _some_of(*IDS), "[]"),
    "sizes": Kind("set[int]", _some_of(1, 2, 30, kind=set), "{1}"),
}
KEY_KINDS: dict[str, Kind] = {
    "place": Kind("Identifier", _one_of("a", "a", "b", "a#b")),
    "name": Kind("Identifier", _one_of(*NAMES)),
    "zone": Kind("Zone", _one_of(*Zone)),
    "seq": Kind("int", _one_of(0, 1, 2, 9, 10, 11, 100, 1000)),
    "on": Kind("datetime", _one_of(*MOMENTS, datetime(2024, 1, 1, 12, 0, 0, 500000, tzinfo=UTC))),
    "born": Kind("date", _one_of(date(2024, 1, 1), date(2023, 12, 31), date(2024, 2, 1))),
    "code": Kind("UUID", _one_of(*(uuid.UUID(int=n) for n in (1, 2, 2**100, 2**127)))),
    "price": Kind("Decimal", _one_of(*map(Decimal, ("0", "1", "-2.5", "10", "9")))),
    "digest": Kind("bytes", _one_of(b"a", b"ab", b"\xff", b"b")),
}
INSIDE: dict[str, Kind] = {
    "city": Kind("str", _one_of("x", "y"), '"-"'),
    "keeper": IDENTIFIER,
    "stage": Kind('Literal["open", "shut"]', _one_of("open", "shut"), '"open"'),
    "fee": Kind("Decimal", _one_of(Decimal(1), Decimal("2.5")), "Decimal(0)"),
    "helpers": Kind("set[str]", _some_of(*IDS, kind=set), "set()"),
}
KEYS = (
    ('Key(pk="C#{place}", sk="P#{name}")', "place name"),
    ('Key(pk="C#{place}", sk="P#{name}")', "place name"),
    ('Key(pk="C#{place}", sk="P#{seq:04d}#{name}")', "place seq name"),
    ('Key(pk="C#{place}#{zone}", sk="P#{name}")', "place zone name"),
    ('Key(pk="C#{place}", sk="P#{on}#{name}")', "place on name"),
    ('Key(pk="C#{place}", sk="P#{zone}#{born}#{name}")', "place zone born name"),
    ('Key(pk="C#{place}", sk="P#{code}")', "place code"),
    ('Key(pk="P#{name}")', "name"),
    ('Key("place", "name")', "place name"),
    ('Key("place", "seq")', "place seq"),
    ('Key("place", "price")', "place price"),
    ('Key("place", "digest")', "place digest"),
    ('Key("name")', "name"),
)


@dataclass(frozen=True)
class Made:
    """An entity, its text, how to draw each of its attributes, and the constants that its states name."""

    entity: type[Entity]
    shapes: dict[str, Any]
    source: str
    draws: dict[str, Draw]


def draw_entity(chance: Random, features: frozenset[str]) -> Made:
    """Draw until a declaration is sound: not every combination is."""
    while True:
        source, draws = _source(chance, features)
        scope = _scope()
        try:
            exec(compile(source, "<drawn>", "exec", dont_inherit=True), scope)
        except DeclarationError:
            continue
        declaration_of(scope["Thing"])
        shapes: dict[str, Any] = {name: scope[name] for name in ("Card", "Line") if name in scope}
        return Made(scope["Thing"], shapes, source, draws)


def _scope() -> dict[str, Any]:
    scope = {name: getattr(discreet, name) for name in discreet.__all__}
    from typing import Annotated, Literal

    from pydantic import Field

    more = {"Annotated": Annotated, "Literal": Literal, "Field": Field, "Decimal": Decimal, "datetime": datetime, "date": date}
    return {**scope, **more, "UUID": uuid.UUID, "Zone": Zone, "__name__": __name__}


def _audiences(names: Sequence[str]) -> list[str]:
    """Conditions about the attributes that are there."""
    found = ['role("ops")', 'role("staff")']
    for claim, attribute in (("sub", "owner"), ("sub", "members"), ("at", "place"), ("sub", "name"), ("rank", "level"), ("sub", "keeper")):
        if attribute in names:
            found.append(f'relation(claim="{claim}", attribute="{attribute}")')
    for attribute, equals in (("status", '"open"'), ("flag", "True"), ("level", "1"), ("stage", '"open"'), ("zone", "Zone.NORTH")):
        if attribute in names:
            found.append(f'state(attribute="{attribute}", equals={equals})')
    if "helpers" in names:
        found.append('relation(claim="sub", attribute="helpers")')
    return found


def _audience(chance: Random, names: Sequence[str], open_: float = 0.25) -> str:
    roll = chance.random()
    if roll < open_:
        return "anyone"
    if roll < open_ + 0.1:
        return "nobody"
    pool = _audiences(names)
    one, two, three = (chance.choice(pool) for _ in range(3))
    return chance.choice([one, one, one, f"{one} | {two}", f"{one} & {two}", f"{one} & {two} | {three}"])


def _source(chance: Random, features: frozenset[str]) -> tuple[str, dict[str, Draw]]:
    key, key_names = chance.choice(KEYS)
    primary = key_names.split()
    names = [*primary, *(["owner"] if chance.random() < 0.8 else []), *(["status"] if chance.random() < 0.6 else [])]
    names += [each for each in chance.sample(sorted(KINDS), chance.randint(1, 5)) if each not in names]
    lines: list[str] = []
    draws: dict[str, Draw] = {}
    plainly_indexed: set[str] = set()
    indexes = _indexes(chance, key, primary, names, plainly_indexed) if "index" in features else []
    for name in names:
        kind = KEY_KINDS.get(name) or KINDS[name]
        lines.append(_attribute(chance, name, kind, names, draws, key=name in primary, bare=name in plainly_indexed))
    embedded = ""
    for name, shape in (("home", "one"), ("visits", "list"), ("wards", "map")):
        if chance.random() < 0.25:
            embedded += _embedded(chance, f"{name.title()}Box", names, draws, name)
            lines.append(_holding(chance, name, shape, f"{name.title()}Box", names, draws))
    until = None
    if chance.random() < 0.3:
        until = chance.choice(["datetime", "int"])
        lines.append(_until(chance, until, names, draws))
    body = [f"key = {key}", *indexes, _access(chance, names, until, features)]
    if key.startswith('Key("') or chance.random() < 0.1:
        body.append('kind = Kind("type_", "THING")')
    source = embedded + "class Thing(Entity):\n" + "".join(f"    {line}\n" for line in [*body, *lines])
    if "shape" in features:
        for part in ("Card", "Line"):
            shown = [each for each in names if chance.random() < 0.4] or [names[-1]]
            source += _part(part, shown)
    return source, draws


def _part(name: str, shown: list[str]) -> str:
    """A narrower shape, of the same types."""
    lines = "".join(f"    {each}: Thing.__pydantic_fields__[{each!r}].annotation\n" for each in shown)
    return f"class {name}(Part[Thing]):\n{lines}"


def _attribute(
    chance: Random, name: str, kind: Kind, names: Sequence[str], draws: dict[str, Draw], *, key: bool = False, bare: bool = False
) -> str:
    annotation, draw, default = kind.annotation, kind.draw, ""
    if not key:
        if chance.random() < 0.25:
            annotation, default = f"{annotation} | None", " = None"
            full = draw
            draw = lambda chance: None if chance.random() < 0.4 else full(chance)  # noqa: E731
        elif kind.default and chance.random() < 0.5:
            default = f" = {kind.default}"
    audience = _audience(chance, names, open_=0.85 if key else 0.3)
    extra = ""
    if not key and chance.random() < 0.15:
        form = f", format={chance.choice(kind.formats)}" if kind.formats and not bare else ""
        extra = f', stored_as("{name}X"{form})'
    elif not key and kind.formats and not bare and chance.random() < 0.5:
        extra = f", stored_as(format={chance.choice(kind.formats)})"
    alias = ""
    if chance.random() < 0.1:
        extra += f', Field(alias="{name}J")'
    draws[name] = draw
    return f"{name}: Annotated[{annotation}, visible_to({audience}){extra}]{default}{alias}"


def _embedded(chance: Random, name: str, outer: Sequence[str], draws: dict[str, Draw], attribute: str, deep: bool = True) -> str:
    """A class of nested values. Its attributes have names of their own, so that none shadows another."""
    inner = chance.sample(sorted(INSIDE), chance.randint(1, 4))
    scope = [*outer, *inner]
    mine: dict[str, Draw] = {}
    lines = [_attribute(chance, each, INSIDE[each], scope, mine) for each in inner]
    source = ""
    if deep and chance.random() < 0.3:
        deeper: dict[str, Draw] = {}
        audience = _audience(chance, scope)
        source += f"class {name}Deep(Embedded):\n    depth: Annotated[int | None, visible_to({audience})] = None\n"
        source += f"    word: Annotated[str, visible_to({_audience(chance, scope)})] = 'w'\n"
        deeper["depth"], deeper["word"] = _one_of(None, 1, 2), _one_of("w", "v")
        lines.append(f"deep: Annotated[{name}Deep | None, visible_to({_audience(chance, scope)})] = None")
        mine["deep"] = lambda chance: None if chance.random() < 0.3 else {each: draw(chance) for each, draw in deeper.items()}
    draws[attribute] = lambda chance: {each: draw(chance) for each, draw in mine.items()}
    return source + f"class {name}(Embedded):\n" + "".join(f"    {line}\n" for line in lines)


def _holding(chance: Random, name: str, shape: str, box: str, names: Sequence[str], draws: dict[str, Draw]) -> str:
    one = draws[name]
    audience = _audience(chance, names, open_=0.5)
    default = ""
    if shape == "one":
        annotation = box
        if chance.random() < 0.6:
            annotation, default = f"{box} | None", " = None"
            draws[name] = lambda chance: None if chance.random() < 0.3 else one(chance)
    elif shape == "list":
        annotation, default = f"list[{box}]", chance.choice(["", " = []"])
        draws[name] = lambda chance: [one(chance) for _ in range(chance.randint(0, 3))]
    else:
        annotation, default = f"dict[Identifier, {box}]", chance.choice(["", " = {}"])
        draws[name] = lambda chance: {each: one(chance) for each in chance.sample(IDS, chance.randint(0, 2))}
    return f"{name}: Annotated[{annotation}, visible_to({audience})]{default}"


def _until(chance: Random, kind: str, names: Sequence[str], draws: dict[str, Draw]) -> str:
    seconds = int(NOW.timestamp())
    times = (seconds - 86400, seconds - 1, seconds + 86400, seconds + 10**6, None)
    optional = chance.random() < 0.7

    def draw(chance: Random) -> Any:
        at = chance.choice(times if optional else times[:-1])
        return at if at is None or kind == "int" else datetime.fromtimestamp(at, UTC)

    draws["until"] = draw
    form = ", stored_as(format=epoch_seconds)" if kind == "datetime" else ""
    annotation, default = (f"{kind} | None", " = None") if optional else (kind, "")
    return f"until: Annotated[{annotation}, visible_to({_audience(chance, names)}){form}]{default}"


def _access(chance: Random, names: Sequence[str], until: str | None, features: frozenset[str]) -> str:
    parts = []
    for name, odds in (("exists_for", 0.15), ("within", 0.15), ("also", 0.15)):
        if chance.random() < odds:
            parts.append(f"{name}={_audience(chance, names, open_=0.4 if name == 'exists_for' else 0.1)}")
    if "scan" in features and chance.random() < 0.7:
        parts.append(f"scan={_audience(chance, names, open_=0.4)}")
    if until:
        parts.append('expires="until"')
    if chance.random() < 0.2:
        parts.append("limit=3")
    return f"access = Access({', '.join(parts)})"


def _indexes(chance: Random, key: str, primary: list[str], names: list[str], plain: set[str]) -> list[str]:
    """Up to two. Those on templates end in the whole primary key, so nothing ties; those on plain attributes do tie."""
    found: list[str] = []
    others = [each for each in names if each not in primary]
    whole = "#".join(f"{{{each}:04d}}" if each == "seq" else f"{{{each}}}" for each in primary if each not in ("price", "digest"))
    for number in range(chance.choice([0, 1, 1, 2])):
        usable = [each for each in others if each in ("owner", "status", "moment", "day", "tag", "zone2")]
        form = chance.choice(["all", "by", "by", "by", "plain", "local"])
        index = f"ix{number}"
        lead = chance.choice(usable) if usable else None
        if form == "by" and lead and whole:
            second = chance.choice([each for each in usable if each != lead] or [""])
            middle = f"{{{second}}}#" if second and chance.random() < 0.5 else ""
            made = f'Key({index}pk="B#{{{lead}}}", {index}sk="X#{middle}{whole}")'
        elif form == "all" and whole:
            middle = f"{{{lead}}}#" if lead else ""
            made = f'Key({index}pk="ALL", {index}sk="X#{middle}{whole}")'
        elif form == "plain":
            plainly = [each for each in others if each in ("owner", "status", "level", "amount", "moment", "blob")]
            chosen = chance.sample(plainly, min(len(plainly), chance.randint(1, 2)))
            if not chosen:
                continue
            plain.update(chosen)
            made = f"Key({', '.join(map(repr, chosen))})"
        elif form == "local" and lead and len(primary) > 1 and 'sk="' in key:
            hash_ = key[len("Key(") :].split(", ")[0]
            made = f'Key({hash_}, {index}sk="L#{{{lead}}}#{{name}}")' if "name" in primary else ""
        elif form == "local" and key.startswith('Key("place", ') and lead:
            plain.add(lead)
            made = f'Key("place", "{lead}")'
        else:
            continue
        if not made:
            continue
        projects = chance.choice(["", "", ', projects="keys"', f", projects={set(sorted(names)[: chance.randint(1, len(names))])!r}"])
        if chance.random() < 0.5 and projects.startswith(", projects={"):
            projects = f", projects={set(names)!r}"
        local = ", local=True" if form == "local" else ""
        found.append(f'by_{index} = Index("{index}", {made}{projects}{local})')
    return found
