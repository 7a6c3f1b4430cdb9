"""Templates: the text that several components write, and the spans of it that conditions choose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from discreet.errors import BadKey, CallError, DeclarationError
from discreet.key.conditions import Above, AtLeast, AtMost, BeginsWith, Below, Between, Condition
from discreet.key.text import DELIMITER, ESCAPE, LAST, LOW, component_text, escape, parse_component

__all__ = ["Component", "Span", "Template"]

_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_WIDTH = re.compile(r"0([1-9][0-9]?)d")


@dataclass(frozen=True, slots=True)
class Component:
    """A placeholder: the attribute it stands for, and the digits of an int."""

    name: str
    width: int | None = None

    def __str__(self) -> str:
        return f"{{{self.name}}}" if self.width is None else f"{{{self.name}:0{self.width}d}}"


@dataclass(frozen=True, slots=True)
class Span:
    """Text bounds, both included; None where there is none. exact: only one key. empty: no key at all."""

    low: str | None
    high: str | None
    exact: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing lies between the bounds."""
        return self.low is not None and self.high is not None and self.low > self.high


@dataclass(frozen=True, slots=True)
class Template:
    """The text of a key: literals and components, apart by `#`."""

    segments: tuple[str | Component, ...]
    components: tuple[Component, ...] = field(init=False, repr=False, compare=False)
    """The placeholders, in order."""
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The attributes it is made of, in order."""

    def __post_init__(self) -> None:
        components = tuple(each for each in self.segments if isinstance(each, Component))
        object.__setattr__(self, "components", components)
        object.__setattr__(self, "names", tuple(each.name for each in components))

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read `CLINIC#{clinic_id}`. Raises DeclarationError for a template whose keys could be read in two ways."""
        segments = tuple(_segment(text, each) for each in text.split(DELIMITER))
        names = [each.name for each in segments if isinstance(each, Component)]
        if len(set(names)) < len(names):
            raise DeclarationError(f"the key template `{text}` names one attribute twice", hint="name it once")
        return cls(segments)

    def build(self, values: Mapping[str, Any]) -> str:
        """The key of these values. Raises CallError for a missing one, BadKey for one that is None, empty or unfit."""
        return DELIMITER.join(each if isinstance(each, str) else _text(each, values) for each in self.segments)

    def parse_text(self, text: str, types: Mapping[str, Any]) -> dict[str, Any] | None:
        """The values that a key was built of; None for a key that this template does not write."""
        parts = text.split(DELIMITER)
        if len(parts) != len(self.segments):
            return None
        values: dict[str, Any] = {}
        for part, segment in zip(parts, self.segments, strict=True):
            if isinstance(segment, str):
                if part != segment:
                    return None
                continue
            try:
                values[segment.name] = parse_component(part, types[segment.name], segment.width)
            except ValueError:
                return None
        return values

    def span(self, values: Mapping[str, Any], condition: Condition | None = None) -> Span:
        """Bounds for the keys whose leading components have these values, the next one perhaps under a condition.

        Sound, and not exact: a key inside that does not parse or does not satisfy the condition is for the caller to drop.
        """
        prefix, next_ = self._prefix(values)
        if next_ is None:
            return Span(prefix, prefix, exact=True)
        whole = Span(prefix or None, prefix[:-1] + ESCAPE if prefix else None)

        def text(value: object) -> str:
            return prefix + _text(next_, {next_.name: value})

        match condition:
            case None:
                return whole
            case BeginsWith(start):
                return Span(prefix + escape(start), prefix + escape(start) + LAST) if start else whole
            case Between(low, high):
                return Span(text(low), text(high) + ESCAPE)
            case AtLeast(value):
                return Span(text(value), whole.high)
            case AtMost(value):
                return Span(whole.low, text(value) + ESCAPE)
            case Above(value):
                # Keys with this component end there or go on with `#`, both below `$`; larger ones go on above it.
                return Span(text(value) + ESCAPE, whole.high)
            case Below(value):
                return Span(whole.low, text(value))

    def _prefix(self, values: Mapping[str, Any]) -> tuple[str, Component | None]:
        parts: list[str] = []
        for segment in self.segments:
            if isinstance(segment, Component):
                if segment.name not in values:
                    return "".join(part + DELIMITER for part in parts), segment
                parts.append(_text(segment, values))
            else:
                parts.append(segment)
        return DELIMITER.join(parts), None

    def overlaps(self, other: Template) -> bool:
        """Whether one key could be of both templates."""
        return len(self.segments) == len(other.segments) and all(
            _meet(mine, theirs) for mine, theirs in zip(self.segments, other.segments, strict=True)
        )

    def __str__(self) -> str:
        return DELIMITER.join(str(each) for each in self.segments)


def _segment(template: str, segment: str) -> str | Component:
    found = _PLACEHOLDER.fullmatch(segment)
    if found is None:
        if not segment or LOW.search(segment) or "{" in segment or "}" in segment:
            raise DeclarationError(
                f"the key template `{template}` can not be read back",
                hint="between delimiters `#` stands either a word without blanks or one `{attribute}`: CLINIC#{clinic_id}",
            )
        return segment
    name, form = found.groups()
    if not name.isidentifier():
        raise DeclarationError(f"the key template `{template}` has a placeholder without an attribute's name", hint="CLINIC#{clinic_id}")
    if form is None:
        return Component(name)
    width = _WIDTH.fullmatch(form)
    if width is None:
        raise DeclarationError(
            f"the key template `{template}` has a format that is none", hint=f"`{{{name}:012d}}` pads an int to 12 digits"
        )
    return Component(name, int(width.group(1)))


def _text(component: Component, values: Mapping[str, Any]) -> str:
    if component.name not in values:
        raise CallError(f"no value for the key attribute `{component.name}`", hint="give every component of the key")
    value = values[component.name]
    try:
        return component_text(value, component.width)
    except ValueError:
        pass
    raise BadKey(f"`{component.name}` has a value that no key can hold")


def _meet(one: str | Component, other: str | Component) -> bool:
    """Whether one text could stand at both places."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    if isinstance(one, Component) and isinstance(other, Component):
        return one.width is None or other.width is None or one.width == other.width
    literal, component = (one, other) if isinstance(one, str) else (other, one)
    assert isinstance(literal, str) and isinstance(component, Component)
    return component.width is None or (literal.isdecimal() and len(literal) == component.width)
