"""Bearer tokens: whatever is wrong with one, the answer is one and the same 401; the issuer is asked seldom, and may be away."""

import asyncio
import hmac
import json
import logging
import re
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any

import httpx2 as httpx
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import WebSocketDenialResponse

from discreet import Identifier, Principal, Table
from discreet.fastapi import Disclosed, Page, View, bearer, protect, undisclosed_exit, view_of
from discreet.identity import ClaimMapping, cognito, keys, tokens, verifier
from discreet.testing import LocalIssuer, acting_as
from fastapi import Depends, FastAPI, WebSocket

from ..identity.issuer import AUDIENCE, DISCOVERY, Issuer, encoded, jwk, private_key, serving, signed
from ..view.clinic import Pet
from .apps import Filter
from .conftest import client_of

pytestmark = pytest.mark.anyio

nowhere = Table("nowhere", region="eu-west-1", endpoint_url="http://127.0.0.1:1")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """One that answers."""
    with serving() as made:
        yield made


def service(issuer: Issuer, /, **more: Any) -> FastAPI:
    """An app that says who asks, and has a view and a body behind the same dependency."""
    app = FastAPI()
    protect(app)
    options: dict[str, Any] = {"issuer": issuer.url, "audience": AUDIENCE, "algorithms": ["RS256", "ES256", "EdDSA"], **more}
    principal = bearer(**options)
    app.state.bearer = principal
    Who = Annotated[Principal, Depends(principal)]
    Pets = Annotated[View[Pet], Depends(view_of(Pet, nowhere, principal))]

    @app.get("/me")
    @undisclosed_exit("what the token itself says")
    async def me(who: Who) -> dict[str, Any]:
        return {"id": who.id, "roles": sorted(who.roles), "sub": who.claims.get("sub")}

    @app.post("/search")
    async def search(body: Filter, pets: Pets) -> Page[Pet]:
        return await pets.query(clinic_id="c1")

    @app.get("/pets/{pet_id}")
    async def read(pet_id: Identifier, pets: Pets) -> Disclosed[Pet]:
        return await pets.get(clinic_id="c1", pet_id=pet_id)

    @app.websocket("/live")
    @undisclosed_exit("echoes the principal's id")
    async def live(socket: WebSocket, who: Who) -> None:
        await socket.accept()
        await socket.send_text(str(who.id))
        await socket.close()

    return app


