"""The example that writes: what its keys and records tell, over HTTP and on both engines."""

from __future__ import annotations

import httpx2 as httpx
import pytest

from clinic.app import app
from clinic.auth import issue
from clinic.models import Owner, Pet, table
from discreet.testing import load

from .engines import Engine

pytestmark = pytest.mark.anyio

PATH = "/clinics/c1/pets/p1/handover"


async def test_a_handover_happens_once_under_a_key_that_is_its_owners_own(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the key is: long ones too, and one that another used for the same pet."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", engine.url)
    owners = [Owner(clinic_id="c1", owner_id=each, name=each, email=f"{each}@example.com") for each in ("u1", "u2")]
    async with table:
        await table.create(Owner, Pet)
        try:
            await load(table, [*owners, Pet(clinic_id="c1", pet_id="p1", name="Rex", species="dog", owner_id="u1")])
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
                for key in ("k", "x" * 255):
                    for giver, taker in (("u1", "u2"), ("u2", "u1")):
                        headers = {"Authorization": f"Bearer {issue(giver)}", "Idempotency-Key": f"{key}{engine.name}"[-255:]}
                        for _ in range(2):
                            answer = await client.post(PATH, json={"to": taker}, headers=headers)
                            assert (answer.status_code, answer.content) == (204, b"")
                        assert (await table.undisclosed(Pet).get(clinic_id="c1", pet_id="p1")).item.owner_id == taker
        finally:
            await table.delete()
