"""What can be wrong with a declaration as a whole, each mistake with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from discreet.entity.annotations import Access, Format, Kind
from discreet.entity.codec import MALFORMED
from discreet.entity.declaration import DeclaredAttribute, projected_by
from discreet.entity.declared import Declared
from discreet.errors import DeclarationError
from discreet.key import Index, Key, Plain
from discreet.policy import Audience, Policy, Role, State

__all__ = [
    "check_conditions",
    "check_expires",
    "check_index",
    "check_keys",
    "check_nested_conditions",
    "check_shadowing",
    "refuse_own_serialising",
    "refuse_too_many",
    "refuse_twice",
]

MOST_ATTRIBUTES: Final = 1000
"""Attributes of an entity. DynamoDB's expressions have 4 KB, which is 1,024 short names, and keys are to be read too."""
UNORDERED: Final = frozenset({Format.TEXT, Format.NUMBER, Format.ISO8601})
"""Formats whose stored order, or spelling, is not that of the values: no key can be asked about in them."""


def refuse_own_serialising(model: type[Declared]) -> None:
    """Refuse what would write an answer past the policy."""
    decorators = model.__pydantic_decorators__
    for what, found in (
        ("computed_field", decorators.computed_fields),
        ("field_serializer", decorators.field_serializers),
        ("model_serializer", decorators.model_serializers),
    ):
        if found:
            raise DeclarationError(
                f"`{model.__name__}.{next(iter(found))}` is a `{what}`, which answers would bypass",
                hint="an entity is a declaration, not a serialiser: store what may be shown as an attribute of its own",
            )
    for what in ("json_encoders", "ser_json_bytes", "ser_json_timedelta"):
        if model.model_config.get(what):
            raise DeclarationError(f"`{model.__name__}` configures `{what}`, which answers would bypass", hint="leave it out")
    if model.model_config.get("extra") != "forbid":
        raise DeclarationError(
            f"`{model.__name__}` allows undeclared attributes",
            hint='leave `extra` out of its config: it is "forbid", for every attribute declares',
        )


def refuse_too_many(model: type[Declared]) -> None:
    """Refuse what no projection could name: a read that left attributes out would answer with less than there is."""
    count = len(model.__pydantic_fields__)
    if count > MOST_ATTRIBUTES:
        raise DeclarationError(
            f"`{model.__name__}` has {count} attributes; one read can name {MOST_ATTRIBUTES}",
            hint="gather attributes that go together in an `Embedded`, which is one attribute",
        )


def refuse_twice(model: type[Declared], what: str, names: list[str]) -> None:
    """Refuse two attributes of one name, in the table or in JSON."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DeclarationError(f"`{model.__name__}` has two attributes with the {what} name `{twice[0]}`", hint="give each its own")


def check_shadowing(entity: str, attributes: Iterable[DeclaredAttribute], outer: frozenset[str]) -> None:
    """A nested attribute with an outer one's name would silently change what a relation means."""
    attributes = tuple(attributes)
    decided = outer | {each.name for each in attributes}
    for each in attributes:
        for inner in each.nested or ():
            if inner.name in decided and _is_decided_on(inner.name, attributes):
                raise DeclarationError(
                    f"`{entity}`: `{each.name}.{inner.name}` shadows the outer `{inner.name}`, which a relation or state names",
                    hint="rename one of the two; `stored_as` keeps the stored name",
                )
        check_shadowing(entity, each.nested or (), decided)


def _is_decided_on(name: str, attributes: Iterable[DeclaredAttribute]) -> bool:
    return any(
        any(not isinstance(c, Role) and c.attribute == name for c in each.audience.conditions) or _is_decided_on(name, each.nested or ())
        for each in attributes
    )


def check_nested_conditions(
    where: str, attributes: Iterable[DeclaredAttribute], scopes: tuple[Mapping[str, DeclaredAttribute], ...]
) -> None:
    """Every condition at every depth names an attribute that can be met."""
    for each in attributes:
        here = f"{where[:-1]}.{each.name}`"
        for audience in (each.audience, each.writable.create, each.writable.update):
            check_conditions(here, audience, scopes)
        if each.nested is not None:
            check_nested_conditions(here, each.nested, (*scopes, {inner.name: inner for inner in each.nested}))


