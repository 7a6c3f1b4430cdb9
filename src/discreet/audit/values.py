"""Abstract values: what an expression may be, and where the data in it came from.

A value is a union of *shapes* (a constant, a mapping, an instance, a table ...) with *marks* (an item read from the
store, something a client sent, the principal, an exception's text). No shape means that nothing is known of it.
Values are immutable; what changes one makes another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, TypeVar

from discreet.findings import Region

if TYPE_CHECKING:
    from discreet.audit.classes import Class
    from discreet.audit.frames import Frame
    from discreet.audit.project import FunctionDef, Module

__all__ = [
    "EMPTY",
    "MISSING",
    "NONE",
    "UNKNOWN",
    "Alias",
    "Anything",
    "Bound",
    "Closure",
    "Constant",
    "Instance",
    "Kind",
    "Made",
    "Mapping",
    "Mark",
    "Missing",
    "ModuleShape",
    "Named",
    "Partial",
    "Place",
    "Sequence",
    "Shape",
    "Text",
    "Type",
    "Value",
    "Verdict",
    "constant",
    "join",
    "made",
    "mapping",
    "of",
    "sequence",
]

WIDEST: Final = 8
DEEPEST: Final = 5
LONGEST: Final = 200
MANY: Final = 400
LARGEST: Final = 10_000
WHOLE: Final = "*"
SOME: Final = "?"


class Kind(Enum):
    """Where data came from."""

    ITEM = auto()
    REQUEST = auto()
    PRINCIPAL = auto()
    FAILURE = auto()
    POSITION = auto()
    UNDISCLOSED = auto()
    SEALED = auto()


class Place(Enum):
    """Which part of a request data came from. CREDENTIAL is what authenticates: a token, a cookie, an API key."""

    NONE = auto()
    PATH = auto()
    QUERY = auto()
    BODY = auto()
    HEADER = auto()
    CREDENTIAL = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """Data's origin. `name` is the attribute of an item (`*`: all of it), the path in a request, or an exception's type.

    `checked`: its type, a pattern or a length bounds it; `plain`: it cannot hold a delimiter; `bounded`: a number with
    a ceiling; `bulk`: it came along with whatever else the client sent; `loose`: its names are the client's to choose;
    `part`: it is a part of such, with names of its own if it has any.
    """

    kind: Kind
    name: str
    at: Region
    place: Place = Place.NONE
    checked: bool = False
    plain: bool = False
    bounded: bool = False
    bulk: bool = False
    loose: bool = False
    part: bool = False

    @property
    def whole(self) -> bool:
        """Whether this is all of an item."""
        return self.kind in {Kind.ITEM, Kind.UNDISCLOSED} and self.name == WHOLE

    def inside(self, name: str) -> Mark:
        """The mark of a part called `name`."""
        if len(self.name) > LONGEST:
            return self
        if self.kind in {Kind.ITEM, Kind.UNDISCLOSED}:
            return replace(self, name=name if self.name == WHOLE else self.name if self.name == SOME else f"{self.name}.{name}")
        if self.kind is Kind.REQUEST and self.loose:
            return self if name == SOME else replace(self, name=f"{self.name}.{name}", loose=False, bulk=False, part=True)
        if self.part and name != SOME:
            return replace(self, name=f"{self.name}.{name}")
        return self


Marks = frozenset[Mark]
NO_MARKS: Final[Marks] = frozenset()


S = TypeVar("S")


class Value:
    """A union of shapes, and marks. Its hash is computed once: values are nested and are keys. So is its `size`, all that is in it
    counted as often as it is there, and the marks `within` it once they were asked for.
    """

    __slots__ = ("_hash", "marks", "shapes", "size", "within")

    def __init__(self, shapes: tuple[Shape, ...] = (), marks: Marks = NO_MARKS) -> None:
        self.shapes = shapes
        self.marks = marks
        self.size: int = 1 + len(marks) + sum(inner.size for shape in shapes for inner in children(shape))
        self.within: Marks | None = None if shapes else marks
        self._hash = hash((shapes, marks))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Value) and self._hash == other._hash and self.shapes == other.shapes and self.marks == other.marks

    def __repr__(self) -> str:
        return f"Value({self.shapes!r}, {set(self.marks) or '{}'})"

    def marked(self, marks: Iterable[Mark]) -> Value:
        """The same, with more marks."""
        more = self.marks.union(marks)
        return self if len(more) == len(self.marks) else Value(self.shapes, more)

    def only(self, kind: type[S]) -> Iterator[S]:
        """The shapes of a type."""
        return (shape for shape in self.shapes if isinstance(shape, kind))

    def one(self, kind: type[S]) -> S | None:
        """The first shape of a type."""
        return next(self.only(kind), None)

    def has(self, kind: type[object]) -> bool:
        """Whether it may be of a type."""
        return any(isinstance(shape, kind) for shape in self.shapes)

    @property
    def text(self) -> str | None:
        """The one constant text this is."""
        found = [shape.value for shape in self.only(Constant) if isinstance(shape.value, str)]
        return found[0] if len(found) == 1 else None

    @property
    def texts(self) -> tuple[str, ...]:
        """The constant texts this may be."""
        return tuple(shape.value for shape in self.only(Constant) if isinstance(shape.value, str))

    @property
    def keys(self) -> tuple[str, ...]:
        """What this is called as a key of a dict: its constant texts, and names for classes, which dispatch often goes by."""
        return (*self.texts, *(f"<{shape.cls!r}>" for shape in self.only(Type)))

    @property
    def truth(self) -> bool | None:
        """Whether this is known to be true or false in a condition."""
        if not self.shapes or (self.marks and all(isinstance(shape, Missing) for shape in self.shapes)):
            return None
        found = {shape.truth for shape in self.shapes}
        return found.pop() if len(found) == 1 else None


# Shapes


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal."""

    value: object
    type: str = ""

    @property
    def truth(self) -> bool | None:
        """Its truth."""
        return bool(self.value)


