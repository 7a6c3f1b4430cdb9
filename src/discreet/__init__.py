"""discreet: an API that says only what it should.

Each attribute of an entity declares its audience once; what is read from DynamoDB, what leaves in an answer and what
a cursor carries follow from that and from who is asking. Here is everything that needs no web framework; the web is
in `discreet.fastapi`, the test kit in `discreet.testing`.
"""

from discreet.crypto import Keyring
from discreet.dynamodb import Credentials
from discreet.entity import (
    Access,
    Embedded,
    Entity,
    Identifier,
    Kind,
    epoch_millis,
    epoch_seconds,
    iso8601,
    number,
    stored_as,
    text,
    visible_to,
    writable_by,
)
from discreet.errors import (
    BadCursor,
    BadKey,
    BadRequest,
    CallError,
    ConfigurationError,
    DeclarationError,
    DiscreetError,
    NotDisclosedError,
    NotFound,
    Refusal,
    StoreError,
    Unauthenticated,
)
from discreet.key import Index, Key, above, at_least, at_most, begins_with, below, between
from discreet.policy import Audience, Principal, anyone, nobody, relation, role, state
from discreet.view import Disclosure, DisclosurePage, Table, Undisclosed, UndisclosedPage, UndisclosedView, View

__all__ = [
    "Access",
    "Audience",
    "BadCursor",
    "BadKey",
    "BadRequest",
    "CallError",
    "ConfigurationError",
    "Credentials",
    "DeclarationError",
    "Disclosure",
    "DisclosurePage",
    "DiscreetError",
    "Embedded",
    "Entity",
    "Identifier",
    "Index",
    "Key",
    "Keyring",
    "Kind",
    "NotDisclosedError",
    "NotFound",
    "Principal",
    "Refusal",
    "StoreError",
    "Table",
    "Unauthenticated",
    "Undisclosed",
    "UndisclosedPage",
    "UndisclosedView",
    "View",
    "above",
    "anyone",
    "at_least",
    "at_most",
    "begins_with",
    "below",
    "between",
    "epoch_millis",
    "epoch_seconds",
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