def check_conditions(where: str, audience: Audience, scopes: tuple[Mapping[str, DeclaredAttribute], ...]) -> None:
    """Every condition of an audience names an attribute in scope, of a type that can be met."""
    for condition in audience.conditions:
        if isinstance(condition, Role):
            continue
        named = next((scope[condition.attribute] for scope in reversed(scopes) if condition.attribute in scope), None)
        if named is None:
            known = ", ".join(f"`{name}`" for scope in scopes for name in scope)
            raise DeclarationError(f"{where} names the attribute `{condition.attribute}`, which is not declared", hint=f"declared: {known}")
        held = named.codec.schema.get("anyOf", [named.codec.schema])[0]
        held = held["items"] if held.get("type") == "array" else held
        if named.nested is not None or held.get("type") in ("object", "array") or not held:
            raise DeclarationError(
                f"{where} decides on `{condition.attribute}`, which holds more than values",
                hint="decide on a scalar, a set or a list of them",
            )
        if isinstance(condition, State):
            _check_constant(where, condition, named)


def _check_constant(where: str, condition: State, named: DeclaredAttribute) -> None:
    held = named.codec.schema.get("anyOf", [named.codec.schema])[0]
    if held.get("type") == "array":
        raise DeclarationError(
            f"{where}: a state asks whether `{named.name}` equals one value, and it holds several", hint="use a relation"
        )
    try:
        named.codec.convert(condition.equals)
    except MALFORMED:
        raise DeclarationError(
            f"{where}: `{named.name}` can never equal the {condition.type.__name__} of its state",
            hint="give a value of the attribute's type",
        ) from None


def check_expires(where: str, attributes: Mapping[str, DeclaredAttribute], access: Access) -> None:
    """`Access(expires=)` names an attribute that holds a time."""
    if access.expires is None:
        return
    named = attributes.get(access.expires)
    if named is None or named.nested is not None or named.codec.tag != "N" or named.codec.python not in (int, datetime, Decimal):
        raise DeclarationError(
            f"{where}: `Access(expires={access.expires!r})` names no epoch attribute",
            hint="an int of seconds, or a datetime with `stored_as(format=epoch_seconds)`",
        )


def check_keys(entity: str, attributes: Mapping[str, DeclaredAttribute], key: Key, indexes: Mapping[str, Index], kind: Kind | None) -> None:
    """Keys and indexes name attributes whose text can be read back and keeps its order."""
    stored = {each.stored: each.name for each in attributes.values()}
    keys = {"the key": key, **{f"index `{name}`": index.key for name, index in indexes.items()}}
    _check_written(entity, keys, kind)
    for name, each in keys.items():
        primary = name == "the key"
        for part in each.parts:
            if not isinstance(part, Plain) and part.physical in stored:
                raise DeclarationError(
                    f"`{entity}.{stored[part.physical]}` is stored as `{part.physical}`, which {name} writes",
                    hint="physical keys are never an attribute: name one of the two otherwise",
                )
            for component in part.names:
                _check_component(entity, name, component, attributes, templated=not isinstance(part, Plain), primary=primary)
            if not isinstance(part, Plain):
                _check_widths(entity, name, part.template.components, attributes)
    for index in indexes.values():
        unknown = sorted(set() if isinstance(index.projects, str) else index.projects - attributes.keys())
        if unknown:
            raise DeclarationError(
                f"`{entity}`: index `{index.name}` projects `{unknown[0]}`, which is not declared", hint="name attributes as Python does"
            )
    if kind is not None and kind.attribute in stored:
        raise DeclarationError(
            f"`{entity}.{stored[kind.attribute]}` is stored as `{kind.attribute}`, which its Kind writes", hint="leave the attribute out"
        )


