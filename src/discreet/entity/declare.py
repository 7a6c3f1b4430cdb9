"""A declared class -> its declaration. The mistakes that can be known raise here, at import."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from discreet.entity.annotations import Access, Kind, StoredAs, VisibleTo, WritableBy
from discreet.entity.checks import (
    check_conditions,
    check_expires,
    check_index,
    check_keys,
    check_nested_conditions,
    check_shadowing,
    refuse_own_serialising,
    refuse_too_many,
    refuse_twice,
)
from discreet.entity.codec import Codec
from discreet.entity.codecs import codec_for
from discreet.entity.declaration import Declaration, DeclaredAttribute, attribute_at
from discreet.entity.declared import Declared, Nested
from discreet.entity.types import optional, unwrap
from discreet.errors import DeclarationError
from discreet.key import Index, Key
from discreet.policy import Attribute, Audience, Policy, Role, anyone, nobody
from discreet.policy.audience import union
from discreet.policy.plan import MISSING

__all__ = ["declare_attributes", "declare_entity"]

RESERVED: Final = frozenset(
    {"access", "after", "at_most", "by", "consistent", "if_match", "index", "key", "keys", "limit", "reverse", "scan", "server_set"}
    | {"shape", "when", "where"}
)
"""Names that calls of a view take, or that a later version will."""


def declare_attributes(model: type[Declared], within: Iterable[type[Declared]] = ()) -> tuple[DeclaredAttribute, ...]:
    """Read the fields of a declared class. Raises DeclarationError for the first mistake."""
    outer = (*within, model)
    if model in outer[:-1]:
        raise DeclarationError(f"`{model.__name__}` holds itself", hint="a policy is finite: store the inner ones as items of their own")
    refuse_own_serialising(model)
    declared = tuple(_declare(model, name, info, outer) for name, info in model.__pydantic_fields__.items())
    for what in ("stored", "json"):
        refuse_twice(model, what, [getattr(each, what) for each in declared])
    return declared


def declare_entity(model: type[Declared], key: Key, indexes: Mapping[str, Index], access: Access, kind: Kind | None) -> Declaration:
    """Put an entity together from its class and what stands in it. Raises DeclarationError for the first mistake."""
    refuse_too_many(model)
    attributes = {each.name: _written_within(_widened(each, access), access.within) for each in declare_attributes(model)}
    check_shadowing(model.__name__, attributes.values(), frozenset())
    check_keys(model.__name__, attributes, key, indexes, kind)
    bounded = {
        name: each.policy() if access.within is None else _bounded(each.policy(), access.within) for name, each in attributes.items()
    }
    exists = access.exists_for
    if exists is None:
        exists = union(each.audience for name, each in bounded.items() if name not in key.names or set(bounded) <= set(key.names))
    where = f"`{model.__name__}`"
    for audience in (exists, access.within, access.also, access.create, access.delete, access.update, access.scan):
        if audience is not None:
            check_conditions(where, audience, (attributes,))
    check_nested_conditions(where, attributes.values(), (attributes,))
    check_expires(where, attributes, access)
    policy, scanning = Policy(bounded, exists), Policy(bounded, exists & access.scan)
    everything = Policy({name: _opened(each) for name, each in bounded.items()}, anyone)
    for index in indexes.values():
        check_index(model.__name__, attributes, key, kind, access, policy, index)
    resolved = (each for each in policy.resolved | scanning.resolved if not isinstance(each.condition, Role))
    codecs = {each: attribute_at(attributes, each.path).codec for each in resolved}
    return Declaration(model.__name__, model, attributes, key, indexes, access, kind, policy, scanning, everything, codecs)


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
        accept=_accepting(info, embedded),
        entry=_entry_keys(inner) if embedded is not None and shape == "map" else None,
        default=_default(info, adapter, where, nested=None if embedded is None else shape),
        required=info.is_required(),
        nullable=nullable,
        description=info.description,
        longest=_longest(adapter) if codec.tag == "S" else None,
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

    return Codec(None, _refuse_whole, _refuse_whole, _refuse_whole, {})


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


def _accepting(info: FieldInfo, embedded: type[Declared] | None) -> Callable[[Any], Any]:
    if embedded is not None:
        return _refuse_whole
    adapter: TypeAdapter[Any] = TypeAdapter(_with(info.annotation, info.metadata), config=ConfigDict(val_json_bytes="base64"))

    def accept(value: Any) -> Any:
        return adapter.validate_json(json.dumps(value), strict=True)

    return accept


def _refuse_whole(value: Any) -> Any:
    raise TypeError("nested values go attribute by attribute")


def _entry_keys(annotation: Any) -> Callable[[Any], Any]:
    kind, _ = unwrap(optional(annotation)[0])
    adapter: TypeAdapter[Any] = TypeAdapter(get_args(kind)[0])
    return adapter.validate_python


def _longest(adapter: TypeAdapter[Any]) -> int | None:
    schema = adapter.json_schema()
    held = schema.get("anyOf", [schema])[0]
    if "enum" in held:
        return max(len(each) for each in held["enum"])
    return held.get("maxLength")  # type: ignore[no-any-return]


def _widened(attribute: DeclaredAttribute, access: Access) -> DeclaredAttribute:
    """With `also` added to every declared audience but nobody, to see and to write, inside nested values too."""
    also = access.also
    if also is None:
        return attribute

    def wider(audience: Audience) -> Audience:
        return audience if audience == nobody else audience | also

    writable = WritableBy(wider(attribute.writable.create), wider(attribute.writable.update))
    nested = None if attribute.nested is None else tuple(_widened(each, access) for each in attribute.nested)
    return replace(attribute, audience=wider(attribute.audience), writable=writable, nested=nested)


def _written_within(attribute: DeclaredAttribute, within: Audience | None) -> DeclaredAttribute:
    if within is None:
        return attribute
    return replace(attribute, writable=WritableBy(attribute.writable.create & within, attribute.writable.update & within))


def _bounded(attribute: Attribute, within: Audience) -> Attribute:
    return Attribute(attribute.audience & within, attribute.default, attribute.nested, attribute.shape)


def _opened(attribute: Attribute) -> Attribute:
    nested = None if attribute.nested is None else {name: _opened(each) for name, each in attribute.nested.items()}
    return Attribute(anyone, attribute.default, nested, attribute.shape)
