"""What happened on the way: events of an abstract run, each with the calls it was reached through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from discreet.audit.values import UNKNOWN, Kind, Mark, Missing, Place, Value
from discreet.findings import Region

__all__ = ["Compared", "Event", "Fact", "Facts", "Guarded", "Hop", "Raised", "Returned", "StoreCall", "open_"]

Fact = tuple[Literal["checked", "plain", "bounded"], Mark]
Facts = frozenset[Fact]


def open_(mark: Mark, facts: Facts, *, plain: bool) -> bool:
    """Whether a mark is of a client's text that nothing bounds."""
    if mark.kind is not Kind.REQUEST or mark.place is Place.CREDENTIAL:
        return False
    what = "plain" if plain else "checked"
    return not (mark.plain if plain else mark.checked) and (what, mark) not in facts


@dataclass(frozen=True, slots=True)
class Hop:
    """A call that was made on the way."""

    region: Region
    callee: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a function, reached through calls (outermost first)."""

    region: Region
    function: str
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class StoreCall(Event):
    """A call to the store. `reads` and `writes` say what it does; `facts` are what was known then."""

    operation: str = ""
    table: str = ""
    arguments: tuple[tuple[str, Value], ...] = ()
    facts: Facts = frozenset()
    key: Value = UNKNOWN
    projected: bool = False
    library: str = "boto3"
    text: str = ""
    named: Region | None = None

    def argument(self, name: str) -> Value | None:
        """An argument, None where it is surely absent."""
        for key, value in self.arguments:
            if key == name and not (len(value.shapes) == 1 and value.has(Missing) and not value.marks):
                return value
        return None


@dataclass(frozen=True, slots=True)
class Compared(Event):
    """Two values were compared, or handed together to something that decides. `apart`: one was the principal's, and the other, an item's
    or a request's, was not.
    """

    marks: frozenset[Mark] = frozenset()
    text: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Raised(Event):
    """An exception was raised; `status` and `detail` are those of an HTTP answer."""

    type: str = ""
    status: int | None = None
    detail: Value = UNKNOWN
    lineage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guarded(Event):
    """Something asked for credentials: a security scheme, or a check of a token. `caught`: when it fails, nothing comes of it there."""

    text: str = ""
    sure: bool = True
    caught: bool = False


@dataclass(frozen=True, slots=True)
class Returned(Event):
    """A route's handler, or an exception handler, answered with a value. `sent`: over a socket, wherever that is done."""

    value: Value = UNKNOWN
    sent: bool = False


E = TypeVar("E", bound=Event)


def through(event: E, hop: Hop) -> E:
    """The event as seen from the caller."""
    return replace(event, hops=(hop, *event.hops))
