"""What a verified token becomes, without a web: mappings of four providers, and what can not be meant."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discreet import CallError, Principal, Unauthenticated
from discreet.identity import ClaimMapping, Verifier, auth0, cognito, entra, keycloak, mapping, words
from discreet.identity.fetch import is_fetchable
from discreet.identity.mapping import principal_from
from discreet.testing import LocalIssuer

from .issuer import jwk, private_key

pytestmark = pytest.mark.anyio

LOCAL = LocalIssuer("https://login.example/", audience="clinic")


def verifier(**more: Any) -> Verifier:
    """One for the local issuer."""
    return Verifier(**{"issuer": LOCAL.name, "audience": "clinic", "keys": LOCAL.keys, "algorithms": ["ES256"], **more})


async def test_a_token_is_a_principal_without_a_web() -> None:
    """Single values and sets; `sub` and `iss` always; the id is of both."""
    token = LOCAL.token("u1", vet_at={"c2", "c1"}, level=3, staff=True, groups=["ops", "ops"], nothing=None, empty="", none_of=[])
    found = await verifier(
        roles=["groups"], claims={name: name for name in ("vet_at", "level", "staff", "nothing", "empty", "none_of", "missing")}
    ).principal_of(token)
    assert found == Principal(roles={"ops"}, claims={"sub": "u1", "iss": LOCAL.name, "vet_at": {"c1", "c2"}, "level": 3, "staff": True})
    assert found.id == json.dumps([LOCAL.name, "u1"])


async def test_nothing_is_mapped_that_was_not_named() -> None:
    """A token's other claims are not the principal's."""
    found = await verifier().principal_of(LOCAL.token("u1", roles=["admin"], vet_at=["c1"]))
    assert found == Principal(claims={"sub": "u1", "iss": LOCAL.name})


OWN = {"iss": "i", "sub": "s"}
PROVIDERS: list[tuple[ClaimMapping, dict[str, Any], set[str], dict[str, Any]]] = [
    (
        cognito(),
        {"cognito:groups": ["vets", "eu-west-1_x_Google"], "username": "ada", "scope": "openid"},
        {"vets", "eu-west-1_x_Google"},
        {"username": "ada"},
    ),
    (auth0(), {"permissions": ["pets:read"], "roles": ["admin"]}, {"pets:read"}, {}),
    (
        auth0("https://clinic.example/").adding(claims={"vet_at": "https://clinic.example/vet_at"}),
        {
            "permissions": ["pets:read"],
            "https://clinic.example/roles": ["vet"],
            "https://clinic.example/vet_at": ["c1"],
            "roles": ["admin"],
        },
        {"pets:read", "vet"},
        {"vet_at": {"c1"}},
    ),
    (
        keycloak(),
        {"realm_access": {"roles": ["staff"]}, "resource_access": {"clinic": {"roles": ["admin"]}}, "preferred_username": "ada"},
        {"staff"},
        {"username": "ada"},
    ),
    (
        keycloak("clinic"),
        {"realm_access": {"roles": ["staff"]}, "resource_access": {"clinic": {"roles": ["vet"]}, "other": {"roles": ["admin"]}}},
        {"vet"},
        {},
    ),
    (keycloak("clinic"), {"resource_access": ["clinic"]}, set(), {}),
    (
        entra("t1"),
        {"roles": ["Pets.Read"], "groups": ["g1", "g2"], "oid": "o1", "tid": "t1", "scp": "access"},
        {"Pets.Read"},
        {"groups": {"g1", "g2"}, "oid": "o1", "tid": "t1"},
    ),
    (ClaimMapping(roles=(words("scope"),)), {"scope": "pets.read  pets.write "}, {"pets.read", "pets.write"}, {}),
    (ClaimMapping(claims={"scopes": words("scope")}), {"scope": "pets.read"}, set(), {"scopes": {"pets.read"}}),
    (ClaimMapping(roles=("role", "level", "nested")), {"role": "vet", "level": 3, "nested": {"a": "b"}}, {"vet"}, {}),
]


@pytest.mark.parametrize(("how", "payload", "roles", "claims"), PROVIDERS)
def test_what_providers_say_is_mapped(how: ClaimMapping, payload: dict[str, Any], roles: set[str], claims: dict[str, Any]) -> None:
    """Roles and claims, from where each provider has them."""
    assert principal_from({**OWN, **payload}, how) == Principal(roles=roles, claims={**OWN, **claims})


REQUIRED: list[tuple[ClaimMapping, dict[str, Any]]] = [
    (cognito(), {"client_id": "clinic", "token_use": "access"}),
    (keycloak(), {"typ": "Bearer"}),
    (entra("t1"), {"tid": "t1"}),
]


@pytest.mark.parametrize(("how", "good"), REQUIRED)
async def test_what_a_provider_requires(how: ClaimMapping, good: dict[str, Any]) -> None:
    """An id token, a refresh token, another tenant's: refused."""
    checked = verifier(mapping=how)
    assert (await checked.principal_of(LOCAL.token("u1", good))).claims["sub"] == "u1"
    for name in good:
        for other in ("id", "ID", "Refresh", "", None, True, [good[name]]):
            with pytest.raises(Unauthenticated):
                await checked.principal_of(LOCAL.token("u1", {**good, name: other}))