@dataclass(frozen=True, slots=True)
class Anything:
    """Something of which nothing is known, beside the other shapes of a value."""

    truth: bool | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A key that may not be there."""

    truth: bool | None = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text put together of constant pieces and values."""

    parts: tuple[str | Value, ...]
    truth: bool | None = True


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict: what is under known keys, and under any other (`rest`, None for nothing). `dropped` are keys taken out."""

    known: tuple[tuple[str, Value], ...] = ()
    rest: Value | None = None
    dropped: frozenset[str] = frozenset()

    @property
    def truth(self) -> bool | None:
        """False when empty, true when something is surely in it."""
        if any(not value.one(Missing) and not value.marks for _, value in self.known):
            return True
        return None if self.known or self.rest is not None else False

    def get(self, name: str) -> Value | None:
        """What is under a key, None when nothing is."""
        for key, value in self.known:
            if key == name:
                return value
        if self.rest is None or name in self.dropped:
            return None
        return inside(self.rest, name)

    def put(self, name: str, value: Value) -> Mapping:
        """With a key set. Of a dict that grows and grows, what is under which key is no longer told apart."""
        if len(self.known) >= MANY and all(key != name for key, _ in self.known):
            return Mapping(self.known, value if self.rest is None else join(self.rest, value), self.dropped - {name})
        return Mapping((*((key, each) for key, each in self.known if key != name), (name, value)), self.rest, self.dropped - {name})

    def drop(self, name: str) -> Mapping:
        """With a key taken out."""
        return Mapping(tuple((key, each) for key, each in self.known if key != name), self.rest, self.dropped | {name})

    @property
    def elements(self) -> Value:
        """Any of its values."""
        return join_all([*(value for _, value in self.known), *([self.rest] if self.rest is not None else [])])


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list, tuple, set or iterator. `fixed` are its elements where each is known."""

    element: Value
    fixed: tuple[Value, ...] | None = None

    @property
    def truth(self) -> bool | None:
        """Known where the elements are."""
        return None if self.fixed is None else bool(self.fixed)


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the project, with the attributes known of it. `rest`: any other attribute."""

    cls: Class
    fields: tuple[tuple[str, Value], ...] = ()
    rest: Value | None = None
    truth: bool | None = None

    def get(self, name: str) -> Value | None:
        """An attribute, None when nothing is known of it."""
        return next((value for key, value in self.fields if key == name), self.rest)

    def put(self, name: str, value: Value) -> Instance:
        """With an attribute set."""
        return Instance(self.cls, (*((key, each) for key, each in self.fields if key != name), (name, value)), self.rest, self.truth)


@dataclass(frozen=True, slots=True)
class Closure:
    """A function of the project, with the frame it was defined in where that is another function's."""

    node: FunctionDef | Any
    module: Module
    owner: Class | None = None
    frame: Frame | None = None
    wraps: Closure | None = None
    truth: bool | None = True

    @property
    def name(self) -> str:
        """Its qualified name, as far as it is known."""
        inner = getattr(self.node, "name", "lambda")
        return f"{self.owner.name}.{inner}" if self.owner else inner


