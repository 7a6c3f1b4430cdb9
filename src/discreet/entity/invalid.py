"""What may be said of a value that does not fit: the type of the error and the bounds that the schema declares, never the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import PydanticKnownError

__all__ = ["said_of"]

FROM_SCHEMA: Final = frozenset(
    {"gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "expected", "pattern", "max_digits", "decimal_places"}
    | {"whole_digits", "class"}
)
"""What a message may say: bounds that the schema declares. All else in an error's context comes from the input."""


def said_of(error: Mapping[str, Any]) -> dict[str, str]:
    """The type and message of one of Pydantic's errors."""
    context = {name: value for name, value in error.get("ctx", {}).items() if name in FROM_SCHEMA}
    try:
        known = PydanticKnownError(error["type"], context or None)
    except (KeyError, TypeError, ValueError):
        # A message that needs more than the schema's own bounds, or one of a validator's own: either may hold input.
        return {"type": "invalid", "msg": "The value is not valid"}
    return {"type": known.type, "msg": known.message()}