def _check_written(entity: str, keys: Mapping[str, Key], kind: Kind | None) -> None:
    """One physical attribute has one meaning: keys may share it, and write the same."""
    written: dict[str, tuple[str, object]] = {}
    for name, each in keys.items():
        for part in each.parts:
            if isinstance(part, Plain):
                continue
            other, template = written.setdefault(part.physical, (name, part.template))
            if template != part.template:
                raise DeclarationError(
                    f"`{entity}`: {other} and {name} write `{part.physical}` as `{template}` and `{part.template}`",
                    hint="name one of the two otherwise; keys that share a physical attribute have the same template for it",
                )
            if kind is not None and kind.attribute == part.physical:
                raise DeclarationError(
                    f"`{entity}`: {name} writes `{part.physical}`, which its Kind writes too", hint="name one of the two otherwise"
                )


def _check_component(
    entity: str, key: str, name: str, attributes: Mapping[str, DeclaredAttribute], *, templated: bool, primary: bool
) -> None:
    named = attributes.get(name)
    if named is None:
        other = next((each.name for each in attributes.values() if each.stored == name), None)
        hint = "declare it with `visible_to(...)`" if other is None else f"keys take the names of Python: `{other}`"
        raise DeclarationError(f"`{entity}`: {key} names `{name}`, which is not declared", hint=hint)
    if primary and named.nullable:
        raise DeclarationError(f"`{entity}.{name}` is part of the key and may be None", hint="leave `| None` out")
    kind = named.codec.python
    text = isinstance(kind, type) and (kind in (str, int) or kind.__name__ in ("datetime", "date", "UUID") or issubclass(kind, Enum))
    if named.nested is not None or (templated and not text):
        raise DeclarationError(
            f"`{entity}.{name}` can not be part of a key template",
            hint="key text is made of str, padded int, datetime, date, UUID and Enum: their order is kept",
        )
    if not templated and named.format in UNORDERED:
        raise DeclarationError(
            f"`{entity}.{name}` is a key itself, and `{named.format.value}` does not keep its order",
            hint="declare it in the type that the table has: str for a String, int or Decimal for a Number",
        )
    if not templated and named.codec.tag not in ("S", "N", "B"):
        raise DeclarationError(f"`{entity}.{name}` can not be a key", hint="DynamoDB's keys are text, numbers or bytes")


def _check_widths(entity: str, key: str, components: Iterable[Any], attributes: Mapping[str, DeclaredAttribute]) -> None:
    for component in components:
        kind = attributes[component.name].codec.python
        whole = kind is int or (isinstance(kind, type) and issubclass(kind, Enum) and all(isinstance(m.value, int) for m in kind))
        if whole and component.width is None:
            raise DeclarationError(
                f"`{entity}`: {key} writes the int `{component.name}` without a width", hint=f"`{{{component.name}:012d}}` keeps its order"
            )
        if not whole and component.width is not None:
            raise DeclarationError(f"`{entity}`: {key} gives `{component.name}` a width, and it is no int", hint=f"`{{{component.name}}}`")


def check_index(
    entity: str, attributes: Mapping[str, DeclaredAttribute], key: Key, kind: Kind | None, access: Access, policy: Policy, index: Index
) -> None:
    """An index must hold what decides about all that it holds: nothing is fetched from elsewhere."""
    where = f"`{entity}`: index `{index.name}`"
    if index.local and (key.range is None or index.key.range is None or index.key.hash != key.hash):
        raise DeclarationError(
            f"{where} is local, and does not share the table's hash key",
            hint=f"a local index has the hash key of {key!r} and a range key of its own; leave `local=True` out for a global one",
        )
    if index.projects == "all":
        return
    held = projected_by(attributes, key, index)
    needed = {path[0] for path in policy.deciding(held)} | set(index.key.names) | ({access.expires} if access.expires else set())
    lacking = sorted(needed - held)
    if lacking:
        raise DeclarationError(
            f"{where} does not project `{lacking[0]}`, which decides about what it holds",
            hint=f'projects={{{", ".join(repr(name) for name in lacking)}, ...}}, or "all"',
        )
    if kind is not None and index.projects == "keys":
        raise DeclarationError(
            f"{where} projects keys alone, and `{kind.attribute}` says which items are of this entity", hint='projects=set(), or "all"'
        )
