"""What leaves a protected app, over HTTP and on both engines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx2 as httpx
import pytest
from fastapi.encoders import jsonable_encoder
from fastapi.testclient import TestClient
from pydantic import AfterValidator, AnyUrl, Base64Bytes, Json
from starlette.requests import Request

from discreet import NotDisclosedError, Principal, Table
from discreet.entity import shape
from discreet.fastapi import Disclosed, problems
from discreet.fastapi.disclosed import _Answer
from discreet.fastapi.protect import Guard
from discreet.testing import acting_as, recorded
from fastapi import FastAPI, HTTPException

from ..view.clinic import CANARY, OWNER, Pet
from .apps import clinic, current_principal
from .conftest import client_of

pytestmark = pytest.mark.anyio

OWN = {"Authorization": "u1"}
VET = {"Authorization": "v1:vet_at=c1"}
STRANGERS_PET = {"clinic_id": "c1", "pet_id": "1", "name": "name of 1", "home": {"city": "Ghent"}}


async def test_everyone_sees_their_part_over_http(client: httpx.AsyncClient) -> None:
    """Alone, in a page, in a list, as a field of a model: the same part."""
    assert (await client.get("/clinics/c1/pets/1")).json() == STRANGERS_PET
    page = (await client.get("/clinics/c1/pets?limit=1")).json()
    assert page["items"] == [STRANGERS_PET]
    assert isinstance(page["next"], str)
    assert (await client.get("/several")).json()[0] == STRANGERS_PET
    both = (await client.get("/both")).json()
    assert both["pet"] == STRANGERS_PET
    assert both["pets"]["items"] == [STRANGERS_PET]
    assert both["note"] == "ok"
    own = (await client.get("/clinics/c1/pets/1", headers=OWN)).json()
    assert own["balance"] == "12.5"
    assert own["visits"] == [{"reason": "limping"}, {"reason": "check-up"}]
    assert [each.get("balance") for each in (await client.get("/clinics/c1/pets", headers=OWN)).json()["items"]] == ["12.5", None, "12.5"]
    following = (await client.get("/clinics/c1/pets", params={"after": page["next"]})).json()
    assert [each["pet_id"] for each in following["items"]] == ["10", "2"]


async def test_an_empty_page_is_an_answer(client: httpx.AsyncClient) -> None:
    """Where there is nothing, and where nothing is visible: FastAPI takes a response of no length for none."""
    for path in ("/clinics/none/pets", "/secrets"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})
        assert answer.headers["cache-control"] == "private, no-store"


async def test_answers_that_depend_on_who_asks_are_not_cached(client: httpx.AsyncClient) -> None:
    """Disclosures, models with them, and problems of routes with a view."""
    for path in ("/clinics/c1/pets/1", "/clinics/c1/pets", "/both", "/several", "/accounts/u1", "/clinics/c1/pets?limit=0"):
        headers = (await client.get(path)).headers
        assert headers["cache-control"] == "private, no-store", path
        assert headers["vary"] == "Authorization", path


# Traps


def same(one: httpx.Response, other: httpx.Response) -> None:
    """Byte by byte, headers too."""
    assert (one.status_code, one.content, one.headers.raw) == (other.status_code, other.content, other.headers.raw)


async def test_trap_20_absent_and_forbidden_are_byte_identical(client: httpx.AsyncClient) -> None:
    """Of items, of principals, and of entities for which nobody sees a thing."""
    forbidden = await client.get("/accounts/u1")
    assert forbidden.status_code == 404
    same(forbidden, await client.get("/accounts/nobody"))
    same(forbidden, await client.get("/secrets/s"))
    same(forbidden, await client.get("/accounts/u1", headers={"Authorization": "u2"}))
    assert (await client.get("/accounts/u1", headers=OWN)).json()["email"] == "u1@example.com"


async def test_trap_20_broken_a_403_is_caught(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that tells forbidden from absent fails the check."""
    monkeypatch.setattr("discreet.errors.NotFound.detail", "You may not see this.")
    forbidden = await client.get("/accounts/u1")
    with pytest.raises(AssertionError):
        same(forbidden, await client.get("/unknown"))


