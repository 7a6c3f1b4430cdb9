"""Reading, verifying and signing JWTs: the one door to the JWT library.

Nothing in a token chooses how it is verified. Its header names a key (`kid`) and an algorithm (`alg`), and both have to be
among those that are known beforehand, together; `jku`, `x5u`, `x5c` and `jwk` are not looked at. Why a token is refused is
a code, for the log: no value of a token is in it, nor in what is raised.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

import jwt
from jwt.algorithms import ECAlgorithm

__all__ = ["ALGORITHMS", "Expected", "Header", "KeySet", "Refused", "header_of", "key_set_of", "public_key_of", "sign", "verify"]

ALGORITHMS: Final = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""The algorithms that can be allowed, and the keys (`kty`, `crv`) that each is for. All are asymmetric."""

LONGEST: Final = 16_384
"""Characters of a token. Servers bound headers near 64 KiB; tokens with 200 groups have about 11,000."""

MOST_KEYS: Final = 100

Reason = Literal[
    "algorithm",
    "audience",
    "bound",
    "claims",
    "critical",
    "expired",
    "issuer",
    "key",
    "malformed",
    "no-keys",
    "not-yet-valid",
    "signature",
    "too-large",
    "type",
    "unknown-key",
]

SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class Refused(Exception):
    """A token is not good. `reason` is a code for the log, and never for a client."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of itself. Not verified, and not trusted: it only chooses among known keys."""

    algorithm: str
    kid: str
    type: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say. audience_claim: where it names whom it is for. required: claims with an exact text."""

    issuer: str
    audiences: frozenset[str]
    audience_claim: str
    required: Mapping[str, str]
    leeway: timedelta


class KeySet:
    """Public keys by their id and the algorithm each is for."""

    def __init__(self, keys: Mapping[tuple[str, str], jwt.PyJWK]) -> None:
        self._keys = dict(keys)
        self._ids = frozenset(kid for kid, _ in self._keys)

    def __contains__(self, kid: object) -> bool:
        return kid in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def find(self, kid: str, algorithm: str) -> jwt.PyJWK | None:
        """The key with this id for this algorithm."""
        return self._keys.get((kid, algorithm))


def header_of(token: str) -> Header:
    """The header of a token, read before anything is verified. Raises Refused."""
    if len(token) > LONGEST:
        raise Refused("too-large")
    header = _read(token.partition(".")[0]) if SHAPE.fullmatch(token) else None
    if not isinstance(header, dict):
        raise Refused("malformed")
    if "crit" in header:
        # RFC 7515, 4.1.11: what is not understood is refused. We understand no extension.
        raise Refused("critical")
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "")
    if not isinstance(algorithm, str):
        raise Refused("algorithm")
    if not isinstance(kid, str) or not isinstance(kind, str):
        raise Refused("malformed")
    return Header(algorithm, kid, kind.lower().removeprefix("application/"))


def _read(segment: str) -> object:
    try:
        text = urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode("utf-8")
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are there once: two readers of one header must not disagree (RFC 7515, 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def verify(token: str, key: jwt.PyJWK, expected: Expected) -> dict[str, Any]:
    """The claims of a token that this key signed and that says what is expected. Raises Refused."""
    try:
        payload = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=expected.issuer,
            audience=expected.audiences,
            leeway=expected.leeway,
            options={
                "require": ["exp", "iss", "sub"],
                "verify_aud": expected.audience_claim == "aud",
                "enforce_minimum_key_length": True,
            },
        )
        reason = _fault(payload, expected)
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        payload, reason = {}, _REASONS.get(type(error), "malformed")
    # Raised outside of the handler: the library's error, whose text may hold values, is not even its context.
    if reason is not None:
        raise Refused(reason)
    return payload


_REASONS: Final[Mapping[type[Exception], Reason]] = {
    jwt.ExpiredSignatureError: "expired",
    jwt.ImmatureSignatureError: "not-yet-valid",
    jwt.InvalidAlgorithmError: "algorithm",
    jwt.InvalidAudienceError: "audience",
    jwt.InvalidIssuerError: "issuer",
    jwt.InvalidKeyError: "key",
    jwt.InvalidSignatureError: "signature",
    jwt.MissingRequiredClaimError: "claims",
}


def _fault(payload: Mapping[str, Any], expected: Expected) -> Reason | None:
    """What the library leaves to its users."""
    if not payload["sub"]:
        return "claims"
    for name in ("exp", "nbf", "iat"):
        # The library takes whatever `int` does, `true` and "9999999999" too; RFC 7519 says that these are numbers.
        if name in payload and type(payload[name]) not in (int, float):
            return "malformed"
    if "cnf" in payload:
        # Bound to a key or a certificate (RFC 7800): as a bearer token it would be good for whoever holds it.
        return "bound"
    audience = payload.get(expected.audience_claim)
    if expected.audience_claim != "aud" and not (isinstance(audience, str) and audience in expected.audiences):
        return "audience"
    if any(payload.get(name) != text for name, text in expected.required.items()):
        return "type"
    return None


def key_set_of(document: object, algorithms: Iterable[str]) -> KeySet:
    """The public keys of a JWK set that are for one of these algorithms. What can not be used is left out.

    Raises ValueError for what is no JWK set, and where nothing is left.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, (list, tuple)) or len(entries) > MOST_KEYS:
        raise ValueError("this is no JWK set")
    found: dict[tuple[str, str], jwt.PyJWK] = {}
    for entry in entries:
        for algorithm in algorithms:
            key = _key(entry, algorithm)
            if key is not None:
                found.setdefault((str(key.key_id), algorithm), key)
    if not found:
        raise ValueError("this JWK set has no key to verify with")
    return KeySet(found)


def _key(entry: object, algorithm: str) -> jwt.PyJWK | None:
    kind, curve = ALGORITHMS[algorithm]
    if (
        not isinstance(entry, Mapping)
        or entry.get("kty") != kind
        or (curve is not None and entry.get("crv") != curve)
        or entry.get("use", "sig") != "sig"
        or entry.get("alg", algorithm) != algorithm
        or "d" in entry
        or not isinstance(entry.get("kid"), str)
    ):
        return None
    try:
        key = jwt.PyJWK(dict(entry), algorithm)
        return None if key.Algorithm.check_key_length(key.key) else key
    except Exception:
        # Whatever is wrong with a key that came over the network, it is none, and the others still are.
        return None


def sign(claims: Mapping[str, Any], private_key: str, kid: str) -> str:
    """A token, signed with ES256."""
    return jwt.encode(dict(claims), private_key, algorithm="ES256", headers={"kid": kid, "typ": "at+jwt"})


def public_key_of(private_key: str, kid: str) -> dict[str, Any]:
    """The JWK of the public part of a private key on P-256."""
    algorithm = ECAlgorithm(ECAlgorithm.SHA256)
    loaded: Any = algorithm.prepare_key(private_key)
    return {**ECAlgorithm.to_jwk(loaded.public_key(), as_dict=True), "kid": kid, "use": "sig", "alg": "ES256"}
