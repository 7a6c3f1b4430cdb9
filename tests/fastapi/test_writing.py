"""Writing over HTTP, on both engines: a bad request is a clear 4xx, writes nothing, and tells no more than its sender may know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2 as httpx
import pytest
import uvicorn

from discreet import Access, Change, Entity, Forbidden, Identifier, Key, Table, anyone, nobody, role, visible_to, writable_by
from discreet.dynamodb.embedded import listening_on
from discreet.entity import accepting
from discreet.fastapi import Disclosed, View, protect, view_of
from discreet.testing import load
from fastapi import Depends, FastAPI

from ..engines import Engine
from ..view.clinic import fresh_table
from .apps import current_principal
from .conftest import client_of
from .writing import (
    EVERYONE,
    OTHER,
    OWNER,
    STRANGER,
    VET,
    VET_ELSEWHERE,
    Home,
    HomeWithCode,
    HomeWithoutCode,
    Pet,
    Street,
    Ward,
    clinic,
    owner,
    vet,
)

pytestmark = pytest.mark.anyio

CANARY = "canary-71c2"
ONE = "/clinics/c1/pets/1"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """Two pets, with something hidden at every depth."""
    made = fresh_table(engine)
    async with made:
        await made.create(Pet)
        home = Home(city="Ghent", street=Street(line="Main", door=CANARY), code=CANARY)
        wards = {"w1": Ward(reason="rest", secret=CANARY)}
        await load(
            made,
            [
                Pet(clinic_id="c1", pet_id=n, name="Rex", owner_id=o, hidden=CANARY, diagnosis=CANARY, home=home, wards=wards)
                for n, o in (("1", "u1"), ("2", "u2"))
            ],
        )
        yield made


@pytest.fixture
async def client(table: Table) -> AsyncIterator[httpx.AsyncClient]:
    """The clinic's."""
    async with client_of(clinic(table)) as made:
        yield made


async def stored(table: Table) -> str:
    """All that is in the table, as DynamoDB holds it."""
    return json.dumps((await table.store._call("Scan", {"TableName": table.name}))["Items"], sort_keys=True)


# Status codes


async def test_making_changing_and_taking_away(client: httpx.AsyncClient, table: Table) -> None:
    """201, 200, 204 for those who may; 409, 403 and 404 for the others."""
    path = "/clinics/c1/pets/3"
    made = await client.post(path, json={"name": "Bo", "tags": ["b", "a"], "balance": "1.5"}, headers=VET)
    assert (made.status_code, made.json()["balance"], made.json()["tags"]) == (201, "1.5", ["a", "b"])
    assert (await client.post(path, json={"name": "Bo"}, headers=VET)).status_code == 409
    assert (await client.post(path, json={}, headers=OWNER)).status_code == 403
    changed = await client.patch(path, json={"name": "Bobo"}, headers=OWNER)
    assert (changed.status_code, changed.json()["name"]) == (200, "Bobo")
    assert changed.headers["etag"] == (await client.get(path, headers=OWNER)).headers["etag"]
    for who, status in ((OTHER, 403), (VET_ELSEWHERE, 403), (STRANGER, 422)):
        assert (await client.patch(path, json={"name": "x"}, headers=who)).status_code == status
    assert (await client.delete(path, headers=OWNER)).status_code == 403
    gone = await client.delete(path, headers=VET)
    assert (gone.status_code, gone.content) == (204, b"")
    for answer in (
        await client.delete(path, headers=VET),
        await client.patch(path, json={"name": "x"}, headers=VET),
        await client.get(path, headers=VET),
    ):
        assert answer.status_code == 404


# Bad bodies

