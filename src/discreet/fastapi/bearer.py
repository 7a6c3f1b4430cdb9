"""`bearer`: the `Authorization` header of a request becomes its principal."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from discreet.errors import Unauthenticated
from discreet.fastapi.guard import KEY, Guarded
from discreet.identity import ClaimMapping, ClaimPath, Verifier
from discreet.identity.verifier import LEEWAY, PLAIN
from discreet.policy import Principal

__all__ = ["bearer"]

logger = logging.getLogger("discreet")


class Bearer(SecurityBase):
    """A dependency that gives the principal of a verified bearer token. Made by `bearer`."""

    def __init__(self, verifier: Verifier, *, optional: bool) -> None:
        # What FastAPI documents: a scheme of this name.
        self.model = HTTPBearerModel(bearerFormat="JWT")
        self.scheme_name = "bearer"
        self._verifier = verifier
        self._optional = optional

    async def __call__(self, connection: HTTPConnection) -> Principal:
        """The principal of a request or a websocket. Raises Unauthenticated."""
        guard = connection.scope.get(KEY)
        if isinstance(guard, Guarded):
            guard.principal_dependent = True
        given = connection.headers.getlist("authorization")
        if not given and self._optional:
            return Principal()
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer":
            logger.info("token of %s refused: %s", self._verifier.issuer, "header" if given else "missing")
            raise Unauthenticated
        return await self._verifier.principal_of(token.strip(" "))

    def __repr__(self) -> str:
        return f"<bearer of {self._verifier.issuer!r}{', optional' if self._optional else ''}>"


def bearer(
    *,
    issuer: str,
    audience: str | Iterable[str],
    mapping: ClaimMapping = PLAIN,
    roles: Iterable[ClaimPath] = (),
    claims: Mapping[str, ClaimPath] | None = None,
    jwks_url: str | None = None,
    keys: Mapping[str, Any] | None = None,
    algorithms: Iterable[str] = ("RS256",),
    leeway: timedelta = LEEWAY,
    optional: bool = False,
) -> Bearer:
    """A dependency that gives the principal of a verified JWT, for `view_of` and for routes: `Depends(bearer(...))`.

    issuer: exactly as tokens have it in `iss`. audience: whom tokens have to be for, one or several names.
    mapping: what becomes of their claims, such as `cognito()`; roles and claims add to it.
    jwks_url: where the issuer's keys are; without it, its discovery document says so. keys: a JWK set instead, for
    tests and offline use. algorithms: those that are allowed, never those that a token asks for. leeway: how far
    clocks may differ. optional: a request without a token is anonymous; with one that is not good it is a 401 still.

    Every token that is not good is one and the same 401. Raises CallError for anything that can not be meant.
    """
    verifier = Verifier(
        issuer=issuer,
        audience=audience,
        mapping=mapping,
        roles=roles,
        claims=claims,
        jwks_url=jwks_url,
        keys=keys,
        algorithms=algorithms,
        leeway=leeway,
    )
    return Bearer(verifier, optional=optional)
