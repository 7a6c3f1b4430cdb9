"""Containers: sets, lists and maps of what has a codec; anything; None."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from discreet.entity.codec import Codec, Wire
from discreet.entity.scalars import SCALARS, name_of, number_of, tagged, wire_bytes
from discreet.errors import DeclarationError

__all__ = ["ANYTHING", "list_of", "map_of", "nullable_of", "set_of"]


def set_of(member: Codec, where: str, kind: type) -> Codec:
    """A set of text, numbers or bytes. Raises DeclarationError, naming `where`, for what DynamoDB has no set of."""
    if member.tag not in ("S", "N", "B"):
        raise DeclarationError(f"{where} is a set that DynamoDB can not hold", hint="sets hold text, numbers or bytes; use a list")
    tag = f"{member.tag}S"
    inner = member.tag

    def decode(value: Wire) -> Any:
        return kind(member.decode({inner: each}) for each in tagged(tag, value))

    def encode(value: Any) -> Wire:
        return {tag: [member.encode(each)[inner] for each in sorted(value, key=_order)]}

    def jsonable(value: Any) -> list[Any]:
        return [member.jsonable(each) for each in sorted(value, key=_order)]

    schema = {"type": "array", "items": dict(member.schema), "uniqueItems": True}
    return Codec(tag, decode, encode, jsonable, schema, member.convert, member=member)


def _order(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def list_of(member: Codec) -> Codec:
    """A list of anything that has a codec."""
    return Codec(
        "L",
        lambda w: [member.decode(each) for each in tagged("L", w)],
        lambda v: {"L": [member.encode(each) for each in v]},
        lambda v: [member.jsonable(each) for each in v],
        {"type": "array", "items": dict(member.schema)},
        member.convert,
        member=member,
    )


def map_of(member: Codec) -> Codec:
    """A dict with text keys, in their order: DynamoDB keeps none."""
    return Codec(
        "M",
        lambda w: {key: member.decode(each) for key, each in sorted(tagged("M", w).items())},
        lambda v: {"M": {name_of(key): member.encode(each) for key, each in v.items()}},
        lambda v: {key: member.jsonable(each) for key, each in v.items()},
        {"type": "object", "additionalProperties": dict(member.schema)},
    )


def nullable_of(codec: Codec) -> Codec:
    """A codec that has None, too."""
    return replace(
        codec,
        decode=lambda w: None if "NULL" in w else codec.decode(w),
        encode=lambda v: {"NULL": True} if v is None else codec.encode(v),
        jsonable=lambda v: None if v is None else codec.jsonable(v),
        schema={"anyOf": [dict(codec.schema), {"type": "null"}]},
    )


def _decode_any(value: Wire) -> Any:
    ((tag, held),) = value.items()
    match tag:
        case "NULL":
            return None
        case "L":
            return [_decode_any(each) for each in held]
        case "M":
            return {key: _decode_any(each) for key, each in sorted(held.items())}
        case "SS":
            return set(held)
        case "NS":
            return {number_of({"N": each}) for each in held}
        case "BS":
            return {base64.b64decode(each, validate=True) for each in held}
        case "N":
            return number_of(value)
        case "B":
            return wire_bytes(value)
        case "S" | "BOOL":
            return held
        case _:
            raise ValueError("an attribute value of an unknown type")


def _encode_any(value: Any) -> Wire:
    if value is None:
        return {"NULL": True}
    if isinstance(value, Mapping):
        return {"M": {name_of(key): _encode_any(each) for key, each in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"L": [_encode_any(each) for each in value]}
    if isinstance(value, (set, frozenset)):
        members = [_encode_any(each) for each in sorted(value)]
        ((tag, _),) = members[0].items()
        return {f"{tag}S": [each[tag] for each in members]}
    return SCALARS[type(value)].encode(value)


def _any_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _any_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_any_json(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return [_any_json(each) for each in sorted(value)]
    if value is None or isinstance(value, (str, bool)):
        return value
    return SCALARS[type(value)].jsonable(value)


ANYTHING = Codec(None, _decode_any, _encode_any, _any_json, {})
