"""Methods of dicts, lists and texts, also of values of which nothing but marks is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from discreet.audit import attributes
from discreet.audit.calls import Arguments, Site
from discreet.audit.composed import merged_into, text_of, textual
from discreet.audit.frames import Frame
from discreet.audit.values import (
    NONE,
    UNKNOWN,
    Constant,
    Instance,
    Mapping,
    Missing,
    Sequence,
    Shape,
    Text,
    Value,
    constant,
    deep_marks,
    fixed,
    join,
    join_all,
    of,
    sequence,
)
from discreet.audit.verdicts import checked, proof

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["MUTATORS", "call", "mutable", "mutated"]

MUTATORS: Final = frozenset(
    [
        "append",
        "appendleft",
        "extend",
        "add",
        "insert",
        "update",
        "setdefault",
        "pop",
        "popitem",
        "clear",
        "remove",
        "discard",
        "__setitem__",
    ]
)
TESTS: Final = frozenset(["isalnum", "isdigit", "isalpha", "isnumeric", "isdecimal", "isidentifier", "isascii", "islower", "isupper"])


def mutable(value: Value) -> bool:
    """Whether a method such as `append` changes this in place."""
    if not value.shapes:
        return bool(value.marks)
    return any(isinstance(shape, Mapping | Sequence) for shape in value.shapes) and not any(
        isinstance(shape, Instance) for shape in value.shapes
    )


def mutated(value: Value, name: str, args: Arguments, frame: Frame) -> Value:
    """What a list or dict is after one of `MUTATORS`."""
    if not value.shapes:
        if name == "pop" and args.positional and args.positional[0].texts:
            return of(Mapping((), Value((), value.marks), frozenset(args.positional[0].texts)))
        return value
    return Value(tuple(_mutated(shape, name, args, frame) for shape in value.shapes), value.marks)


def _mutated(shape: Shape, name: str, args: Arguments, frame: Frame) -> Shape:
    first = args.positional[0] if args.positional else UNKNOWN
    if isinstance(shape, Sequence):
        return _list_mutated(shape, name, args, first)
    if not isinstance(shape, Mapping):
        return shape
    if name == "update":
        return _updated(shape, args)
    if name in {"setdefault", "__setitem__"} and len(args.positional) > 1:
        held = shape.get(first.keys[0]) if first.keys else None
        value = args.positional[1]
        changed = attributes.with_item(of(shape), first, value if held is None else join(held, value), frame)
        return changed.shapes[0]
    if name == "pop" and first.texts:
        for text in first.texts:
            shape = shape.drop(text)
        return shape
    return shape.drop("?") if name == "pop" and shape.rest is not None else shape


def _updated(shape: Mapping, args: Arguments) -> Mapping:
    for value in args.positional:
        shape = merged_into(shape, value)
    for name, value in args.keywords:
        shape = shape.put(name, value)
    if args.more is not None:
        shape = Mapping(shape.known, args.more if shape.rest is None else join(shape.rest, args.more), shape.dropped)
    return shape


def _list_mutated(shape: Sequence, name: str, args: Arguments, first: Value) -> Sequence:
    if name in {"append", "appendleft", "add"}:
        grown = (*shape.fixed, first) if shape.fixed is not None and len(shape.fixed) < 12 else None
        return Sequence(first if shape.fixed == () else join(shape.element, first), grown)
    if name == "insert" and len(args.positional) > 1:
        return Sequence(first if shape.fixed == () else join(shape.element, args.positional[1]))
    if name in {"extend", "update"}:
        inner = first.one(Sequence)
        more = inner.element if inner is not None else Value((), first.marks)
        if inner is not None and inner.fixed == () and not first.marks:
            return shape
        return Sequence(more if shape.fixed == () else join(shape.element, more))
    return Sequence(shape.element) if name in {"pop", "remove", "clear", "discard"} else shape


# What they give


def call(machine: Machine, kind: str, name: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    """What a method gives, None when it is none of these."""
    if name in TESTS:
        return proof(checked(receiver))
    if name in {"startswith", "endswith"} and attributes.loose_key(receiver):
        return proof(frozenset(("checked", mark) for mark in receiver.marks if mark.name == "@key"))
    method = _METHODS.get(name)
    found = method(machine, receiver, args, site) if method is not None else None
    if found is not None:
        return found
    if kind == "str" or name in {
        "lower",
        "upper",
        "strip",
        "lstrip",
        "rstrip",
        "casefold",
        "title",
        "encode",
        "decode",
        "removeprefix",
        "removesuffix",
    }:
        return _text_method(name, receiver, args)
    return None


def _text_method(name: str, receiver: Value, args: Arguments) -> Value:
    if name in {"startswith", "endswith", "find", "count", "index"}:
        return UNKNOWN
    text = receiver.text
    if text is not None and not receiver.marks and name in {"lower", "upper", "strip", "title"} and len(receiver.shapes) == 1:
        return constant(getattr(text, name)())
    if name in {"lower", "upper", "strip", "lstrip", "rstrip", "casefold", "title", "encode", "decode"}:
        return receiver
    return Value((), deep_marks(receiver) | args.marks)


def _get(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    key = args.at(0, "key") or UNKNOWN
    found = attributes.item(machine, receiver, key, site)
    default = args.at(1, "default")
    if _surely(receiver, key):
        return found
    missing = Value(tuple(each for each in found.shapes if not isinstance(each, Missing)), found.marks)
    if default is None:
        return missing if missing.shapes or missing.marks else NONE if receiver.shapes and receiver.has(Mapping) else missing
    if not missing.shapes and missing.marks:
        return _with_default(missing, default)
    return join(missing, default) if missing.shapes or missing.marks else default


def _with_default(value: Value, default: Value) -> Value:
    """An unknown value or its default; an empty default tells nothing."""
    if any(shape.truth is False for shape in default.shapes):
        return value
    return Value((), value.marks | deep_marks(default))


def _surely(receiver: Value, key: Value) -> bool:
    shape = receiver.one(Mapping)
    name = key.keys[0] if len(key.keys) == 1 else None
    if shape is None or name is None or len(receiver.shapes) != 1:
        return False
    held = next((value for each, value in shape.known if each == name), None)
    return held is not None and held.one(Missing) is None


def _items(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    shape = receiver.one(Mapping)
    each = None
    if (
        shape is not None
        and sum(1 for _ in receiver.only(Mapping)) == 1
        and len(shape.known) <= 12
        and not any(held.has(Missing) for _, held in shape.known)
    ):
        each = tuple(fixed([constant(name), held]) for name, held in shape.known)
        if shape.rest is not None:  # one that stands for all others
            each += (fixed([attributes.keys_of(Mapping((), shape.rest, shape.dropped), receiver), shape.rest]),)
    keys = [attributes.keys_of(shape, receiver) for shape in receiver.only(Mapping)]
    values = [shape.elements for shape in receiver.only(Mapping)]
    if not keys:
        return sequence(fixed([attributes.loose_keys(receiver), Value((), deep_marks(receiver))]))
    return of(Sequence(fixed([join_all(keys), join_all(values)]), each))


def _values(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    found = [shape.elements for shape in receiver.only(Mapping)]
    return sequence(join_all(found) if found else Value((), receiver.marks))


def _keys(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    found = [attributes.keys_of(shape, receiver) for shape in receiver.only(Mapping)]
    return sequence(join_all(found) if found else attributes.loose_keys(receiver))


def _pop(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    if not args.positional or receiver.has(Sequence):
        return attributes.element(machine, receiver, site)
    return _get(machine, receiver, args, site)


def _copy(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    update = args.named("update")
    instance = receiver.one(Instance)
    if update is not None and instance is not None:
        shape = update.one(Mapping)
        for name, value in shape.known if shape else ():
            instance = instance.put(name, value)
        return of(instance, marks=receiver.marks)
    return receiver


def _format(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    if receiver.one(Constant) is None and receiver.one(Text) is None:
        return Value((), deep_marks(receiver) | args.marks)
    template = receiver.text or ""
    pieces = template.split("{}")
    if len(pieces) == len(args.positional) + 1 and not args.keywords:
        woven = [each for pair in zip(pieces, args.positional, strict=False) for each in (pair[0], textual(pair[1]))]
        return text_of([*woven, pieces[-1]])
    return text_of([receiver, *(textual(each) for each in args.all)])


def _join(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    given = args.positional[0] if args.positional else UNKNOWN
    shape = given.one(Sequence)
    if shape is not None and shape.fixed is not None:
        parts: list[str | Value] = []
        for each in shape.fixed:
            parts += [textual(each), receiver] if len(parts) < 30 else []
        return text_of(parts[:-1])
    inner = shape.element if shape is not None else Value((), deep_marks(given))
    found = text_of([textual(inner)])
    if found.one(Constant):
        return join_all([found]).marked(given.marks)
    return found


def _same(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    return receiver


def _picked(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value | None:
    """What two sets have in common, or what only one has: of an item's keys, those that were picked."""
    return sequence(UNKNOWN) if attributes.loose_key(receiver, *args.positional) else None


def _nothing(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    return NONE


def _split(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    return sequence(Value((), deep_marks(receiver)))


_METHODS: Final[dict[str, Callable[[Machine, Value, Arguments, Site], Value | None]]] = {
    "get": _get,
    "setdefault": _get,
    "items": _items,
    "values": _values,
    "keys": _keys,
    "pop": _pop,
    "copy": _copy,
    "model_copy": _copy,
    "format": _format,
    "join": _join,
    "append": _nothing,
    "extend": _nothing,
    "add": _nothing,
    "insert": _nothing,
    "update": _nothing,
    "remove": _nothing,
    "clear": _nothing,
    "sort": _nothing,
    "reverse": _nothing,
    "intersection": _picked,
    "difference": _picked,
    "split": _split,
    "rsplit": _split,
    "splitlines": _split,
    "partition": _split,
    "rpartition": _split,
    "result": _same,
    "all": _same,
}
