"""discreet: an API that says only what it should.

Each attribute of an entity declares its audience once; what is read from DynamoDB, what leaves in an answer and what
a cursor carries follow from that and from who is asking. Here is everything that needs no web framework; the web is
in `discreet.fastapi`, the test kit in `discreet.testing`.

A name is imported when it is first used: the command line starts without the AWS SDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from discreet.crypto import Keyring
    from discreet.dynamodb import Credentials
    from discreet.entity import (
        Access,
        Change,
        Embedded,
        Entity,
        Identifier,
        Kind,
        New,
        epoch_millis,
        epoch_seconds,
        iso8601,
        number,
        stored_as,
        text,
        visible_to,
        writable_by,
    )
    from discreet.entity.filters import attribute
    from discreet.entity.part import Part
    from discreet.errors import (
        BadCursor,
        BadFilter,
        BadKey,
        BadRequest,
        CallError,
        ConfigurationError,
        Conflict,
        DeclarationError,
        DiscreetError,
        Forbidden,
        NotDisclosedError,
        NotFound,
        PreconditionFailed,
        Refusal,
        StoreError,
        TooLarge,
        Unauthenticated,
    )
    from discreet.key import Index, Key, above, at_least, at_most, begins_with, below, between
    from discreet.policy import Audience, Principal, anyone, nobody, relation, role, state
    from discreet.view import (
        Disclosure,
        DisclosurePage,
        Table,
        TableDefinition,
        Transaction,
        Undisclosed,
        UndisclosedPage,
        UndisclosedView,
        View,
        increment,
    )

__all__ = [
    "Access",
    "Audience",
    "BadCursor",
    "BadFilter",
    "BadKey",
    "BadRequest",
    "CallError",
    "Change",
    "ConfigurationError",
    "Conflict",
    "Credentials",
    "DeclarationError",
    "Disclosure",
    "DisclosurePage",
    "DiscreetError",
    "Embedded",
    "Entity",
    "Forbidden",
    "Identifier",
    "Index",
    "Key",
    "Keyring",
    "Kind",
    "New",
    "NotDisclosedError",
    "NotFound",
    "Part",
    "PreconditionFailed",
    "Principal",
    "Refusal",
    "StoreError",
    "Table",
    "TableDefinition",
    "TooLarge",
    "Transaction",
    "Unauthenticated",
    "Undisclosed",
    "UndisclosedPage",
    "UndisclosedView",
    "View",
    "above",
    "anyone",
    "at_least",
    "at_most",
    "attribute",
    "begins_with",
    "below",
    "between",
    "epoch_millis",
    "epoch_seconds",
    "increment",
    "iso8601",
    "nobody",
    "number",
    "relation",
    "role",
    "state",
    "stored_as",
    "text",
    "visible_to",
    "writable_by",
]

_HOMES: Final = {
    "discreet.crypto": ("Keyring",),
    "discreet.dynamodb": ("Credentials",),
    "discreet.entity": (
        "Access",
        "Change",
        "Embedded",
        "Entity",
        "Identifier",
        "Kind",
        "New",
        "epoch_millis",
        "epoch_seconds",
        "iso8601",
        "number",
        "stored_as",
        "text",
        "visible_to",
        "writable_by",
    ),
    "discreet.entity.filters": ("attribute",),
    "discreet.entity.part": ("Part",),
    "discreet.errors": (
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
    ),
    "discreet.key": ("Index", "Key", "above", "at_least", "at_most", "begins_with", "below", "between"),
    "discreet.policy": ("Audience", "Principal", "anyone", "nobody", "relation", "role", "state"),
    "discreet.view": (
        "Disclosure",
        "DisclosurePage",
        "Table",
        "TableDefinition",
        "Transaction",
        "Undisclosed",
        "UndisclosedPage",
        "UndisclosedView",
        "View",
        "increment",
    ),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """A name of `__all__` from its home, or a module of the package, imported now."""
        if name in _HOME_OF:
            value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
            return value
        if f"discreet.{name}" in _HOMES:
            return import_module(f"discreet.{name}")
        raise AttributeError(f"module `discreet` has no attribute `{name}`")

    def __dir__() -> list[str]:
        """What it has, imported or not yet."""
        return sorted({*globals(), *__all__})
