"""What a viewer is answered is a function of its world: thousands of random cases, on both engines."""

from __future__ import annotations

import os

import pytest

from ..engines import Engine
from .harness import run

pytestmark = pytest.mark.anyio

SEEDS = {"ministack": 24, "dynamodb-local": 8}


async def test_databases_of_one_world_answer_alike_and_as_the_simulator_says(engine: Engine) -> None:
    """Seeds of `SOAK_SEEDS` from `SOAK_FROM` on; each is an entity, six pairs of databases, and requests to them."""
    first = int(os.environ.get("SOAK_FROM", "0"))
    cases = 0
    for seed in range(first, first + int(os.environ.get("SOAK_SEEDS", SEEDS[engine.name]))):
        cases += await run(engine, seed)
    assert cases >= 100 * SEEDS[engine.name]
