"""Run random writes against their model for long: `make soak-writes ARGS="--steps 1000000"`. Goes on where it was interrupted.

A step is a write, a transaction, a race of two, a read or a list, after which all that is stored is compared. The state (the
next seed and the steps so far) is in `.soak/`. Ends with 1, and the steps that led to it, at the first difference.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT)]

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: E402
from tests.engines import Engine, dynamodb_local  # noqa: E402
from tests.soak.machine import Difference, run  # noqa: E402

from discreet.testing import embedded_engine  # noqa: E402

STEPS_OF_A_SEED = 100


async def soak(engine: Engine, steps: int, state: Path) -> int:
    """Run seeds from where the last run ended until there were so many steps."""
    found = json.loads(state.read_text()) if state.exists() else {"seed": 0, "steps": 0}
    begun, first = time.monotonic(), found["steps"]
    columns = (TextColumn(engine.name), BarColumn(), MofNCompleteColumn(), TextColumn("steps"), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("", total=steps, completed=found["steps"])
        while found["steps"] < steps:
            try:
                found["steps"] += await run(engine, found["seed"], STEPS_OF_A_SEED)
            except Difference as difference:
                print(difference)
                return 1
            found["seed"] += 1
            state.write_text(json.dumps(found))
            progress.update(task, completed=found["steps"])
    rate = (found["steps"] - first) / max(time.monotonic() - begun, 0.001)
    print(f"{found['steps']} steps on {engine.name}, seeds 0 to {found['seed'] - 1}, no difference ({rate:.0f} steps/s in this run)")
    return 0


def main() -> int:
    """Read what is wanted, and start the engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--engine", choices=["ministack", "dynamodb-local"], default="ministack")
    given = parser.parse_args()
    folder = ROOT / ".soak"
    folder.mkdir(exist_ok=True)
    state = folder / f"writes-{given.engine}.json"
    if given.engine == "ministack":
        with embedded_engine() as url:
            return asyncio.run(soak(Engine("ministack", url), given.steps, state))
    with dynamodb_local() as engine:
        return asyncio.run(soak(engine, given.steps, state))


if __name__ == "__main__":
    sys.exit(main())
