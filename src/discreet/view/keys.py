"""Key values as a call gives them -> physical keys. Wrong names and values raise here, before any I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from discreet.dynamodb.store import KeyRange
from discreet.entity import Declaration
from discreet.entity.codec import MALFORMED
from discreet.entity.item import fitting, size_in_bytes
from discreet.errors import BadKey, CallError
from discreet.key import (
    HASH_LIMIT,
    RANGE_LIMIT,
    Above,
    AtLeast,
    AtMost,
    BeginsWith,
    Below,
    Between,
    Condition,
    Key,
    KeyPart,
    KeyValue,
    Plain,
)

__all__ = [
    "Asked",
    "asked_for",
    "hash_of",
    "physical_key",
    "physical_name",
    "range_of",
    "tag_of",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks for, validated: exact values by attribute, and at most one condition on the next sort component."""

    values: Mapping[str, KeyValue]
    conditions: Mapping[str, Condition]

    def matches(self, item: Mapping[str, Any]) -> bool:
        """Whether an item is what was asked for: bounds on key text are necessary, and this is what decides."""
        return all(item.get(name) == value for name, value in self.values.items()) and all(
            each.holds(item.get(name)) for name, each in self.conditions.items()
        )

    def spelling(self) -> list[str]:
        """The question in one spelling, for a cursor to be bound to."""
        exact = [f"{name}={type(value).__name__}:{value!r}" for name, value in sorted(self.values.items())]
        return exact + [f"{name}~{condition!r}" for name, condition in sorted(self.conditions.items())]


def physical_name(declaration: Declaration, part: KeyPart) -> str:
    """The table's name of one part of a key."""
    return declaration.attributes[part.attribute].stored if isinstance(part, Plain) else part.physical


def tag_of(declaration: Declaration, part: KeyPart) -> str:
    """The DynamoDB type of one part of a key: S, N or B."""
    return declaration.attributes[part.attribute].codec.tag or "S" if isinstance(part, Plain) else "S"


def asked_for(declaration: Declaration, key: Key, given: Mapping[str, object], *, whole: bool) -> Asked:
    """Check a call's key values. `whole`: every component, no conditions.

    Raises CallError for names that are wrong or missing and BadKey for values that no item can have.
    """
    wrong = sorted(set(given) - set(key.names))
    missing = [name for name in (key.names if whole else key.hash.names) if name not in given]
    if wrong or missing:
        names = ", ".join(f"`{name}`" for name in key.names)
        what = f"no key attribute `{wrong[0]}`" if wrong else f"no value for the key attribute `{missing[0]}`"
        raise CallError(f"`{declaration.name}`: {what}", hint=f"the key attributes are {names}")
    conditions = {name: value for name, value in given.items() if isinstance(value, Condition)}
    for name in conditions:
        if whole or name in key.hash.names:
            raise CallError(
                f"`{declaration.name}`: `{name}` needs a value, not a condition", hint="conditions are for the sort key of a query"
            )
    exact = {name: _value(declaration, name, value) for name, value in given.items() if name not in conditions}
    checked = {name: _condition(declaration, name, condition) for name, condition in conditions.items()}
    _refuse_gaps(declaration, key, exact, checked)
    return Asked(exact, checked)


def _value(declaration: Declaration, name: str, value: object) -> KeyValue:
    if value is None or value == "" or value == b"":
        raise BadKey(f"`{name}` is empty, and no key is")
    try:
        return declaration.attributes[name].validate(value)  # type: ignore[no-any-return]
    except (ValidationError, *MALFORMED):
        pass
    raise BadKey(f"`{name}` has a value that no `{declaration.name}` can have")


def _condition(declaration: Declaration, name: str, condition: Condition) -> Condition:
    match condition:
        case BeginsWith():
            codec = declaration.attributes[name].codec
            if codec.python is not str or codec.tag != "S":
                raise CallError(f"`{name}` is no text, so nothing begins it", hint="use between, above, below, at_least or at_most")
            if not _encodable(condition.prefix):
                raise BadKey(f"`{name}` has a value that no `{declaration.name}` can have")
            return condition
        case Between(low, high):
            return Between(_value(declaration, name, low), _value(declaration, name, high))
        case Above(value) | Below(value) | AtLeast(value) | AtMost(value):
            return type(condition)(_value(declaration, name, value))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_gaps(declaration: Declaration, key: Key, exact: Mapping[str, object], conditions: Mapping[str, object]) -> None:
    names = [name for name in (key.range.names if key.range else ()) if name not in key.hash.names]
    given = [name in exact for name in names]
    settled = given.index(False) if False in given else len(names)
    loose = [name for name in names[settled + 1 :] if name in exact or name in conditions]
    if loose or any(names.index(name) != settled for name in conditions):
        raise CallError(
            f"`{declaration.name}`: the sort key is asked about with a gap",
            hint=f"give its components from the left: {', '.join(names)}; a condition goes on the last one given",
        )


