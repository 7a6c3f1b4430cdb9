"""Items on their way: stored -> Python values -> JSON, and Python values -> stored.

A stored value that is not of its attribute's type becomes UNREADABLE, which decides nothing and is never disclosed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import ValidationError

from discreet.entity.codec import MALFORMED, Codec, Wire
from discreet.entity.declaration import Declaration, DeclaredAttribute
from discreet.entity.declared import Declared, partial
from discreet.errors import BadRequest, CallError
from discreet.key import KeyPart, Plain
from discreet.policy import UNREADABLE, Path, Plan, Principal, Relation, Resolved, Role, State, compile_plan, nobody
from discreet.policy.plan import MISSING, Wanted

__all__ = ["encode", "expired", "identify", "item_of", "jsonable", "plan_for", "projected_names", "schema_of", "wanted_by", "with_defaults"]

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


# Deciding


def wanted_by(declaration: Declaration, principal: Principal) -> Wanted:
    """What each condition's attribute must meet for this principal: its claims, each in the attribute's type."""
    return {resolved: _wanted(resolved, codec, principal) for resolved, codec in declaration.codecs.items()}


def plan_for(declaration: Declaration, principal: Principal, wanted: Wanted, known: Mapping[str, Any]) -> Plan:
    """The plan for a principal and the key in hand: `known` attributes may rule a condition out, and never grant it.

    Cached by the conditions that are left; values of claims take no part.
    """

    def satisfiable(resolved: Resolved) -> bool:
        if isinstance(resolved.condition, Role):
            return resolved.condition.name in principal.roles
        values = wanted[resolved]
        ruled_out = len(resolved.path) == 1 and resolved.path[0] in known and known[resolved.path[0]] not in values
        return bool(values) and not ruled_out

    return compile_plan(declaration.policy, frozenset(filter(satisfiable, declaration.policy.resolved)))


def _wanted(resolved: Resolved, codec: Codec, principal: Principal) -> frozenset[Hashable]:
    condition = resolved.condition
    if isinstance(condition, Relation):
        return frozenset(_converted(codec, principal.values_of(condition.claim)))
    assert isinstance(condition, State)
    return frozenset(_converted(codec, (condition.equals,)))


def _converted(codec: Codec, values: Iterable[Hashable]) -> Iterable[Hashable]:
    for value in values:
        try:
            yield codec.convert(value)
        except MALFORMED:
            if not isinstance(value, Enum):
                continue
            yield from _converted(codec, (value.value,))


def projected_names(declaration: Declaration, projection: Iterable[Path]) -> frozenset[Path]:
    """What to read for a projection, in the table's names: its paths, the physical key and the copies of its
    components (which must agree), and what says that an item is of this entity and still exists.
    """
    wanted = {_stored_path(declaration.attributes, path) for path in projection}
    wanted |= {(declaration.attributes[name].stored,) for name in declaration.key.names}
    wanted |= {(part.physical,) for part in declaration.key.parts if not isinstance(part, Plain)}
    if declaration.kind is not None:
        wanted.add((declaration.kind.attribute,))
    if declaration.access.expires is not None:
        wanted.add((declaration.attributes[declaration.access.expires].stored,))
    return frozenset(wanted)


def _stored_path(attributes: Mapping[str, DeclaredAttribute], path: tuple[str, ...]) -> tuple[str, ...]:
    head, *rest = path
    found = attributes[head]
    if not rest:
        return (found.stored,)
    return (found.stored, *_stored_path({each.name: each for each in found.nested or ()}, tuple(rest)))


# Out


def jsonable(attributes: Iterable[DeclaredAttribute], disclosed: Mapping[str, Any]) -> dict[str, Any]:
    """Disclosed values under their JSON names, ready for `json.dumps`, in the order of declaration."""
    return {each.json: _json_one(each, disclosed[each.name]) for each in attributes if each.name in disclosed}


def _json_one(attribute: DeclaredAttribute, value: Any) -> Any:
    if attribute.nested is None:
        return attribute.codec.jsonable(value)
    if value is None:
        return None
    if attribute.shape == "list":
        return [jsonable(attribute.nested, each) for each in value]
    if attribute.shape == "map":
        return {key: jsonable(attribute.nested, each) for key, each in value.items()}
    return jsonable(attribute.nested, value)


def item_of(declaration: Declaration, values: Mapping[str, Any]) -> Declared:
    """A typed item that holds these values alone; reading any other attribute raises."""
    held = {name: values[name] for name in declaration.attributes if name in values and values[name] is not UNREADABLE}
    return partial(declaration.model, {name: _instance(declaration.attributes[name], value) for name, value in held.items()})


def _instance(attribute: DeclaredAttribute, value: Any) -> Any:
    if attribute.nested is None or attribute.model is None or value is None:
        return value
    nested = {each.name: each for each in attribute.nested}
    model = attribute.model

    def one(values: Mapping[str, Any]) -> Declared:
        return partial(model, {name: _instance(nested[name], each) for name, each in values.items() if each is not UNREADABLE})

    if attribute.shape == "list":
        return [one(each) for each in value if isinstance(each, Mapping)]
    if attribute.shape == "map":
        return {key: one(each) for key, each in value.items() if isinstance(each, Mapping)}
    return one(value)


def with_defaults(declaration: Declaration, item: Mapping[str, Any]) -> dict[str, Any]:
    """Every readable value of an item, and the constant default of what is unset: for reads past the policy."""
    filled = {name: each.default for name, each in declaration.attributes.items() if each.default is not MISSING}
    return {**filled, **item}


# In


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


# Schema


def schema_of(declaration: Declaration) -> dict[str, Any]:
    """JSON Schema of a disclosure: what someone may see, required only where everyone who gets an answer gets it."""
    audiences = {name: each.audience for name, each in declaration.policy.attributes.items()}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, each in declaration.attributes.items():
        shown = _shown(each) if audiences[name] != nobody else None
        if shown is None:
            continue
        properties[each.json] = shown
        certain = name in declaration.key.names or (each.default is not MISSING and (each.nested is None or each.shape != "one"))
        if declaration.policy.exists <= audiences[name] and certain:
            required.append(each.json)
    return _object(declaration.name, properties, required)


def _object(title: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "title": title, "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _shown(attribute: DeclaredAttribute) -> dict[str, Any] | None:
    schema: dict[str, Any] | None = dict(attribute.codec.schema)
    if attribute.nested is not None:
        schema = _shown_nested(attribute, attribute.nested)
    if schema is None:
        return None
    return {**schema, "description": attribute.description} if attribute.description else schema


def _shown_nested(attribute: DeclaredAttribute, nested: tuple[DeclaredAttribute, ...]) -> dict[str, Any] | None:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for each in nested:
        shown = _shown(each) if each.audience != nobody else None
        if shown is None:
            continue
        properties[each.json] = shown
        if attribute.audience <= each.audience and each.default is not MISSING and each.nested is None:
            required.append(each.json)
    if not properties:
        return None
    inner = _object(attribute.model.__name__ if attribute.model else attribute.name, properties, required)
    if attribute.shape == "list":
        inner = {"type": "array", "items": inner}
    elif attribute.shape == "map":
        inner = {"type": "object", "additionalProperties": inner}
    return {"anyOf": [inner, {"type": "null"}]} if attribute.nullable or attribute.default is None else inner
