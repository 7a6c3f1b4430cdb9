"""What a declaration is annotated with: audiences, stored names and formats, and an entity's access."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from discreet.errors import DeclarationError
from discreet.policy import Audience, nobody
from discreet.policy.audience import union

__all__ = [
    "Access",
    "Format",
    "Identifier",
    "Kind",
    "StoredAs",
    "VisibleTo",
    "WritableBy",
    "epoch_millis",
    "epoch_seconds",
    "iso8601",
    "number",
    "stored_as",
    "text",
    "visible_to",
    "writable_by",
]

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A name given to something: a str of 1 to 128 characters, none of them a control character."""


@dataclass(frozen=True, slots=True)
class VisibleTo:
    """Who may see an attribute."""

    audience: Audience


@dataclass(frozen=True, slots=True)
class WritableBy:
    """Who may set an attribute when an item is created, and who may change it later."""

    create: Audience
    update: Audience


class Format(Enum):
    """How an existing table stores a value that discreet would store otherwise."""

    EPOCH_SECONDS = "epoch_seconds"
    EPOCH_MILLIS = "epoch_millis"
    ISO8601 = "iso8601"
    TEXT = "text"
    NUMBER = "number"


epoch_seconds: Final = Format.EPOCH_SECONDS
"""A datetime as a Number of seconds since 1970-01-01 UTC; what DynamoDB's time to live reads."""
epoch_millis: Final = Format.EPOCH_MILLIS
"""A datetime as a Number of milliseconds since 1970-01-01 UTC."""
iso8601: Final = Format.ISO8601
"""A datetime as a String in ISO 8601; one without an offset is read as UTC."""
text: Final = Format.TEXT
"""A number or bool as a String."""
number: Final = Format.NUMBER
"""A str of digits or a bool as a Number."""


@dataclass(frozen=True, slots=True)
class StoredAs:
    """The name and format under which the table holds an attribute."""

    name: str | None
    format: Format | None


@dataclass(frozen=True, slots=True)
class Access:
    """What holds for an entity as a whole.

    within: bounds every attribute's audience. also: is added to every declared audience but `nobody`.
    create, delete, update: who may do that to an item at all. scan: who may read the whole table.
    exists_for: who may know that an item exists (default: whoever may see one of its non-key attributes).
    expires: an attribute holding a time; past it, an item does not exist.
    limit: the most items that one page may ask for.
    """

    within: Audience | None = None
    also: Audience | None = None
    create: Audience = nobody
    delete: Audience = nobody
    update: Audience | None = None
    scan: Audience = nobody
    exists_for: Audience | None = None
    expires: str | None = None
    limit: int = 100

    def __post_init__(self) -> None:
        for name in ("within", "also", "create", "delete", "update", "scan", "exists_for"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, Audience):
                raise DeclarationError(f"`Access({name}=...)` is no audience", hint="combine `anyone`, `role`, `relation` and `state`")
        if not isinstance(self.limit, int) or isinstance(self.limit, bool) or self.limit < 1:
            raise DeclarationError("`Access(limit=...)` must be at least 1", hint="it is the most items that one page may hold")


@dataclass(frozen=True, slots=True)
class Kind:
    """A stored attribute that says which entity an item is of: written on create, and asked of every item read."""

    attribute: str
    value: str

    def __post_init__(self) -> None:
        if not self.attribute or not self.value:
            raise DeclarationError("`Kind` needs the name of an attribute and its value", hint='Kind("type", "PET")')


def visible_to(*audiences: Audience) -> VisibleTo:
    """Say who may see an attribute: any of these audiences; of none, nobody."""
    return VisibleTo(_united("visible_to", audiences))


def writable_by(*audiences: Audience, create: Audience | None = None, update: Audience | None = None) -> WritableBy:
    """Say who may write an attribute: on create and on update alike, or `create=` and `update=` apart."""
    both = _united("writable_by", audiences)
    if audiences and (create is not None or update is not None):
        raise DeclarationError("`writable_by` has audiences for both and for one", hint="give audiences, or `create=` and `update=`")
    return WritableBy(
        both if create is None else _united("writable_by", (create,)),
        both if update is None else _united("writable_by", (update,)),
    )


def stored_as(
    name: str | None = None,
    *,
    format: Format | Literal["epoch_seconds", "epoch_millis", "iso8601", "text", "number"] | None = None,
) -> StoredAs:
    """Say how an existing table stores an attribute: under which name, in which format."""
    if name is None and format is None:
        raise DeclarationError("`stored_as()` says nothing", hint='stored_as("ownerId"), stored_as(format=epoch_seconds)')
    if name is not None and (not isinstance(name, str) or not name):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DeclarationError("`stored_as(...)` takes a name first", hint="a format has a keyword: stored_as(format=epoch_seconds)")
    try:
        return StoredAs(name, None if format is None else Format(format))
    except ValueError:
        known = ", ".join(f"`{each.value}`" for each in Format)
    raise DeclarationError(f"`stored_as(format={format!r})` is no format", hint=f"one of {known}")


def _united(what: str, audiences: tuple[Audience, ...]) -> Audience:
    given: Set[type] = {type(each) for each in audiences}
    if given - {Audience}:
        raise DeclarationError(
            f"`{what}` takes audiences", hint="`anyone`, `nobody`, `role(...)`, `relation(...)`, `state(...)`, joined with | and &"
        )
    return union(audiences)
