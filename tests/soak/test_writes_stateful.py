"""What is written is what the policy lets be written: random principals write, read and transact, and a model says what comes of it.

After every step all that is stored is compared with the model's: so nothing is ever stored that the policy refuses.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from discreet.dynamodb.expressions import Absent, AllOf, Present
from discreet.dynamodb.writes import Check, operation_of, payload_of
from discreet.entity.accepting import Accepted, accepted
from discreet.errors import StoreError

from ..engines import Engine
from .machine import Difference, Machine, run

STEPS = 60
SEEDS = {"ministack": 30, "dynamodb-local": 8}


@pytest.mark.anyio
async def test_writes_do_what_the_model_says_and_nothing_else_is_stored(engine: Engine) -> None:
    """Seeds of `SOAK_SEEDS` from `SOAK_FROM` on, each of sixty steps on a table of its own."""
    first = int(os.environ.get("SOAK_FROM", "0"))
    for seed in range(first, first + int(os.environ.get("SOAK_SEEDS", SEEDS[engine.name]))):
        assert await run(engine, seed, STEPS) == STEPS


chances = st.randoms(use_true_random=False)


class Stateful(RuleBasedStateMachine):
    """The same steps, chosen by Hypothesis, which makes what it finds small."""

    engine: ClassVar[Engine]
    runner: ClassVar[asyncio.Runner]

    @initialize()
    def begin(self) -> None:
        """An empty table."""
        self.machine = Machine(self.engine)
        self._run(self.machine.begin())

    @rule(chance=chances)
    def write(self, chance: Random) -> None:
        """Make, change or take away an item."""
        self._run(self.machine.write(chance))

    @rule(chance=chances)
    def write_again(self, chance: Random) -> None:
        """Twice as often."""
        self._run(self.machine.write(chance))

    @rule(chance=chances)
    def read(self, chance: Random) -> None:
        """One item."""
        self._run(self.machine.read(chance))

    @rule(chance=chances)
    def page(self, chance: Random) -> None:
        """A list to its end."""
        self._run(self.machine.page(chance))

    @rule(chance=chances)
    def transact(self, chance: Random) -> None:
        """Several at once, or once more."""
        self._run(chance.choice([self.machine.transact, self.machine.hand_over, self.machine.repeat])(chance))

    @rule(chance=chances)
    def race(self, chance: Random) -> None:
        """Two at a time."""
        self._run(self.machine.race(chance))

    @rule(chance=chances)
    def meddle(self, chance: Random) -> None:
        """Another service."""
        self._run(self.machine.meddle(chance))

    def teardown(self) -> None:
        """Away with the table."""
        if hasattr(self, "machine"):
            self._run(self.machine.end())

    def _run(self, step: Any) -> None:
        self.runner.run(step)


def test_hypothesis_finds_no_step_that_the_model_does_not_foresee(ministack: Engine) -> None:
    """At most a thousand steps; `HYPOTHESIS_EXAMPLES` for more."""
    Stateful.engine = ministack
    examples = int(os.environ.get("HYPOTHESIS_EXAMPLES", "25"))
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    with asyncio.Runner() as Stateful.runner:
        run_state_machine_as_test(
            Stateful, settings=settings(max_examples=examples, stateful_step_count=40, deadline=None, suppress_health_check=checks)
        )


# Broken on purpose: each is found by the seeds that every test run asks.


def _without_masks(*arguments: Any) -> Accepted:
    return Accepted(accepted(*arguments).values, ())


async def _one_after_the_other(self: Any, writes: Any, token: str | None) -> None:
    for number, (_, write) in enumerate(writes):
        try:
            if not isinstance(write, Check):
                await self._call(operation_of(write), {**payload_of(self.name, write), "ReturnValues": "NONE"})
        except StoreError:
            reasons = ["None"] * number + ["ConditionalCheckFailed"] + ["None"] * (len(writes) - number - 1)
            raise StoreError("TransactWriteItems", "TransactionCanceledException", reasons=reasons) from None


async def _another_token(self: Any, token: str) -> str:
    return uuid4().hex


def _of_all_that_is_stored(self: Any, plan: Any, item: Any) -> bytes:
    return repr(sorted(item)).encode()


WRITER = "discreet.view.writing.Writer"
BROKEN: dict[str, tuple[tuple[str, Any], ...]] = {
    "masks are not asked": (("discreet.view.writing.accepted", _without_masks), ("discreet.view.intents.accepted", _without_masks)),
    "the direct form sends no condition but that there is an item": (
        (f"{WRITER}._sufficient", lambda self, intent, plan: AllOf(tuple(self._there(intent.asked)))),
    ),
    "the observed form does not ask for what it read to be still so": (("discreet.view.writing._still", lambda *_: Present(("pk",))),),
    "keys of indexes are not rebuilt": ((f"{WRITER}._touched", lambda self, intent: []),),
    "a transaction is written one after the other": (("discreet.dynamodb.store.Store.transact", _one_after_the_other),),
    "a body may set what the server sets": (
        ("discreet.view.writing.refuse_both", lambda *_: None),
        ("discreet.view.intents.refuse_both", lambda *_: None),
    ),
    "entity tags are of what is stored": (("discreet.view.viewer.PrincipalViewer.content", _of_all_that_is_stored),),
    "entity tags are not compared": (("discreet.view.writing.tag_matches", lambda *_: True),),
    "what expired can be changed": (("discreet.entity.item.expired", lambda *_: False), (f"{WRITER}._expires", lambda self: None)),
    "what is replaced whole need not be its sender's": (("discreet.view.writing.keeps_whole", lambda *_: True),),
    "what decides of nested values is not read": (("discreet.view.writing.deciding", lambda *_: ()),),
    "a token is another each time": (("discreet.view.transaction.Transaction._sealed", _another_token),),
    "what is made replaces what is there": ((f"{WRITER}._absent", lambda self: Absent(("nothing",))),),
    "`when` is left out": (("discreet.view.intents._condition", lambda *_: None),),
    "`by` and `Access` are not asked": (("discreet.view.intents._admitting", lambda *_: (frozenset({frozenset()}),)),),
    "who may make an item is not asked": (("discreet.entity.judging.Judge.admits", lambda *_: True),),
    "what does not exist for its writer can be changed": (("discreet.policy.plan.Plan.exists_in", lambda *_: True),),
    "a refused transaction is silent": (("discreet.view.transaction.Transaction.commit", lambda self: _nothing()),),
}


async def _nothing() -> None:
    return None


@contextmanager
def _broken(variant: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for target, replacement in BROKEN[variant]:
            patch.setattr(target, replacement)
        yield


@pytest.mark.anyio
@pytest.mark.parametrize("variant", BROKEN)
async def test_a_broken_variant_of_writing_is_found_within_the_budget(ministack: Engine, variant: str) -> None:
    """By the model's own difference, not by an accident."""
    with _broken(variant), pytest.raises(Difference):
        for seed in range(SEEDS["ministack"]):
            await run(ministack, seed, STEPS)
