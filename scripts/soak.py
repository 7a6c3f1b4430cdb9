"""Run random cases for long: `make soak ARGS="--cases 1000000"`, or `--writes`. Goes on where it was interrupted.

A case of reads is one request, answered alike by two databases of one world and by the simulator; each seed is an entity of its
own. One of writes is a step: a write, a transaction, a race of two, a read or a list, after which all that is stored is compared
with the model. The state (the next seed, and the cases so far) is in `.soak/`. Ends with 1, and with all that is needed to see it
again, at the first difference; `--seed N` asks the cases of one seed again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT)]

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: E402
from tests.engines import Engine, dynamodb_local  # noqa: E402
from tests.soak import harness, machine  # noqa: E402

from discreet.testing import embedded_engine  # noqa: E402


@contextmanager
def ministack() -> Iterator[Engine]:
    """Run an embedded engine while the context lasts."""
    with embedded_engine() as url:
        yield Engine("ministack", url)


ENGINES = {"ministack": ministack, "dynamodb-local": dynamodb_local}
STEPS_OF_A_SEED = 100
_mine: list[Engine] = []


def _begin(engines: Any) -> None:
    """Make this process one that asks its own engine. To be interrupted is for the one that started it."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    _mine.append(engines.get())


def _ask(seed: int, writes: bool) -> tuple[int, str | None]:
    """The cases of a seed, and the difference that ended them."""
    try:
        return asyncio.run(machine.run(_mine[0], seed, STEPS_OF_A_SEED) if writes else harness.run(_mine[0], seed)), None
    except (harness.Difference, machine.Difference) as difference:
        return 0, str(difference)


def soak(name: str, cases: int, jobs: int, state: Path, *, writes: bool) -> int:
    """Run seeds from where the last run ended until there were so many cases."""
    found = json.loads(state.read_text()) if state.exists() else {"seed": 0, "cases": 0}
    begun, first = time.monotonic(), found["cases"]
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TextColumn("cases, {task.fields[rate]:.0f}/s"), TimeRemainingColumn())
    with ExitStack() as stack:
        engines: Any = get_context("spawn").Queue()
        for _ in range(jobs):
            engines.put(stack.enter_context(ENGINES[name]()))
        pool = stack.enter_context(ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (engines,)))
        stack.callback(pool.shutdown, cancel_futures=True)
        progress = stack.enter_context(Progress(*columns))
        task = progress.add_task("", total=cases, completed=found["cases"], rate=0)
        ahead: deque[Future[tuple[int, str | None]]] = deque()
        try:
            while found["cases"] < cases:
                while len(ahead) < 2 * jobs:
                    ahead.append(pool.submit(_ask, found["seed"] + len(ahead), writes))
                asked, difference = ahead.popleft().result()
                if difference is not None:
                    progress.stop()
                    print(difference)
                    return 1
                found = {"seed": found["seed"] + 1, "cases": found["cases"] + asked}
                _write(state, json.dumps(found))
                rate = (found["cases"] - first) / (time.monotonic() - begun)
                progress.update(task, completed=found["cases"], rate=rate)
        except KeyboardInterrupt:
            progress.stop()
            print(f"{found['cases']} cases so far, no difference; the same command goes on from seed {found['seed']}")
            return 130
    rate = (found["cases"] - first) / max(time.monotonic() - begun, 0.001)
    print(f"{found['cases']} cases on {name}, seeds 0 to {found['seed'] - 1}, no difference ({rate:.0f} cases/s in this run)")
    return 0


def _write(state: Path, text: str) -> None:
    """All or nothing: a run may end at any moment."""
    beside = state.with_suffix(".new")
    beside.write_text(text)
    beside.replace(state)


def again(name: str, seed: int, *, writes: bool) -> int:
    """The cases of one seed."""
    with ENGINES[name]() as engine:
        _mine.append(engine)
        asked, difference = _ask(seed, writes)
    print(difference or f"{asked} cases of seed {seed} on {name}, no difference")
    return 1 if difference else 0


def main() -> int:
    """Read what is wanted, and begin."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for each in (signal.SIGINT, signal.SIGTERM):  # a shell lets its background jobs ignore the first
        signal.signal(each, signal.default_int_handler)
    parser.add_argument("--writes", action="store_true", help="cases of writes, and not of reads")
    parser.add_argument("--cases", type=int, help="how many there are to be, those of earlier runs included (1,000,000; 100,000 of writes)")
    parser.add_argument("--engine", choices=[*ENGINES], default="ministack")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes, each with an engine of its own")
    parser.add_argument("--seed", type=int, help="ask this one alone, and write no state")
    given = parser.parse_args()
    if given.seed is not None:
        return again(given.engine, given.seed, writes=given.writes)
    folder = ROOT / ".soak"
    folder.mkdir(exist_ok=True)
    state = folder / f"{'writes-' if given.writes else ''}{given.engine}.json"
    cases = given.cases or (100_000 if given.writes else 1_000_000)
    return soak(given.engine, cases, max(1, given.jobs), state, writes=given.writes)


if __name__ == "__main__":
    sys.exit(main())
