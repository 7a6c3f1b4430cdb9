"""What discreet raises: mistakes of the developer, and refusals that a client may see.

A message is one lowercase sentence that says what and where; a `hint` says what to do. A `Refusal` is
the only kind that is answered to a client, and its text is the same for everyone: it never tells what exists.

    DiscreetError
    |-- DeclarationError       an entity, key or audience is declared wrongly      (raised at import)
    |-- CallError              an API of discreet is called wrongly                (raised before any I/O)
    |-- ConfigurationError     keyring, endpoint, or an app that is not protected  (raised at start)
    |-- NotDisclosedError      an attribute was read that is not in hand
    |-- StoreError             DynamoDB or the way to it failed
    `-- Refusal                what a client is told
        |-- Unauthenticated    401: no token, or one that is not good; never why
        |-- NotFound           404: absent, or not for this principal; never which of the two
        |-- BadCursor          400: whatever is wrong with it
        `-- BadRequest         422: a value that can not be asked for, such as a limit of 0
            `-- BadKey         422: a key value that no item can have (a `CallError` too)
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

__all__ = [
    "BadCursor",
    "BadKey",
    "BadRequest",
    "CallError",
    "ConfigurationError",
    "DeclarationError",
    "DiscreetError",
    "NotDisclosedError",
    "NotFound",
    "Refusal",
    "StoreError",
    "Unauthenticated",
]


class DiscreetError(Exception):
    """The root of all that discreet raises. `hint` says what to do, where there is something to do."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class DeclarationError(DiscreetError, TypeError):
    """A declaration is wrong; raised when its module is imported."""


class CallError(DiscreetError, TypeError):
    """An API of discreet is called wrongly; raised before any I/O."""


class ConfigurationError(DiscreetError, RuntimeError):
    """The surroundings are not fit to start: no keyring, no endpoint, an unprotected app or exit."""


class NotDisclosedError(DiscreetError):
    """An attribute was read, or an item serialised, that is not disclosed.

    No `AttributeError`: `getattr(item, "is_admin", False)` must not answer for a value that was withheld.
    """


class StoreError(DiscreetError):
    """DynamoDB refused or could not be reached: its error code and request id, never its text.

    `retryable`: the same request may succeed later (throttling, an unreachable endpoint).
    """

    def __init__(
        self, operation: str, code: str, request_id: str | None = None, *, retryable: bool = False, hint: str | None = None
    ) -> None:
        super().__init__(f"DynamoDB `{operation}` failed: {code} (request id {request_id or 'none'})", hint=hint)
        self.operation = operation
        self.code = code
        self.request_id = request_id
        self.retryable = retryable


class Refusal(DiscreetError):
    """What a client is told instead of an answer. `detail` and `headers` are constants of the class: no input, no data."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Bad Request"
    detail: ClassVar[str | None] = None
    headers: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        super().__init__(message or self.detail or self.title, hint=hint)


class Unauthenticated(Refusal):
    """401. There is no token, or one that is not good. Why is for the log alone, as a code."""

    status = 401
    title = "Unauthorized"
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class NotFound(Refusal):
    """404. The item is absent, or it does not exist for this principal."""

    status = 404
    title = "Not Found"


class BadCursor(Refusal):
    """400. The cursor is forged, garbled, expired, or another's, or belongs to another query."""

    status = 400
    title = "Bad Request"
    detail = "The cursor is not valid for this request."


class BadRequest(Refusal):
    """422. A value that nobody can ask for: a limit out of bounds, a key that no item can have."""

    status = 422
    title = "Unprocessable Content"
    detail = "The request holds a value that is not valid here."


class BadKey(BadRequest, CallError):
    """422. A key value that no item can have: None, empty, too long, of another type. Raised before any I/O.

    A `CallError` too: code of your own that passes one has a mistake to find.
    """
