"""Frames: the names of one function while it is walked through, and what is known of them there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from discreet.audit.classes import Class
from discreet.audit.project import Module
from discreet.audit.trace import Facts
from discreet.audit.values import Value, join, settled

__all__ = ["LIGHT", "Exit", "Frame"]

# A state of so many values is joined in no time; the cost of the others, in statements, for each so many.
LIGHT: Final = 500
HEAVY: Final = 50

State = tuple[dict[str, Value], Facts]


@dataclass(slots=True, eq=False)
class Exit:
    """A `return`: its value, and the state it was made in."""

    value: Value
    names: dict[str, Value]
    facts: Facts
    node: object


@dataclass(slots=True, eq=False)
class Frame:
    """One function (or module, or class body) that is being walked through."""

    module: Module
    function: str
    names: dict[str, Value] = field(default_factory=dict)
    outer: Frame | None = None
    owner: Class | None = None
    facts: Facts = frozenset()
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    rebound: set[str] = field(default_factory=set)
    exits: list[Exit] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    loops: list[list[State]] = field(default_factory=list)
    first: str | None = None
    owner_of: Class | None = None
    top: bool = False

    @property
    def weight(self) -> int:
        """What it takes to join the states of this frame, beside what it takes to walk through a statement."""
        return max(0, sum(value.size for value in self.names.values()) - LIGHT) // LIGHT * HEAVY

    def learn(self, facts: Facts) -> None:
        """Know more from here on."""
        self.facts |= facts

    def branch(self, arms: list[tuple[Facts, Callable[[], bool]]]) -> bool:
        """Walk each arm from this state and go on from any that falls through. False when none does."""
        names, facts = self.names, self.facts
        ends: list[State] = []
        for learned, arm in arms:
            self.names, self.facts = dict(names), facts | learned
            if arm():
                ends.append((self.names, self.facts))
        if not ends:
            self.names = names
            return False
        self.names, self.facts = merged(ends)
        return True


def merged(states: list[State]) -> State:
    """The state after any of several. A name that only some have stays as it is there; what only some learned stays with the data."""
    if len(states) == 1:
        return states[0]
    facts = frozenset.intersection(*(known for _, known in states))
    names = _kept(states[0], states[1][0], facts)
    for state in states[1:]:
        for name, value in _kept(state, states[0][0], facts).items():
            mine = names.get(name)
            if mine is None:
                names[name] = value
            elif mine is not value:
                names[name] = join(mine, value)
    return names, facts


def _kept(state: State, other: dict[str, Value], facts: Facts) -> dict[str, Value]:
    """The names of a state, with what is known in it alone noted on the values that differ from another's."""
    names, known = state
    lost = known - facts
    if not lost:
        return dict(names)
    return {name: value if other.get(name) is value and not value.marks else settled(value, lost) for name, value in names.items()}