DEEP = '{"notes":' + '{"a":' * 10_000 + "1" + "}" * 10_001
BAD: dict[str, str | bytes] = {
    "10,000 levels of objects": DEEP,
    "10,000 levels of lists": '{"tags":' + "[" * 10_000 + "]" * 10_000 + "}",
    "33 levels": '{"notes":' + '{"a":' * 33 + "1" + "}" * 34,
    "no JSON": "{",
    "nothing": "",
    "a list": "[]",
    "a text": '"name"',
    "null": "null",
    "NaN": '{"weight": NaN}',
    "Infinity": '{"weight": Infinity}',
    "a float beyond all": '{"weight": 1e999}',
    "a float that DynamoDB has not": '{"weight": 1e200}',
    "NaN as a text": '{"balance": "NaN"}',
    "Infinity as a text": '{"balance": "Infinity"}',
    "a float for a Decimal": '{"balance": 0.1}',
    "39 digits": '{"balance": "' + "1" * 39 + '"}',
    "39 digits, as a number": '{"age": ' + "1" * 39 + "}",
    "5,000 digits, as a number": '{"age": ' + "1" * 5_000 + "}",
    "an exponent beyond all": '{"balance": "1E+200"}',
    "a duplicate member": '{"tags": ["a", "a"]}',
    "an empty member": '{"tags": [""], "age": "x"}',
    "a duplicate name": '{"name": "a", "name": "b"}',
    "a duplicate name inside": '{"notes": {"n": "a", "n": "b"}}',
    "an unknown name": '{"nonsense": 1}',
    "an unknown name inside": '{"home": {"nonsense": 1}}',
    "an unknown name inside of that": '{"home": {"street": {"nonsense": 1}}}',
    "an unknown name in an entry": '{"wards": {"w1": {"nonsense": 1}}}',
    "a hidden name": '{"hidden": "x"}',
    "a hidden name inside": '{"home": {"code": "x"}}',
    "a hidden name inside of that": '{"home": {"street": {"door": "x"}}}',
    "a hidden name in an entry": '{"wards": {"w1": {"secret": "x"}}}',
    "the hash key": '{"pk": "CLINIC#c2"}',
    "the sort key": '{"sk": "PET#9"}',
    "a key of an index": '{"gsi1pk": "OWNER#u2"}',
    "the kind": '{"type": "OWNER"}',
    "a component of the key": '{"pet_id": "9"}',
    "the owner": '{"owner_id": "u2"}',
    "the version": '{"version": 2}',
    "an empty key of an entry": '{"wards": {"": {"reason": "x"}}}',
    "a control character in a key of an entry": '{"wards": {"\\u0000": {"reason": "x"}}}',
    "an entry that lacks what it requires": '{"wards": {"w9": {}}}',
    "a lone surrogate": '{"name": "\\ud800"}',
    "a lone surrogate in a name": '{"\\ud800": 1}',
    "a lone surrogate in a note": '{"notes": {"\\udfff": "x"}}',
    "invalid UTF-8": b'{"name": "\xff"}',
    "Latin 1": '{"name": "\u00e9"}'.encode("latin-1"),
    "a BOM": b"\xef\xbb\xbf" + b'{"name": "x"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "UTF-16 without a BOM": '{"name": "x"}'.encode("utf-16-le"),
    "UTF-32": '{"name": "x"}'.encode("utf-32"),
    "450 KB": json.dumps({"name": "x" * 450_000}),
    "450 KB in small parts": json.dumps({"notes": {f"n{n}": "x" * 4_500 for n in range(100)}}),
    "more than is read": json.dumps({"name": "x" * 2_100_000}),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
async def test_a_bad_body_is_refused_and_nothing_is_written(client: httpx.AsyncClient, table: Table, body: str | bytes) -> None:
    """Whoever sends it, to make an item and to change one; and its sender's input is not in the answer."""
    before = await stored(table)
    for who in EVERYONE.values() if len(body) < 100_000 else (VET, STRANGER):
        for answer in (
            await client.patch(ONE, content=body, headers={**JSON, **who}),
            await client.post("/clinics/c1/pets/new", content=body, headers={**JSON, **who}),
        ):
            assert 400 <= answer.status_code < 500, answer.content
            assert answer.headers["content-type"] == "application/problem+json"
            assert CANARY not in answer.text
            assert "nonsense" not in answer.text
            assert len(answer.content) < 1_000
    assert await stored(table) == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x", "nonsense", ""]
)
async def test_a_body_that_does_not_say_that_it_is_json_is_refused(client: httpx.AsyncClient, table: Table, kind: str) -> None:
    """A form of another site could be sent by a browser without asking; JSON could not."""
    before = await stored(table)
    answer = await client.patch(ONE, content=b'{"name": "x"}', headers={"Content-Type": kind, **OWNER})
    assert 400 <= answer.status_code < 500
    assert await stored(table) == before