@dataclass(frozen=True, slots=True)
class Bound:
    """A method with its object."""

    function: Value
    receiver: Value
    truth: bool | None = True


@dataclass(frozen=True, slots=True)
class Partial:
    """A callable with some of its arguments."""

    function: Value
    positional: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]
    truth: bool | None = True


@dataclass(frozen=True, slots=True)
class Type:
    """A class of the project."""

    cls: Class
    truth: bool | None = True


@dataclass(frozen=True, slots=True)
class ModuleShape:
    """A module of the project."""

    module: Module
    truth: bool | None = True


@dataclass(frozen=True, slots=True)
class Named:
    """Something of a library, by its dotted path."""

    path: str
    truth: bool | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What calling something of a library gave. `site` tells one router or table from another; `given` is what it was made with."""

    path: str
    given: tuple[tuple[str, Value], ...] = ()
    site: Region | None = None
    truth: bool | None = None

    def get(self, name: str) -> Value | None:
        """An argument it was made with."""
        return next((value for key, value in self.given if key == name), None)


@dataclass(frozen=True, slots=True)
class Alias:
    """A type with arguments, such as `list[User]`: its base and its node."""

    base: Value
    node: Any
    module: Module
    truth: bool | None = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition: the facts known when it holds, and when it fails."""

    holds: frozenset[Any]
    fails: frozenset[Any]
    truth: bool | None = None


Shape = (
    Anything
    | Verdict
    | Constant
    | Missing
    | Text
    | Mapping
    | Sequence
    | Instance
    | Closure
    | Bound
    | Partial
    | Type
    | ModuleShape
    | Named
    | Made
    | Alias
)


def children(shape: Shape) -> Iterator[Value]:
    """The data directly inside a shape."""
    match shape:
        case Mapping(known=known, rest=rest):
            yield from (value for _, value in known)
            if rest is not None:
                yield rest
        case Sequence(element=element, fixed=elements):
            yield from (elements if elements is not None else (element,))
        case Instance(fields=fields, rest=rest):
            yield from (value for _, value in fields)
            if rest is not None:
                yield rest
        case Text(parts=parts):
            yield from (part for part in parts if isinstance(part, Value))
        case Partial(positional=positional, keywords=keywords):
            yield from positional
            yield from (value for _, value in keywords)
        case Made(given=given):
            yield from (value for _, value in given)
        case _:
            return


UNKNOWN: Final = Value()
NONE: Final = Value((Constant(None),))
MISSING: Final = Value((Missing(),))
EMPTY: Final = Value((Mapping(),))


# Making


def of(*shapes: Shape, marks: Iterable[Mark] = ()) -> Value:
    """A value of shapes."""
    return Value(shapes, frozenset(marks))


