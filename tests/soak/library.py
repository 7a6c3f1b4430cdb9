"""What the machine of writes writes: three entities of one table, two of them in one partition, and what clients send of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Annotated, Any, Literal

from discreet import (
    Access,
    Embedded,
    Entity,
    Identifier,
    Index,
    Key,
    Principal,
    anyone,
    attribute,
    increment,
    nobody,
    relation,
    role,
    state,
    stored_as,
    visible_to,
    writable_by,
)

PEOPLE, SPACES, NAMES = ("ada", "bob", "cy#d"), ("s1", "s$2"), ("1", "10", "x#y")

owner = relation(claim="sub", attribute="owner")
editor = relation(claim="sub", attribute="editors")
author = relation(claim="sub", attribute="author")
member = relation(claim="at", attribute="space")
ops = role("ops")
published = state(attribute="status", equals="published")
draft = state(attribute="status", equals="draft")


class Phone(Embedded):
    """One of a list inside an Embedded, of which owners do not see all."""

    number: Annotated[str, visible_to(owner, ops), writable_by(owner, ops)]
    check: Annotated[str | None, visible_to(ops), writable_by(ops)] = None


class Home(Embedded):
    """One value inside another."""

    city: Annotated[str, visible_to(anyone), writable_by(owner, editor)]
    street: Annotated[str | None, visible_to(owner), writable_by(owner)] = None
    phones: Annotated[list[Phone], visible_to(owner, ops), writable_by(owner, ops)] = []


class Mark(Embedded):
    """What a comment may hold."""

    score: Annotated[int, visible_to(anyone), writable_by(author)]
    note: Annotated[str | None, visible_to(ops), writable_by(ops)] = None


class Comment(Embedded):
    """One of a map, whose author is another than the document's."""

    author: Annotated[str, visible_to(anyone), writable_by(author)]
    text: Annotated[str, visible_to(author, owner), writable_by(author)]
    flag: Annotated[str | None, visible_to(ops), writable_by(ops)] = None
    mark: Annotated[Mark | None, visible_to(anyone), writable_by(author, ops)] = None


class Line(Embedded):
    """One of a list."""

    what: Annotated[str, visible_to(anyone), writable_by(editor, owner)]
    cost: Annotated[Decimal | None, visible_to(owner), writable_by(create=owner | editor, update=owner)] = None


class Doc(Entity):
    """An owner, editors, a state machine, indexes of which one is sparse, and nested values of every shape."""

    key = Key(pk="SPACE#{space}", sk="DOC#{doc}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner}", gsi1sk="DOC#{space}#{doc}"))
    by_topic = Index("by_topic", Key(gsi2pk="TOPIC#{topic}", gsi2sk="DOC#{status}#{space}#{doc}"))
    access = Access(create=owner | (ops & member), delete=owner, scan=ops)
    space: Annotated[Identifier, visible_to(anyone)]
    doc: Annotated[Identifier, visible_to(anyone)]
    owner: Annotated[str, visible_to(owner, editor, ops, published), writable_by(create=owner)]
    title: Annotated[str, visible_to(owner, editor, published), writable_by(owner, editor)]
    status: Annotated[Literal["draft", "published", "gone"], visible_to(owner, editor, ops, published), writable_by(update=ops)] = "draft"
    editors: Annotated[set[str], visible_to(owner, editor), writable_by(owner)] = set()
    topic: Annotated[str | None, visible_to(owner, editor, published), writable_by(create=owner, update=owner & draft)] = None
    secret: Annotated[str | None, visible_to(owner), writable_by(owner)] = None
    drop: Annotated[int | None, visible_to(ops), writable_by(anyone)] = None
    count: Annotated[int, visible_to(owner, published)] = 3
    price: Annotated[Decimal | None, visible_to(owner, published), writable_by(create=owner, update=editor), stored_as("cost")] = None
    home: Annotated[Home | None, visible_to(owner, editor), writable_by(owner, editor, ops)] = None
    comments: Annotated[dict[Identifier, Comment], visible_to(owner, editor, published), writable_by(anyone)] = {}
    lines: Annotated[list[Line], visible_to(owner, editor, ops), writable_by(owner, editor)] = []
    hidden: Annotated[str, visible_to(nobody)] = "-"


class Pass(Entity):
    """Ends at a time, bounded and widened as a whole; beside documents in their partition."""

    key = Key(pk="SPACE#{space}", sk="PASS#{no}")
    access = Access(within=member | ops, also=ops, create=member, update=member | ops, exists_for=member | owner, expires="until")
    space: Annotated[Identifier, visible_to(anyone)]
    no: Annotated[Identifier, visible_to(anyone)]
    owner: Annotated[str, visible_to(anyone), writable_by(anyone)]
    label: Annotated[str | None, visible_to(owner), writable_by(owner)] = None
    uses: Annotated[int, visible_to(owner)] = 0
    until: Annotated[datetime | None, visible_to(owner), writable_by(owner), stored_as(format="epoch_seconds")] = None


