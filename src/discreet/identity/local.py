"""An issuer in memory, for tests and demos: its tokens are signed and verified as any others are."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Set
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from discreet.crypto import new_signing_key
from discreet.identity.tokens import public_key_of, sign

__all__ = ["LocalIssuer"]

HOUR: Final = timedelta(hours=1)


class LocalIssuer:
    """Signs tokens (ES256) with a key that is made with it and gone with it.

    To verify them: `bearer(issuer=it.name, audience=it.audience, keys=it.keys, algorithms=["ES256"])`.

    name: what its tokens have as `iss`. audience: what they have as `aud`.
    """

    def __init__(self, name: str = "http://localhost/", *, audience: str) -> None:
        self.name = name
        self.audience = audience
        self._kid = secrets.token_urlsafe(8)
        self._private_key = new_signing_key()

    @property
    def keys(self) -> Mapping[str, Any]:
        """Its public key, as a JWK set."""
        return MappingProxyType({"keys": [public_key_of(self._private_key, self._kid)]})

    def token(self, sub: str, claims: Mapping[str, Any] | None = None, /, *, lifetime: timedelta = HOUR, **more: Any) -> str:
        """A token of `sub`: `it.token("u1", vet_at={"c1"})`, `it.token("u1", {"cognito:groups": ["vets"]})`.

        Claims may be any that JSON can hold, `iss`, `aud` and `exp` among them; sets become lists.
        """
        now = int(time.time())
        own = {"iss": self.name, "aud": self.audience, "sub": sub, "iat": now, "exp": now + int(lifetime.total_seconds())}
        given = {name: sorted(value) if isinstance(value, Set) else value for name, value in {**(claims or {}), **more}.items()}
        return sign({**own, **given}, self._private_key, self._kid)

    def __repr__(self) -> str:
        return f"<LocalIssuer {self.name!r}>"