def constant(value: object) -> Value:
    """A literal. Its type is kept beside it, so that `1`, `1.0` and `True` differ."""
    return Value((Constant(value, type(value).__name__),))


def mapping(known: Iterable[tuple[str, Value]] = (), rest: Value | None = None) -> Value:
    """A dict."""
    return Value((Mapping(tuple(known), rest),))


def sequence(element: Value) -> Value:
    """A list of any length."""
    return Value((Sequence(element),))


def fixed(elements: Iterable[Value]) -> Value:
    """A list whose elements are known."""
    given = tuple(elements)
    return Value((Sequence(join_all(given), given if len(given) <= 12 else None),))


def made(path: str, site: Region | None = None, marks: Iterable[Mark] = (), **given: Value) -> Value:
    """What a library gave."""
    return Value((Made(path, tuple(given.items()), site),), frozenset(marks))


# Joining


def join_all(values: Iterable[Value]) -> Value:
    """Any of the values."""
    found = UNKNOWN
    first = True
    for value in values:
        found = value if first else join(found, value)
        first = False
    return found


def join(left: Value, right: Value, depth: int = 0) -> Value:
    """Either of two values."""
    if left is right or left == right:
        return left
    marks = left.marks | right.marks
    if depth > DEEPEST:
        return Value((), deep_marks(left) | deep_marks(right))
    shapes = list(left.shapes)
    if bool(left.shapes) != bool(right.shapes) and Anything() not in (*left.shapes, *right.shapes):
        shapes.append(Anything())
    for shape in right.shapes:
        if shape not in shapes:
            _merge(shapes, shape, depth)
    return Value(tuple(shapes[: 3 * WIDEST]), marks)


def _merge(shapes: list[Shape], shape: Shape, depth: int) -> None:
    for place, other in enumerate(shapes):
        match other, shape:
            case Mapping(), Mapping():
                shapes[place] = _mappings(other, shape, depth)
                return
            case Sequence(), Sequence():
                shapes[place] = _sequences(other, shape, depth)
                return
            case Instance(cls=a), Instance(cls=b) if a is b:
                shapes[place] = _instances(other, shape, depth)
                return
            case _:
                pass
    if isinstance(shape, Verdict) and any(isinstance(other, Verdict) for other in shapes):
        shapes[:] = [_verdicts(other, shape) if isinstance(other, Verdict) else other for other in shapes]
        return
    if isinstance(shape, Text) and sum(isinstance(each, Text) for each in shapes) >= WIDEST // 2:
        return
    shapes.append(shape)


def _verdicts(left: Verdict, right: Verdict) -> Verdict:
    return Verdict(left.holds & right.holds, left.fails & right.fails)


def _sequences(left: Sequence, right: Sequence, depth: int) -> Sequence:
    """One of two lists. Of tuples that a function returns (`item, None` and `None, error`) each place is joined with its like."""
    if left.fixed and right.fixed and len(left.fixed) == len(right.fixed):
        known = tuple(join(one, other, depth + 1) for one, other in zip(left.fixed, right.fixed, strict=True))
        return Sequence(join_all(known), known)
    return Sequence(_either(left, right, depth))


def _either(left: Sequence, right: Sequence, depth: int) -> Value:
    """The element of one of two lists; an empty one adds nothing."""
    if left.fixed == ():
        return right.element
    return left.element if right.fixed == () else join(left.element, right.element, depth + 1)


def _mappings(left: Mapping, right: Mapping, depth: int) -> Mapping:
    known: dict[str, Value] = {}
    for name in dict.fromkeys([key for key, _ in left.known] + [key for key, _ in right.known]):
        known[name] = join(left.get(name) or MISSING, right.get(name) or MISSING, depth + 1)
    rests = [each.rest for each in (left, right) if each.rest is not None]
    dropped = left.dropped & right.dropped if left.rest is not None and right.rest is not None else left.dropped | right.dropped
    return Mapping(tuple(known.items()), join_all(rests) if rests else None, dropped)