class Handover(Entity):
    """A record that is made with a change of another item, and is there for those whom it names."""

    key = Key(pk="SPACE#{space}", sk="HAND#{doc}#{no}")
    access = Access(create=owner)
    space: Annotated[Identifier, visible_to(owner)]
    doc: Annotated[Identifier, visible_to(owner)]
    no: Annotated[Identifier, visible_to(owner)]
    owner: Annotated[str, visible_to(owner)]
    to: Annotated[str, visible_to(owner)]


ENTITIES = (Doc, Pass, Handover)

# How each is stored, said a second time: names, keys, and the keys of indexes with what they are made of.
STORED = {Doc: {"price": "cost"}, Pass: {}, Handover: {}}
KEYS = {
    Doc: {"pk": "SPACE#{space}", "sk": "DOC#{doc}"},
    Pass: {"pk": "SPACE#{space}", "sk": "PASS#{no}"},
    Handover: {"pk": "SPACE#{space}", "sk": "HAND#{doc}#{no}"},
}
INDEX_KEYS = {
    Doc: (
        {"gsi1pk": "OWNER#{owner}", "gsi1sk": "DOC#{space}#{doc}"},
        {"gsi2pk": "TOPIC#{topic}", "gsi2sk": "DOC#{status}#{space}#{doc}"},
    ),
    Pass: (),
    Handover: (),
}

PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)

FIRST: dict[str, Any] = {
    "space": SPACES[0],
    "doc": NAMES[0],
    "owner": "ada",
    "title": "a",
    "status": "draft",
    "editors": {"bob"},
    "topic": "t1",
    "secret": "s",
    "drop": 1,
    "count": 3,
    "price": Decimal("1.5"),
    "hidden": "h",
    "home": {"city": "a", "street": "x", "phones": [{"number": "1", "check": "ok"}]},
    "comments": {
        "c1": {"author": "bob", "text": "t", "flag": "f", "mark": {"score": 1, "note": "n"}},
        "c2": {"author": "ada", "text": "t"},
    },
    "lines": [{"what": "a", "cost": Decimal(2)}],
}
"""What stands in every table from the beginning: a document of ada's."""


def draw_principal(chance: Random) -> Principal:
    """One of a few, so that they meet each other's items."""
    claims: dict[str, Any] = {}
    if chance.random() < 0.85:
        claims["sub"] = chance.choice(PEOPLE)
    if chance.random() < 0.6:
        claims["at"] = chance.choice([SPACES[0], SPACES[1], {*SPACES}])
    return Principal(roles=["ops"] if chance.random() < 0.25 else [], claims=claims)


def draw_key(chance: Random, entity: type[Entity]) -> dict[str, Any]:
    """One of few keys; seldom one that no item has."""
    names = {Doc: ("space", "doc"), Pass: ("space", "no"), Handover: ("space", "doc", "no")}[entity]
    key = {name: chance.choice(SPACES if name == "space" else NAMES) for name in names}
    return {**key, names[-1]: chance.choice(["", "a/b", None])} if chance.random() < 0.03 else key


def draw_body(chance: Random, entity: type[Entity], who: str, *, creating: bool) -> dict[str, Any]:
    """JSON as a client sends it: mostly sensible, sometimes of wrong types, of what is not its to set, of unknown names."""
    draws = _DOC if entity is Doc else _PASS
    if creating:
        names = ("owner", "title") if entity is Doc else ("owner",)
        body = {name: draws[name](chance, who) for name in names if chance.random() < 0.97}
        more = chance.sample(sorted(draws), min(chance.choice([0, 1, 2, 4]), len(draws)))
        body |= {name: draws[name](chance, who) for name in more if name not in body}
    else:
        body = {name: draws[name](chance, who) for name in chance.sample(sorted(draws), chance.choice([0, 1, 1, 1, 2, 3]))}
    if chance.random() < 0.06:
        body[chance.choice(["hidden", "status", "count", "space", "pk", "gsi1pk", "cost", "nonsense", "uses"])] = chance.choice(["x", 1])
    if body and chance.random() < 0.06:
        body[chance.choice(list(body))] = chance.choice([None, 1, "x", [], {}, [1], {"a": 1}, True, 1.5])
    return body


def _person(chance: Random, who: str) -> str:
    return who if chance.random() < 0.7 else chance.choice(PEOPLE)


