"""The test kit, used as its users would."""

from __future__ import annotations

import os

import httpx2 as httpx
import pytest

from clinic.app import app
from clinic.auth import current_principal
from clinic.models import Owner, Pet, table
from discreet import CallError, Principal
from discreet.testing import acting_as, load, recorded

from ..engines import Engine

pytestmark = pytest.mark.anyio


async def test_the_example_serves_unchanged_on_every_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the environment says where its table is."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", engine.url)
    await table.close()
    await table.create(Pet, Owner)
    try:
        await load(table, [Pet(clinic_id="c1", pet_id="p1", name="Rex", species="dog", owner_id="u1", diagnosis="otitis")])
        await load(table, [Owner(clinic_id="c1", owner_id="u1", name="Ada", email="ada@example.com")])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            await everyone(client)
    finally:
        await table.delete()
        await table.close()


async def everyone(client: httpx.AsyncClient) -> None:
    """Act as each, and see their part."""
    assert set((await client.get("/clinics/c1/pets/p1")).json()) == {"clinic_id", "pet_id", "name", "species"}
    with acting_as(app, current_principal, Principal(claims={"sub": "u1"})):
        assert (await client.get("/clinics/c1/pets/p1")).json()["diagnosis"] == "otitis"
        with acting_as(app, current_principal, Principal()):
            assert "diagnosis" not in (await client.get("/clinics/c1/pets/p1")).json()
        assert (await client.get("/clinics/c1/owners/u1")).json()["email"] == "ada@example.com"
    with acting_as(app, current_principal, Principal(claims={"vet_at": "c2"})), recorded(table) as requests:
        assert (await client.get("/clinics/c1/owners/u1")).status_code == 404
        assert not requests
    assert app.dependency_overrides == {}
    assert (await client.get("/health")).json() == {"status": "up"}


def test_acting_as_takes_a_principal() -> None:
    """And nothing else."""
    with pytest.raises(CallError), acting_as(app, current_principal, "u1"):  # type: ignore[arg-type]
        pass


def test_the_plugin_gives_an_engine(discreet_engine: str) -> None:
    """Which tables without an endpoint use."""
    assert os.environ["AWS_ENDPOINT_URL_DYNAMODB"] == discreet_engine
