"""DynamoDB's expressions, with a placeholder for every name and every value: nothing is ever written into their text.

A condition is a value (`Compare`, `OneOf`, ...) until a request's `Names` writes it.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from discreet.policy.plan import reduced

__all__ = [
    "OPERANDS",
    "Absent",
    "AllOf",
    "AnyOf",
    "Compare",
    "Condition",
    "Contains",
    "Names",
    "OfType",
    "OneOf",
    "Path",
    "Present",
    "Wire",
    "coarsened",
    "fits",
    "projected",
]

Path = tuple[str, ...]
Wire = Mapping[str, Any]

LONGEST: Final = 4096
"""Bytes of one expression: DynamoDB's limit."""
OPERANDS: Final = 100
"""Operands of IN: DynamoDB's limit."""
OPERATORS: Final = 300
"""Operators and functions of one expression: DynamoDB's limit."""
VALUES: Final = 512 * 1024
"""Bytes of all values of one expression. DynamoDB takes 2 MB; larger requests than this are not worth to be sent."""
_NAME_BYTES: Final = len("#zz,")
"""What one name takes in an expression, with what divides it from the next, for up to 36 ** 2 names."""


# Conditions


@dataclass(frozen=True, slots=True)
class Compare:
    """A stored value compares so with another. DynamoDB's `<>` is true where nothing is stored."""

    path: Path
    operator: Literal["=", "<>", "<", "<=", ">", ">="]
    value: Wire


@dataclass(frozen=True, slots=True)
class OneOf:
    """A stored value equals one of these: at least one, at most `OPERANDS`."""

    path: Path
    values: tuple[Wire, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """A stored set or list, of the type `tag`, has this member. (Of a text, `contains` alone would find a part.)"""

    path: Path
    tag: str
    member: Wire


@dataclass(frozen=True, slots=True)
class OfType:
    """A value of this type is stored."""

    path: Path
    tag: str


@dataclass(frozen=True, slots=True)
class Present:
    """Something is stored, be it NULL."""

    path: Path


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing is stored."""

    path: Path


@dataclass(frozen=True, slots=True)
class AllOf:
    """Each of at least one condition."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of at least one condition."""

    conditions: tuple[Condition, ...]


Condition = Compare | OneOf | Contains | OfType | Present | Absent | AllOf | AnyOf


# Projections


def projected(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths that a request asks for, placeholders resolved: `address.city`. Empty for one that reads nothing."""
    return tuple(dict.fromkeys(path for part in _parts(payload) for path in _paths_of(part)))


def _parts(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [payload, *payload.get("RequestItems", {}).values()] if "RequestItems" in payload else [payload]


def _paths_of(part: Mapping[str, Any]) -> Iterable[str]:
    names = part.get("ExpressionAttributeNames", {})
    for path in str(part.get("ProjectionExpression", "")).split(","):
        if path.strip():
            yield ".".join(names.get(name, name) for name in path.strip().split("."))


def coarsened(paths: Iterable[Path]) -> frozenset[Path]:
    """The same paths where they fit into an expression; else with the deepest ones cut to their parents, which read more.

    No path is ever dropped, and none is part of another.
    """
    found = reduced(paths)
    while sum(len(path) for path in found) * _NAME_BYTES > LONGEST and (deepest := max(map(len, found))) > 1:
        found = reduced(path[: deepest - 1] for path in found)
    return found


# What stands for what


@dataclass(slots=True)
class Names:
    """The placeholders of one request, numbered as they are first used."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    _placeholders: dict[str, str] = field(default_factory=dict)

    def name(self, name: str) -> str:
        """A placeholder for an attribute's name: reserved words and dots in names are then harmless."""
        found = self._placeholders.get(name)
        if found is None:
            found = self._placeholders[name] = f"#{_short(len(self.names))}"
            self.names[found] = name
        return found

    def path(self, path: Path) -> str:
        """A placeholder for each name of a path."""
        return ".".join(self.name(name) for name in path)

    def value(self, value: Any) -> str:
        """A placeholder for a value."""
        placeholder = f":{_short(len(self.values))}"
        self.values[placeholder] = value
        return placeholder

    def projection(self, paths: Iterable[Path]) -> str:
        """A ProjectionExpression. Raises ValueError for no paths: an empty one would be left out and return whole items."""
        written = ",".join(self.path(path) for path in sorted(coarsened(paths)))
        if not written:
            raise ValueError("a projection of nothing")
        return written

    def condition(self, condition: Condition) -> str:
        """A condition, written."""
        match condition:
            case Compare(path, operator, value):
                return f"{self.path(path)} {operator} {self.value(value)}"
            case OneOf(path, values):
                return f"{self.path(path)} IN ({','.join(map(self.value, values))})"
            case Contains(path, tag, member):
                name = self.path(path)
                return f"(attribute_type({name},{self.value({'S': tag})}) AND contains({name},{self.value(member)}))"
            case OfType(path, tag):
                return f"attribute_type({self.path(path)},{self.value({'S': tag})})"
            case Present(path):
                return f"attribute_exists({self.path(path)})"
            case Absent(path):
                return f"attribute_not_exists({self.path(path)})"
            case AllOf(conditions):
                return self._joined(" AND ", conditions)
            case AnyOf(conditions):
                return self._joined(" OR ", conditions)

    def _joined(self, word: str, conditions: Sequence[Condition]) -> str:
        written = word.join(self.condition(each) for each in conditions)
        return f"({written})" if len(conditions) > 1 else written

    def payload(self) -> dict[str, Any]:
        """The part of a request that says what the placeholders stand for."""
        payload: dict[str, Any] = {}
        if self.names:
            payload["ExpressionAttributeNames"] = self.names
        if self.values:
            payload["ExpressionAttributeValues"] = self.values
        return payload


_DIGITS: Final = string.digits + string.ascii_lowercase


def _short(number: int) -> str:
    """A number in base 36: a thousand names then fit into one expression."""
    head, last = divmod(number, 36)
    return (_short(head) if head else "") + _DIGITS[last]


def fits(condition: Condition) -> bool:
    """Whether DynamoDB would take the condition: as long as it is, of so many operators, with values so large."""
    names = Names()
    written = names.condition(condition)
    return len(written) <= LONGEST and _operators(condition) <= OPERATORS and _size(names.values.values()) <= VALUES


def _operators(condition: Condition) -> int:
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            return len(conditions) - 1 + sum(map(_operators, conditions))
        case Contains():
            return 3
        case _:
            return 1


def _size(values: Iterable[Wire]) -> int:
    """The most bytes that values take: at most four a character."""
    return sum(4 * len(repr(each)) for each in values)
