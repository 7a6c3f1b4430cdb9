"""Which codec a type has. What has none raises at import: a type that serialises itself would be a way around the policy."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from discreet.entity.annotations import Format
from discreet.entity.codec import Codec
from discreet.entity.containers import ANYTHING, list_of, map_of, nullable_of, set_of
from discreet.entity.formats import formatted
from discreet.entity.scalars import SCALARS, enumeration
from discreet.entity.types import optional, unwrap
from discreet.errors import DeclarationError

__all__ = ["codec_for", "refuse_serializer"]

SUPPORTED: Final = (
    "str, int, float, Decimal, bool, bytes, datetime, date, UUID, an Enum or Literal of str or int, EmailStr, set, list, "
    "dict[str, ...], an Embedded, list and dict of Embedded, Any; each with or without `| None`"
)


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
        codec = formatted(codec, format, where)
    return nullable_of(codec) if nullable else codec


def _of_type(kind: Any, where: str) -> Codec:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in SCALARS:
        return SCALARS[kind]
    if kind is Any or kind is object:
        return ANYTHING
    if isinstance(kind, type) and issubclass(kind, Enum):
        return enumeration({member.value: member for member in kind}, kind, where)
    if origin is Literal:
        return enumeration({value: value for value in arguments}, None, where)
    if origin in (set, frozenset):
        return set_of(codec_for(arguments[0], where), where, frozenset if origin is frozenset else set)
    if origin is list:
        return list_of(codec_for(arguments[0], where))
    if kind is list:
        return list_of(ANYTHING)
    if kind is dict or origin is dict:
        key, value = arguments or (str, Any)
        if codec_for(key, where).tag != "S":
            raise DeclarationError(f"{where} is a dict whose keys are not text", hint="DynamoDB's maps have text keys: dict[str, ...]")
        return map_of(codec_for(value, where))
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