@pytest.mark.parametrize(("how", "good"), REQUIRED)
async def test_what_a_provider_requires_broken_a_mapping_without_it_is_caught(how: ClaimMapping, good: dict[str, Any]) -> None:
    """Such a token is accepted by it."""
    lax = verifier(mapping=dataclasses.replace(how, required={}))
    wrong = {name: "id" if name != "client_id" else "clinic" for name in good}
    assert (await lax.principal_of(LOCAL.token("u1", wrong))).claims["sub"] == "u1"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)
paths = st.sampled_from(["a", "b", ("a", "b"), ("c", "c", "a"), words("a"), words(("b", "c"))])


def meetable(payload: Mapping[str, Any], how: ClaimMapping) -> None:
    """A principal whose claims relations can meet, each value of them."""
    found = principal_from({**payload, **OWN}, how)
    assert found.id == '["i", "s"]'
    for values in (*(value if isinstance(value, frozenset) else {value} for value in found.claims.values()), found.roles):
        assert None not in values
        assert "" not in values
        for each in values:
            assert isinstance(each, (str, int))
            str(each).encode()
    assert frozenset() not in found.claims.values()
    assert hash(found) == hash(found)


@given(st.dictionaries(st.sampled_from("abc"), json_values), st.lists(paths, max_size=2), st.dictionaries(st.sampled_from("xyz"), paths))
def test_any_payload_makes_a_principal(payload: dict[str, Any], roles: list[Any], claims: dict[str, Any]) -> None:
    """Never None, never empty, never an exception."""
    meetable(payload, ClaimMapping(roles=tuple(roles), claims=claims))


def test_any_payload_broken_a_mapping_of_everything_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes values as they are."""
    monkeypatch.setattr(mapping, "_values", lambda value: value if isinstance(value, list) else [value])
    with pytest.raises(AssertionError):
        meetable({"a": ["", None]}, ClaimMapping(claims={"x": "a"}))


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"issuer": ""}, "issuer"),
    ({"audience": ""}, "audience"),
    ({"audience": []}, "audience"),
    ({"audience": [None]}, "audience"),
    ({"algorithms": ["HS256"]}, "algorithms"),
    ({"algorithms": ["none"]}, "algorithms"),
    ({"algorithms": []}, "algorithms"),
    ({"leeway": timedelta(hours=1)}, "leeway"),
    ({"leeway": timedelta(-1)}, "leeway"),
    ({"roles": "roles"}, "one path"),
    ({"roles": [""]}, "no path"),
    ({"roles": [()]}, "no path"),
    ({"roles": [("a", 1)]}, "no path"),
    ({"claims": {"x": words(())}}, "no path"),
    ({"claims": {"sub": "oid"}}, "`sub`"),
    ({"claims": {"iss": "tid"}}, "`iss`"),
    ({"keys": None, "issuer": "http://login.example/"}, "https"),
    ({"keys": None, "issuer": "clinic-login"}, "https"),
    ({"keys": None, "jwks_url": "http://login.example/jwks"}, "https"),
    ({"jwks_url": "https://login.example/jwks"}, "exclude"),
    ({"keys": {"keys": []}}, "no key"),
    ({"keys": {}}, "no JWK set"),
    ({"keys": {"keys": [jwk("rsa")]}}, "no key"),
    ({"keys": {"keys": [{**jwk("ec"), "d": "AAAA"}]}}, "no key"),
    ({"keys": {"keys": [{**jwk("ec"), "use": "enc"}]}}, "no key"),
    ({"keys": {"keys": [{**jwk("ec"), "kid": None}]}}, "no key"),
    ({"keys": {"keys": [{"kty": "oct", "kid": "x", "k": "AAAA"}]}}, "no key"),
    ({"keys": {"keys": [jwk("rsa-short")]}, "algorithms": ["RS256"]}, "no key"),
]


@pytest.mark.parametrize(("change", "words_"), MISTAKES, ids=lambda value: ascii(value)[:50])
def test_what_can_not_be_meant_raises(change: dict[str, Any], words_: str) -> None:
    """When it is written, with what to do."""
    with pytest.raises(CallError, match=words_) as raised:
        verifier(**change)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("url", "fetchable"),
    [
        ("https://login.example/jwks", True),
        ("http://127.0.0.1:8000/jwks", True),
        ("http://localhost/jwks", True),
        ("http://[::1]/jwks", True),
        ("http://login.example/jwks", False),
        ("http://localhost.example/jwks", False),
        ("http://127.0.0.1@login.example/jwks", False),
        ("file:///etc/passwd", False),
        ("ftp://localhost/jwks", False),
        ("data:application/json,{}", False),
        ("//login.example", False),
        ("https://", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_only_https_is_fetched_away_from_this_machine(url: str, *, fetchable: bool) -> None:
    """And no other scheme at all."""
    assert is_fetchable(url) is fetchable


def test_nothing_prints_a_key() -> None:
    """Of a local issuer, and of a verifier."""
    secret = str(private_key("ec").private_numbers().private_value)
    assert secret not in repr(LOCAL)
    assert repr(LOCAL) == "<LocalIssuer 'https://login.example/'>"
    assert repr(verifier()) == "<Verifier of 'https://login.example/'>"
    assert "d" not in LOCAL.keys["keys"][0]


async def test_what_is_raised_holds_nothing_of_a_token() -> None:
    """Not even as the context of what is raised."""
    for token in ("x", LOCAL.token("canary", aud="canary"), LOCAL.token("canary", iat="canary")):
        with pytest.raises(Unauthenticated) as raised:
            await verifier().principal_of(token)
        error: BaseException | None = raised.value
        while error is not None:
            assert "canary" not in str(error)
            assert not any("canary" in str(each) for each in error.args)
            error = error.__context__
