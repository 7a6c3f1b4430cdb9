"""Models: what a declared shape makes of data. Its fields are picked, anything else is left behind, and types bound requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class
from discreet.audit.types import ANY, Metadata, TypeRef, bounds, substituted
from discreet.audit.values import (
    UNKNOWN,
    Constant,
    Instance,
    Kind,
    Mapping,
    Mark,
    Sequence,
    Shape,
    Value,
    fixed,
    inside,
    join_all,
    of,
    remarked,
    sequence,
)

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["asked", "attribute", "conform", "construct", "dumped", "field_type", "keyed", "opens"]

LISTS: Final = frozenset(
    {
        "list",
        "List",
        "Sequence",
        "Iterable",
        "set",
        "Set",
        "tuple",
        "Tuple",
        "frozenset",
        "Collection",
        "AsyncIterator",
        "Iterator",
        "Generator",
        "AsyncGenerator",
        "deque",
    }
)
DICTS: Final = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"})
SCALARS: Final = frozenset(
    [
        "str",
        "int",
        "float",
        "bool",
        "bytes",
        "UUID",
        "UUID4",
        "datetime",
        "date",
        "time",
        "Decimal",
        "EmailStr",
        "HttpUrl",
        "AnyUrl",
        "Literal",
        "SecretStr",
        "timedelta",
    ]
)
DEEPEST: Final = 5


def field_type(machine: Machine, cls: Class, name: str, args: tuple[TypeRef, ...] = ()) -> TypeRef:
    """The type of a field, with what its default says of it. `args` are those of a generic model."""
    field = cls.fields[name]
    type_ = machine.type_of(field.annotation, field.module) if field.annotation is not None else ANY
    if args:
        type_ = substituted(type_, dict(zip(cls.variables, args, strict=False)))
    extra = (Metadata(field.default, field.module),) if field.default is not None else ()
    return replace(type_, metadata=type_.metadata + extra)


def opens(machine: Machine, type_: TypeRef, depth: int = 0) -> bool:
    """Whether a type lets through what it does not name: `dict`, `Any`, a model that keeps extra attributes, or such inside."""
    bare = type_.bare
    if bare.cls is not None:
        return (not bare.cls.model and not bare.cls.enum) or bare.cls.extra
    if bare.name in LISTS:
        return depth < DEEPEST and (not bare.args or opens(machine, bare.args[0], depth + 1))
    if bare.name in DICTS:
        return depth < DEEPEST and (not bare.args or opens(machine, bare.args[-1], depth + 1))
    if bare.name == "Union":
        return any(opens(machine, each, depth + 1) for each in bare.args if each.name != "None")
    return bare.name not in SCALARS


# Making one


def construct(machine: Machine, cls: Class, args: Arguments, site: Site) -> Value:
    """A model made with arguments: each field has what it was given."""
    names = list(cls.fields)
    if cls.pynamo:
        names = [name for name in names if keyed(cls, name)] + [name for name in names if not keyed(cls, name)]
    given: dict[str, Value] = dict(zip(names, args.positional, strict=False)) if cls.record or cls.pynamo else {}
    given.update(args.keywords)
    fields: list[tuple[str, Value]] = []
    for name, field in cls.fields.items():
        held = next((given[each] for each in field.names if each in given), None)
        if held is None and args.more is not None:
            held = inside(args.more, name)
        if held is not None:
            fields.append((name, _fitted(machine, held, field_type(machine, cls, name))))
    rest = args.more if cls.extra else None
    if cls.extra:
        fields += [(name, held) for name, held in args.keywords if name not in cls.fields]
    return of(Instance(cls, tuple(fields), rest))


def keyed(cls: Class, name: str) -> bool:
    """Whether a field of a model that is an item is part of its key."""
    default = cls.fields[name].default
    return default is not None and Metadata(default, cls.module).keyword("hash_key", "range_key") is not None


def _fitted(machine: Machine, value: Value, type_: TypeRef, depth: int = 0) -> Value:
    """A value in a field: its type bounds what a client sent, and says what it is."""
    bound = bounds(type_)
    if bound.checked or bound.bounded or bound.plain:
        value = remarked(value, lambda mark: _bounded(mark, bound.checked, bound.plain, bound.bounded))
    return conform(machine, value, type_, depth + 1)


def _bounded(mark: Mark, checked: bool, plain: bool, bounded: bool) -> Mark:
    if mark.kind is not Kind.REQUEST:
        return mark
    return replace(mark, checked=mark.checked or checked, plain=mark.plain or plain, bounded=mark.bounded or bounded)


# What a type makes of a value


def conform(machine: Machine, value: Value, type_: TypeRef, depth: int = 0) -> Value:
    """What is left of a value that a type was made of, or filtered by."""
    bare = type_.bare
    if depth > DEEPEST or not opens_or_picks(bare):
        return value
    if bare.cls is not None and (root := bare.cls.root) is not None:
        return conform(machine, value, machine.type_of(*root), depth + 1)
    if bare.cls is not None and not bare.cls.enum:
        return _as_model(machine, value, bare.cls, bare.args, depth) if bare.cls.model else value
    if bare.name == "RootModel" and bare.args:
        return conform(machine, value, bare.args[0], depth + 1)
    if bare.name in LISTS and bare.args:
        return _listed(machine, value, bare.args[0], depth).marked(_own(value))
    if bare.name in DICTS and len(bare.args) == 2 and bare.args[1].bare.cls is not None:
        return of(Mapping((), conform(machine, _elements(value), bare.args[1], depth + 1)))
    if bare.name == "Union":
        return join_all(conform(machine, value, each, depth + 1) for each in bare.args if each.name != "None")
    if bare.name in SCALARS or (bare.cls is not None and bare.cls.enum):
        return Value(
            tuple(each for each in value.shapes if not isinstance(each, Mapping | Sequence)), remarked(value, _no_longer_whole).marks
        )
    return value


def _listed(machine: Machine, value: Value, type_: TypeRef, depth: int) -> Value:
    """Each element of a list as its type; a list whose elements are known stays one."""
    known = value.one(Sequence)
    if known is not None and known.fixed is not None and len(value.shapes) == 1:
        return fixed(conform(machine, each, type_, depth + 1) for each in known.fixed)
    return sequence(conform(machine, _elements(value), type_, depth + 1))


def opens_or_picks(type_: TypeRef) -> bool:
    """Whether a type says anything."""
    return type_.cls is not None or bool(type_.path)


def _no_longer_whole(mark: Mark) -> Mark:
    return mark.inside("?") if mark.whole else mark


def _own(value: Value) -> frozenset[Mark]:
    return frozenset(mark for mark in value.marks if mark.kind is not Kind.ITEM)


def _elements(value: Value) -> Value:
    found: list[Value] = []
    for shape in value.shapes:
        if isinstance(shape, Sequence):
            found.append(shape.element)
        elif isinstance(shape, Mapping):
            found.append(shape.elements)
    return join_all(found).marked(value.marks) if found else Value((), value.marks)


def _as_model(machine: Machine, value: Value, cls: Class, args: tuple[TypeRef, ...], depth: int) -> Value:
    """A value as a model sees it: the fields it declares, by name or alias."""
    if all(isinstance(each, Constant) for each in value.shapes) and value.shapes and not value.marks:
        return value
    found: list[Shape] = []
    for shape in value.shapes or (None,):
        if isinstance(shape, Instance) and shape.cls is cls and shape.rest is None and not args:
            found.append(shape)
        elif isinstance(shape, Instance | Mapping) or shape is None:
            found.append(_picked(machine, shape, value, cls, args, depth))
    kept = tuple(found)
    marks = frozenset(mark for mark in value.marks if not mark.whole)
    return join_all(Value((each,), marks) for each in kept) if kept else Value((), marks)


def _picked(
    machine: Machine, shape: Instance | Mapping | None, value: Value, cls: Class, args: tuple[TypeRef, ...], depth: int
) -> Instance:
    fields: list[tuple[str, Value]] = []
    for name, field in cls.fields.items():
        held: Value | None = None
        for each in field.names:
            held = held or (shape.get(each) if shape is not None else None)
        if held is None and (shape is None or isinstance(shape, Instance)) and value.marks:
            held = Value((), inside(Value((), value.marks), name).marks)
        if held is not None:
            fields.append((name, _fitted(machine, held, field_type(machine, cls, name, args), depth + 1)))
    rest = None
    if cls.extra:
        rest = shape.rest if shape is not None else Value((), value.marks)
        if shape is not None:
            known = shape.known if isinstance(shape, Mapping) else shape.fields
            fields += [(name, held) for name, held in known if name not in cls.fields]
    return Instance(cls, tuple(fields), rest)


# Requests


def asked(machine: Machine, type_: TypeRef, mark: Mark, depth: int = 0) -> Value:
    """What a client sends for a parameter or field of a type."""
    bare = type_.bare
    bound = bounds(type_)
    mark = _bounded(mark, bound.checked, bound.plain, bound.bounded)
    if bare.cls is not None and bare.cls.model:
        if depth > 3:
            return Value((), frozenset({mark}))
        fields = tuple((name, asked_field(machine, bare.cls, name, mark, depth)) for name in bare.cls.fields)
        rest = Value((), frozenset({replace(mark, loose=True, bulk=True)})) if bare.cls.extra else None
        return of(Instance(bare.cls, fields, rest))
    if bare.name in LISTS:
        inner = asked(machine, bare.args[0] if bare.args else ANY, mark, depth + 1)
        return sequence(inner)
    if bare.name in DICTS or bare.name == "Any":
        loose = Value((), frozenset({replace(mark, loose=True, bulk=True)}))
        return of(Mapping((), loose)) if bare.name in DICTS else loose
    if bare.name == "Union":
        return join_all(asked(machine, each, mark, depth + 1) for each in bare.args if each.name != "None")
    return Value((), frozenset({mark}))


def asked_field(machine: Machine, cls: Class, name: str, mark: Mark, depth: int) -> Value:
    """What a client sends for a field of a model."""
    inner = replace(mark, name=f"{mark.name}.{name}", checked=cls.validated(name), plain=cls.validated(name), bounded=cls.validated(name))
    return asked(machine, field_type(machine, cls, name), inner, depth + 1)


# Using one


def attribute(machine: Machine, shape: Instance, value: Value, name: str) -> Value | None:
    """A field, or a method that a library gives to models. None when it is neither."""
    cls = shape.cls
    if name in cls.fields:
        held = shape.rest if shape.rest is not None else Value((), value.marks)
        return _fitted(machine, inside(held, name), field_type(machine, cls, name))
    if cls.pynamo and name in {"attribute_values", "to_simple_dict", "to_dict"}:
        whole = frozenset(mark for mark in value.marks if mark.whole)
        rest = Value((), whole) if whole else None
        return of(Mapping(shape.fields, rest), marks=value.marks - whole) if name == "attribute_values" else None
    return None


def dumped(value: Value, args: Arguments) -> Value:
    """A model as a dict, as `model_dump` and `dict` give it: everything comes along, less what is excluded."""
    kept = _names(args.named("include"))
    left = _names(args.named("exclude"))
    return join_all(_dumped(shape, value, kept, left) for shape in value.shapes) if value.shapes else Value((), value.marks)


def _names(value: Value | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    found = value.one(Sequence)
    if found is not None and found.fixed is not None:
        return tuple(text for each in found.fixed for text in each.texts)
    shape = value.one(Mapping)
    return tuple(name for name, _ in shape.known) if shape is not None else ()


def _dumped(shape: Shape, value: Value, kept: tuple[str, ...] | None, left: tuple[str, ...] | None) -> Value:
    if isinstance(shape, Sequence):
        return sequence(dumped(shape.element, Arguments())).marked(value.marks)
    if isinstance(shape, Mapping):
        return Value((_deep_dumped(shape),), value.marks)
    if not isinstance(shape, Instance):
        return Value((shape,), value.marks)
    along = _bulk if shape.cls.model or shape.cls.pynamo else _same  # what a class of its own holds was put there one by one
    fields = [(name, along(held)) for name, held in shape.fields if (kept is None or name in kept) and name not in (left or ())]
    rest = None if shape.rest is None or kept is not None else shape.rest
    if rest is not None and rest is not UNKNOWN and not rest.marks:
        rest = None
    whole = frozenset(mark for mark in value.marks if mark.whole)
    if whole and rest is None and kept is None:
        return Value((Mapping(tuple(fields), None, frozenset(left or ())),), value.marks if not left else value.marks - whole)
    return Value((Mapping(tuple(fields), rest, frozenset(left or ()) if rest is not None else frozenset()),), value.marks)


def _deep_dumped(shape: Mapping) -> Mapping:
    return Mapping(tuple((name, dumped(held, Arguments())) for name, held in shape.known), shape.rest, shape.dropped)


def _same(value: Value) -> Value:
    return value


def _bulk(value: Value) -> Value:
    """A field that came along with the others."""
    inner = dumped(value, Arguments()) if any(isinstance(each, Instance | Sequence) for each in value.shapes) else value
    return remarked(inner, lambda mark: replace(mark, bulk=True) if mark.kind is Kind.REQUEST else mark)
