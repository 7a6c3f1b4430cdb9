"""The documentation of a protected app says what it answers: problems, not FastAPI's own error bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

__all__ = ["documented"]

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457: why there is no answer.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status"],
}
ANSWER: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
REPLACED: Final = ("HTTPValidationError", "ValidationError")


def documented(openapi: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Wrap an app's `openapi`, so that errors are documented as the problems that they are."""
    finished: list[dict[str, Any]] = []

    def with_problems() -> dict[str, Any]:
        schema = openapi()
        if not any(schema is each for each in finished):
            _describe(schema)
            finished[:] = [schema]
        return schema

    return with_problems


def _describe(schema: dict[str, Any]) -> None:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in REPLACED:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    for operations in schema.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                _describe_operation(operation)


def _describe_operation(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422", "")):
        responses["422"] = {"description": "The request is not valid.", "content": ANSWER}
    responses.setdefault("default", {"description": "Why there is no answer.", "content": ANSWER})