async def test_trap_24_documentation_names_only_what_someone_may_see(client: httpx.AsyncClient) -> None:
    """No hidden attribute, no whole entity, and what is optional where not always."""
    schema = (await client.get("/openapi.json")).json()
    check_documentation(schema)
    answered = schema["paths"]["/clinics/{clinic_id}/pets/{pet_id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answered["required"] == ["clinic_id", "pet_id"]
    assert set(answered["properties"]) == {"clinic_id", "pet_id", "name", "owner_id", "diagnosis", "balance", "home", "visits", "wards"}
    assert set(answered["properties"]["visits"]["items"]["properties"]) == {"reason", "vet_id", "findings"}


def check_documentation(schema: Any) -> None:
    """Names in a schema."""
    written = json.dumps(schema)
    for hidden in ("chip", "fee", "is_admin_", "value", "status_"):
        assert f'"{hidden}"' not in written
    assert "Pet" not in schema["components"]["schemas"]
    assert "HTTPValidationError" not in written


async def test_trap_24_broken_a_schema_of_everything_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema that forgets audiences fails the check."""
    monkeypatch.setattr(shape, "nobody", object())
    async with client_of(clinic(table)) as client:
        schema = (await client.get("/openapi.json")).json()
    with pytest.raises(AssertionError):
        check_documentation(schema)


def keeps(answer: httpx.Response) -> None:
    """What a route and its dependencies say about an answer is in it."""
    assert answer.status_code == 201
    assert answer.headers["x-made"] == "yes"
    assert "seen=1" in answer.headers["set-cookie"]
    assert answer.headers.get_list("content-length") == [str(len(answer.content))]


async def test_trap_37_status_headers_and_cookies_are_kept(client: httpx.AsyncClient) -> None:
    """`status_code=201` and what a handler set on the injected response."""
    keeps(await client.post("/made"))


async def test_trap_37_broken_an_answer_that_forgets_its_route_is_caught(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A response that goes out as FastAPI leaves it fails the check."""
    from starlette.responses import Response

    monkeypatch.setattr(Guard, "_fault", lambda *_: None)
    monkeypatch.setattr(_Answer, "__call__", Response.__call__)
    with pytest.raises(AssertionError):
        keeps(await client.post("/made"))


# Invalid requests

SECRET = "canary-of-the-client"
INVALID: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", f"/clinics/c1/pets?limit={SECRET}", {}),
    ("GET", f"/clinics/c1/pets?after={SECRET}", {}),
    ("GET", f"/clinics/c1/pets/{SECRET}{'x' * 200}", {}),
    ("GET", f"/loose/c1/{SECRET}{'x' * 2100}", {}),
    ("GET", f"/loose/{SECRET}%00/%20", {}),
    ("GET", f"/{SECRET}", {}),
    ("DELETE", f"/clinics/{SECRET}/pets", {}),
    ("POST", f"/search/{SECRET}?q={SECRET}", {"json": {}, "headers": {"X-Number": SECRET, "Cookie": f"session={SECRET}"}}),
    ("POST", "/search/1", {"json": {"name": SECRET, "age": SECRET}}),
    ("POST", "/search/1", {"json": {"age": SECRET}}),
    ("POST", "/search/1", {"json": {SECRET: SECRET, "name": 1}}),
    ("POST", "/search/1", {"json": {"name": "x", "tags": {SECRET: SECRET}}}),
    ("POST", "/search/1", {"json": {"name": "x", "inner": {"name": {SECRET: SECRET}, SECRET: 1}}}),
    ("POST", "/search/1", {"json": [SECRET]}),
    ("POST", "/search/1", {"json": SECRET}),
    ("POST", "/search/1", {"content": f'{{"name": "{SECRET}', "headers": {"Content-Type": "application/json"}}),
    ("POST", "/search/1", {"content": b'"\xff' + SECRET.encode(), "headers": {"Content-Type": "application/json"}}),
    ("POST", "/search/1", {"content": "[" * 100_000 + SECRET, "headers": {"Content-Type": "application/json"}}),
    ("POST", "/search/1", {"content": SECRET, "headers": {"Content-Type": f"text/{SECRET}"}}),
    ("POST", "/search/1", {"content": '{"name": NaN}' + SECRET, "headers": {"Content-Type": "application/json"}}),
    ("POST", "/form", {"data": {"name": SECRET}}),
    ("POST", "/form", {"data": {"name": SECRET}, "files": {"upload": (SECRET, SECRET)}}),
    ("POST", "/form", {"content": SECRET, "headers": {"Content-Type": "multipart/form-data; boundary=x"}}),
]


