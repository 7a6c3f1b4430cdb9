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
        |-- Forbidden          403: not for this principal to do, on an item that it sees
        |-- Conflict           409: there is such an item already, or it is not in the state that `when` asks for
        |-- PreconditionFailed 412: the item, as far as it is disclosed, is another than `If-Match` says
        |-- TooLarge           413: more than DynamoDB holds in one item, or writes in one transaction
        `-- BadRequest         422: a value that can not be asked for, such as a limit of 0
            |-- BadKey         422: a key value that no item can have (a `CallError` too)
            `-- BadFilter      422: a filter on what is unknown, or not for this principal (a `CallError` too)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final

__all__ = [
    "MOST_ERRORS",
    "BadCursor",
    "BadFilter",
    "BadKey",
    "BadRequest",
    "CallError",
    "ConfigurationError",
    "Conflict",
    "DeclarationError",
    "DiscreetError",
    "Forbidden",
    "NotDisclosedError",
    "NotFound",
    "PreconditionFailed",
    "Refusal",
    "StoreError",
    "TooLarge",
    "Unauthenticated",
]


MOST_ERRORS: Final = 100
"""Errors of one body that its sender is told."""


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

    `retryable`: the same request may succeed later (throttling, an unreachable endpoint). `reasons`: of a cancelled
    transaction, the code of each of its actions.
    """

    def __init__(
        self,
        operation: str,
        code: str,
        request_id: str | None = None,
        *,
        retryable: bool = False,
        hint: str | None = None,
        reasons: Sequence[str] = (),
    ) -> None:
        super().__init__(f"DynamoDB `{operation}` failed: {code} (request id {request_id or 'none'})", hint=hint)
        self.operation = operation
        self.code = code
        self.request_id = request_id
        self.retryable = retryable
        self.reasons = tuple(reasons)


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


class Forbidden(Refusal):
    """403. Not for this principal to do: to an item that it sees, to one that it would make, or to a whole table."""

    status = 403
    title = "Forbidden"


class Conflict(Refusal):
    """409. There is an item with this key already, or the item is not in the state that `when` asks for."""

    status = 409
    title = "Conflict"


class PreconditionFailed(Refusal):
    """412. The item, as far as it is disclosed, is another than `If-Match` says."""

    status = 412
    title = "Precondition Failed"


class TooLarge(Refusal):
    """413. More than DynamoDB holds in one item, or writes in one transaction."""

    status = 413
    title = "Content Too Large"


class BadRequest(Refusal):
    """422. A value that nobody can ask for: a limit out of bounds, a key that no item can have, a body that does not fit.

    `errors`: where in a body, by names that its writer may know, what type of error and a message; never the input. The first
    `MOST_ERRORS` of them: an answer is not longer than what it answers.
    """

    status = 422
    title = "Unprocessable Content"
    detail = "The request holds a value that is not valid here."

    def __init__(self, message: str | None = None, *, hint: str | None = None, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message, hint=hint)
        self.errors = tuple(errors[:MOST_ERRORS])


class BadKey(BadRequest, CallError):
    """422. A key value that no item can have: None, empty, too long, of another type. Raised before any I/O.

    A `CallError` too: code of your own that passes one has a mistake to find.
    """


class BadFilter(BadRequest, CallError):
    """422. A filter on an attribute that is unknown or not for this principal, or with a value that its type does not have.

    Raised before any I/O, and always the same: which of them it is, is not told. A `CallError` too: a filter that is
    written in your own code has a mistake to find.
    """
