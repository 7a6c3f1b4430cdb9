"""How a Python type stands in DynamoDB and in JSON: a closed table of one `Codec` a type.

What is not in the table raises at import: a type that serialises itself would be a way around the policy.
Messages never hold a value.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from enum import Enum
from typing import Any, Final, Literal, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, EmailStr

from discreet.entity.annotations import Format
from discreet.entity.types import optional, unwrap
from discreet.errors import DeclarationError

__all__ = ["MALFORMED", "Codec", "Wire", "codec_for", "refuse_serializer"]

Wire = Mapping[str, Any]
"""A DynamoDB attribute value, such as {"S": "x"}: in answers as JSON (B in base64), in requests with B as bytes."""

MALFORMED: Final = (ValueError, TypeError, KeyError, ArithmeticError, AttributeError, RecursionError)
"""What decoding, encoding and conversion raise for a value that is not of the type."""

SUPPORTED: Final = (
    "str, int, float, Decimal, bool, bytes, datetime, date, UUID, an Enum or Literal of str or int, EmailStr, set, list, "
    "dict[str, ...], an Embedded, list and dict of Embedded, Any; each with or without `| None`"
)


_EXACT: Final = Context(prec=10_000)


def _never(value: Hashable) -> Hashable:
    raise TypeError("no claim meets this type")


@dataclass(frozen=True, slots=True)
class Codec:
    """One type. `tag` is its DynamoDB type (None where it varies); `convert` takes a claim value strictly, or raises."""

    tag: str | None
    decode: Callable[[Wire], Any]
    encode: Callable[[Any], Wire]
    jsonable: Callable[[Any], Any]
    schema: Mapping[str, Any]
    convert: Callable[[Hashable], Hashable] = _never
    python: Any = None
    """The scalar's Python type, where key text is made of it."""
    exact: bool = False
    """Whether DynamoDB compares stored values as Python compares decoded ones: one value has one stored meaning."""
    member: Codec | None = None
    """The codec of the elements of a set or list."""


def codec_for(annotation: Any, where: str, format: Format | None = None) -> Codec:
    """The codec of an annotation, None and aliases unwrapped. Raises DeclarationError, naming `where`, for what has none."""
    inner, metadata = unwrap(annotation)
    for each in metadata:
        refuse_serializer(each, where)
    inner, nullable = optional(inner)
    inner, more = unwrap(inner)
    for each in more:
        refuse_serializer(each, where)
    codec = _of_type(inner, where)
    if format is not None:
        codec = _formatted(codec, format, where)
    return _nullable(codec) if nullable else codec


