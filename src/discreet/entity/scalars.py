"""Scalars: a closed table of one codec a type."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from pydantic import EmailStr

from discreet.entity.codec import Codec, Wire
from discreet.errors import DeclarationError

__all__ = [
    "BOOL",
    "DATETIME",
    "SCALARS",
    "decimal_json",
    "enumeration",
    "integer_of",
    "name_of",
    "number_of",
    "number_text",
    "tagged",
    "text_of",
    "wire_bytes",
]

_EXACT: Final = Context(prec=10_000)


def tagged(tag: str, value: Wire) -> Any:
    """What is held under a type's tag. Raises ValueError or KeyError for any other attribute value."""
    if len(value) != 1:
        raise ValueError("not one attribute value")
    return value[tag]


def text_of(value: Any) -> str:
    """Text, also that of an Enum. Raises TypeError for what is none."""
    if not isinstance(value, str):
        raise TypeError("not a str")
    return value.value if isinstance(value, Enum) else value


def name_of(value: Any) -> str:
    """A key of a map: DynamoDB takes no empty one."""
    if not text_of(value):
        raise ValueError("an empty name")
    return text_of(value)


def number_of(value: Wire) -> Decimal:
    """A finite number. Raises ValueError for any other."""
    found = Decimal(tagged("N", value))
    if not found.is_finite():
        raise ValueError("not a number")
    return found


def number_text(value: Decimal | int) -> str:
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


def integer_of(value: Decimal) -> int:
    """A whole number. Raises ValueError for any other."""
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
    return text_of(value)


def _uuid(value: Hashable) -> UUID:
    if isinstance(value, UUID):
        return value
    found = UUID(text_of(value))
    if str(found) != text_of(value).lower():
        raise ValueError("not a UUID of 36 characters")
    return found


def _date(value: Hashable) -> date:
    return value if isinstance(value, date) and not isinstance(value, datetime) else date.fromisoformat(text_of(value))


def _instant(value: Hashable) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(text_of(value))
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


def wire_bytes(value: Wire) -> bytes:
    """Bytes of an answer, where they are base64."""
    return base64.b64decode(tagged("B", value), validate=True)


def _wire_bool(value: Wire) -> bool:
    found = tagged("BOOL", value)
    if not isinstance(found, bool):
        raise TypeError("not a bool")
    return found


def _finite(value: float) -> Decimal:
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return Decimal(repr(float(value)))


def decimal_json(value: Decimal | int) -> str:
    """A decimal as the text that answers have, without an exponent."""
    return format(Decimal(value), "f")


def _same(value: Any) -> Any:
    return value


_STR = Codec("S", lambda w: text_of(tagged("S", w)), lambda v: {"S": text_of(v)}, _same, {"type": "string"}, _text_claim, str, exact=True)
_INT = Codec(
    "N",
    lambda w: integer_of(number_of(w)),
    lambda v: {"N": number_text(int(v))},
    _same,
    {"type": "integer"},
    _strictly(int),
    int,
    exact=True,
)
BOOL = Codec("BOOL", _wire_bool, lambda v: {"BOOL": bool(v)}, _same, {"type": "boolean"}, _strictly(bool), exact=True)
DATETIME = Codec(
    "S",
    lambda w: _instant(tagged("S", w)),
    lambda v: {"S": _instant_text(v)},
    _instant_json,
    {"type": "string", "format": "date-time"},
    _instant,
    datetime,
)
SCALARS: dict[Any, Codec] = {
    str: _STR,
    EmailStr: replace(_STR, schema={"type": "string", "format": "email"}),
    int: _INT,
    bool: BOOL,
    datetime: DATETIME,
    float: Codec(
        "N",
        lambda w: float(number_of(w)),
        lambda v: {"N": number_text(_finite(v))},
        _same,
        {"type": "number"},
        _strictly(int, float),
    ),
    Decimal: Codec(
        "N",
        number_of,
        lambda v: {"N": number_text(v)},
        decimal_json,
        {"type": "string", "format": "decimal"},
        _strictly(int, Decimal),
        Decimal,
        exact=True,
    ),
    bytes: Codec(
        "B",
        wire_bytes,
        lambda v: {"B": bytes(v)},
        _base64,
        {"type": "string", "contentEncoding": "base64"},
        _strictly(bytes),
        bytes,
        exact=True,
    ),
    date: Codec(
        "S",
        lambda w: _date(tagged("S", w)),
        lambda v: {"S": _date(v).isoformat()},
        lambda v: v.isoformat(),
        {"type": "string", "format": "date"},
        _date,
        date,
    ),
    UUID: Codec(
        "S",
        lambda w: UUID(text_of(tagged("S", w))),
        lambda v: {"S": str(v)},
        str,
        {"type": "string", "format": "uuid"},
        _uuid,
        UUID,
    ),
}


def enumeration(members: Mapping[Any, Any], kind: type[Enum] | None, where: str) -> Codec:
    """The members of an Enum or a Literal. Raises DeclarationError, naming `where`, for mixed values."""
    types = {type(value) for value in members}
    if types not in ({str}, {int}):
        raise DeclarationError(f"{where} is an Enum or Literal of mixed or other values than str or int", hint="use values of one type")
    base = SCALARS[types.pop()]

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
