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
from discreet.errors import BadKey, BadRequest, CallError
from discreet.key import HASH_LIMIT, RANGE_LIMIT, Index, KeyPart, Plain, Templated
from discreet.policy import UNREADABLE

__all__ = [
    "current",
    "encode",
    "encode_model",
    "epoch",
    "expired",
    "fitting",
    "identify",
    "index_keys",
    "nested_value",
    "size_in_bytes",
    "stands_in",
    "stored_value",
]

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


def stands_in(declaration: Declaration, index: Index, wire: WireItem, item: Mapping[str, Any]) -> bool:
    """Whether an item belongs where an index lists it: its attributes are the authority, and a stale key is none."""
    for part in index.key.parts:
        if not all(_valid(declaration.attributes[name], item.get(name)) for name in part.names):
            return False
        if not isinstance(part, Plain) and wire.get(part.physical) != _written(part, item):
            return False
    return True


def _written(part: Templated, item: Mapping[str, Any]) -> Wire | None:
    """What a part of a key is for an item; None where it has values that no key can hold."""
    try:
        return {"S": part.template.build(item)}
    except BadKey:
        return None


def _valid(attribute: DeclaredAttribute, value: Any) -> bool:
    """Whether a component of a key is one that the entity takes: then its text is no longer than any of its kind."""
    if value is None or value is UNREADABLE:
        return False
    try:
        return attribute.validate(value) == value  # type: ignore[no-any-return]
    except ValidationError:
        return False


def current(declaration: Declaration, wire: WireItem | None) -> dict[str, Any] | None:
    """The item as it stands for whoever may see it: None for none, for one of another entity, and for one whose time is past."""
    item = None if wire is None else identify(declaration, wire)
    return None if item is None or expired(declaration, item, datetime.now(UTC)) else item


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
    return Decimal(value) <= epoch(now)


def epoch(now: datetime) -> Decimal:
    """Seconds since 1970-01-01 UTC."""
    return Decimal((now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) / 1_000_000


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
            # In an order of ours: DynamoDB's is one of its own, which depends on entries that the viewer may not see.
            return {key: _decode_model(attribute.nested, each) for key, each in sorted(value["M"].items())}
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
    found = {each.stored: stored_value(declaration, each, values[each.name]) for each in declaration.attributes.values()}
    for part, limit in zip(declaration.key.parts, (HASH_LIMIT, RANGE_LIMIT), strict=False):
        if isinstance(part, Plain):
            fitting(found[declaration.attributes[part.attribute].stored] or {"S": ""}, limit)
        else:
            found[part.physical] = fitting({"S": part.template.build(values)}, limit)
    for index in declaration.indexes.values():
        found |= index_keys(declaration, index, values)
    if declaration.kind is not None:
        found[declaration.kind.attribute] = {"S": declaration.kind.value}
    return {name: wire for name, wire in found.items() if wire is not None}


def index_keys(declaration: Declaration, index: Index, values: Mapping[str, Any]) -> dict[str, Wire | None]:
    """The physical keys that an index writes beside attributes; None for each where a component is None: sparse.

    Those that are the table's own keys are left out. Raises BadKey for what no key can hold.
    """
    whole = [each.key.parts for each in declaration.indexes.values() if all(values[name] is not None for name in each.key.names)]
    own = {part.physical for part in declaration.key.parts if not isinstance(part, Plain)}
    found: dict[str, Wire | None] = {}
    for part, limit in zip(index.key.parts, (HASH_LIMIT, RANGE_LIMIT), strict=False):
        if isinstance(part, Plain):
            wire = stored_value(declaration, declaration.attributes[part.attribute], values[part.attribute])
            if wire is not None:
                fitting(wire, limit)
        elif part.physical not in own:
            # Several indexes may have one physical key: it is written for as long as one of them lists the item.
            written = any(part in parts for parts in whole)
            found[part.physical] = fitting({"S": part.template.build(values)}, limit) if written else None
    return found


def fitting(wire: Wire, limit: int) -> Wire:
    """A key value as it is. Raises BadKey for one that is empty, or longer than DynamoDB's can be."""
    ((tag, value),) = wire.items()
    try:
        size = size_in_bytes(value)
    except UnicodeEncodeError:
        size = limit + 1
    if tag != "N" and not 0 < size <= limit:
        raise BadKey("a key longer than DynamoDB's can be")
    return wire


def size_in_bytes(value: str | bytes) -> int:
    """Bytes of a text as DynamoDB counts them, or of bytes."""
    return len(value.encode() if isinstance(value, str) else value)


def stored_value(declaration: Declaration, attribute: DeclaredAttribute, value: Any) -> Wire | None:
    """How one of an entity's attributes is stored; None where it is not. Raises BadRequest for what DynamoDB can not hold."""
    # An index lists no item whose key is NULL, and refuses to store it.
    in_index = any(isinstance(p, Plain) and p.attribute == attribute.name for i in declaration.indexes.values() for p in i.key.parts)
    return None if value is None and in_index else nested_value(attribute, value)


def nested_value(attribute: DeclaredAttribute, value: Any) -> Wire | None:
    """The same for an attribute inside an Embedded."""
    # None that is the default reads back the same when it is not stored, and DynamoDB holds no empty set.
    if (value is None and attribute.default is None) or (isinstance(value, (set, frozenset)) and not value):
        return None
    try:
        return _encode_one(attribute, value)
    except MALFORMED:
        raise BadRequest(f"`{attribute.name}` holds a value that DynamoDB can not store") from None


def _encode_one(attribute: DeclaredAttribute, value: Any) -> Wire:
    if attribute.nested is None:
        return attribute.codec.encode(value)
    if value is None:
        return {"NULL": True}
    if attribute.shape == "list":
        return {"L": [encode_model(attribute.nested, each) for each in value]}
    if attribute.shape == "map":
        return {"M": {key: encode_model(attribute.nested, each) for key, each in value.items()}}
    return encode_model(attribute.nested, value)


def encode_model(nested: tuple[DeclaredAttribute, ...], value: Declared) -> Wire:
    """An Embedded value as it is stored."""
    found = {each.stored: nested_value(each, getattr(value, each.name)) for each in nested}
    return {"M": {name: wire for name, wire in found.items() if wire is not None}}
