"""Records: what attrs, cattrs, dacite, msgspec and marshmallow make of data, and of records again.

A record has the fields that its class names: anything else of what it was made of is left behind.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from discreet.audit import attributes, models
from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class, Field
from discreet.audit.types import last
from discreet.audit.values import (
    UNKNOWN,
    Instance,
    Kind,
    Made,
    Mapping,
    Sequence,
    Type,
    Value,
    constant,
    deep_marks,
    of,
    remarked,
    sequence,
)

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["call"]

MAKES: Final = frozenset({"structure", "from_dict", "convert", "from_builtins"})
UNMAKES: Final = frozenset({"asdict", "unstructure", "to_builtins"})
LIBRARIES: Final = ("attr.", "attrs.", "cattr.", "cattrs.", "dacite.", "msgspec.")
# The types of marshmallow's fields that a client's text cannot be.
BOUNDED: Final = frozenset(
    {"Int", "Integer", "Float", "Decimal", "Number", "Bool", "Boolean", "UUID", "Date", "DateTime", "Time", "Enum", "Email"}
)


def call(machine: Machine, path: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    """What a function of these libraries, or a method of a schema, gives; None for any other."""
    owner, _, name = path.rpartition(".")
    if owner == "schema()":
        return _of_schema(machine, name, receiver, args, site)
    if not path.startswith(LIBRARIES):
        return None
    if name in MAKES:
        wanted = next((value for value in args.all if value.one(Type) is not None), None)
        data = next((value for value in args.all if value is not wanted), UNKNOWN)
        return models.conform(machine, data, machine.type_from(wanted)) if wanted is not None else data
    if name in UNMAKES:
        return models.dumped(args.positional[0], Arguments()) if args.positional else UNKNOWN
    if path == "msgspec.json.encode" and args.positional:
        held = models.dumped(args.positional[0], Arguments())
        return of(Made("json.text", (("of", held),)), marks=deep_marks(held))
    return None


# marshmallow


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a schema: which of its fields, and whether it loads what a client sent or dumps what is stored."""

    only: tuple[str, ...] | None
    exclude: tuple[str, ...]
    loads: bool

    def leaves(self, name: str) -> bool:
        """Whether a field is left out."""
        return name in self.exclude or (self.only is not None and name not in self.only)


def _of_schema(machine: Machine, name: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    shape = receiver.one(Instance)
    if shape is None or name not in {"dump", "dumps", "load", "loads", "validate"}:
        return None
    given = dict(shape.fields) | dict(args.keywords)
    only, exclude = (_names(given.get(each)) for each in ("only", "exclude"))
    if name == "validate":
        return UNKNOWN
    asked = _Asked(only, exclude or (), loads=name.startswith("load"))
    found = _picked(machine, shape.cls, args.positional[0] if args.positional else UNKNOWN, asked, site)
    if name == "dumps":
        return of(Made("json.text", (("of", found),)), marks=deep_marks(found))
    return found


def _names(value: Value | None) -> tuple[str, ...] | None:
    held = value.one(Sequence) if value is not None else None
    return tuple(text for each in held.fixed or () for text in each.texts) if held is not None else None


def _picked(machine: Machine, cls: Class, data: Value, asked: _Asked, site: Site, depth: int = 0) -> Value:
    """What a schema picks of an item, or of each of a list."""
    held = [shape.element for shape in data.only(Sequence)] + [shape.get("element") or UNKNOWN for shape in data.only(Made)]
    if held:
        return sequence(*(_picked(machine, cls, each, asked, site, depth) for each in held))
    known: list[tuple[str, Value]] = []
    for name, field in cls.fields.items():
        options = _options(field)
        if asked.leaves(name) or (not asked.loads and _says(options, "load_only")):
            continue
        outer = _text(options, "data_key") or name
        source = outer if asked.loads else _text(options, "attribute") or name
        value = _field(machine, field, attributes.item(machine, data, constant(source), site), asked, site, depth)
        known.append((name if asked.loads else outer, value))
    rest = Value((), deep_marks(data)) if asked.loads and _includes(cls) else None
    return of(Mapping(tuple(known), rest))


def _field(machine: Machine, field: Field, value: Value, asked: _Asked, site: Site, depth: int) -> Value:
    node = field.default
    kind = last(node.func) if isinstance(node, ast.Call) else ""
    if kind == "Nested" and isinstance(node, ast.Call) and node.args and depth < models.DEEPEST:
        inner = machine.type_of(node.args[0], field.module).bare.cls
        if inner is not None:
            return _picked(machine, inner, value, replace(asked, only=None, exclude=()), site, depth + 1)
    if asked.loads and (kind in BOUNDED or "validate" in _options(field)):
        return remarked(value, lambda mark: replace(mark, checked=True, plain=True) if mark.kind is Kind.REQUEST else mark)
    return remarked(value, lambda mark: replace(mark, part=False, loose=False) if mark.kind is Kind.REQUEST else mark)


def _options(field: Field) -> dict[str, ast.expr]:
    return {each.arg: each.value for each in field.default.keywords if each.arg} if isinstance(field.default, ast.Call) else {}


def _says(options: dict[str, ast.expr], name: str) -> bool:
    found = options.get(name)
    return isinstance(found, ast.Constant) and bool(found.value)


def _text(options: dict[str, ast.expr], name: str) -> str | None:
    found = options.get(name)
    return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else None


def _includes(cls: Class) -> bool:
    """Whether a schema keeps what it does not name (`unknown = INCLUDE`)."""
    return any(isinstance(inner, ast.ClassDef) and "INCLUDE" in ast.unparse(inner) for each in cls.lineage for inner in each.node.body)