@pytest.fixture
def app(issuer: Issuer) -> FastAPI:
    """The service."""
    return service(issuer)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Its client."""
    async with client_of(app) as made:
        yield made


def clocked(app: FastAPI) -> Callable[[float], None]:
    """Move the time that the age of keys is told by."""
    found: Any = app.state.bearer._verifier._keys
    ahead = [0.0]
    found._clock = lambda: time.time() + ahead[0]

    def move(seconds: float) -> None:
        ahead[0] += seconds

    return move


async def asking(client: httpx.AsyncClient, token: str | bytes | None, path: str = "/me") -> httpx.Response:
    """Ask with a token."""
    value = token.encode() if isinstance(token, str) else token
    return await client.get(path, headers={} if value is None else {b"Authorization": (b"Bearer " + value).rstrip(b" ")})


UNAUTHORIZED = b'{"type":"about:blank","title":"Unauthorized","status":401}'
HEADERS = [
    ("www-authenticate", "Bearer"),
    ("content-type", "application/problem+json"),
    ("content-length", str(len(UNAUTHORIZED))),
    ("cache-control", "private, no-store"),
    ("vary", "Authorization"),
]


def refused(answer: httpx.Response) -> None:
    """The one 401, to the byte."""
    assert answer.status_code == 401
    assert answer.content == UNAUTHORIZED
    assert sorted(answer.headers.multi_items()) == sorted(HEADERS)


# Good tokens


@pytest.mark.parametrize("name", ["rsa", "ec", "ed"])
async def test_a_good_token_is_its_principal(client: httpx.AsyncClient, issuer: Issuer, name: str) -> None:
    """RS256, ES256, EdDSA; the id is the issuer's and the subject's."""
    answer = await asking(client, issuer.token(name))
    assert answer.status_code == 200
    assert answer.json() == {"id": json.dumps([issuer.url, "u1"]), "roles": [], "sub": "u1"}
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["vary"] == "Authorization"


GOOD: dict[str, Callable[[Issuer], str]] = {
    "several audiences": lambda i: i.token(aud=["other", AUDIENCE]),
    "clocks that differ": lambda i: i.token(exp=int(time.time()) - 10, iat=int(time.time()) + 10, nbf=int(time.time()) + 10),
    "no nbf and iat": lambda i: i.token(nbf=..., iat=...),
    "at+jwt": lambda i: signed(i.header(typ="application/at+JWT"), i.payload(), "rsa"),
    "no typ": lambda i: signed({"alg": "RS256", "kid": "rsa"}, i.payload(), "rsa"),
    "fractions of seconds": lambda i: i.token(iat=time.time()),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=list(GOOD))
async def test_what_may_differ(client: httpx.AsyncClient, issuer: Issuer, make: Callable[[Issuer], str]) -> None:
    """Within what the standards leave open."""
    assert (await asking(client, make(issuer))).status_code == 200


async def test_a_view_is_the_tokens_principals(table: Table) -> None:
    """The same item, as its owner and as a stranger."""
    local = LocalIssuer(audience=AUDIENCE)
    app = FastAPI()
    protect(app)
    principal = bearer(issuer=local.name, audience=AUDIENCE, keys=local.keys, algorithms=["ES256"], optional=True)

    @app.get("/pets/{pet_id}")
    async def read(pet_id: Identifier, pets: Annotated[View[Pet], Depends(view_of(Pet, table, principal))]) -> Disclosed[Pet]:
        return await pets.get(clinic_id="c1", pet_id=pet_id)

    async with client_of(app) as client:
        assert "diagnosis" in (await asking(client, local.token("u1"), "/pets/1")).json()
        assert "diagnosis" not in (await asking(client, local.token("u2"), "/pets/1")).json()
        assert "diagnosis" not in (await asking(client, None, "/pets/1")).json()
        refused(await asking(client, "x", "/pets/1"))
        with acting_as(app, principal, Principal(claims={"sub": "u1"})):
            assert "diagnosis" in (await asking(client, None, "/pets/1")).json()


# Attacks. Each with a sabotage of the verifier under which the very same token is accepted.


def hs256(i: Issuer) -> str:
    """Signed with the RSA public key as if it were a secret."""
    public = private_key("rsa").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    message = f"{encoded(i.header(alg='HS256'))}.{encoded(i.payload())}"
    return f"{message}.{encoded(hmac.digest(public, message.encode(), 'sha256'))}"


def now() -> int:
    """The time."""
    return int(time.time())


ATTACKS: dict[str, Callable[[Issuer], str]] = {
    "alg none": lambda i: f"{encoded(i.header(alg='none'))}.{encoded(i.payload())}.",
    "alg none with a signature": lambda i: f"{encoded(i.header(alg='none'))}.{encoded(i.payload())}.AAAA",
    "alg nOnE": lambda i: f"{encoded(i.header(alg='nOnE'))}.{encoded(i.payload())}.AAAA",
    "HS256 with the public key": hs256,
    "another algorithm of the same key": lambda i: signed(i.header(alg="RS384"), i.payload(), "rsa", "RS384"),
    "wrong issuer": lambda i: i.token(iss="https://other.example/"),
    "issuer without its slash": lambda i: i.token(iss=i.url[:-1]),
    "no issuer": lambda i: i.token(iss=...),
    "wrong audience": lambda i: i.token(aud="other"),
    "audience in part": lambda i: i.token(aud=AUDIENCE + "s"),
    "no audience": lambda i: i.token(aud=...),
    "audience of objects": lambda i: i.token(aud=[{"x": AUDIENCE}]),
    "unknown kid": lambda i: signed(i.header(kid="nobody"), i.payload(), "rsa"),
    "no kid": lambda i: signed({"alg": "RS256"}, i.payload(), "rsa"),
    "kid of another key type": lambda i: signed(i.header("rsa", kid="ec"), i.payload(), "rsa"),
    "kid that is a path": lambda i: signed(i.header(kid="../../dev/null"), i.payload(), "rsa"),
    "expired": lambda i: i.token(exp=now() - 60),
    "no expiry": lambda i: i.token(exp=...),
    "expiry in text": lambda i: i.token(exp=str(now() + 600)),
    "expiry without end": lambda i: i.token(exp=float("inf")),
    "not yet valid": lambda i: i.token(nbf=now() + 60),
    "issued in the future": lambda i: i.token(iat=now() + 60),
    "no subject": lambda i: i.token(sub=...),
    "empty subject": lambda i: i.token(sub=""),
    "subject null": lambda i: i.token(sub=None),
    "subject of another type": lambda i: i.token(sub=["u1"]),
    "subject of half a character": lambda i: i.token(sub="\ud800"),
    "oversized": lambda i: i.token(padding="x" * 20_000),
    "another's key": lambda i: signed(i.header(), i.payload(), "rsa-2"),
    "unknown critical extension": lambda i: signed(i.header(crit=["exp"]), i.payload(), "rsa"),
    "known critical extension": lambda i: signed(i.header(crit=["b64"], b64=True), i.payload(), "rsa"),
    "unencoded payload": lambda i: signed(i.header(b64=False), i.payload(), "rsa"),
    "a name twice in the header": lambda i: signed('{"alg":"RS256","kid":"nobody","kid":"rsa"}', i.payload(), "rsa"),
    "a header in UTF-16": lambda i: signed(json.dumps(i.header()).encode("utf-16"), i.payload(), "rsa"),
    "a deep header": lambda i: signed('{"alg":"RS256","kid":"rsa","x":' + "[" * 4000 + "]" * 4000 + "}", i.payload(), "rsa"),
    "a deep payload": lambda i: signed(i.header(), '{"x":' + "[" * 4000 + "]" * 4000 + "}", "rsa"),
    "a payload that is a list": lambda i: signed(i.header(), [i.payload()], "rsa"),
    "embedded jwk": lambda i: signed(i.header(kid="rsa", jwk=jwk("rsa-2")), i.payload(), "rsa-2"),
    "embedded jwk of an unknown kid": lambda i: signed(i.header(kid="rsa-2", jwk=jwk("rsa-2")), i.payload(), "rsa-2"),
    "jku": lambda i: signed(i.header(kid="rsa-2", jku=i.url + "evil"), i.payload(), "rsa-2"),
    "x5u": lambda i: signed(i.header(kid="rsa-2", x5u=i.url + "evil"), i.payload(), "rsa-2"),
    "x5c": lambda i: signed(i.header(kid="rsa-2", x5c=["AAAA"]), i.payload(), "rsa-2"),
    "bound to a key": lambda i: i.token(cnf={"jkt": "AAAA"}),
    "another kind of token": lambda i: signed(i.header(typ="logout+jwt"), i.payload(), "rsa"),
    "encrypted": lambda i: "a.b.c.d.e",
    "empty": lambda i: "",
    "one segment": lambda i: "a",
    "two segments": lambda i: i.token().rpartition(".")[0],
    "padding": lambda i: i.token() + "==",
    "spaces inside": lambda i: i.token().replace(".", ". "),
    "a second token": lambda i: i.token() + "," + i.token(),
    "not ASCII": lambda i: i.token() + "é",
}


@pytest.mark.parametrize("make", ATTACKS.values(), ids=list(ATTACKS))
async def test_attacks_are_one_and_the_same_401(client: httpx.AsyncClient, issuer: Issuer, make: Callable[[Issuer], str]) -> None:
    """Before and after the keys are known, on every kind of route; no URL in a token is ever asked."""
    token = make(issuer)
    refused(await asking(client, token))
    assert (await asking(client, issuer.token())).status_code == 200
    refused(await asking(client, token))
    refused(await asking(client, token, "/pets/1"))
    assert set(issuer.asked) <= {DISCOVERY, "/jwks"}


Sabotage = Callable[[pytest.MonkeyPatch, FastAPI], None]
real_verify, real_find = tokens.verify, tokens.KeySet.find


def unchecked(**options: Any) -> Sabotage:
    """A verifier that leaves something out."""

    def verify(token: str, key: Any, expected: Any) -> Any:
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=expected.issuer,
            audience=expected.audiences,
            leeway=expected.leeway,
            options={"require": ["sub"], **options},  # type: ignore[arg-type]
        )

    return lambda patch, app: patch.setattr(verifier, "verify", verify)


def trusting(patch: pytest.MonkeyPatch, app: FastAPI) -> None:
    """A verifier that does what the token says: none, HS256 with what is at hand, its own key, any key."""
    patch.setattr(app.state.bearer._verifier, "_algorithms", {"none", "nOnE", "RS256", "RS384", "HS256"})
    patch.setattr(tokens, "SHAPE", re.compile(r"[\w-]+\.[\w-]+\.[\w-]*"))
    patch.setattr(tokens.KeySet, "__contains__", lambda self, kid: True)
    patch.setattr(tokens.KeySet, "find", lambda self, kid, algorithm: next(iter(self._keys.values())))

    def verify(token: str, key: Any, expected: Any) -> Any:
        header, payload, signature = token.split(".")
        read: Any = json.loads(urlsafe_b64decode(header + "=="))
        claims: Any = json.loads(urlsafe_b64decode(payload + "=="))
        algorithm: Any = read["alg"]
        if algorithm.lower() == "none":
            return claims
        if algorithm == "HS256":
            public = key.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            assert encoded(hmac.new(public, f"{header}.{payload}".encode(), sha256).digest()) == signature
            return claims
        own = jwt.PyJWK(read.get("jwk") or (jwk("rsa-2") if read["kid"] == "rsa-2" else key._jwk_data), algorithm)
        return jwt.decode(token, own, algorithms=[algorithm], audience=expected.audiences)

    patch.setattr(verifier, "verify", verify)


def any_key(patch: pytest.MonkeyPatch, app: FastAPI) -> None:
    """Keys that are found by their algorithm alone."""
    patch.setattr(tokens.KeySet, "__contains__", lambda self, kid: True)
    patch.setattr(tokens.KeySet, "find", lambda self, kid, algorithm: real_find(self, "rsa", algorithm))


def lax_dates(patch: pytest.MonkeyPatch, app: FastAPI) -> None:
    """The library's own idea of a number."""
    patch.setattr(tokens, "_fault", lambda *_: None)