def _instances(left: Instance, right: Instance, depth: int) -> Instance:
    known: dict[str, Value] = dict(left.fields)
    for name, value in right.fields:
        known[name] = join(known[name], value, depth + 1) if name in known else value
    rests = [each.rest for each in (left, right) if each.rest is not None]
    return Instance(left.cls, tuple(known.items()), join_all(rests) if rests else None)


# Looking inside


def inside(value: Value, name: str) -> Value:
    """A part called `name` of something of whose parts nothing more is known."""
    marks = frozenset(mark.inside(name) for mark in value.marks)
    if value.shapes and any(mark.whole for mark in value.marks):  # a part of an item: nothing in it is the whole
        return Value(remarked(value, lambda mark: mark.inside(name) if mark.whole else mark).shapes, marks)
    return Value(value.shapes, marks)


def deep_marks(value: Value) -> Marks:
    """All marks in a value, however deep. Looked for once in each value."""
    found = value.within
    if found is None:
        found = value.marks
        for shape in value.shapes:
            for inner in children(shape):
                if inner.shapes or inner.marks:
                    found |= deep_marks(inner)
        value.within = found
    return found


def bounded(value: Value) -> Value:
    """The same, unless there is too much in it to be followed: then nothing is known of it but its marks, and of which parts they are is
    told apart only where they are few.
    """
    if value.size <= LARGEST:
        return value
    marks = deep_marks(value)
    return Value((), marks if len(marks) <= MANY else frozenset(mark if mark.whole else replace(mark, name=SOME) for mark in marks))


def remarked(value: Value, change: Callable[[Mark], Mark | None], depth: int = 0) -> Value:
    """The same value with every mark changed, or taken away where `change` gives None."""
    deep = depth > DEEPEST
    marks = frozenset(new for mark in (deep_marks(value) if deep else value.marks) if (new := change(mark)) is not None)
    if deep:
        return Value((), marks)
    shapes = tuple(_reshaped(shape, lambda inner: remarked(inner, change, depth + 1)) for shape in value.shapes)
    return value if marks == value.marks and shapes == value.shapes else Value(shapes, marks)


def opened(value: Value) -> Value:
    """A part of what a client sent, as a dict: its names are the client's too."""
    return remarked(value, lambda mark: replace(mark, loose=True, bulk=True) if mark.part and not mark.checked else mark)


def settled(value: Value, facts: Iterable[tuple[str, Mark]]) -> Value:
    """A value whose marks themselves say what was learned of them."""
    learned: dict[Mark, set[str]] = {}
    for what, mark in facts:
        if mark.kind is Kind.REQUEST:
            learned.setdefault(mark, set()).add(what)
    return remarked(value, lambda mark: _known_of(mark, learned[mark]) if mark in learned else mark) if learned else value


def _known_of(mark: Mark, known: set[str]) -> Mark:
    checked = mark.checked or "checked" in known
    return replace(
        mark,
        checked=checked,
        plain=mark.plain or "plain" in known,
        bounded=mark.bounded or "bounded" in known,
        loose=mark.loose and not checked,
        bulk=mark.bulk and not (mark.loose and checked),
        part=mark.part and not checked,
    )


def _reshaped(shape: Shape, change: Callable[[Value], Value]) -> Shape:
    match shape:
        case Mapping(known=known, rest=rest, dropped=dropped):
            return Mapping(tuple((key, change(value)) for key, value in known), None if rest is None else change(rest), dropped)
        case Sequence(element=element, fixed=elements):
            return Sequence(change(element), None if elements is None else tuple(change(each) for each in elements))
        case Instance(cls=cls, fields=fields, rest=rest):
            return Instance(cls, tuple((key, change(value)) for key, value in fields), None if rest is None else change(rest))
        case Text(parts=parts):
            return Text(tuple(part if isinstance(part, str) else change(part) for part in parts))
        case _:
            return shape