async def test_numbers_of_38_digits_are_exact(client: httpx.AsyncClient) -> None:
    """As they were sent, to the last digit; as an int too."""
    digits = "12345678901234567890123456789012345678"
    answer = await client.patch(ONE, content=f'{{"balance": "{digits}", "age": {digits}}}', headers={**JSON, **VET})
    assert (answer.json()["balance"], answer.json()["age"]) == (digits, int(digits))


async def test_what_is_odd_and_right_is_taken(client: httpx.AsyncClient) -> None:
    """Empty texts and sets, letters of any plane, escapes, 32 levels' worth of nothing, a merge-patch's own content type."""
    body = '{"name": "", "tags": [], "notes": {"\\ud83d\\ude00": "\\u0000"}}'
    answer = await client.patch(ONE, content=body, headers={"Content-Type": "application/merge-patch+json", **VET})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["tags"], answer.json()["notes"]) == ("", [], {"\U0001f600": "\0"})


# Authentication first


async def test_trap_40_authentication_answers_before_anything_about_a_body_that_changes(client: httpx.AsyncClient) -> None:
    """Byte for byte the same 401, whatever the body is, and whether there is such an item."""
    found = {
        (answer.status_code, answer.content, tuple(answer.headers.raw))
        for path in (ONE, "/included" + ONE, "/clinics/c1/pets/none")
        for body in ('{"name": "x"}', *BAD.values())
        for answer in [await client.patch(path, content=body, headers={**JSON, "Authorization": "bad"})]
    }
    assert len(found) == 1
    assert next(iter(found))[0] == 401


