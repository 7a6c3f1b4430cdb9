"""The store and its transport, against real engines and against a broken way."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated

import pytest

from discreet import Credentials, Entity, Identifier, Key, Principal, StoreError, Table, anyone, visible_to
from discreet.loopback import is_loopback
from discreet.testing import load

from ..engines import Engine
from ..view.clinic import CANARY, STRANGER, Pet, fresh_table, pet

pytestmark = pytest.mark.anyio


async def test_the_raw_body_is_taken_from_botocore(engine: Engine) -> None:
    """The contract with botocore's events: answers arrive as bytes, and botocore parses an empty object."""
    async with fresh_table(engine) as table:
        await table.create(Pet)
        await load(table, [pet("1")])
        raw = await (await table.store.transport()).send(
            "GetItem", {"TableName": table.name, "Key": {"pk": {"S": "CLINIC#c1"}, "sk": {"S": "PET#1"}}}
        )
        assert isinstance(raw, bytes)
        assert b'"Item"' in raw


async def test_stored_values_are_not_in_the_sdks_log(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG botocore logs the answers that it parses: it parses none."""
    async with fresh_table(engine) as table:
        await table.create(Pet)
        await load(table, [pet("1")])
        with caplog.at_level(logging.DEBUG):
            caplog.clear()
            await table.undisclosed(Pet).get(clinic_id="c1", pet_id="1")
        assert caplog.records
        assert CANARY not in caplog.text


async def test_errors_say_code_and_request_and_no_value(engine: Engine) -> None:
    """And have no SDK error behind them, whose text may hold values."""
    async with fresh_table(engine) as table:
        with pytest.raises(StoreError) as raised:
            await table.view(Pet, STRANGER).get(clinic_id=CANARY, pet_id=CANARY)
    assert raised.value.code == "ResourceNotFoundException"
    assert raised.value.hint
    assert CANARY not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


async def test_an_unreachable_engine_is_retryable() -> None:
    """And told in a word."""
    async with Table("things", endpoint_url="http://127.0.0.1:9", region="x1") as table:
        with pytest.raises(StoreError) as raised:
            await table.view(Pet, Principal()).get(clinic_id="a", pet_id="b")
    assert raised.value.code == "Unreachable"
    assert raised.value.retryable


class Blob(Entity):
    """With a key of bytes."""

    key = Key("blob_id", "part")
    blob_id: Annotated[bytes, visible_to(anyone)]
    part: Annotated[bytes, visible_to(anyone)]
    name: Annotated[Identifier, visible_to(anyone)]


async def test_binary_keys_page(engine: Engine) -> None:
    """Bytes go as bytes, come back in base64, and go again as cursors."""
    async with fresh_table(engine) as table:
        await table.create(Blob)
        await load(table, [Blob(blob_id=b"\xff\x00", part=bytes([n]), name=f"n{n}") for n in range(1, 6)])
        view = table.view(Blob, Principal())
        first = await view.query(blob_id=b"\xff\x00", limit=2)
        rest = await view.query(blob_id=b"\xff\x00", after=first.next)
        assert [each.data["name"] for each in first] + [each.data["name"] for each in rest] == ["n1", "n2", "n3", "n4", "n5"]
        assert (await view.get(blob_id=b"\xff\x00", part=b"\x03")).data == {"blob_id": "/wA=", "part": "Aw==", "name": "n3"}


async def test_loops_have_transports_of_their_own(engine: Engine) -> None:
    """A table outlives the loops that use it, and each loop closes its own transport."""
    table = fresh_table(engine)
    await table.create(Pet)
    await load(table, [pet("1")])

    async def read() -> str:
        return (await table.view(Pet, STRANGER).get(clinic_id="c1", pet_id="1")).item.name

    for _ in range(3):
        assert await asyncio.to_thread(asyncio.run, read()) == "name of 1"
    assert len(table.store._ways) == 1
    await table.close()
    assert not table.store._ways
    assert await read() == "name of 1"
    await table.close()


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000", True),
        ("http://db.localhost", True),
        ("http://localhost.example.com", False),
        ("https://dynamodb.eu-west-1.amazonaws.com", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_loopback_is_this_machine(url: str, loopback: bool) -> None:
    """And nothing that looks like it."""
    assert is_loopback(url) is loopback


def test_credentials_are_not_printed() -> None:
    """Not in a repr, nor in a table's."""
    table = Table("things", region="x1", credentials=("AKIA", CANARY))
    assert CANARY not in repr(Credentials("a", CANARY)) + repr(table) + repr(table.store.endpoint)
