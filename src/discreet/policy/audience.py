"""Who: unions of intersections of conditions. No negation, so each meaning has exactly one minimal form, and `==` compares meanings."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from discreet.errors import DeclarationError

__all__ = ["Audience", "Condition", "Relation", "Role", "State", "anyone", "nobody", "relation", "role", "state"]

MOST_CLAUSES: Final = 64
"""An audience of more clauses is a mistake, and its plans would outgrow DynamoDB's expressions."""


@dataclass(frozen=True, slots=True)
class Role:
    """About the principal alone: it holds this role, everywhere."""

    name: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A claim of the principal meets an attribute of the item; a set on either side meets by intersection."""

    claim: str
    attribute: str


@dataclass(frozen=True, slots=True)
class State:
    """An attribute of the item equals a constant. `type` keeps True, 1 and Decimal(1) apart."""

    attribute: str
    equals: Hashable
    type: type


Condition = Role | Relation | State
Clause = frozenset[Condition]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see or write: satisfied when every condition of at least one clause holds.

    Combine with `|` and `&`; `a <= b` says that whoever is in `a` is in `b`. Raises DeclarationError above 64 clauses.
    """

    clauses: frozenset[Clause]

    def __post_init__(self) -> None:
        # A clause that another one is part of adds nobody: without negation, dropping those is all of normalising.
        minimal = frozenset(c for c in self.clauses if not any(other < c for other in self.clauses))
        object.__setattr__(self, "clauses", minimal)
        if len(minimal) > MOST_CLAUSES:
            raise DeclarationError(
                f"an audience of {len(minimal)} clauses; the most is {MOST_CLAUSES}",
                hint="turn a long list of alternatives into one claim that holds a set",
            )

    def __bool__(self) -> bool:
        # `ops and owner` would silently be `owner`.
        raise DeclarationError("an audience is neither true nor false", hint="join audiences with `|` and `&`, not `or` and `and`")

    def __or__(self, other: Audience) -> Audience:
        if not isinstance(other, Audience):
            return NotImplemented
        return Audience(self.clauses | other.clauses)

    def __and__(self, other: Audience) -> Audience:
        if not isinstance(other, Audience):
            return NotImplemented
        return Audience(frozenset(a | b for a in self.clauses for b in other.clauses))

    def __le__(self, other: Audience) -> bool:
        return all(any(b <= a for b in other.clauses) for a in self.clauses)

    @property
    def conditions(self) -> frozenset[Condition]:
        """Every condition that takes part."""
        return frozenset().union(*self.clauses)

    def __repr__(self) -> str:
        return " | ".join(sorted(_clause_text(c) for c in self.clauses)) or "nobody"


def union(audiences: Iterable[Audience]) -> Audience:
    """All of them together; nobody for none."""
    return Audience(frozenset().union(*(a.clauses for a in audiences)))


anyone: Final = Audience(frozenset({frozenset()}))
"""The full audience: everyone, anonymous too."""
nobody: Final = Audience(frozenset())
"""The empty audience."""


def role(name: str) -> Audience:
    """Whoever holds the role `name`, everywhere. A role held *somewhere* is a `relation`."""
    return _one(Role(_named("role", name)))


def relation(*, claim: str, attribute: str) -> Audience:
    """Whoever's claim `claim` meets the item's attribute `attribute`."""
    return _one(Relation(_named("claim", claim), _named("attribute", attribute)))


def state(*, attribute: str, equals: str | int | bool | Decimal | Enum) -> Audience:
    """Everyone, on items whose attribute equals the constant. Raises DeclarationError for None and the empty text."""
    if equals is None or equals == "" or not isinstance(equals, (str, int, Decimal, Enum)):
        raise DeclarationError(
            f"`state(attribute={attribute!r})` needs a constant that can be held", hint="a non-empty str, int, bool, Decimal or Enum member"
        )
    return _one(State(_named("attribute", attribute), equals, type(equals)))


def _one(condition: Condition) -> Audience:
    return Audience(frozenset({frozenset({condition})}))


def _named(what: str, name: str) -> str:
    if not isinstance(name, str) or not name:
        raise DeclarationError(f"a {what} needs a name", hint=f"got {type(name).__name__}, empty or not a str")
    return name


def _clause_text(clause: Clause) -> str:
    return " & ".join(sorted(_condition_text(c) for c in clause)) or "anyone"


def _condition_text(condition: Condition) -> str:
    match condition:
        case Role(name):
            return f"role({name!r})"
        case Relation(claim, attribute):
            return f"relation(claim={claim!r}, attribute={attribute!r})"
        case State(attribute, equals):
            return f"state(attribute={attribute!r}, equals={equals!r})"