def no_echo(answer: httpx.Response) -> None:
    """A 4xx that has nothing of the request in it."""
    assert 400 <= answer.status_code < 500
    assert SECRET not in answer.text
    assert SECRET not in str(answer.headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize(("method", "path", "more"), INVALID, ids=lambda value: ascii(value)[:40])
async def test_trap_11_invalid_requests_are_not_echoed(client: httpx.AsyncClient, method: str, path: str, more: dict[str, Any]) -> None:
    """Whatever is wrong, wherever the secret is."""
    no_echo(await client.request(method, path, **more))


async def test_trap_11_broken_fastapis_own_handler_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that FastAPI has by default echoes the input."""
    from fastapi.exception_handlers import request_validation_exception_handler

    monkeypatch.setattr(problems, "_invalid", request_validation_exception_handler)
    async with client_of(clinic(table)) as client:
        answer = await client.post("/search/1", json={"age": SECRET})
    with pytest.raises(AssertionError):
        no_echo(answer)


async def test_an_invalid_request_is_told_what_is_wrong(client: httpx.AsyncClient) -> None:
    """Where and what, in the schema's own words."""
    answer = (await client.post("/search/1?q=1", json={"age": -1}, headers={"X-Number": "1", "Cookie": "session=1"})).json()
    assert {"loc": ["body", "name"], "type": "missing", "msg": "Field required"} in answer["errors"]
    assert answer["title"] == "Unprocessable Content"


def own(value: str) -> str:
    """A validator that says what it was given."""
    raise ValueError(f"no {value}")


@pytest.mark.parametrize(
    "kind", [UUID, datetime, date, Decimal, AnyUrl, Annotated[str, AfterValidator(own)], Literal["a"], Json, Base64Bytes]
)
async def test_trap_11_what_is_wrong_is_said_alike_for_every_input(table: Table, kind: Any) -> None:
    """Pydantic's messages quote characters, and an app's own validators more."""
    app = clinic(table)

    async def take(value: Any) -> None:
        return None

    take.__annotations__ = {"value": kind, "return": None}
    app.get("/take")(take)
    async with client_of(app) as client:
        answers = [await client.get("/take", params={"value": value}) for value in ("qqqqqqqqq!", "zzzzzzzzz!", f"{SECRET}?")]
    assert {each.status_code for each in answers} == {422}
    assert len({each.content for each in answers}) == 1


@pytest.mark.parametrize("detail", [{"secret": SECRET}, [SECRET]], ids=str)
async def test_details_that_are_no_text_are_dropped(table: Table, detail: Any) -> None:
    """A text was written for the client; an object was more likely in hand."""
    app = clinic(table)

    @app.get("/refused")
    async def refused() -> None:
        raise HTTPException(418, detail)

    async with client_of(app) as client:
        no_echo(await client.get("/refused"))


async def test_the_texts_of_errors_are_not_logged(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    """Their class and place are."""
    app = clinic(table)

    @app.get("/boom")
    async def boom() -> None:
        raise RuntimeError(SECRET)

    async with client_of(app, raises=False) as client:
        answer = await client.get("/boom")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["instance"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


HOSTILE = ["%00", "%0A", "a%23b", "%25", "%2525", "x" * 2100, "%F0%9F%98%80", "..%2F..", "%24S", "%ED%A0%80", "%FF", "'", '"', "{}", "%20"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("path", ["/clinics/c1/pets/{}", "/clinics/{}/pets/1", "/loose/c1/{}", "/loose/{}/1", "/accounts/{}"])
async def test_hostile_ids_are_a_clear_4xx(client: httpx.AsyncClient, path: str, value: str) -> None:
    """Never a 500, never a 200."""
    answer = await client.get(path.format(value), headers=VET)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00%2B05:00", "9999-12-31T23:59:59-05:00", "2024-01-01T00:00:00", "1e30", "0001-01-01T00:00:00Z"]
)
async def test_hostile_times_are_a_clear_4xx(client: httpx.AsyncClient, at: str) -> None:
    """Also where Python has such a time, and UTC has no date for it."""
    answer = await client.get(f"/moments/{at}")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", f"limit={10**9}", "limit=1e3", "limit=", "limit=9" + "9" * 5000])
async def test_limits_out_of_bounds_are_a_clear_4xx(client: httpx.AsyncClient, table: Table, query: str) -> None:
    """And nothing is read."""
    with recorded(table) as requests:
        assert (await client.get(f"/clinics/c1/pets?{query}")).status_code == 422
    assert not requests


async def test_bad_cursors_are_one_and_the_same_400(client: httpx.AsyncClient) -> None:
    """Garbled, truncated, flipped, replayed by another, on another list."""
    cursor = (await client.get("/clinics/c1/pets?limit=1", headers=OWN)).json()["next"]
    good = await client.get("/clinics/c1/pets", params={"after": cursor}, headers=OWN)
    assert good.status_code == 200
    bad: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("/clinics/c1/pets", {"after": cursor}, {"Authorization": "u2"}),
        ("/clinics/c1/pets", {"after": cursor}, {}),
        ("/clinics/c2/pets", {"after": cursor}, OWN),
        ("/clinics/c1/pets", {"after": cursor[:-1]}, OWN),
        ("/clinics/c1/pets", {"after": ""}, OWN),
        ("/clinics/c1/pets", {"after": "é\x00"}, OWN),
    ]
    bad += [
        ("/clinics/c1/pets", {"after": cursor[:n] + ("A" if cursor[n] != "A" else "B") + cursor[n + 1 :]}, OWN)
        for n in range(0, len(cursor), 7)
    ]
    answers = [await client.get(path, params=params, headers=headers) for path, params, headers in bad]
    assert {each.status_code for each in answers} == {400}
    for each in answers[1:]:
        same(answers[0], each)


# Authentication first


async def unauthenticated(client: httpx.AsyncClient, **body: Any) -> None:
    """A stranger is told to authenticate, whatever the body is."""
    answer = await client.post("/search/1", **{**body, "headers": {"Authorization": "bad", **body.get("headers", {})}})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


BODIES: list[dict[str, Any]] = [each for _, path, each in INVALID if path == "/search/1"]


@pytest.mark.parametrize("body", BODIES, ids=lambda value: ascii(value)[:40])
async def test_trap_40_authentication_answers_before_malformed_json(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """401 comes before anything about the body."""
    await unauthenticated(client, **body)
    answer = await client.post("/form", content="x", headers={"Content-Type": "multipart/form-data; boundary=x", "Authorization": "bad"})
    assert answer.status_code == 401


async def test_trap_40_authentication_is_the_apps_own_also_where_it_is_overridden(app: FastAPI, client: httpx.AsyncClient) -> None:
    """As a test acts as someone, a broken body is told to that someone."""
    headers = {"Authorization": "bad", "Content-Type": "application/json"}
    with acting_as(app, current_principal, Principal()):
        assert (await client.post("/search/1", content="{", headers=headers)).status_code == 422
    assert (await client.post("/search/1", content="{", headers=headers)).status_code == 401


async def test_trap_40_broken_fastapis_own_order_is_caught(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """FastAPI alone answers 422 to a stranger's malformed JSON."""

    async def never(request: Request) -> None:
        return None

    monkeypatch.setattr(problems, "refused_before_reading", never)
    with pytest.raises(AssertionError):
        await unauthenticated(client, content="{", headers={"Content-Type": "application/json"})


# Concurrency, and other clients


async def test_1000_concurrent_requests_leak_and_lose_nothing(client: httpx.AsyncClient) -> None:
    """Interleaved principals, each with their own answer."""
    people = [({}, STRANGERS_PET.keys()), (OWN, None), (VET, None)]
    expected = [set((await client.get("/clinics/c1/pets/1", headers=headers)).json()) for headers, _ in people]
    slots = asyncio.Semaphore(100)

    async def ask(n: int) -> bool:
        async with slots:
            answer = await client.get("/clinics/c1/pets/1", headers=people[n % 3][0])
        assert (CANARY in answer.text) == (n % 3 != 0)
        return set(answer.json()) == expected[n % 3]

    assert all(await asyncio.gather(*(ask(n) for n in range(1000))))


async def test_a_client_with_a_loop_for_each_request_works(app: FastAPI) -> None:
    """TestClient without `with` makes a new event loop each time; a transport of the last one would be dead."""

    def ask() -> None:
        for _ in range(3):
            assert TestClient(app).get("/clinics/c1/pets/1").json() == STRANGERS_PET
        with TestClient(app) as client:
            assert client.get("/clinics/c1/pets/1").json() == STRANGERS_PET

    await asyncio.to_thread(ask)


# Serialising by accident


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: {"pet": d}, lambda d: [d]])
async def test_trap_18_a_bare_dict_of_disclosures_raises(table: Table, wrap: Callable[[Any], Any]) -> None:
    """Without a type, FastAPI's encoder would write out the object: it refuses."""
    disclosed = Disclosed(await table.view(Pet, OWNER).get(clinic_id="c1", pet_id="1"))
    for value in (
        disclosed,
        await table.undisclosed(Pet).get(clinic_id="c1", pet_id="1"),
        await table.view(Pet, OWNER).get(clinic_id="c1", pet_id="1"),
    ):
        with pytest.raises((NotDisclosedError, ValueError, TypeError)) as raised:
            jsonable_encoder(wrap(value))
        assert CANARY not in str(raised.value)


@pytest.mark.parametrize("leak", [vars, dict, lambda answer: answer.__dict__], ids=["vars", "dict", "__dict__"])
async def test_trap_18_an_answer_is_no_plain_object(table: Table, leak: Callable[[Any], Any]) -> None:
    """Encoders ask for what an object holds; `json.dumps(answer, default=vars)` does too."""
    disclosure = await table.view(Pet, OWNER).get(clinic_id="c1", pet_id="1")
    with pytest.raises(NotDisclosedError):
        leak(Disclosed(disclosure))


async def test_trap_18_broken_an_open_object_is_caught() -> None:
    """A plain object is written out with all it holds."""

    class Open:
        def __init__(self) -> None:
            self.value = CANARY

    with pytest.raises(pytest.fail.Exception), pytest.raises((NotDisclosedError, ValueError, TypeError)):
        jsonable_encoder({"pet": Open()})