def last_name_wins(patch: pytest.MonkeyPatch, app: FastAPI) -> None:
    """What `json` does by itself."""
    patch.setattr(tokens, "_once", dict)


def no_extension(patch: pytest.MonkeyPatch, app: FastAPI) -> None:
    """`crit` is overlooked."""
    read = tokens._read

    def overlooking(segment: str) -> Any:
        found: Any = read(segment)
        found.pop("crit", None)
        return found

    patch.setattr(tokens, "_read", overlooking)


def endless(patch: pytest.MonkeyPatch, app: FastAPI) -> None:
    """No limit of size."""
    patch.setattr(tokens, "LONGEST", 10**6)


def any_kind(patch: pytest.MonkeyPatch, app: FastAPI) -> None:
    """Whatever kind of JWT."""
    patch.setattr(app.state.bearer._verifier, "_mapping", ClaimMapping(types=frozenset({"logout+jwt", "jwt"})))


SABOTAGES: dict[str, Sabotage] = {
    "alg none": trusting,
    "alg none with a signature": trusting,
    "alg nOnE": trusting,
    "HS256 with the public key": trusting,
    "another algorithm of the same key": trusting,
    "embedded jwk": trusting,
    "embedded jwk of an unknown kid": trusting,
    "jku": trusting,
    "x5u": trusting,
    "x5c": trusting,
    "wrong issuer": unchecked(verify_iss=False),
    "issuer without its slash": unchecked(verify_iss=False),
    "wrong audience": unchecked(verify_aud=False),
    "audience in part": unchecked(verify_aud=False),
    "no audience": unchecked(verify_aud=False),
    "unknown kid": any_key,
    "kid of another key type": any_key,
    "kid that is a path": any_key,
    "expired": unchecked(verify_exp=False),
    "no expiry": unchecked(),
    "expiry in text": lax_dates,
    "not yet valid": unchecked(verify_nbf=False),
    "issued in the future": unchecked(verify_iat=False),
    "bound to a key": lax_dates,
    "empty subject": lax_dates,
    "oversized": endless,
    "another's key": unchecked(verify_signature=False, verify_aud=False),
    "known critical extension": no_extension,
    "a name twice in the header": last_name_wins,
    "another kind of token": any_kind,
}


