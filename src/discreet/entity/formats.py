"""Formats of existing tables: a type that is stored as another service stores it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from discreet.entity.annotations import Format
from discreet.entity.codec import Codec, Wire
from discreet.entity.scalars import BOOL, DATETIME, decimal_json, integer_of, number_of, number_text, tagged, text_of
from discreet.errors import DeclarationError

__all__ = ["formatted"]


def formatted(codec: Codec, format: Format, where: str) -> Codec:
    """A codec that stores its type in another format. Raises DeclarationError, naming `where`, for a type that has not."""
    make = _FORMATS.get((codec.python if codec is not BOOL else bool, format))
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
        return _EPOCH + timedelta(microseconds=int(number_of(value) * (unit // timedelta(microseconds=1))))

    def encode(value: datetime) -> Wire:
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone")
        return {"N": str((value - _EPOCH) // unit)}

    return "N", decode, encode


def _digits(value: str) -> str:
    return number_text(Decimal(value))


_TRUTH = {"true": True, "false": False}
_FORMATS: dict[tuple[Any, Format], tuple[str, Callable[[Wire], Any], Callable[[Any], Wire]]] = {
    (datetime, Format.EPOCH_SECONDS): _epoch(timedelta(seconds=1)),
    (datetime, Format.EPOCH_MILLIS): _epoch(timedelta(milliseconds=1)),
    (datetime, Format.ISO8601): ("S", DATETIME.decode, DATETIME.encode),
    (int, Format.TEXT): ("S", lambda w: int(text_of(tagged("S", w))), lambda v: {"S": str(int(v))}),
    (Decimal, Format.TEXT): ("S", lambda w: number_of({"N": text_of(tagged("S", w))}), lambda v: {"S": decimal_json(v)}),
    (bool, Format.TEXT): ("S", lambda w: _TRUTH[tagged("S", w)], lambda v: {"S": "true" if v else "false"}),
    (bool, Format.NUMBER): ("N", lambda w: {0: False, 1: True}[integer_of(number_of(w))], lambda v: {"N": str(int(v))}),
    (str, Format.NUMBER): ("N", lambda w: decimal_json(number_of(w)), lambda v: {"N": _digits(v)}),
}