# Sizes


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body whose size is not said, and which goes on for as long as it is read."""
    sent.clear()
    yield b'{"name": "'
    for _ in range(size // 65_536):
        sent.append(65_536)
        yield b"x" * 65_536
    yield b'"}'


sent: list[int] = []


@pytest.mark.parametrize("path", [ONE, "/included" + ONE])
async def test_a_body_of_no_said_length_is_read_no_further_than_an_item_could_take(
    client: httpx.AsyncClient, table: Table, path: str
) -> None:
    """413, in an included router too; and what FastAPI would have read of it is not."""
    before = await stored(table)
    answer = await client.patch(path, content=chunks(64 * 1024 * 1024), headers={**JSON, **OWNER})
    assert answer.status_code == 413
    assert await stored(table) == before


async def test_a_length_that_is_not_true_changes_nothing(table: Table) -> None:
    """What is read counts, not what the header says."""
    seen: list[Any] = []
    messages = iter([{"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}] * 5)

    async def receive() -> Any:
        seen.append(1)
        return next(messages)

    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"10"), (b"authorization", b"u1")]
    scope = {"type": "http", "method": "PATCH", "path": ONE, "raw_path": ONE.encode(), "headers": headers, "query_string": b""}
    await clinic(table)({**scope, "scheme": "http", "http_version": "1.1", "server": ("t", 80), "client": ("c", 1)}, receive, send)
    assert answers[0]["status"] == 413
    assert len(seen) == 3


async def test_a_real_server_refuses_alike(table: Table) -> None:
    """Over a socket: too large in chunks, ambiguous, and right."""
    with listening_on(0) as socket:
        server = uvicorn.Server(uvicorn.Config(clinic(table), log_config=None))
        serving = asyncio.create_task(server.serve([socket]))
        url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url) as client:
            large = await client.patch(ONE, content=chunks(3 * 1024 * 1024), headers={**JSON, **OWNER})
            twice = await client.patch(ONE, content=b'{"name": "a", "name": "b"}', headers={**JSON, **OWNER})
            deep = await client.patch(ONE, content=DEEP, headers={**JSON, **VET})
            right = await client.patch(ONE, json={"name": "Bo"}, headers=OWNER)
        server.should_exit = True
        await serving
    assert [each.status_code for each in (large, twice, deep, right)] == [413, 422, 400, 200]


# Documentation


def documented(*, within: Any) -> dict[str, Any]:
    """What OpenAPI says of an entity that is bounded as a whole."""

    class Note(Entity):
        key = Key(pk="NOTE#{note}", sk="NOTE")
        access = Access(within=within, also=role("ops"), create=anyone, delete=anyone)
        note: Annotated[Identifier, visible_to(anyone)]
        owner_id: Annotated[Identifier, visible_to(anyone)]
        text: Annotated[str, visible_to(anyone), writable_by(anyone)] = ""
        secret: Annotated[str, visible_to(nobody)] = ""
        home: Annotated[Street | None, visible_to(anyone), writable_by(anyone)] = None

    app = FastAPI()
    protect(app)
    table = Table("nowhere", region="eu-west-1", endpoint_url="http://127.0.0.1:1")
    Notes = Annotated[View[Note], Depends(view_of(Note, table, current_principal))]

    async def change(change: Change[Note], notes: Notes) -> Disclosed[Note]:
        return await notes.update(change, note="1")

    change.__annotations__ = {"change": Change[Note], "notes": Notes, "return": Disclosed[Note]}
    app.patch("/notes")(change)
    operation = app.openapi()["paths"]["/notes"]["patch"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return {"body": body, "answer": answer}


async def test_documentation_is_of_what_is_left_within_an_entitys_bounds() -> None:
    """What nobody is left to see or write is not named; what is always there for those who see the item is required."""
    bounded, unbounded = documented(within=owner), documented(within=None)
    assert bounded == unbounded
    assert set(bounded["answer"]["properties"]) == {"note", "owner_id", "text", "home"}
    assert set(bounded["body"]["properties"]) == {"text", "home"}
    assert bounded["answer"]["required"] == ["note", "text"]
    closed = documented(within=nobody)
    assert closed["answer"]["properties"] == {}
    assert closed["body"]["properties"] == {}
    assert "required" not in closed["answer"]


# What an error tells


def twin(*, hidden: bool) -> Any:
    """The entity, with and without what nobody or only a vet may know of."""
    if hidden:

        class Pet(Entity):
            key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")
            access = Access(create=vet | owner, delete=vet)
            clinic_id: Annotated[Identifier, visible_to(anyone)]
            pet_id: Annotated[Identifier, visible_to(anyone)]
            owner_id: Annotated[Identifier, visible_to(owner, vet)]
            name: Annotated[str, visible_to(anyone), writable_by(owner, vet)]
            home: Annotated[HomeWithCode | None, visible_to(anyone), writable_by(owner, vet)] = None
            secret: Annotated[int, visible_to(nobody)] = 0
            diagnosis: Annotated[str | None, visible_to(vet), writable_by(vet)] = None
            wards: Annotated[dict[Identifier, Ward], visible_to(vet), writable_by(vet)] = {}

        return Pet

    class Pet(Entity):  # type: ignore[no-redef]
        key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")
        access = Access(create=vet | owner, delete=vet)
        clinic_id: Annotated[Identifier, visible_to(anyone)]
        pet_id: Annotated[Identifier, visible_to(anyone)]
        owner_id: Annotated[Identifier, visible_to(owner, vet)]
        name: Annotated[str, visible_to(anyone), writable_by(owner, vet)]
        home: Annotated[HomeWithoutCode | None, visible_to(anyone), writable_by(owner, vet)] = None

    return Pet


VALUES: list[Any] = [None, 1, "x", [], {}, {"w1": {"reason": 1}}, {"w1": {"unknown": 1}}, 0.1]
PROBES: list[Any] = [{name: value} for name in ("secret", "diagnosis", "wards", "unknown") for value in VALUES]
PROBES += [{"home": {name: value}} for name in ("code", "unknown") for value in VALUES]
PROBES += [{**each, **more} for each in PROBES for more in ({"name": "x"}, {"name": 7}, {"unknown": 1})]
PROBES += [{}, {"name": 7}, {"name": None}, {"home": 7}, {"home": {"city": 7}}]
IGNORANT = {"owner": OWNER, "other": OTHER, "stranger": STRANGER, "a vet elsewhere, of what nobody knows": VET_ELSEWHERE}


async def refusals(engine: Engine, who: str, *, hidden: bool) -> list[Any]:
    """What one is answered to every probe."""
    entity = twin(hidden=hidden)
    table = fresh_table(engine)
    async with table:
        await table.create(entity)
        await load(table, [entity(clinic_id="c1", pet_id="1", owner_id="u1", name="Rex")])
        found: list[Any] = []
        async with client_of(clinic(table, entity)) as client:
            for n, body in enumerate(PROBES):
                if who.startswith("a vet") and not {"diagnosis", "wards"}.isdisjoint(body):
                    continue
                for answer in (
                    await client.patch(ONE, json=body, headers=IGNORANT[who]),
                    await client.patch("/clinics/c1/pets/none", json=body, headers=IGNORANT[who]),
                    await client.post(f"/clinics/c1/pets/{n}", json=body, headers=IGNORANT[who]),
                ):
                    found.append((n, answer.status_code, answer.content if answer.status_code >= 400 else None))
        return found


@pytest.mark.parametrize("who", IGNORANT)
async def test_an_error_tells_of_no_attribute_that_its_reader_may_not_know(engine: Engine, who: str) -> None:
    """The same bytes where the attribute is and where it is not, whatever is sent for it."""
    assert await refusals(engine, who, hidden=True) == await refusals(engine, who, hidden=False)


async def test_broken_an_error_that_says_which_name_it_was_is_caught(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown and not to be written, told apart."""
    model = accepting._Intake.model

    def telling(self: Any, attributes: Any, body: Any, steps: Any, at: Any) -> Any:
        if any(each.json in body and not self.judge.could(each.writable.update) for each in attributes):
            raise Forbidden
        return model(self, attributes, body, steps, at)

    monkeypatch.setattr(accepting._Intake, "model", telling)
    assert await refusals(engine, "owner", hidden=True) != await refusals(engine, "owner", hidden=False)


