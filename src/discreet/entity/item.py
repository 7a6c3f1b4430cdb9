"""Items between the table and Python: stored -> values, and values -> stored.

A stored value that is not of its attribute's type becomes UNREADABLE, which decides nothing and is never disclosed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from discreet.entity.codec import MALFORMED, Wire
from discreet.entity.declaration import Declaration, DeclaredAttribute
from discreet.entity.declared import Declared
from discreet.errors import BadRequest, CallError
from discreet.key import Index, KeyPart, Plain
from discreet.policy import UNREADABLE

__all__ = ["encode", "expired", "identify", "stands_in"]

WireItem = Mapping[str, Wire]


def identify(declaration: Declaration, wire: WireItem) -> dict[str, Any] | None:
    """Decode an item that is of this entity; None for one that is not.

    The physical key is the authority: it must parse back through the entity's whole key, and a stored copy
    of a component that disagrees with it makes the item one that does not exist.
    """
    item = _decode(declaration.attributes.values(), wire)
    for part in declaration.key.parts:
        parsed = _parse_part(declaration, part, wire, item)
        if parsed is None:
            return None
        for name, value in parsed.items():
            if name in item and item[name] != value:
                return None
            item[name] = value
    if not all(_valid(declaration.attributes[name], item[name]) for name in declaration.key.names):
        return None
    kind = declaration.kind
    if kind is not None and wire.get(kind.attribute) != {"S": kind.value}:
        return None
    return item


def _parse_part(declaration: Declaration, part: KeyPart, wire: WireItem, item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if isinstance(part, Plain):
        value = item.get(part.attribute)
        return None if value is None or value is UNREADABLE else {part.attribute: value}
    text = wire.get(part.physical, {}).get("S")
    types = {name: declaration.attributes[name].codec.python for name in part.names}
    return None if text is None else part.template.parse_text(text, types)


def stands_in(index: Index, wire: WireItem, item: Mapping[str, Any]) -> bool:
    """Whether an item belongs where an index lists it: its attributes are the authority, and a stale key is none."""
    for part in index.key.parts:
        if any(item.get(name) is None or item[name] is UNREADABLE for name in part.names):
            return False
        if not isinstance(part, Plain) and wire.get(part.physical) != {"S": part.template.build(item)}:
            return False
    return True


def _valid(attribute: DeclaredAttribute, value: Any) -> bool:
    try:
        return attribute.validate(value) == value  # type: ignore[no-any-return]
    except ValidationError:
        return False


def expired(declaration: Declaration, item: Mapping[str, Any], now: datetime) -> bool:
    """Whether the item's time is past. A time that can not be read is past; an item without one stays."""
    name = declaration.access.expires
    value = item.get(name) if name is not None else None
    if value is None:
        return False
    if isinstance(value, datetime):
        return value <= now
    if not isinstance(value, (int, Decimal)):
        return True
    return Decimal(value) <= Decimal((now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) / 1_000_000


def _decode(attributes: Iterable[DeclaredAttribute], wire: WireItem) -> dict[str, Any]:
    return {each.name: _decode_one(each, wire[each.stored]) for each in attributes if each.stored in wire}


def _decode_one(attribute: DeclaredAttribute, value: Wire) -> Any:
    try:
        if attribute.nested is None:
            return attribute.codec.decode(value)
        if "NULL" in value:
            return None if attribute.nullable else UNREADABLE
        if attribute.shape == "list":
            return [_decode_model(attribute.nested, each) for each in value["L"]]
        if attribute.shape == "map":
            return {key: _decode_model(attribute.nested, each) for key, each in value["M"].items()}
        return _decode_model(attribute.nested, value)
    except MALFORMED:
        return UNREADABLE


def _decode_model(nested: tuple[DeclaredAttribute, ...], value: Wire) -> Any:
    return _decode(nested, value["M"]) if "M" in value else UNREADABLE


# Values to stored


def encode(declaration: Declaration, item: Declared) -> dict[str, Wire]:
    """A whole item as DynamoDB stores it, with its physical key, the keys of its indexes and its kind.

    Raises CallError for an instance of another entity and BadRequest for a value that DynamoDB can not hold.
    """
    if type(item) is not declaration.model:
        raise CallError(f"`{type(item).__name__}` is not a `{declaration.name}`", hint="one entity has one view")
    values = {name: getattr(item, name) for name in declaration.attributes}
    unset_in_indexes = {part.attribute for index in declaration.indexes.values() for part in index.key.parts if isinstance(part, Plain)}
    wire = _encode(declaration.attributes.values(), values, frozenset(unset_in_indexes))
    for part in declaration.key.parts:
        if not isinstance(part, Plain):
            wire[part.physical] = {"S": part.template.build(values)}
    for index in declaration.indexes.values():
        if any(values[name] is None for name in index.key.names):
            continue
        for part in index.key.parts:
            if not isinstance(part, Plain):
                wire[part.physical] = {"S": part.template.build(values)}
    if declaration.kind is not None:
        wire[declaration.kind.attribute] = {"S": declaration.kind.value}
    return wire


def _encode(
    attributes: Iterable[DeclaredAttribute], values: Mapping[str, Any], never_null: frozenset[str] = frozenset()
) -> dict[str, Wire]:
    wire: dict[str, Wire] = {}
    for each in attributes:
        value = values[each.name]
        # None that is the default reads back the same when it is not stored, and DynamoDB holds no empty set.
        if value is None and (each.default is None or each.name in never_null):
            continue
        if isinstance(value, (set, frozenset)) and not value:
            continue
        try:
            wire[each.stored] = _encode_one(each, value)
        except MALFORMED:
            raise BadRequest(f"`{each.name}` holds a value that DynamoDB can not store") from None
    return wire


def _encode_one(attribute: DeclaredAttribute, value: Any) -> Wire:
    if attribute.nested is None:
        return attribute.codec.encode(value)
    if value is None:
        return {"NULL": True}
    if attribute.shape == "list":
        return {"L": [_encode_model(attribute.nested, each) for each in value]}
    if attribute.shape == "map":
        return {"M": {key: _encode_model(attribute.nested, each) for key, each in value.items()}}
    return _encode_model(attribute.nested, value)


def _encode_model(nested: tuple[DeclaredAttribute, ...], value: Declared) -> Wire:
    return {"M": _encode(nested, {each.name: getattr(value, each.name) for each in nested})}
