"""What a viewer is answered is a function of its world: thousands of random cases, on both engines."""

from __future__ import annotations

import os
from typing import Any

import pytest

from discreet.cursor import seal_cursor

from ..engines import Engine
from .harness import Difference, run

pytestmark = pytest.mark.anyio

SEEDS = {"ministack": 30, "dynamodb-local": 15}


async def test_databases_of_one_world_answer_alike_and_as_the_simulator_says(engine: Engine) -> None:
    """Seeds of `SOAK_SEEDS` from `SOAK_FROM` on; each is an entity, four pairs of databases, and requests to them."""
    first = int(os.environ.get("SOAK_FROM", "0"))
    cases = 0
    for seed in range(first, first + int(os.environ.get("SOAK_SEEDS", SEEDS[engine.name]))):
        cases += await run(engine, seed)
    assert cases >= 40 * SEEDS[engine.name] // 2


def _sealing_as_long_as_it_is(keyring: Any, question: Any, position: Any, size: int) -> str:
    return seal_cursor(keyring, question, position, sum(len(each.encode()) for each in position))


BROKEN: dict[str, tuple[str, Any]] = {
    "filters are not decided again": ("discreet.view.viewer.holds", lambda *_: True),
    "lists show what their keys hide": ("discreet.policy.plan.Plan.shows", lambda *_: True),
    "what expired still exists": ("discreet.view.reading.expired", lambda *_: False),
    "everything exists": ("discreet.policy.plan.Plan.exists_in", lambda *_: True),
    "what is asked for by key is not looked at again": ("discreet.view.keys.Asked.matches", lambda *_: True),
    "cursors are as long as their positions": ("discreet.view.reading.seal_cursor", _sealing_as_long_as_it_is),
}


@pytest.mark.parametrize("variant", BROKEN)
async def test_a_broken_variant_is_found_within_the_budget(ministack: Engine, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is seen by the seeds that every test run asks."""
    monkeypatch.setattr(*BROKEN[variant])
    with pytest.raises(Difference):
        for seed in range(SEEDS["ministack"]):
            await run(ministack, seed)