def _of_type(kind: Any, where: str) -> Codec:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind is Any or kind is object:
        return _ANYTHING
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enumeration({member.value: member for member in kind}, kind, where)
    if origin is Literal:
        return _enumeration({value: value for value in arguments}, None, where)
    if origin in (set, frozenset):
        return _set_of(codec_for(arguments[0], where), where, frozenset if origin is frozenset else set)
    if origin is list:
        return _list_of(codec_for(arguments[0], where))
    if kind is list:
        return _list_of(_ANYTHING)
    if kind is dict or origin is dict:
        key, value = arguments or (str, Any)
        if codec_for(key, where).tag != "S":
            raise DeclarationError(f"{where} is a dict whose keys are not text", hint="DynamoDB's maps have text keys: dict[str, ...]")
        return _map_of(codec_for(value, where))
    name = getattr(kind, "__name__", repr(kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        raise DeclarationError(
            f"{where} holds the model `{name}` where no audience of its own can be asked",
            hint=f"derive `{name}` from `Embedded`, and hold it alone, in a list or in a dict; elements can not be None",
        )
    raise DeclarationError(f"{where} has a type that discreet does not store: `{name}`", hint=f"use one of {SUPPORTED}")


def refuse_serializer(metadata: object, where: str) -> None:
    """Refuse what Pydantic would write an answer by."""
    # The answer is written from the policy's bytes, so a serializer (masking a card number, say) would not run.
    if "Serializer" in type(metadata).__name__ or type(metadata).__name__ in {"SerializeAsAny", "Encoder", "EncodedBytes", "EncodedStr"}:
        raise DeclarationError(
            f"{where} has a `{type(metadata).__name__}`, which answers would bypass",
            hint="an entity is a declaration, not a serialiser: store what may be shown (`last4`) as an attribute of its own",
        )


# Scalars


def _tagged(tag: str, value: Wire) -> Any:
    if len(value) != 1:
        raise ValueError("not one attribute value")
    return value[tag]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a str")
    return value.value if isinstance(value, Enum) else value


def _name(value: Any) -> str:
    """A key of a map: DynamoDB takes no empty one."""
    if not _text(value):
        raise ValueError("an empty name")
    return _text(value)


def _number(value: Wire) -> Decimal:
    found = Decimal(_tagged("N", value))
    if not found.is_finite():
        raise ValueError("not a number")
    return found


def _number_text(value: Decimal | int) -> str:
    """A number as DynamoDB takes it: 38 digits at the most, of magnitude 1E-130 to 9.9E+125."""
    found = Decimal(value)
    if not found.is_finite():
        raise ValueError("not a finite number")
    if not found:
        return "0"  # 0E-5000 too
    if len(found.as_tuple().digits) > _EXACT.prec:
        raise ValueError("a number of more digits than can be told apart")
    trimmed = found.normalize(_EXACT)
    _, digits, exponent = trimmed.as_tuple()
    if len(digits) > 38 or not -130 <= len(digits) + int(exponent) - 1 <= 125:
        raise ValueError("a number of more than 38 digits, or too large or small")
    if len(found.as_tuple().digits) > 38:
        found = trimmed
    return format(found, "f") if -40 < int(exponent) < 40 else str(found)


def _integer(value: Decimal) -> int:
    if value != value.to_integral_value():
        raise ValueError("not a whole number")
    return int(value)


def _strictly(*types: type) -> Callable[[Hashable], Hashable]:
    def convert(value: Hashable) -> Hashable:
        if isinstance(value, types) and (bool in types or not isinstance(value, bool)):
            return value
        raise TypeError("a value of another type")

    return convert


def _text_claim(value: Hashable) -> Hashable:
    return _text(value)


def _uuid(value: Hashable) -> UUID:
    if isinstance(value, UUID):
        return value
    found = UUID(_text(value))
    if str(found) != _text(value).lower():
        raise ValueError("not a UUID of 36 characters")
    return found


def _date(value: Hashable) -> date:
    return value if isinstance(value, date) and not isinstance(value, datetime) else date.fromisoformat(_text(value))


def _instant(value: Hashable) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _instant_text(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _instant_json(value: datetime) -> str:
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _wire_bytes(value: Wire) -> bytes:
    return base64.b64decode(_tagged("B", value), validate=True)


def _wire_bool(value: Wire) -> bool:
    found = _tagged("BOOL", value)
    if not isinstance(found, bool):
        raise TypeError("not a bool")
    return found


def _finite(value: float) -> Decimal:
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return Decimal(repr(float(value)))


def _decimal_json(value: Decimal | int) -> str:
    return format(Decimal(value), "f")


def _same(value: Any) -> Any:
    return value


_STR = Codec("S", lambda w: _text(_tagged("S", w)), lambda v: {"S": _text(v)}, _same, {"type": "string"}, _text_claim, str, exact=True)
_INT = Codec(
    "N", lambda w: _integer(_number(w)), lambda v: {"N": _number_text(int(v))}, _same, {"type": "integer"}, _strictly(int), int, exact=True
)
_BOOL = Codec("BOOL", _wire_bool, lambda v: {"BOOL": bool(v)}, _same, {"type": "boolean"}, _strictly(bool), exact=True)
_DATETIME = Codec(
    "S",
    lambda w: _instant(_tagged("S", w)),
    lambda v: {"S": _instant_text(v)},
    _instant_json,
    {"type": "string", "format": "date-time"},
    _instant,
    datetime,
)
_SCALARS: dict[Any, Codec] = {
    str: _STR,
    EmailStr: replace(_STR, schema={"type": "string", "format": "email"}),
    int: _INT,
    bool: _BOOL,
    datetime: _DATETIME,
    float: Codec(
        "N",
        lambda w: float(_number(w)),
        lambda v: {"N": _number_text(_finite(v))},
        _same,
        {"type": "number"},
        _strictly(int, float),
    ),
    Decimal: Codec(
        "N",
        _number,
        lambda v: {"N": _number_text(v)},
        _decimal_json,
        {"type": "string", "format": "decimal"},
        _strictly(int, Decimal),
        Decimal,
        exact=True,
    ),
    bytes: Codec(
        "B",
        _wire_bytes,
        lambda v: {"B": bytes(v)},
        _base64,
        {"type": "string", "contentEncoding": "base64"},
        _strictly(bytes),
        bytes,
        exact=True,
    ),
    date: Codec(
        "S",
        lambda w: _date(_tagged("S", w)),
        lambda v: {"S": _date(v).isoformat()},
        lambda v: v.isoformat(),
        {"type": "string", "format": "date"},
        _date,
        date,
    ),
    UUID: Codec(
        "S",
        lambda w: UUID(_text(_tagged("S", w))),
        lambda v: {"S": str(v)},
        str,
        {"type": "string", "format": "uuid"},
        _uuid,
        UUID,
    ),
}


def _enumeration(members: Mapping[Any, Any], kind: type[Enum] | None, where: str) -> Codec:
    types = {type(value) for value in members}
    if types not in ({str}, {int}):
        raise DeclarationError(f"{where} is an Enum or Literal of mixed or other values than str or int", hint="use values of one type")
    base = _SCALARS[types.pop()]

    def plain(value: Any) -> Any:
        return value.value if isinstance(value, Enum) else value

    def convert(value: Hashable) -> Hashable:
        if kind is not None and isinstance(value, kind):
            return value
        return members[base.convert(plain(value))]  # type: ignore[no-any-return]

    return Codec(
        base.tag,
        lambda w: members[base.decode(w)],
        lambda v: base.encode(plain(v)),
        plain,
        {**base.schema, "enum": list(members)},
        convert,
        kind or base.python,
        exact=True,
    )


# Containers


def _set_of(member: Codec, where: str, kind: type) -> Codec:
    if member.tag not in ("S", "N", "B"):
        raise DeclarationError(f"{where} is a set that DynamoDB can not hold", hint="sets hold text, numbers or bytes; use a list")
    tag = f"{member.tag}S"
    inner = member.tag

    def decode(value: Wire) -> Any:
        return kind(member.decode({inner: each}) for each in _tagged(tag, value))

    def encode(value: Any) -> Wire:
        return {tag: [member.encode(each)[inner] for each in sorted(value, key=_order)]}

    def jsonable(value: Any) -> list[Any]:
        return [member.jsonable(each) for each in sorted(value, key=_order)]

    schema = {"type": "array", "items": dict(member.schema), "uniqueItems": True}
    return Codec(tag, decode, encode, jsonable, schema, member.convert, member=member)


def _order(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _list_of(member: Codec) -> Codec:
    return Codec(
        "L",
        lambda w: [member.decode(each) for each in _tagged("L", w)],
        lambda v: {"L": [member.encode(each) for each in v]},
        lambda v: [member.jsonable(each) for each in v],
        {"type": "array", "items": dict(member.schema)},
        member.convert,
        member=member,
    )


def _map_of(member: Codec) -> Codec:
    return Codec(
        "M",
        lambda w: {key: member.decode(each) for key, each in sorted(_tagged("M", w).items())},
        lambda v: {"M": {_name(key): member.encode(each) for key, each in v.items()}},
        lambda v: {key: member.jsonable(each) for key, each in v.items()},
        {"type": "object", "additionalProperties": dict(member.schema)},
    )


def _nullable(codec: Codec) -> Codec:
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
            return {_number({"N": each}) for each in held}
        case "BS":
            return {base64.b64decode(each, validate=True) for each in held}
        case "N":
            return _number(value)
        case "B":
            return _wire_bytes(value)
        case "S" | "BOOL":
            return held
        case _:
            raise ValueError("an attribute value of an unknown type")


def _encode_any(value: Any) -> Wire:
    if value is None:
        return {"NULL": True}
    if isinstance(value, Mapping):
        return {"M": {_name(key): _encode_any(each) for key, each in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"L": [_encode_any(each) for each in value]}
    if isinstance(value, (set, frozenset)):
        members = [_encode_any(each) for each in sorted(value)]
        ((tag, _),) = members[0].items()
        return {f"{tag}S": [each[tag] for each in members]}
    return _SCALARS[type(value)].encode(value)


def _any_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _any_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_any_json(each) for each in value]
    if isinstance(value, (set, frozenset)):
        return [_any_json(each) for each in sorted(value)]
    if value is None or isinstance(value, (str, bool)):
        return value
    return _SCALARS[type(value)].jsonable(value)


_ANYTHING = Codec(None, _decode_any, _encode_any, _any_json, {})


# Formats of existing tables


def _formatted(codec: Codec, format: Format, where: str) -> Codec:
    make = _FORMATS.get((codec.python if codec is not _BOOL else bool, format))
    if make is None:
        raise DeclarationError(
            f"{where} can not be stored as `{format.value}`",
            hint="epoch_seconds, epoch_millis and iso8601 are for datetime; text for int, Decimal and bool; number for str and bool",
        )
    tag, decode, encode = make
    return replace(codec, tag=tag, decode=decode, encode=encode, exact=False)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _epoch(unit: timedelta) -> tuple[str, Callable[[Wire], Any], Callable[[Any], Wire]]:
    def decode(value: Wire) -> datetime:
        # Exact: microseconds are whole, and a float would round them.
        return _EPOCH + timedelta(microseconds=int(_number(value) * (unit // timedelta(microseconds=1))))

    def encode(value: datetime) -> Wire:
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone")
        return {"N": str((value - _EPOCH) // unit)}

    return "N", decode, encode


def _digits(value: str) -> str:
    return _number_text(Decimal(value))


_TRUTH = {"true": True, "false": False}
_FORMATS: dict[tuple[Any, Format], tuple[str, Callable[[Wire], Any], Callable[[Any], Wire]]] = {
    (datetime, Format.EPOCH_SECONDS): _epoch(timedelta(seconds=1)),
    (datetime, Format.EPOCH_MILLIS): _epoch(timedelta(milliseconds=1)),
    (datetime, Format.ISO8601): ("S", _DATETIME.decode, _DATETIME.encode),
    (int, Format.TEXT): ("S", lambda w: int(_text(_tagged("S", w))), lambda v: {"S": str(int(v))}),
    (Decimal, Format.TEXT): ("S", lambda w: _number({"N": _text(_tagged("S", w))}), lambda v: {"S": _decimal_json(v)}),
    (bool, Format.TEXT): ("S", lambda w: _TRUTH[_tagged("S", w)], lambda v: {"S": "true" if v else "false"}),
    (bool, Format.NUMBER): ("N", lambda w: {0: False, 1: True}[_integer(_number(w))], lambda v: {"N": str(int(v))}),
    (str, Format.NUMBER): ("N", lambda w: _decimal_json(_number(w)), lambda v: {"N": _digits(v)}),
}