# Tags


async def test_a_change_is_for_the_state_that_its_sender_saw(client: httpx.AsyncClient, table: Table) -> None:
    """`If-Match` by its tag, in a list, or as `*`; weak tags and nonsense match nothing, and nothing is written."""
    tag = (await client.get(ONE, headers=OWNER)).headers["etag"]
    before = await stored(table)
    for bad in (f"W/{tag}", '"other"', "nonsense", tag.strip('"'), "", '""', f'"{tag}"', '"', "**", '"*"', "W/*", f'W/{tag}, "x"'):
        for method in ("PATCH", "DELETE"):
            answer = await client.request(method, ONE, json={"name": "x"}, headers={"If-Match": bad, **VET})
            assert answer.status_code == 412, bad
    assert await stored(table) == before
    for good in (lambda tag: tag, lambda tag: f'"x", {tag}', lambda tag: f'W/"x",{tag} , "y"', lambda tag: "*", lambda tag: " * "):
        tag = (await client.get(ONE, headers=OWNER)).headers["etag"]
        answer = await client.patch(ONE, json={"name": f"Rex {good(tag)}"}, headers={"If-Match": good(tag), **OWNER})
        assert answer.status_code == 200
        assert answer.headers["etag"] != tag
    assert (await client.delete(ONE, headers={"If-Match": (await client.get(ONE, headers=VET)).headers["etag"], **VET})).status_code == 204


async def test_a_tag_is_of_what_its_reader_sees(client: httpx.AsyncClient) -> None:
    """One's own tag holds, another's does not; and it is the same for all who see the same."""
    tags = {name: (await client.get(ONE, headers=who)).headers["etag"] for name, who in EVERYONE.items()}
    assert tags["stranger"] == tags["other"] == tags["vet elsewhere"]
    assert len(set(tags.values())) == 3
    assert (await client.patch(ONE, json={"name": "x"}, headers={"If-Match": tags["stranger"], **OWNER})).status_code == 412
    assert (await client.patch(ONE, json={"diagnosis": "x"}, headers={"If-Match": tags["vet"], **VET})).status_code == 200
    assert (await client.get(ONE)).headers["etag"] == tags["stranger"]