@pytest.mark.parametrize("attack", SABOTAGES)
async def test_attacks_broken_a_verifier_that_leaves_this_out_is_caught(
    client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token of the attack is accepted by it, so the check above could fail."""
    SABOTAGES[attack](monkeypatch, app)
    answer = await asking(client, ATTACKS[attack](issuer))
    assert answer.status_code == 200
    with pytest.raises(AssertionError):
        refused(answer)


async def test_every_flipped_or_cut_segment_is_the_same_401(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """At every character of the token, and cut at every one."""
    for name in ("ec", "rsa"):
        token = issuer.token(name)
        for n in range(0, len(token), 3):
            other = "A" if token[n] != "A" else "B"
            refused(await asking(client, token[:n] + other + token[n + 1 :]))
            refused(await asking(client, token[:n]))
            refused(await asking(client, token[:n] + token[n + 1 :]))


async def test_a_signature_has_one_spelling(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """Bits beyond the last byte of a segment are not left open: one token, one text."""
    token = issuer.token("ed")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    accepted = [each for each in alphabet if (await asking(client, token[:-1] + each)).status_code == 200]
    assert accepted == [token[-1]]


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "")],
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer ")],
        [("Authorization", "Basic dTE6cGFzcw==")],
        [("Authorization", "{token}")],
        [("Authorization", "Token {token}")],
        [("Authorization", "Bearer {token}"), ("Authorization", "Bearer {token}")],
        [("Authorization", "Bearer {token}"), ("Authorization", "Bearer x")],
        [("Authorization", "Bearer\t{token}")],
        [("Authorization", "Bearer {token}, Bearer {token}")],
    ],
    ids=str,
)
async def test_headers_that_are_none_are_the_same_401(client: httpx.AsyncClient, issuer: Issuer, headers: list[tuple[str, str]]) -> None:
    """None, another scheme, two of them."""
    token = issuer.token()
    refused(await client.get("/me", headers=[(name, value.format(token=token)) for name, value in headers]))


async def test_anonymous_is_explicit(issuer: Issuer) -> None:
    """`optional=True`: without a header, and only then."""
    async with client_of(service(issuer, optional=True)) as client:
        assert (await asking(client, None)).json() == {"id": None, "roles": [], "sub": None}
        assert (await client.get("/me", headers={"authorization": f"bEARER  {issuer.token()}"})).json()["sub"] == "u1"
        for headers in ({"Authorization": ""}, {"Authorization": "Basic x"}, {"Authorization": "Bearer x"}):
            refused(await client.get("/me", headers=headers))
        for make in ATTACKS.values():
            refused(await asking(client, make(issuer)))


async def test_a_kinds_claim_is_required_where_its_provider_has_one(issuer: Issuer) -> None:
    """Cognito: an access token has no `aud` and says `token_use`; an id token is refused."""
    async with client_of(service(issuer, mapping=cognito())) as client:
        good: dict[str, Any] = {"aud": ..., "client_id": AUDIENCE, "token_use": "access", "cognito:groups": ["vets", ""]}
        assert (await asking(client, issuer.token(**good))).json()["roles"] == ["vets"]
        for wrong in (
            {"token_use": "id"},
            {"token_use": ...},
            {"client_id": "other"},
            {"client_id": ..., "aud": AUDIENCE},
            {"client_id": [AUDIENCE]},
        ):
            refused(await asking(client, issuer.token(**{**good, **wrong})))


# Before the body


MALFORMED = [b"{", b'"\xff', b"[" * 50_000, b"{}", b'{"name": 1}']


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: ascii(body)[:20])
async def test_trap_40_a_bad_token_is_a_401_whatever_the_body(client: httpx.AsyncClient, issuer: Issuer, body: bytes) -> None:
    """The same one, though FastAPI reads bodies first; with a good token the body is told of."""
    json_ = {"Content-Type": "application/json"}
    for token in ("x", issuer.token(exp=1), signed(issuer.header(kid="nobody"), issuer.payload(), "rsa")):
        refused(await client.post("/search", content=body, headers={**json_, "Authorization": f"Bearer {token}"}))
    refused(await client.post("/search", content=body, headers=json_))
    answer = await client.post("/search", content=body, headers={**json_, "Authorization": f"Bearer {issuer.token()}"})
    assert answer.status_code in (400, 422)


# The issuer's keys


async def test_keys_are_not_fetched_once_a_request(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """Once for a thousand."""
    token = issuer.token()
    for _ in range(1000):
        assert (await asking(client, token)).status_code == 200
    assert issuer.fetches == 1
    assert issuer.asked[DISCOVERY] == 1


async def test_nothing_is_fetched_for_what_can_not_be_good(client: httpx.AsyncClient, issuer: Issuer) -> None:
    """Malformed, too large, of an algorithm that is not allowed."""
    for token in ("x", "a.b.c", "x" * 20_000, hs256(issuer), ATTACKS["alg none"](issuer)):
        refused(await asking(client, token))
    assert not issuer.asked


async def herd(app: FastAPI, issuer: Issuer, token: str, size: int = 100) -> list[int]:
    """Many at once."""
    issuer.delay = 0.2
    async with client_of(app) as client:
        return [each.status_code for each in await asyncio.gather(*(asking(client, token) for _ in range(size)))]


async def test_100_at_once_are_one_fetch(app: FastAPI, issuer: Issuer) -> None:
    """All of them are answered by it."""
    assert await herd(app, issuer, issuer.token()) == [200] * 100
    assert issuer.fetches == 1


async def test_100_at_once_broken_a_fetch_for_each_is_caught(app: FastAPI, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without single flight they stampede."""

    async def stampede(self: Any, at_most_every: float, patience: float) -> None:
        self._keys, self._as_of = await self._load(), self._clock()

    monkeypatch.setattr(keys.FetchedKeys, "_refresh", stampede)
    assert await herd(app, issuer, issuer.token(), 20) == [200] * 20
    with pytest.raises(AssertionError):
        assert issuer.fetches == 1


async def test_one_who_leaves_takes_nobody_along(app: FastAPI, issuer: Issuer) -> None:
    """The request that began the fetch is cancelled; the others are answered by the same fetch."""
    issuer.delay = 0.2
    async with client_of(app) as client:
        first = asyncio.create_task(asking(client, issuer.token()))
        await asyncio.sleep(0.05)
        rest = [asyncio.create_task(asking(client, issuer.token())) for _ in range(5)]
        await asyncio.sleep(0.05)
        first.cancel()
        assert [each.status_code for each in await asyncio.gather(*rest)] == [200] * 5
    assert issuer.fetches == 1


async def flood(client: httpx.AsyncClient, issuer: Issuer) -> int:
    """How many fetches 300 made-up key ids cause, once keys are known."""
    assert (await asking(client, issuer.token())).status_code == 200
    for n in range(300):
        refused(await asking(client, signed(issuer.header(kid=f"made-up-{n}"), issuer.payload(), "rsa")))
        assert n % 50 or (await asking(client, issuer.token())).status_code == 200
    return issuer.fetches


async def test_made_up_key_ids_cause_no_flood(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> None:
    """At most one fetch in ten seconds, whoever asks."""
    assert await flood(client, issuer) == 1
    move = clocked(app)
    for n in range(5):
        move(10.5)
        for m in range(20):
            refused(await asking(client, signed(issuer.header(kid=f"{n}-{m}"), issuer.payload(), "rsa")))
    assert issuer.fetches == 6


async def test_made_up_key_ids_broken_a_fetch_for_each_is_caught(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a cooldown each one is a fetch."""
    monkeypatch.setattr(keys, "COOLDOWN", 0.0)
    with pytest.raises(AssertionError):
        assert await flood(client, issuer) == 1


async def test_rotation(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> None:
    """A new key is found at once, with one fetch; one that was withdrawn is no longer good after ten minutes."""
    move = clocked(app)
    assert (await asking(client, issuer.token("rsa"))).status_code == 200
    issuer.published = [jwk("rsa-2"), jwk("ec")]
    move(11)
    assert (await asking(client, issuer.token("rsa-2"))).status_code == 200
    assert issuer.fetches == 2
    refused(await asking(client, issuer.token("rsa")))
    issuer.published = [jwk("ec")]
    assert (await asking(client, issuer.token("rsa-2"))).status_code == 200
    move(keys.FRESH)
    refused(await asking(client, issuer.token("rsa-2")))
    assert (await asking(client, issuer.token("ec"))).status_code == 200
    assert issuer.fetches == 3


async def test_rotation_broken_keys_that_are_kept_for_good_are_caught(
    client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A withdrawn key would stay good."""
    monkeypatch.setattr(keys, "FRESH", keys.BOUND)
    move = clocked(app)
    assert (await asking(client, issuer.token("rsa"))).status_code == 200
    issuer.published = [jwk("ec")]
    move(601)
    with pytest.raises(AssertionError):
        refused(await asking(client, issuer.token("rsa")))


OUTAGES = ["fail", "garbage", "nested", "huge", "redirect", "private", "wrong-shape", "other-issuer", "plain-http", "no-keys", "short-keys"]


@pytest.mark.parametrize("mode", OUTAGES)
async def test_without_keys_it_is_the_same_401(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, mode: str) -> None:
    """However the issuer fails; and it is asked again, seldom, until it answers."""
    move = clocked(app)
    good = issuer.published
    issuer.mode, issuer.published = mode, [jwk("rsa-short", kid="rsa")] if mode == "short-keys" else []
    for _ in range(20):
        refused(await asking(client, issuer.token()))
    assert sum(issuer.asked.values()) <= 2
    issuer.mode, issuer.published = "ok", good
    refused(await asking(client, issuer.token()))
    move(10.5)
    assert (await asking(client, issuer.token())).status_code == 200


@pytest.mark.parametrize("mode", ["fail", "garbage", "huge", "wrong-shape", "other-issuer"])
async def test_the_last_good_keys_hold_for_a_while(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, mode: str) -> None:
    """Six hours, and no longer."""
    move = clocked(app)
    assert (await asking(client, issuer.token())).status_code == 200
    issuer.mode = mode
    for _ in range(5):
        move(3600)
        assert (await asking(client, issuer.token())).status_code == 200
        assert (await asking(client, issuer.token())).status_code == 200
    assert issuer.asked[DISCOVERY] == 6
    move(3601)
    refused(await asking(client, issuer.token()))
    issuer.mode = "ok"
    move(11)
    assert (await asking(client, issuer.token())).status_code == 200


async def test_the_last_good_keys_broken_keys_without_a_bound_are_caught(
    client: httpx.AsyncClient, app: FastAPI, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be good for as long as the issuer can be kept away."""
    monkeypatch.setattr(keys, "BOUND", float("inf"))
    move = clocked(app)
    assert (await asking(client, issuer.token())).status_code == 200
    issuer.mode = "fail"
    move(7 * 3600)
    with pytest.raises(AssertionError):
        refused(await asking(client, issuer.token()))


async def test_a_clock_that_is_set_back_makes_no_key_younger(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> None:
    """The keys are looked up again."""
    assert (await asking(client, issuer.token())).status_code == 200
    clocked(app)(-86_400)
    issuer.published = [jwk("ec")]
    refused(await asking(client, issuer.token()))


async def test_an_issuer_that_hangs_holds_nobody_up_for_long(client: httpx.AsyncClient, app: FastAPI, issuer: Issuer) -> None:
    """With keys at hand, a second at most, once a minute; without, six."""
    move = clocked(app)
    assert (await asking(client, issuer.token())).status_code == 200
    issuer.mode = "hang"
    move(keys.FRESH)
    for _ in range(2):
        begun = time.monotonic()
        assert (await asking(client, issuer.token())).status_code == 200
        assert time.monotonic() - begun < keys.GRACE + 2
    begun = time.monotonic()
    refused(await asking(client, signed(issuer.header(kid="new"), issuer.payload(), "rsa")))
    assert time.monotonic() - begun < keys.PATIENCE
    begun = time.monotonic()
    assert (await asking(client, issuer.token())).status_code == 200
    assert time.monotonic() - begun < keys.GRACE
    assert issuer.fetches == 2


def test_keys_are_bound_to_no_event_loop(app: FastAPI, issuer: Issuer) -> None:
    """TestClient makes a loop for each request; threads have theirs. All share one fetch."""
    issuer.delay = 0.2
    statuses: list[int] = []

    def ask() -> None:
        for _ in range(3):
            statuses.append(TestClient(app).get("/me", headers={"Authorization": f"Bearer {issuer.token()}"}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert statuses == [200] * 24
    assert issuer.fetches == 1


def test_a_fetch_whose_loop_died_is_replaced(app: FastAPI, issuer: Issuer) -> None:
    """A loop that ends while it waits leaves nobody waiting for good."""
    move = clocked(app)
    issuer.mode = "hang"
    found: Any = app.state.bearer._verifier._keys

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(found.having("rsa"), 0.1)

    asyncio.run(leave())
    issuer.mode = "ok"
    move(11)
    assert TestClient(app).get("/me", headers={"Authorization": f"Bearer {issuer.token()}"}).status_code == 200


async def test_where_keys_are_can_be_said(issuer: Issuer) -> None:
    """`jwks_url`: no discovery, and the issuer need be no URL."""
    async with client_of(service(issuer, issuer="clinic-login", jwks_url=issuer.url + "jwks")) as client:
        assert (await asking(client, issuer.token(iss="clinic-login"))).status_code == 200
        refused(await asking(client, issuer.token()))
    assert dict(issuer.asked) == {"/jwks": 1}


# Over a socket


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The app on a server of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 10
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


async def test_over_a_socket_it_is_the_same(app: FastAPI, issuer: Issuer) -> None:
    """A herd, a good token and every attack, through a real server."""
    issuer.delay = 0.1
    with listening(app) as url:
        async with httpx.AsyncClient(base_url=url, limits=httpx.Limits(max_connections=100)) as client:
            answers = await asyncio.gather(*(asking(client, issuer.token()) for _ in range(100)))
            assert {each.status_code for each in answers} == {200}
            assert issuer.fetches == 1
            seen = set()
            for make in ATTACKS.values():
                answer = await asking(client, make(issuer))
                del answer.headers["date"]
                seen.add((answer.status_code, answer.content, tuple(sorted(answer.headers.multi_items()))))
            assert len(seen) == 1
            assert next(iter(seen))[:2] == (401, UNAUTHORIZED)


def test_a_websocket_is_not_accepted_with_a_bad_token(app: FastAPI, issuer: Issuer) -> None:
    """And with a good one has its principal."""
    client = TestClient(app)
    with client.websocket_connect("/live", headers={"Authorization": f"Bearer {issuer.token()}"}) as socket:
        assert socket.receive_text() == json.dumps([issuer.url, "u1"])
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {issuer.token(exp=1)}"}):
        with pytest.raises(WebSocketDenialResponse) as denied, client.websocket_connect("/live", headers=headers):
            pass
        assert denied.value.status_code == 401
        assert denied.value.content == UNAUTHORIZED


# What is logged, and documented


async def logged(client: httpx.AsyncClient, issuer: Issuer, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, by whoever: a reason, and nothing of a token."""
    secret = "canary-of-a-token"
    with caplog.at_level(logging.DEBUG):
        made = [signed(issuer.header(), issuer.payload(sub=secret, email=secret), "rsa")]
        made += [make(issuer) for make in ATTACKS.values()]
        made += [issuer.token(sub=secret, exp=1), issuer.token(iss=secret), issuer.token(aud=secret), secret]
        made += [signed(issuer.header(kid=secret, crit=[secret]), issuer.payload(), "rsa"), signed(issuer.header(alg=secret), {}, "rsa")]
        for token in made:
            await asking(client, token)
            await client.post(
                "/search", content=b"{", headers={b"Authorization": b"Bearer " + token.encode(), b"Content-Type": b"application/json"}
            )
        issuer.mode = "garbage"
        await asking(client, signed(issuer.header(kid=secret), issuer.payload(), "rsa"))
    text = "\n".join(logging.Formatter().format(each) for each in caplog.records)
    assert secret not in text
    for token in made:
        for segment in token.split("."):
            assert len(segment) < 8 or segment not in text
    for reason in ("expired", "issuer", "audience", "signature", "malformed", "algorithm", "unknown-key", "critical", "too-large"):
        assert f"refused: {reason}" in text


async def test_trap_12_nothing_of_a_token_is_logged(client: httpx.AsyncClient, issuer: Issuer, caplog: pytest.LogCaptureFixture) -> None:
    """With and without exceptions."""
    await logged(client, issuer, caplog)


async def test_trap_12_broken_a_reason_of_the_librarys_is_caught(
    client: httpx.AsyncClient, issuer: Issuer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its exceptions' texts hold values of the token."""

    def telling(token: str) -> Any:
        try:
            return tokens.Header(type="jwt", algorithm="RS256", kid=jwt.get_unverified_header(token)["kid"])
        except (jwt.PyJWTError, KeyError) as error:
            raise tokens.Refused(str(error)) from None  # type: ignore[arg-type]

    monkeypatch.setattr(verifier, "header_of", telling)
    with pytest.raises(AssertionError):
        await logged(client, issuer, caplog)


async def test_openapi_shows_the_scheme(client: httpx.AsyncClient) -> None:
    """On each route that asks for it."""
    schema = (await client.get("/openapi.json")).json()
    assert schema["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for path, method in (("/me", "get"), ("/search", "post"), ("/pets/{pet_id}", "get")):
        assert schema["paths"][path][method]["security"] == [{"bearer": []}]


# Anything at all

segment = st.text("ABCDEFabcdef0189-_", max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "zip", "iss", "aud", "sub", "exp", "nbf", "iat", "jti"])
changes = st.dictionaries(names, json_values, min_size=1, max_size=4)
FUZZED = Issuer(url="http://127.0.0.1:9/")
FUZZED_APP = service(FUZZED, keys={"keys": [jwk("ec"), jwk("ed")]}, algorithms=["ES256", "EdDSA"])


def asked(value: bytes) -> httpx.Response:
    """One request, in a loop of its own."""

    async def ask() -> httpx.Response:
        async with client_of(FUZZED_APP) as client:
            return await client.get("/me", headers={b"Authorization": value})

    return asyncio.run(ask())


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60) | st.tuples(segment, segment, segment).map(lambda each: b"Bearer " + ".".join(each).encode()))
def test_any_header_is_the_same_401(value: bytes) -> None:
    """Bytes, and segments."""
    refused(asked(value))


@settings(deadline=None, max_examples=200)
@given(st.integers(min_value=0), st.characters(max_codepoint=255), st.sampled_from(["put", "replace", "cut"]))
def test_any_change_of_a_good_token_is_the_same_401(at: int, character: str, how: str) -> None:
    """One character more, another, or less."""
    token = FUZZED.token("ec")
    at %= len(token)
    changed = token[:at] + ("" if how == "cut" else character) + token[at + (how != "put") :]
    answer = asked(b"Bearer " + changed.encode("latin-1"))
    if changed.strip(" ") == token:
        assert answer.status_code == 200
    else:
        refused(answer)


@settings(deadline=None, max_examples=200)
@given(changes, changes)
def test_any_signed_nonsense_is_a_principal_or_the_same_401(header: dict[str, Any], payload: dict[str, Any]) -> None:
    """An issuer that signs anything causes no 500."""
    for token in (
        signed({**FUZZED.header("ec"), **header}, FUZZED.payload(), "ec"),
        signed(FUZZED.header("ec"), {**FUZZED.payload(), **payload}, "ec"),
        signed(header, payload, "ec"),
    ):
        answer = asked(b"Bearer " + token.encode())
        if answer.status_code != 200:
            refused(answer)


def test_leeway_is_a_bound() -> None:
    """To the second, on both sides."""
    keys_ = {"keys": [jwk("ec")]}
    strict = service(FUZZED, keys=keys_, algorithms=["ES256"], leeway=timedelta(0))
    client = TestClient(strict)
    for more, status in (({"exp": now() - 1}, 401), ({"exp": now() + 30}, 200), ({"nbf": now() + 5}, 401), ({"iat": now() + 5}, 401)):
        assert client.get("/me", headers={"Authorization": f"Bearer {FUZZED.token('ec', **more)}"}).status_code == status
