"""A verifier: from a token to its principal, or to one and the same refusal."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from discreet.errors import CallError, Unauthenticated
from discreet.identity.fetch import is_fetchable
from discreet.identity.keys import FetchedKeys, FixedKeys, Keys, loader
from discreet.identity.mapping import ClaimMapping, ClaimPath, is_text, principal_from
from discreet.identity.tokens import ALGORITHMS, Expected, Refused, header_of, key_set_of, verify
from discreet.policy import Principal

__all__ = ["Verifier"]

logger = logging.getLogger("discreet")

PLAIN: Final = ClaimMapping()
LEEWAY: Final = timedelta(seconds=30)
MOST_LEEWAY: Final = timedelta(minutes=5)


class Verifier:
    """Verifies the tokens of one issuer for one service, without a web: `await verifier.principal_of(token)`.

    issuer: exactly as tokens have it in `iss`. audience: whom tokens have to be for, one or several names.
    mapping: what becomes of their claims, such as `cognito()`; roles and claims add to it.
    jwks_url: where the issuer's keys are; without it, its discovery document says so. keys: a JWK set instead, never
    looked up. algorithms: those that are allowed. leeway: how far clocks may differ.

    Raises CallError for anything that can not be meant.
    """

    def __init__(
        self,
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
    ) -> None:
        self.issuer = issuer
        self._mapping = mapping.adding(roles, claims)
        self._algorithms = _algorithms(algorithms)
        self._expected = Expected(issuer, _audiences(audience), mapping.audience, mapping.required, _leeway(leeway))
        self._keys = _keys(issuer, jwks_url, keys, self._algorithms)

    async def principal_of(self, token: str) -> Principal:
        """Who a token is of. Raises Unauthenticated, which is the same for every token that is not good."""
        try:
            return await self._principal_of(token)
        except Refused as refused:
            reason = refused.reason
        logger.info("token of %s refused: %s", self.issuer, reason)
        raise Unauthenticated

    async def _principal_of(self, token: str) -> Principal:
        header = header_of(token)
        if header.algorithm not in self._algorithms:
            raise Refused("algorithm")
        if header.type not in self._mapping.types:
            raise Refused("type")
        keys = await self._keys.having(header.kid)
        if keys is None:
            raise Refused("no-keys")
        if header.kid not in keys:
            raise Refused("unknown-key")
        key = keys.find(header.kid, header.algorithm)
        if key is None:
            raise Refused("algorithm")
        payload = verify(token, key, self._expected)
        if not is_text(payload["sub"]):
            raise Refused("malformed")
        return principal_from(payload, self._mapping)

    def __repr__(self) -> str:
        return f"<Verifier of {self.issuer!r}>"


def _algorithms(given: Iterable[str]) -> frozenset[str]:
    algorithms = frozenset([given] if isinstance(given, str) else given)
    if not algorithms or not algorithms <= ALGORITHMS.keys():
        raise CallError("`algorithms` has none, or one that can not be allowed", hint=f"some of {', '.join(ALGORITHMS)}")
    return algorithms


def _audiences(given: str | Iterable[str]) -> frozenset[str]:
    audiences = frozenset([given] if isinstance(given, str) else given)
    if not audiences or not all(isinstance(each, str) and each for each in audiences):
        raise CallError("`audience` names nobody", hint="the name that the issuer has for this service")
    return audiences


def _leeway(given: timedelta) -> timedelta:
    if not timedelta(0) <= given <= MOST_LEEWAY:
        raise CallError("`leeway` is out of bounds", hint="from nothing to five minutes")
    return given


def _keys(issuer: str, jwks_url: str | None, given: Mapping[str, Any] | None, algorithms: frozenset[str]) -> Keys:
    if not isinstance(issuer, str) or not issuer:
        raise CallError("`issuer` names nobody", hint="exactly as tokens have it in `iss`")
    if given is not None:
        if jwks_url is not None:
            raise CallError("`keys` and `jwks_url` exclude each other", hint="keys that are given are never looked up")
        try:
            return FixedKeys(key_set_of(given, algorithms))
        except ValueError as error:
            raise CallError(str(error), hint='public keys with `kid`, for one of `algorithms`: keys={"keys": [...]}') from None
    if not is_fetchable(jwks_url or issuer):
        raise CallError("the issuer's keys are not at an `https` URL", hint="plain HTTP is for loopback; or give `jwks_url` or `keys`")
    return FetchedKeys(issuer, loader(issuer, jwks_url, algorithms))