async def test_a_tag_tells_nothing_of_what_is_not_there(client: httpx.AsyncClient) -> None:
    """Absent is 404 under every `If-Match`, and who may not change it is told so before anything of its state."""
    for condition in ("*", '"x"', ""):
        assert (
            await client.patch("/clinics/c1/pets/none", json={"name": "x"}, headers={"If-Match": condition, **OWNER})
        ).status_code == 404
        assert (await client.patch(ONE, json={"name": "x"}, headers={"If-Match": condition, **OTHER})).status_code == 403


async def test_reads_know_no_conditions(client: httpx.AsyncClient) -> None:
    """No answer is kept in between, so none is answered with 304."""
    tag = (await client.get(ONE, headers=OWNER)).headers["etag"]
    answer = await client.get(ONE, headers={"If-None-Match": tag, **OWNER})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")


# Idempotency keys


async def age(client: httpx.AsyncClient, path: str = ONE) -> int:
    """How old a pet is."""
    return (await client.get(path)).json()["age"]  # type: ignore[no-any-return]


async def test_the_same_request_under_a_key_happens_once(client: httpx.AsyncClient) -> None:
    """Again and again, at once too; without a key, or under another, it happens again."""
    for _ in range(3):
        answer = await client.post(ONE + "/birthday?years=1", headers={"Idempotency-Key": "k1", **OWNER})
        assert (answer.status_code, answer.content) == (204, b"")
    assert await age(client) == 1
    answers = await asyncio.gather(*(client.post(ONE + "/birthday?years=1", headers={"Idempotency-Key": "k2", **OWNER}) for _ in range(5)))
    assert {each.status_code for each in answers} <= {204, 503}
    assert await age(client) == 2
    await client.post(ONE + "/birthday?years=1", headers=OWNER)
    assert await age(client) == 3


async def test_another_payload_under_a_key_is_a_conflict(client: httpx.AsyncClient) -> None:
    """409, and nothing is written."""
    assert (await client.post(ONE + "/birthday?years=1", headers={"Idempotency-Key": "k", **OWNER})).status_code == 204
    assert (await client.post(ONE + "/birthday?years=2", headers={"Idempotency-Key": "k", **OWNER})).status_code == 409
    assert await age(client) == 1


async def test_trap_33_a_key_is_its_principals_and_its_routes(client: httpx.AsyncClient) -> None:
    """Another who uses the same one, for the same or for other, is answered as if nobody had."""
    first = await client.post(ONE + "/birthday?years=1", headers={"Idempotency-Key": "k", **OWNER})
    for years, who in ((1, VET), (2, {"Authorization": "v2:vet_at=c1"})):
        again = await client.post(f"{ONE}/birthday?years={years}", headers={"Idempotency-Key": "k", **who})
        assert (again.status_code, again.content, again.headers.raw) == (first.status_code, first.content, first.headers.raw)
    assert await age(client) == 4
    assert (await client.post(ONE + "/give", json={"to": "u2"}, headers={"Idempotency-Key": "k", **OWNER})).status_code == 204
    assert (await client.post("/clinics/c1/pets/2/birthday?years=1", headers={"Idempotency-Key": "k", **OTHER})).status_code == 204


@pytest.mark.parametrize("key", ["", "x" * 256, "x" * 10_000], ids=len)
async def test_a_malformed_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    """422, and nothing is written: an empty one would be everybody's."""
    assert (await client.post(ONE + "/birthday?years=1", headers={"Idempotency-Key": key, **OWNER})).status_code == 422
    assert await age(client) == 0


async def test_any_other_key_is_taken(client: httpx.AsyncClient) -> None:
    """Whatever a header can hold."""
    for key in ("x" * 255, "a b", '"quoted"', "\xe9"):
        headers = {b"Idempotency-Key": key.encode("latin-1"), **{name.encode(): value.encode() for name, value in OWNER.items()}}
        for _ in range(2):
            assert (await client.post(ONE + "/birthday?years=1", headers=headers)).status_code == 204
    assert await age(client) == 4
