"""Verdicts: what is known of a client's data once a condition is known to hold, or to fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from discreet.audit.frames import Exit
from discreet.audit.trace import Fact, Facts
from discreet.audit.values import Constant, Kind, Mark, Value, Verdict, deep_marks, join_all

__all__ = ["NOTHING", "both", "checked", "either", "fails", "holds", "opposite", "proof", "verdict_of"]

NOTHING: Final[Facts] = frozenset()


def checked(value: Value, *, plain: bool = True) -> Facts:
    """The facts of a check of a client's data."""
    marks = [mark for mark in deep_marks(value) if mark.kind is Kind.REQUEST]
    found: set[Fact] = {("checked", mark) for mark in marks}
    if plain:
        found |= {("plain", mark) for mark in marks}
    return frozenset(found)


def bounded(value: Value) -> Facts:
    """The facts of a ceiling on a client's number."""
    return frozenset(("bounded", mark) for mark in deep_marks(value) if mark.kind is Kind.REQUEST)


def proof(holds: Facts, fails: Facts = NOTHING, marks: Iterable[Mark] = ()) -> Value:
    """The value of a condition."""
    return Value((Verdict(holds, fails),), frozenset(marks)) if holds or fails else Value((), frozenset(marks))


def holds(value: Value) -> Facts:
    """What is known when a condition holds."""
    found = value.one(Verdict)
    return found.holds if found else NOTHING


def fails(value: Value) -> Facts:
    """What is known when a condition fails."""
    found = value.one(Verdict)
    return found.fails if found else NOTHING


def opposite(value: Value) -> Value:
    """Not that."""
    return proof(fails(value), holds(value))


def both(values: list[Value]) -> Value:
    """All of several conditions."""
    return proof(frozenset().union(*map(holds, values)), frozenset.intersection(*map(fails, values)))


def either(values: list[Value]) -> Value:
    """One of several conditions."""
    return proof(frozenset.intersection(*map(holds, values)), frozenset().union(*map(fails, values)))


def verdict_of(exits: list[Exit]) -> Value:
    """What a function gives. One that answers true or false is a condition, by what was known at each `return`."""
    value = join_all(each.value for each in exits)
    if len(exits) < 2 or not all(_answer(each.value) for each in exits):
        return value
    yes = [each.facts | holds(each.value) for each in exits if each.value.truth is not False]
    no = [each.facts | fails(each.value) for each in exits if each.value.truth is not True]
    known = proof(frozenset.intersection(*yes) if yes else NOTHING, frozenset.intersection(*no) if no else NOTHING)
    if not known.shapes:
        return value
    shapes = tuple(shape for shape in value.shapes if not isinstance(shape, Constant | Verdict))
    return Value((*known.shapes, *shapes), value.marks)


def _answer(value: Value) -> bool:
    return bool(value.shapes) and all(
        isinstance(shape, Verdict) or (isinstance(shape, Constant) and isinstance(shape.value, bool)) for shape in value.shapes
    )
