"""How long `discreet audit` takes beside bandit, semgrep and ruff's security rules, on one tree and in one run.

`make bench-audit` sets the others up and runs this. Rounds are interleaved, so that a busy machine is busy for each; what counts is
the ratios, the times are this machine's. Tools start cold: a process each, no cache of their own; files are in the system's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from services import generate

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
OTHERS = HERE.parent / ".bench/bin"
MIB = 1024 if sys.platform == "linux" else 1024 * 1024


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a tool: seconds by the clock, seconds of all its processes, memory of its largest process in MiB, what it found."""

    wall: float
    cpu: float
    memory: float
    found: int


def tools(tree: Path) -> Mapping[str, Sequence[str]]:
    """The command of each."""
    semgrep = ["scan", "--config", str(HERE / "semgrep.yml"), "--metrics", "off", "--disable-version-check", "--quiet"]
    return {
        "discreet, one process": [str(BIN / "discreet"), "audit", str(tree), "--jobs", "1", "--format", "json"],
        "discreet": [str(BIN / "discreet"), "audit", str(tree), "--format", "json"],
        "bandit": [str(OTHERS / "bandit"), "-q", "-r", str(tree), "-f", "json"],
        "semgrep, 9 patterns": [str(OTHERS / "semgrep"), *semgrep, "--json", str(tree)],
        "ruff, S rules": [
            str(BIN / "ruff"),
            "check",
            "--select",
            "S",
            "--isolated",
            "--no-cache",
            "--exit-zero",
            "--output-format",
            "json",
            str(tree),
        ],
    }


def run(command: Sequence[str]) -> Run:
    """Run a tool to its end. Raises where it failed: 0 and 1 are its findings."""
    environment = {**os.environ, "PATH": f"{OTHERS}:{os.environ['PATH']}"}
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdout=told, stderr=said, env=environment)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in {0, 1}:
            said.seek(0)
            sys.exit(f"{Path(command[0]).name} ended with {child.returncode}:\n{said.read().decode()[-2000:]}")
        told.seek(0)
        document = json.load(told)
    found = document if isinstance(document, list) else document.get("findings", document.get("results"))
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / MIB, len(found))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = generate(Path(folder), options.files)
        commands = {name: command for name, command in tools(Path(folder)).items() if Path(command[0]).exists()}
        for name in tools(Path(folder)).keys() - commands.keys():
            print(f"not measured: {name} is not installed")
        print(f"{options.files} files, {lines:,} lines, {options.rounds} interleaved rounds, {os.cpu_count()} cores; medians\n")
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for number in range(options.rounds):
            for name, command in commands.items():
                runs[name].append(run(command))
                print(f"  round {number + 1}: {name} {runs[name][-1].wall:.2f} s", file=sys.stderr)
    table(runs)


def table(runs: Mapping[str, Sequence[Run]]) -> None:
    """Medians, and ratios to discreet within each round. Memory is that of the largest process."""
    print(f"{'tool':<24}{'seconds':>9}{'CPU s':>9}{'MiB':>8}{'times discreet':>16}{'found':>8}")
    for name, each in runs.items():
        ratios = [mine.wall / ours.wall for mine, ours in zip(each, runs["discreet"], strict=True)]
        print(
            f"{name:<24}{median(r.wall for r in each):>9.2f}{median(r.cpu for r in each):>9.2f}{median(r.memory for r in each):>8.0f}"
            f"{median(ratios):>16.2f}{each[-1].found:>8}"
        )


if __name__ == "__main__":
    main()
