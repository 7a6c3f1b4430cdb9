"""A cursor: the position after the last item of a page, sealed and bound to the one question it continues."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from discreet.crypto import Keyring, Unsealable
from discreet.errors import BadCursor

__all__ = ["Question", "open_cursor", "seal_cursor"]

LENGTH_BYTES = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What a cursor is bound to: all that makes two lists different, and who asks. Not the limit, roles or other claims.

    entity, index: its name and key. keys: the key conditions, as text.
    principal: its id, None for an anonymous one. undisclosed: read past the policy, for no principal.
    """

    table: str
    entity: str
    index: str | None
    reverse: bool
    keys: Sequence[str]
    where: str | None
    principal: str | None
    undisclosed: bool = False

    def binding(self) -> bytes:
        """The question in one spelling."""
        parts = ["cursor", self.table, self.entity, self.index, self.reverse, list(self.keys), self.where, self.principal, self.undisclosed]
        return json.dumps(parts, separators=(",", ":")).encode()


def seal_cursor(keyring: Keyring, question: Question, position: Sequence[str], size: int) -> str:
    """Seal a position. `size` is the most bytes that a position of this entity and index can take: all cursors are as long."""
    content = bytes([len(position)])
    for part in position:
        encoded = part.encode()
        content += len(encoded).to_bytes(LENGTH_BYTES) + encoded
    room = size + 1 + LENGTH_BYTES * len(position)
    if len(content) > room:
        raise ValueError("a position larger than any of its kind")
    return keyring.seal(content + bytes(room - len(content)), question.binding())


def open_cursor(keyring: Keyring, question: Question, cursor: str) -> list[str]:
    """The position in a cursor. Raises BadCursor, the same for whatever is wrong with it."""
    try:
        content = keyring.open(cursor, question.binding())
    except Unsealable:
        raise BadCursor from None
    # What opens was sealed here, so it is well formed.
    position: list[str] = []
    at = 1
    for _ in range(content[0]):
        end = at + LENGTH_BYTES + int.from_bytes(content[at : at + LENGTH_BYTES])
        position.append(content[at + LENGTH_BYTES : end].decode())
        at = end
    return position
