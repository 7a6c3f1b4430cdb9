"""DynamoDB's expressions, with a placeholder for every name and every value: nothing is ever written into their text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Names", "projected"]


def projected(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths that a request asks for, placeholders resolved: `address.city`. Empty for one that reads nothing."""
    names = payload.get("ExpressionAttributeNames", {})
    paths = (path.strip() for path in str(payload.get("ProjectionExpression", "")).split(",") if path.strip())
    return tuple(".".join(names.get(part, part) for part in path.split(".")) for path in paths)


@dataclass(slots=True)
class Names:
    """The placeholders of one request, numbered as they are first used."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def name(self, name: str) -> str:
        """A placeholder for an attribute's name: reserved words and dots in names are then harmless."""
        for placeholder, held in self.names.items():
            if held == name:
                return placeholder
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = name
        return placeholder

    def value(self, value: Any) -> str:
        """A placeholder for a value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def projection(self, paths: Iterable[tuple[str, ...]]) -> str:
        """A ProjectionExpression. Raises ValueError for no paths: an empty one would be left out and return whole items."""
        written = ", ".join(".".join(self.name(name) for name in path) for path in sorted(paths))
        if not written:
            raise ValueError("a projection of nothing")
        return written

    def payload(self) -> dict[str, Any]:
        """The part of a request that says what the placeholders stand for."""
        payload: dict[str, Any] = {}
        if self.names:
            payload["ExpressionAttributeNames"] = self.names
        if self.values:
            payload["ExpressionAttributeValues"] = self.values
        return payload
