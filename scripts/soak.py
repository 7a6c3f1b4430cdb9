"""Run random cases of noninterference for long: `make soak ARGS="--cases 1000000"`. Goes on where it was interrupted.

A case is one request, answered alike by two databases of one world and by the simulator. The state (the next seed and the
cases so far) is in `.soak/`. Ends with 1, and with all that is needed to see it again, at the first difference.
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
from tests.soak.harness import Difference, run  # noqa: E402

from discreet.testing import embedded_engine  # noqa: E402


async def soak(engine: Engine, cases: int, state: Path) -> int:
    """Run seeds from where the last run ended until there were so many cases."""
    found = json.loads(state.read_text()) if state.exists() else {"seed": 0, "cases": 0}
    begun, first = time.monotonic(), found["cases"]
    columns = (TextColumn(engine.name), BarColumn(), MofNCompleteColumn(), TextColumn("cases"), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("", total=cases, completed=found["cases"])
        while found["cases"] < cases:
            try:
                found["cases"] += await run(engine, found["seed"])
            except Difference as difference:
                print(difference)
                return 1
            found["seed"] += 1
            state.write_text(json.dumps(found))
            progress.update(task, completed=found["cases"])
    rate = (found["cases"] - first) / max(time.monotonic() - begun, 0.001)
    print(f"{found['cases']} cases on {engine.name}, seeds 0 to {found['seed'] - 1}, no difference ({rate:.0f} cases/s in this run)")
    return 0


def main() -> int:
    """Read what is wanted, and start the engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=["ministack", "dynamodb-local"], default="ministack")
    given = parser.parse_args()
    folder = ROOT / ".soak"
    folder.mkdir(exist_ok=True)
    state = folder / f"{given.engine}.json"
    if given.engine == "ministack":
        with embedded_engine() as url:
            return asyncio.run(soak(Engine("ministack", url), given.cases, state))
    with dynamodb_local() as engine:
        return asyncio.run(soak(engine, given.cases, state))


if __name__ == "__main__":
    sys.exit(main())