def _text(chance: Random, who: str) -> Any:
    return chance.choice(["a", "b", "ü"])


def _or_none(draw: Any) -> Any:
    return lambda chance, who: None if chance.random() < 0.25 else draw(chance, who)


def _phone(chance: Random, who: str) -> Any:
    return {"number": "1", **({"check": "ok"} if chance.random() < 0.3 else {})}


def _home(chance: Random, who: str) -> Any:
    body: dict[str, Any] = {}
    if chance.random() < 0.6:
        body["city"] = _text(chance, who)
    if chance.random() < 0.4:
        body["street"] = chance.choice(["x", None])
    if chance.random() < 0.4:
        body["phones"] = chance.choice([None, [], [_phone(chance, who)], [_phone(chance, who), _phone(chance, who)]])
    return body


def _mark(chance: Random, who: str) -> Any:
    return {**({"score": 1} if chance.random() < 0.8 else {}), **({"note": "n"} if chance.random() < 0.3 else {})}


def _comment(chance: Random, who: str) -> Any:
    body: dict[str, Any] = {"author": _person(chance, who)} if chance.random() < 0.6 else {}
    if chance.random() < 0.7:
        body["text"] = _text(chance, who)
    if chance.random() < 0.15:
        body["flag"] = chance.choice(["bad", None])
    if chance.random() < 0.3:
        body["mark"] = chance.choice([None, _mark(chance, who)])
    return body


def _comments(chance: Random, who: str) -> Any:
    names = chance.sample(["c1", "c2", "c3"], chance.choice([1, 1, 2]))
    return {name: None if chance.random() < 0.2 else _comment(chance, who) for name in names}


def _line(chance: Random, who: str) -> Any:
    return {"what": _text(chance, who), **({"cost": chance.choice(["1.5", None])} if chance.random() < 0.4 else {})}


def _lines(chance: Random, who: str) -> Any:
    return [_line(chance, who) for _ in range(chance.choice([0, 1, 2]))]


def _editors(chance: Random, who: str) -> Any:
    return chance.sample(PEOPLE, chance.choice([0, 1, 2])) if chance.random() < 0.95 else ["ada", "ada"]


_DOC: dict[str, Any] = {
    "owner": _person,
    "title": _text,
    "editors": _editors,
    "topic": _or_none(lambda chance, who: chance.choice(["t1", "t#2"])),
    "secret": _or_none(_text),
    "status": _or_none(lambda chance, who: chance.choice(["draft", "published"])),
    "drop": _or_none(lambda chance, who: chance.choice([1, 2])),
    "price": _or_none(lambda chance, who: chance.choice(["1.5", "2", "1e40" if chance.random() < 0.1 else "3"])),
    "home": _or_none(_home),
    "comments": _comments,
    "lines": _lines,
}
_PASS: dict[str, Any] = {
    "owner": _person,
    "label": _or_none(_text),
    "until": _or_none(lambda chance, who: chance.choice(["2120-01-01T00:00:00Z", "2120-01-01T00:00:00Z", "2020-01-01T00:00:00Z"])),
}


def draw_server_set(chance: Random, entity: type[Entity], who: str) -> dict[str, Any]:
    """What trusted code sets."""
    if entity is Doc:
        values: dict[str, Any] = {
            "status": chance.choice(["draft", "published", "gone"]),
            "count": chance.choice([increment(1), increment(-2), 7]),
            "owner": chance.choice(PEOPLE),
            "topic": chance.choice([None, "t1", "t#2"]),
            "hidden": chance.choice(["-", "h"]),
            "comments": chance.choice([{}, {"c1": Comment(author=who, text="t", flag="f", mark=Mark(score=3, note="m"))}]),
        }
    else:
        values = {"uses": increment(1), "until": chance.choice([PAST, FUTURE, None]), "owner": chance.choice(PEOPLE)}
    return {name: values[name] for name in chance.sample(sorted(values), chance.choice([1, 1, 2]))}


def draw_when(chance: Random, entity: type[Entity]) -> Any:
    """A condition on the stored item."""
    if entity is Doc:
        return chance.choice(
            [
                attribute("status") == "draft",
                attribute("count") >= 2,
                (attribute("secret") == "a") | (attribute("hidden") == "h"),
                attribute("editors").contains("ada") & (attribute("count") < 9),
                attribute("topic") == None,  # noqa: E711
                attribute("price").is_missing(),
                published,
                owner,
            ]
        )
    return chance.choice([attribute("uses") < 2, attribute("until") == None, owner, attribute("label") != "a"])  # noqa: E711


def draw_by(chance: Random) -> Any:
    """An audience for one action."""
    return chance.choice([owner, owner | ops, anyone, anyone, member, owner, nobody])
