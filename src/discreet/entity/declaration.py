"""What a declared class comes to: its attributes, keys and policy as values, and the mistakes that raise at import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from discreet.entity.annotations import Access, Format, Kind, StoredAs, VisibleTo, WritableBy
from discreet.entity.codec import MALFORMED, Codec, codec_for
from discreet.entity.declared import Declared, Nested
from discreet.entity.types import optional, unwrap
from discreet.errors import DeclarationError
from discreet.key import Index, Key, Plain
from discreet.policy import Attribute, Audience, Policy, Resolved, Role, State, nobody
from discreet.policy.audience import union
from discreet.policy.plan import MISSING

__all__ = ["Declaration", "DeclaredAttribute", "declare_attributes", "declare_entity"]

RESERVED: Final = frozenset(
    {"access", "after", "at_most", "by", "consistent", "if_match", "index", "key", "keys", "limit", "reverse", "scan", "server_set"}
    | {"shape", "when", "where"}
)
"""Names that calls of a view take, or that a later version will."""

UNORDERED: Final = frozenset({Format.TEXT, Format.NUMBER, Format.ISO8601})
"""Formats whose stored order, or spelling, is not that of the values: no key can be asked about in them."""


@dataclass(frozen=True, slots=True, eq=False)
class DeclaredAttribute:
    """One attribute as declared: its three names (Python's, the table's, JSON's), its audiences and its codec.

    `nested` holds the attributes inside an Embedded, which stands alone ("one"), in a list or in a map.
    """

    name: str
    stored: str
    json: str
    audience: Audience
    writable: WritableBy
    codec: Codec
    format: Format | None
    validate: Callable[[Any], Any]
    default: object
    required: bool
    nullable: bool
    description: str | None
    nested: tuple[DeclaredAttribute, ...] | None = None
    shape: Literal["one", "list", "map"] = "one"
    model: type[Declared] | None = None

    def policy(self) -> Attribute:
        """This attribute as the ground floor takes it."""
        nested = None if self.nested is None else {each.name: each.policy() for each in self.nested}
        return Attribute(self.audience, self.default, nested, self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """One entity, as values. Everything else is derived from this."""

    name: str
    model: type[Declared]
    attributes: Mapping[str, DeclaredAttribute]
    key: Key
    indexes: Mapping[str, Index]
    access: Access
    kind: Kind | None
    policy: Policy
    codecs: Mapping[Resolved, Codec]


def declare_attributes(model: type[Declared], within: Iterable[type[Declared]] = ()) -> tuple[DeclaredAttribute, ...]:
    """Read the fields of a declared class. Raises DeclarationError for the first mistake."""
    outer = (*within, model)
    if model in outer[:-1]:
        raise DeclarationError(f"`{model.__name__}` holds itself", hint="a policy is finite: store the inner ones as items of their own")
    _refuse_own_serialising(model)
    declared = tuple(_declare(model, name, info, outer) for name, info in model.__pydantic_fields__.items())
    for what in ("stored", "json"):
        _refuse_twice(model, what, [getattr(each, what) for each in declared])
    return declared


def declare_entity(model: type[Declared], key: Key, indexes: Mapping[str, Index], access: Access, kind: Kind | None) -> Declaration:
    """Put an entity together from its class and what stands in it. Raises DeclarationError for the first mistake."""
    attributes = {each.name: _widened(each, access) for each in declare_attributes(model)}
    _check_shadowing(model.__name__, attributes.values(), frozenset())
    _check_keys(model.__name__, attributes, key, indexes, kind)
    bounded = {
        name: each.policy() if access.within is None else _bounded(each.policy(), access.within) for name, each in attributes.items()
    }
    exists = access.exists_for
    if exists is None:
        exists = union(each.audience for name, each in bounded.items() if name not in key.names or set(bounded) <= set(key.names))
    where = f"`{model.__name__}`"
    for audience in (exists, access.within, access.also, access.create, access.delete, access.update, access.scan):
        if audience is not None:
            _check_conditions(where, audience, (attributes,))
    _check_nested_conditions(where, attributes.values(), (attributes,))
    _check_expires(where, attributes, access)
    policy = Policy(bounded, exists)
    codecs = {resolved: _codec_at(attributes, resolved) for resolved in policy.resolved if not isinstance(resolved.condition, Role)}
    return Declaration(model.__name__, model, attributes, key, indexes, access, kind, policy, codecs)


# One field


def _declare(model: type[Declared], name: str, info: FieldInfo, outer: tuple[type[Declared], ...]) -> DeclaredAttribute:
    where = f"`{model.__name__}.{name}`"
    if isinstance(info.default, (Key, Index, Access, Kind)):
        raise DeclarationError(
            f"{where} is annotated, and its default is the {type(info.default).__name__} of a base",
            hint="give the attribute another name, or leave the annotation out",
        )
    if hasattr(BaseModel, name):
        raise DeclarationError(
            f"{where} has the name of a method that every model has",
            hint=f'call it `{name}_`: stored_as("{name}") and Field(alias="{name}")',
        )
    if name in RESERVED and not issubclass(model, Nested):
        raise DeclarationError(
            f"{where} has a name that calls of a view take",
            hint=f'call it `{name}_` or better, and keep its stored name: stored_as("{name}")',
        )
    inner, hidden = unwrap(info.annotation)
    metadata = [*info.metadata, *hidden]
    visible = _only(VisibleTo, metadata, where)
    if visible is None:
        bare = any(isinstance(each, Audience) for each in metadata)
        hint = "wrap the audience: `visible_to(...)`" if bare else "`visible_to(nobody)` keeps it private"
        raise DeclarationError(f"{where} declares no audience", hint=hint)
    stored = _only(StoredAs, metadata, where) or StoredAs(None, None)
    shape, embedded, nullable = _shape(inner)
    if info.exclude:
        raise DeclarationError(
            f"{where} is declared with `exclude`, which answers would bypass", hint="`visible_to(nobody)` keeps it private"
        )
    if info.validation_alias not in (None, info.alias) or info.serialization_alias not in (None, info.alias):
        raise DeclarationError(f"{where} has an alias for one direction", hint="`Field(alias=...)` is its JSON name, in and out")
    codec = codec_for(_with(info.annotation, info.metadata), where, stored.format) if embedded is None else _nested_codec(stored, where)
    adapter: TypeAdapter[Any] = TypeAdapter(_with(info.annotation, info.metadata))
    return DeclaredAttribute(
        name=name,
        stored=stored.name or name,
        json=info.alias or name,
        audience=visible.audience,
        writable=_only(WritableBy, metadata, where) or WritableBy(nobody, nobody),
        codec=codec,
        format=stored.format,
        validate=adapter.validate_python,
        default=_default(info, adapter, where, nested=None if embedded is None else shape),
        required=info.is_required(),
        nullable=nullable,
        description=info.description,
        nested=None if embedded is None else declare_attributes(embedded, outer),
        shape=shape,
        model=embedded,
    )


def _with(annotation: Any, metadata: list[Any]) -> Any:
    return Annotated[(annotation, *metadata)] if metadata else annotation


def _only(kind: type[Any], metadata: list[Any], where: str) -> Any:
    found = [each for each in metadata if isinstance(each, kind)]
    if len(found) > 1:
        name = {VisibleTo: "visible_to", WritableBy: "writable_by", StoredAs: "stored_as"}[kind]
        raise DeclarationError(f"{where} has `{name}` twice", hint=f"say it once: `{name}(a, b)` takes several audiences")
    return found[0] if found else None


def _shape(annotation: Any) -> tuple[Literal["one", "list", "map"], type[Declared] | None, bool]:
    """Which Embedded an attribute holds, if any, and how: alone, in a list, in a map."""
    annotation, nullable = optional(annotation)
    annotation, _ = unwrap(annotation)
    arguments = get_args(annotation)
    if get_origin(annotation) is list and (inner := _embedded(arguments[0])):
        return "list", inner, nullable
    if get_origin(annotation) is dict and (inner := _embedded(arguments[1])):
        return "map", inner, nullable
    return "one", _embedded(annotation), nullable


def _embedded(annotation: Any) -> type[Declared] | None:
    kind, _ = unwrap(annotation)
    return kind if isinstance(kind, type) and issubclass(kind, Nested) else None


def _nested_codec(stored: StoredAs, where: str) -> Codec:
    if stored.format is not None:
        raise DeclarationError(f"{where} is Embedded and has a format", hint="give the format to the attributes inside")

    def refuse(value: Any) -> Any:
        raise TypeError("nested values go attribute by attribute")

    return Codec(None, refuse, refuse, refuse, {})


def _default(info: FieldInfo, adapter: TypeAdapter[Any], where: str, *, nested: str | None) -> object:
    """The constant default in the attribute's type; MISSING where there is none or it is made anew each time."""
    default = info.default
    if info.default_factory in (list, dict, set, frozenset):
        default = info.default_factory()
    if default is PydanticUndefined or default is ...:
        return MISSING
    if nested is not None and default is not None and (nested == "one" or default not in ([], {})):
        raise DeclarationError(
            f"{where} has a default with something in it", hint="the default of an Embedded is None, of a list or dict of them it is empty"
        )
    try:
        return adapter.validate_python(default)
    except ValidationError:
        raise DeclarationError(f"{where} has a default that is not of its type", hint="it would be answered as it stands") from None


# The whole class


def _refuse_own_serialising(model: type[Declared]) -> None:
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


def _refuse_twice(model: type[Declared], what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DeclarationError(f"`{model.__name__}` has two attributes with the {what} name `{twice[0]}`", hint="give each its own")


def _widened(attribute: DeclaredAttribute, access: Access) -> DeclaredAttribute:
    """With `also` added to every declared audience but nobody, inside nested values too."""
    if access.also is None:
        return attribute
    audience = attribute.audience if attribute.audience == nobody else attribute.audience | access.also
    nested = None if attribute.nested is None else tuple(_widened(each, access) for each in attribute.nested)
    return replace(attribute, audience=audience, nested=nested)


def _bounded(attribute: Attribute, within: Audience) -> Attribute:
    return Attribute(attribute.audience & within, attribute.default, attribute.nested, attribute.shape)


def _check_shadowing(entity: str, attributes: Iterable[DeclaredAttribute], outer: frozenset[str]) -> None:
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
        _check_shadowing(entity, each.nested or (), decided)


def _is_decided_on(name: str, attributes: Iterable[DeclaredAttribute]) -> bool:
    return any(
        any(not isinstance(c, Role) and c.attribute == name for c in each.audience.conditions) or _is_decided_on(name, each.nested or ())
        for each in attributes
    )


def _check_nested_conditions(
    where: str, attributes: Iterable[DeclaredAttribute], scopes: tuple[Mapping[str, DeclaredAttribute], ...]
) -> None:
    for each in attributes:
        here = f"{where[:-1]}.{each.name}`"
        for audience in (each.audience, each.writable.create, each.writable.update):
            _check_conditions(here, audience, scopes)
        if each.nested is not None:
            _check_nested_conditions(here, each.nested, (*scopes, {inner.name: inner for inner in each.nested}))


def _check_conditions(where: str, audience: Audience, scopes: tuple[Mapping[str, DeclaredAttribute], ...]) -> None:
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


def _check_expires(where: str, attributes: Mapping[str, DeclaredAttribute], access: Access) -> None:
    if access.expires is None:
        return
    named = attributes.get(access.expires)
    if named is None or named.nested is not None or named.codec.tag != "N" or named.codec.python not in (int, datetime, Decimal):
        raise DeclarationError(
            f"{where}: `Access(expires={access.expires!r})` names no epoch attribute",
            hint="an int of seconds, or a datetime with `stored_as(format=epoch_seconds)`",
        )


def _check_keys(
    entity: str, attributes: Mapping[str, DeclaredAttribute], key: Key, indexes: Mapping[str, Index], kind: Kind | None
) -> None:
    stored = {each.stored: each.name for each in attributes.values()}
    for name, each in {"the key": key, **{f"index `{name}`": index.key for name, index in indexes.items()}}.items():
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


def _codec_at(attributes: Mapping[str, DeclaredAttribute], resolved: Resolved) -> Codec:
    *outer, last = resolved.path
    for name in outer:
        attributes = {each.name: each for each in attributes[name].nested or ()}
    return attributes[last].codec
