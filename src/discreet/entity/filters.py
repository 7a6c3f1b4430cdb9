"""Filters of a list, as data: `attribute("status") == "open"`, joined by `&` and `|`. There is no NOT.

A filter is decided on the *disclosed* item, defaults filled: what its viewer may not see is absent, and compares
with nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from discreet.entity.codec import MALFORMED
from discreet.entity.declaration import DeclaredAttribute
from discreet.errors import BadFilter, CallError
from discreet.policy import Path
from discreet.policy.plan import MISSING

__all__ = ["Comparison", "Contains", "Either", "Filter", "IsMissing", "Together", "attribute", "checked", "holds", "paths_of", "spelled"]


class Filter:
    """A question about a disclosed item. Made by `attribute(...)`; joined by `&` and `|`."""

    __slots__ = ()

    def __and__(self, other: Filter) -> Filter:
        return Together((*_joined(self, Together), *_joined(other, Together))) if isinstance(other, Filter) else NotImplemented

    def __or__(self, other: Filter) -> Filter:
        return Either((*_joined(self, Either), *_joined(other, Either))) if isinstance(other, Filter) else NotImplemented

    def __bool__(self) -> NoReturn:
        # `a and b` would silently be `b`.
        raise CallError("a filter is neither true nor false", hint="join filters with `&` and `|`, each in parentheses")


@dataclass(frozen=True, slots=True)
class Comparison(Filter):
    """A disclosed value, be it None, compares so with another; false where none is disclosed, `!=` too."""

    path: Path
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Contains(Filter):
    """A disclosed set or list has this member; a disclosed text has this part."""

    path: Path
    value: Any


@dataclass(frozen=True, slots=True)
class IsMissing(Filter):
    """Nothing is disclosed under this name."""

    path: Path


@dataclass(frozen=True, slots=True)
class Together(Filter):
    """Every one of them."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Either(Filter):
    """One of them at least."""

    filters: tuple[Filter, ...]


def _joined(filter: Filter, kind: type[Together] | type[Either]) -> tuple[Filter, ...]:
    """What a filter is joined of: hundreds joined one after the other stay flat."""
    return filter.filters if isinstance(filter, kind) else (filter,)


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """An attribute, about to be asked about."""

    path: Path

    def __eq__(self, value: object) -> Filter:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._compared("==", value)

    def __ne__(self, value: object) -> Filter:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._compared("!=", value)

    def __lt__(self, value: object) -> Filter:
        return self._compared("<", value)

    def __le__(self, value: object) -> Filter:
        return self._compared("<=", value)

    def __gt__(self, value: object) -> Filter:
        return self._compared(">", value)

    def __ge__(self, value: object) -> Filter:
        return self._compared(">=", value)

    def contains(self, value: object) -> Filter:
        """A set or list that has this member, a text that has this part."""
        return Contains(self.path, _given(value))

    def is_missing(self) -> Filter:
        """Items on which the attribute is unset, or not for their viewer to see."""
        return IsMissing(self.path)

    def _compared(self, operator: str, value: object) -> Filter:
        return Comparison(self.path, operator, _given(value))

    def __bool__(self) -> NoReturn:
        raise CallError("an attribute alone is no filter", hint='compare it: attribute("status") == "open"')

    def __iter__(self) -> NoReturn:
        raise CallError("an attribute holds nothing to go through", hint='attribute("tags").contains("new")')

    def __contains__(self, value: object) -> NoReturn:
        raise CallError("an attribute is asked what it holds by a method", hint='attribute("tags").contains("new")')

    __hash__ = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


def attribute(name: str) -> Named:
    """Name an attribute to ask about, as Python does; inside an Embedded by a path: `attribute("home.city")`."""
    if not isinstance(name, str):
        raise CallError("`attribute` takes a name", hint='attribute("status") == "open"')
    if not name:
        raise BadFilter("`attribute` takes a name", hint='attribute("status") == "open"')
    return Named(tuple(name.split(".")))


def _given(value: object) -> object:
    if isinstance(value, (Named, Filter)):
        raise CallError("an attribute is compared with a value", hint='attribute("status") == "open"')
    return value


# Against a declaration


def checked(filter: Filter, attributes: Mapping[str, DeclaredAttribute], known: Callable[[Path], bool]) -> Filter:
    """The filter with every value in its attribute's type.

    known: whether something can be disclosed under a path at all. Raises BadFilter, always alike, for a name that is
    unknown or not for this principal, and for a value or question that the attribute's type does not have.
    """
    match filter:
        case Together(filters) | Either(filters):
            return type(filter)(tuple(checked(each, attributes, known) for each in filters))
        case IsMissing(path):
            _found(path, attributes, known)
            return filter
        case Comparison(path, operator, value):
            return replace(filter, value=_comparable(_found(path, attributes, known), operator, value))
        case Contains(path, value):
            return replace(filter, value=_member(_found(path, attributes, known), value))
        case _:
            raise CallError(f"`where` takes a filter, and this is a {type(filter).__name__}", hint='where=attribute("status") == "open"')


