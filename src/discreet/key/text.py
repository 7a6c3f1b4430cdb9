"""Text of one component of a key: it never collides with another's, and sorts as its value does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

__all__ = ["DELIMITER", "ESCAPE", "LAST", "LOW", "KeyValue", "component_text", "escape", "parse_component", "unescape"]

KeyValue = str | int | Decimal | bytes | datetime | date | UUID | Enum

DELIMITER: Final = "#"
ESCAPE: Final = "$"
LAST: Final = "\U0010ffff"

LOW = re.compile(r"[\x00-\x24]")
_ESCAPED = re.compile(r"\$(.)", re.DOTALL)


def escape(text: str) -> str:
    """Write a text so that it holds no delimiter, keeping its order."""
    return LOW.sub(lambda found: ESCAPE + chr(0x30 + ord(found.group())), text)


def unescape(text: str) -> str:
    """The text that was escaped. Raises ValueError for what `escape` does not write."""
    found = _ESCAPED.sub(lambda pair: chr((ord(pair.group(1)) - 0x30) % 0x110000), text)
    if escape(found) != text:
        raise ValueError("not an escaped text")
    return found


def component_text(value: object, width: int | None = None) -> str:
    """A value as key text. `width` is the number of digits of an int. Raises ValueError, which never holds the value."""
    match value:
        case Enum():
            return component_text(value.value, width)
        case str():
            value.encode()
            if not value:
                raise ValueError("an empty text")
            return escape(value)
        case bool():
            raise ValueError("a bool")
        case int():
            if width is None or value < 0 or len(str(value)) > width:
                raise ValueError("an int that is negative or of too many digits")
            return f"{value:0{width}d}"
        case datetime():
            if value.tzinfo is None or value.utcoffset() is None:
                raise ValueError("a datetime without a time zone")
            return _utc(value).isoformat(timespec="microseconds") + "Z"
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            raise ValueError(f"a {type(value).__name__}")


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        pass
    # In a zone east of Greenwich, year 1 begins before UTC has a date for it.
    raise ValueError("a datetime that UTC has no date for")


def parse_component(text: str, type_: Any, width: int | None = None) -> Any:
    """The value of a key text. Raises ValueError for a text that `component_text` does not write for such a value."""
    value = _parse(text, type_)
    if component_text(value, width) != text:
        raise ValueError("another spelling of a value")
    return value


def _parse(text: str, type_: Any) -> Any:
    if type_ is str:
        return unescape(text)
    if type_ is int:
        return int(text)
    if type_ is datetime:
        return datetime.fromisoformat(text)
    if type_ is date:
        return date.fromisoformat(text)
    if type_ is UUID:
        return UUID(text)
    if isinstance(type_, type) and issubclass(type_, Enum):
        return type_(_parse(text, type(next(iter(type_)).value)))
    raise ValueError("no type of a key component")
