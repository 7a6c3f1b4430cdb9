"""The authenticated caller, as a frozen value: roles it holds everywhere, claims it was authenticated with."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from discreet.errors import CallError

__all__ = ["ClaimValue", "Principal"]

ClaimValue = Hashable | frozenset[Hashable]
"""One value, or a frozen set of values."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Principal:
    """A caller: `roles` it holds everywhere and `claims`, each one value or a set (given as a set, list or tuple).

    `id` is who cursors and records bind to: by default the single-valued claim `sub`, joined with `iss` where
    that is present; None when there is none. `Principal()` is anonymous. Frozen and hashable.

    Raises CallError for a claim that is neither a value nor a set of values (a nested JSON object, say).
    """

    roles: frozenset[str]
    claims: Mapping[str, ClaimValue]
    id: str | None

    def __init__(
        self,
        roles: Iterable[str] = (),
        claims: Mapping[str, object] | None = None,
        id: str | None = None,
    ) -> None:
        if isinstance(roles, str):
            raise CallError("`roles` is a str, and would be read letter by letter", hint=f"roles={{{roles!r}}}")
        if claims is not None and not isinstance(claims, Mapping):
            raise CallError(f"`claims` is a {type(claims).__name__}", hint='claims={"sub": "u1"}: names and values')
        held = frozenset(roles or ())
        if not all(isinstance(each, str) for each in held):
            raise CallError("a role is not a str", hint='roles={"ops"}')
        if id is not None and not isinstance(id, str):
            raise CallError(f"a principal's `id` is a {type(id).__name__}", hint="give it as a str: it is what cursors are bound to")
        frozen = {name: _frozen_claim(name, value) for name, value in (claims or {}).items()}
        set_ = object.__setattr__
        set_(self, "roles", held)
        set_(self, "claims", MappingProxyType(frozen))
        set_(self, "id", id if id is not None else _default_id(frozen))

    def values_of(self, claim: str) -> frozenset[Hashable]:
        """What a claim can be met with: its values, without None and the empty text. Empty where it is missing."""
        value = self.claims.get(claim)
        values = value if isinstance(value, frozenset) else frozenset((value,))
        return values - {None, ""}

    def __hash__(self) -> int:
        return hash((self.roles, frozenset(self.claims.items()), self.id))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Principal, (self.roles, dict(self.claims), self.id))

    def __repr__(self) -> str:
        # Claim values may be personal: names are enough to find one's way.
        return f"<Principal id={self.id!r} roles={sorted(self.roles)} claims={sorted(self.claims)}>"


def _frozen_claim(name: str, value: object) -> ClaimValue:
    if isinstance(value, (Set, list, tuple)):
        if all(isinstance(each, Hashable) for each in value):
            return frozenset(value)
    elif isinstance(value, Hashable):
        return value
    raise CallError(f"claim `{name}` is neither one value nor a set of values", hint="give the part of it that relations meet")


def _default_id(claims: Mapping[str, ClaimValue]) -> str | None:
    subject, issuer = claims.get("sub"), claims.get("iss")
    if subject is None or subject == "" or isinstance(subject, frozenset):
        return None
    # Whoever is someone is someone: a UUID or a number names a principal as a text does, and is no text.
    name = subject if isinstance(subject, str) else json.dumps([type(subject).__name__, str(subject)])
    return json.dumps([issuer, name]) if isinstance(issuer, str) and issuer else name
