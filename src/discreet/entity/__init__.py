"""Floor 1: Pydantic declarations, and what they come to: keys, policies, codecs and schemas."""

from discreet.entity.annotations import (
    Access,
    Format,
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
from discreet.entity.body import Change, New
from discreet.entity.declaration import Declaration, DeclaredAttribute
from discreet.entity.declared import Declared
from discreet.entity.model import Embedded, Entity, declaration_of

__all__ = [
    "Access",
    "Change",
    "Declaration",
    "Declared",
    "DeclaredAttribute",
    "Embedded",
    "Entity",
    "Format",
    "Identifier",
    "Kind",
    "New",
    "declaration_of",
    "epoch_millis",
    "epoch_seconds",
    "iso8601",
    "number",
    "stored_as",
    "text",
    "visible_to",
    "writable_by",
]
