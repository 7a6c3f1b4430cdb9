"""Conditions on one component of a key: where it begins, and between what it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from discreet.errors import CallError
from discreet.key.text import KeyValue

__all__ = [
    "Above",
    "AtLeast",
    "AtMost",
    "BeginsWith",
    "Below",
    "Between",
    "Condition",
    "above",
    "at_least",
    "at_most",
    "begins_with",
    "below",
    "between",
]


@dataclass(frozen=True, slots=True)
class BeginsWith:
    """A text that begins so."""

    prefix: str

    def holds(self, value: object) -> bool:
        """Whether a value satisfies the condition."""
        return isinstance(value, str) and value.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class Between:
    """A value from `low` to `high`, both included."""

    low: KeyValue
    high: KeyValue

    def holds(self, value: object) -> bool:
        """Whether a value satisfies the condition."""
        return _ordered(self.low, value) and _ordered(value, self.high)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A value of `value` or more."""

    value: KeyValue

    def holds(self, value: object) -> bool:
        """Whether a value satisfies the condition."""
        return _ordered(self.value, value)


@dataclass(frozen=True, slots=True)
class AtMost:
    """A value of `value` or less."""

    value: KeyValue

    def holds(self, value: object) -> bool:
        """Whether a value satisfies the condition."""
        return _ordered(value, self.value)


@dataclass(frozen=True, slots=True)
class Above:
    """A value of more than `value`."""

    value: KeyValue

    def holds(self, value: object) -> bool:
        """Whether a value satisfies the condition."""
        return _ordered(self.value, value) and value != self.value


@dataclass(frozen=True, slots=True)
class Below:
    """A value of less than `value`."""

    value: KeyValue

    def holds(self, value: object) -> bool:
        """Whether a value satisfies the condition."""
        return _ordered(value, self.value) and value != self.value


Condition = BeginsWith | Between | AtLeast | AtMost | Above | Below


def _ordered(low: Any, high: Any) -> bool:
    low, high = (each.value if isinstance(each, Enum) else each for each in (low, high))
    try:
        return bool(low <= high)
    except TypeError:
        return False


def begins_with(prefix: str) -> BeginsWith:
    """Sort keys whose next component begins with `prefix`."""
    if not isinstance(prefix, str):
        raise CallError("`begins_with` takes a str", hint="numbers and times have `between`, `at_least` and the like")
    return BeginsWith(prefix)


def between(low: KeyValue, high: KeyValue) -> Between:
    """Sort keys whose next component is from `low` to `high`, both included."""
    return Between(_given("between", low), _given("between", high))


def above(value: KeyValue) -> Above:
    """Sort keys whose next component is more than `value`."""
    return Above(_given("above", value))


def below(value: KeyValue) -> Below:
    """Sort keys whose next component is less than `value`."""
    return Below(_given("below", value))


def at_least(value: KeyValue) -> AtLeast:
    """Sort keys whose next component is `value` or more."""
    return AtLeast(_given("at_least", value))


def at_most(value: KeyValue) -> AtMost:
    """Sort keys whose next component is `value` or less."""
    return AtMost(_given("at_most", value))


def _given(name: str, value: Any) -> Any:
    if value is None or isinstance(value, Condition):
        raise CallError(f"`{name}` takes a value", hint=f"{name}(value), not None or another condition")
    return value
