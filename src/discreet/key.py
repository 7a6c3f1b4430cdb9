"""Keys: templates, the text they write, and conditions on it. Keys never collide, and sort as their values do.

The delimiter is `#`. Every character of a component from U+0000 to `$` is written `$` + chr(0x30 + code): what is
left is above `$`, which is above `#`, so a component's end sorts before its continuation and order is kept.
Stored formats never change meaning.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal
from uuid import UUID

from discreet.errors import BadKey, CallError, DeclarationError

__all__ = [
    "HASH_LIMIT",
    "RANGE_LIMIT",
    "Above",
    "AtLeast",
    "AtMost",
    "BeginsWith",
    "Below",
    "Between",
    "Component",
    "Condition",
    "Index",
    "Key",
    "KeyPart",
    "KeyValue",
    "Plain",
    "Span",
    "Template",
    "Templated",
    "above",
    "at_least",
    "at_most",
    "begins_with",
    "below",
    "between",
    "component_text",
    "escape",
    "parse_component",
    "unescape",
]

KeyValue = str | int | Decimal | bytes | datetime | date | UUID | Enum

DELIMITER: Final = "#"
ESCAPE: Final = "$"
LAST: Final = "\U0010ffff"

HASH_LIMIT: Final = 2048
RANGE_LIMIT: Final = 1024
"""Bytes of a hash and of a range key: DynamoDB's limits."""

_LOW = re.compile(r"[\x00-\x24]")
_ESCAPED = re.compile(r"\$(.)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_INDEX_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_WIDTH = re.compile(r"0([1-9][0-9]?)d")


# Text of one component


def escape(text: str) -> str:
    """Write a text so that it holds no delimiter, keeping its order."""
    return _LOW.sub(lambda found: ESCAPE + chr(0x30 + ord(found.group())), text)


def unescape(text: str) -> str:
    """The text that was escaped. Raises ValueError for what `escape` does not write."""
    found = _ESCAPED.sub(lambda pair: chr((ord(pair.group(1)) - 0x30) % 0x110000), text)
    if escape(found) != text:
        raise ValueError("not an escaped text")
    return found


def component_text(value: object, width: int | None = None) -> str:
    """A value as key text. `width` is the number of digits of an int. Raises ValueError, which never holds the value."""
    match value:
        case Enum():
            return component_text(value.value, width)
        case str():
            value.encode()
            if not value:
                raise ValueError("an empty text")
            return escape(value)
        case bool():
            raise ValueError("a bool")
        case int():
            if width is None or value < 0 or len(str(value)) > width:
                raise ValueError("an int that is negative or of too many digits")
            return f"{value:0{width}d}"
        case datetime():
            if value.tzinfo is None or value.utcoffset() is None:
                raise ValueError("a datetime without a time zone")
            return _utc(value).isoformat(timespec="microseconds") + "Z"
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            raise ValueError(f"a {type(value).__name__}")


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        pass
    # In a zone east of Greenwich, year 1 begins before UTC has a date for it.
    raise ValueError("a datetime that UTC has no date for")


def parse_component(text: str, type_: Any, width: int | None = None) -> Any:
    """The value of a key text. Raises ValueError for a text that `component_text` does not write for such a value."""
    value = _parse(text, type_)
    if component_text(value, width) != text:
        raise ValueError("another spelling of a value")
    return value


def _parse(text: str, type_: Any) -> Any:
    if type_ is str:
        return unescape(text)
    if type_ is int:
        return int(text)
    if type_ is datetime:
        return datetime.fromisoformat(text)
    if type_ is date:
        return date.fromisoformat(text)
    if type_ is UUID:
        return UUID(text)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return type_(_parse(text, type(next(iter(type_)).value)))
    raise ValueError("no type of a key component")


# Conditions


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


# Templates


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
        if not segment or _LOW.search(segment) or "{" in segment or "}" in segment:
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


# Keys and indexes


@dataclass(frozen=True, slots=True)
class Plain:
    """A part of a key that is an attribute itself."""

    attribute: str

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes it is made of."""
        return (self.attribute,)


@dataclass(frozen=True, slots=True)
class Templated:
    """A part of a key that a template writes, under a physical name of its own."""

    physical: str
    template: Template

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes it is made of."""
        return self.template.names


KeyPart = Plain | Templated


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Key:
    """A primary or index key: `Key("user_id")`, `Key("user_id", "created_at")` where attributes are the keys themselves,
    or `Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")` with physical names and templates, hash first.
    """

    parts: tuple[KeyPart, ...]
    names: tuple[str, ...] = field(compare=False)
    """The attributes it is made of, in order, each once."""

    def __init__(self, *attributes: str, **templates: str) -> None:
        if bool(attributes) == bool(templates) or len(attributes) + len(templates) > 2:
            raise DeclarationError(
                "a `Key` has one or two parts, all attributes or all templates",
                hint='Key("user_id"), Key("user_id", "created_at") or Key(pk="USER#{user_id}", sk="PROFILE")',
            )
        if not all(isinstance(each, str) and each for each in (*attributes, *templates.values())):
            raise DeclarationError("a `Key` is made of names and templates", hint="give each as a str")
        if len(set(attributes)) < len(attributes):
            raise DeclarationError(f"a `Key` names `{attributes[0]}` twice", hint="hash and range key are different attributes")
        plain: tuple[KeyPart, ...] = tuple(Plain(each) for each in attributes)
        parts = plain or tuple(Templated(name, Template.parse(text)) for name, text in templates.items())
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "names", tuple(dict.fromkeys(name for part in parts for name in part.names)))

    @property
    def hash(self) -> KeyPart:
        """The part that says which partition."""
        return self.parts[0]

    @property
    def range(self) -> KeyPart | None:
        """The part that items are sorted by, if there is one."""
        return self.parts[1] if len(self.parts) == 2 else None

    def __repr__(self) -> str:
        written = (repr(p.attribute) if isinstance(p, Plain) else f"{p.physical}={str(p.template)!r}" for p in self.parts)
        return f"Key({', '.join(written)})"


@dataclass(frozen=True, slots=True, init=False)
class Index:
    """A secondary index: its name, its key, what it projects besides keys, and whether it is local to the partition."""

    name: str
    key: Key
    projects: Literal["all", "keys"] | frozenset[str]
    local: bool

    def __init__(self, name: str, key: Key, *, projects: Literal["all", "keys"] | Collection[str] = "all", local: bool = False) -> None:
        if not isinstance(name, str) or not name or not isinstance(key, Key):
            raise DeclarationError("an `Index` needs a name and a `Key`", hint='Index("by_owner", Key(gsi1pk="OWNER#{owner_id}"))')
        if _INDEX_NAME.fullmatch(name) is None:
            raise DeclarationError(
                f"index `{name}` has a name that DynamoDB does not take", hint="3 to 255 letters, digits, `_`, `-` and `.`"
            )
        if isinstance(projects, str) and projects not in ("all", "keys"):
            raise DeclarationError(f"index `{name}` projects `{projects}`", hint='"all", "keys", or a set of attributes')
        set_ = object.__setattr__
        set_(self, "name", name)
        set_(self, "key", key)
        set_(self, "projects", projects if isinstance(projects, str) else frozenset(projects))
        set_(self, "local", local)