def _found(path: Path, attributes: Mapping[str, DeclaredAttribute], known: Callable[[Path], bool]) -> DeclaredAttribute:
    found = attributes.get(path[0])
    for name in path[1:]:
        nested = found.nested if found is not None and found.shape == "one" else None
        found = next((each for each in nested or () if each.name == name), None)
    if found is None or not known(path):
        raise BadFilter(f"`{'.'.join(path)}` can not be asked about", hint="name an attribute that the principal may see")
    return found


def _comparable(attribute: DeclaredAttribute, operator: str, value: object) -> object:
    ordered = attribute.nested is None and attribute.codec.tag in ("S", "N", "B")
    if attribute.nested is not None or not (ordered or operator in ("==", "!=")):
        raise _unfit(attribute)
    if value is None and attribute.nullable and operator in ("==", "!="):
        return None
    found = _converted(attribute, value)
    if found is None or _is_nan(found) or (isinstance(found, datetime) and found.tzinfo is None):
        raise _unfit(attribute)
    return found


def _is_nan(value: object) -> bool:
    """Whether it is no number, which has no order: to compare with Decimal's raises."""
    return value.is_nan() if isinstance(value, Decimal) else isinstance(value, float) and math.isnan(value)


def _converted(attribute: DeclaredAttribute, value: Any) -> object:
    """A value in the attribute's type; one outside its bounds compares as well."""
    for convert in (attribute.validate, attribute.codec.convert):
        with suppress(ValidationError, *MALFORMED):
            return convert(value)
    return None


def _member(attribute: DeclaredAttribute, value: object) -> object:
    codec = attribute.codec
    if codec.member is None and (codec.python is not str or attribute.nested is not None):
        raise _unfit(attribute)
    try:
        return codec.convert(value)
    except MALFORMED:
        raise _unfit(attribute) from None


def _unfit(attribute: DeclaredAttribute) -> BadFilter:
    return BadFilter(
        f"`{attribute.name}` is asked about as its type can not be",
        hint="compare with a value of its type; `<` and the like need an order, `contains` a set, list or text",
    )


def holds(filter: Filter, disclosed: Mapping[str, Any]) -> bool:
    """Whether a checked filter holds for a disclosed item."""
    match filter:
        case Together(filters):
            return all(holds(each, disclosed) for each in filters)
        case Either(filters):
            return any(holds(each, disclosed) for each in filters)
        case IsMissing(path):
            return _value(path, disclosed) is MISSING
        case Contains(path, value):
            held = _value(path, disclosed)
            return held is not MISSING and held is not None and value in held
        case Comparison(path, operator, value):
            held = _value(path, disclosed)
            return held is not MISSING and compares(held, operator, value)
        case _:
            raise AssertionError(filter)


def compares(held: Any, operator: str, value: Any) -> bool:
    """Whether one value compares so with another of its attribute's type. None equals itself, and has no order."""
    if operator not in ("==", "!=") and (held is None or value is None):
        return False
    return COMPARISONS[operator](_plain(held), _plain(value))


COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _value(path: Path, disclosed: Any) -> Any:
    for name in path:
        disclosed = disclosed.get(name, MISSING) if isinstance(disclosed, Mapping) else MISSING
    return disclosed


def paths_of(filter: Filter) -> frozenset[Path]:
    """Every attribute that a filter asks about."""
    match filter:
        case Together(filters) | Either(filters):
            return frozenset[Path]().union(*map(paths_of, filters))
        case Comparison(path, _, _) | Contains(path, _) | IsMissing(path):
            return frozenset({path})
        case _:
            raise AssertionError(filter)


def spelled(filter: Filter) -> str:
    """A checked filter in one spelling, for a cursor to be bound to."""
    match filter:
        case Together(filters) | Either(filters):
            word = "&" if isinstance(filter, Together) else "|"
            return f"({word.join(map(spelled, filters))})"
        case Comparison(path, operator, value):
            return f"{'.'.join(path)}{operator}{_literal(value)}"
        case Contains(path, value):
            return f"{'.'.join(path)} contains {_literal(value)}"
        case IsMissing(path):
            return f"{'.'.join(path)} is missing"
        case _:
            raise AssertionError(filter)


def _literal(value: Any) -> str:
    if isinstance(value, (set, frozenset)):
        return f"{{{','.join(sorted(map(_literal, value)))}}}"
    return f"{type(value).__name__}:{value!r}"
