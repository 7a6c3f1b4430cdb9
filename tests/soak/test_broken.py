"""Discreet broken on purpose, in one place at a time: the seeds of every test run see it."""

from __future__ import annotations

import pytest

from ..engines import Engine
from .broken import BROKEN
from .harness import Difference, run
from .test_noninterference import SEEDS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("variant", BROKEN)
async def test_a_broken_variant_is_found_within_the_budget(ministack: Engine, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is seen by the seeds that every test run asks."""
    BROKEN[variant](monkeypatch)
    with pytest.raises(Difference):
        for seed in range(SEEDS["ministack"]):
            await run(ministack, seed)