def physical_key(declaration: Declaration, asked: Asked) -> dict[str, Any]:
    """The physical key of one item. Raises BadKey for one that DynamoDB could not hold."""
    limits = zip(declaration.key.parts, (HASH_LIMIT, RANGE_LIMIT), strict=False)
    return {physical_name(declaration, part): _wire(declaration, part, asked, limit) for part, limit in limits}


def _wire(declaration: Declaration, part: KeyPart, asked: Asked, limit: int) -> Mapping[str, Any]:
    if isinstance(part, Plain):
        return fitting(_encoded(declaration, part.attribute, asked.values[part.attribute]), limit)
    return fitting({"S": part.template.build(asked.values)}, limit)


def _encoded(declaration: Declaration, name: str, value: object) -> Mapping[str, Any]:
    try:
        return declaration.attributes[name].codec.encode(value)
    except MALFORMED:
        pass
    raise BadKey(f"`{name}` has a value that DynamoDB can not hold")


def range_of(declaration: Declaration, key: Key, asked: Asked) -> KeyRange | None:
    """The key condition of a query; None where nothing can match it."""
    ((hash_name, hash_value),) = hash_of(declaration, key, asked).items()
    if key.range is None:
        return KeyRange(hash_name, hash_value)
    range_name = physical_name(declaration, key.range)
    if isinstance(key.range, Plain):
        return _plain_range(declaration, key.range.attribute, asked, hash_name, hash_value, range_name)
    condition = next(iter(asked.conditions.values()), None)
    span = key.range.template.span(asked.values, condition)
    if span.empty:
        return None
    if span.exact:
        return KeyRange(hash_name, hash_value, range_name, "=", [fitting({"S": span.low}, RANGE_LIMIT)])
    # Bounds only narrow what is read, and `Asked.matches` decides: one that DynamoDB would not take is made wider.
    low = _shortened(span.low) if span.low else None
    high = span.high if span.high and size_in_bytes(span.high) <= RANGE_LIMIT else None
    if not low and not high:
        return KeyRange(hash_name, hash_value)
    operands = [{"S": text} for text in (low, high) if text]
    operator = "BETWEEN" if len(operands) == 2 else ">=" if low else "<="
    return KeyRange(hash_name, hash_value, range_name, operator, operands)


def _shortened(text: str) -> str:
    return text.encode()[:RANGE_LIMIT].decode(errors="ignore")


def hash_of(declaration: Declaration, key: Key, asked: Asked) -> dict[str, Any]:
    """The physical hash key of a query."""
    return {physical_name(declaration, key.hash): _wire(declaration, key.hash, asked, HASH_LIMIT)}


def _plain_range(
    declaration: Declaration, name: str, asked: Asked, hash_name: str, hash_value: Mapping[str, Any], range_name: str
) -> KeyRange | None:
    def wire(value: object) -> Mapping[str, Any]:
        return fitting(_encoded(declaration, name, value), RANGE_LIMIT)

    if name in asked.values:
        return KeyRange(hash_name, hash_value, range_name, "=", [wire(asked.values[name])])
    match asked.conditions.get(name):
        case None | BeginsWith(""):
            return KeyRange(hash_name, hash_value)
        case BeginsWith(prefix):
            return KeyRange(hash_name, hash_value, range_name, "begins_with", [wire(prefix)])
        case Between(low, high):
            if not Between(low, high).holds(low):
                return None
            return KeyRange(hash_name, hash_value, range_name, "BETWEEN", [wire(low), wire(high)])
        # A stored value may be coarser than the one asked about (epoch seconds): the equal one is read too, and decided on.
        case Above(value) | AtLeast(value):
            return KeyRange(hash_name, hash_value, range_name, ">=", [wire(value)])
        case Below(value) | AtMost(value):
            return KeyRange(hash_name, hash_value, range_name, "<=", [wire(value)])
