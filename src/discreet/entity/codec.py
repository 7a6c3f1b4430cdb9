"""A `Codec`: how one Python type stands in DynamoDB and in JSON. Messages never hold a value."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["MALFORMED", "Codec", "Wire"]

Wire = Mapping[str, Any]
"""A DynamoDB attribute value, such as {"S": "x"}: in answers as JSON (B in base64), in requests with B as bytes."""

MALFORMED: Final = (ValueError, TypeError, KeyError, ArithmeticError, AttributeError, RecursionError)
"""What decoding, encoding and conversion raise for a value that is not of the type."""


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
