"""Find what a FastAPI service on DynamoDB exposes, without running it. `audit` reads files and returns a `Report`.

Files are read and parsed (`files`), indexed into modules (`project`), and walked through with abstract values
(`machine`): first what declares apps and routers, then each route, called as FastAPI would call it (`routes`). The
rules look at what happened on the way.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from discreet.audit.discovery import discover
from discreet.audit.gateways import authorized
from discreet.audit.machine import Machine
from discreet.audit.project import Project
from discreet.audit.reading import survey
from discreet.audit.routes import declared
from discreet.audit.rules import CHECKS
from discreet.audit.shares import judge
from discreet.findings import Finding, Report, Rule, Unparsed

__all__ = ["RULES", "audit"]

RULES: Final[tuple[Rule, ...]] = tuple(check.rule for check in CHECKS)

DEEPEST: Final = 12_000


def audit(
    root: Path,
    *,
    jobs: int | None = None,
    exclude: Sequence[str] = (),
    rules: Collection[str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Audit a file or a folder. `rules` are the names to look for, all by default; `jobs` is how many processes may follow routes, one
    a core by default; `progress` is told of files done.
    """
    with _room():
        found = survey(root, exclude, progress)
        machine = Machine(Project(found.modules))
        machine.registry.gateway = found.lambdas and authorized(root)
        discover(machine, [found.modules[path] for path in found.declaring])
        checks = [check for check in CHECKS if rules is None or check.rule.name in rules]
        judged = judge(machine, declared(machine), checks, jobs)
        findings = _unique(finding for each in judged for finding in each.findings)
        unfollowed = sorted(frozenset[str]().union(*(each.deep for each in judged)))
        deep = [Unparsed(path, "too large or nested too deeply: some of it was not followed") for path in unfollowed]
        lost = [unparsed for each in judged for unparsed in each.lost]
        return Report(findings, (*found.unparsed, *lost, *deep), found.files, sum(each.routes for each in judged))


def _unique(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """One finding for each rule, route and place, in the order of places."""
    found: dict[object, Finding] = {}
    for each in sorted(findings, key=lambda each: [(step.region.path, step.region.line, step.text) for step in each.path]):
        found.setdefault((each.rule, each.route, each.region), each)
    return tuple(
        sorted(found.values(), key=lambda each: (each.region.path, each.region.line, each.region.column, each.rule, each.route or ""))
    )


@contextmanager
def _room() -> Generator[None]:
    """Room for nested code (the machine bounds itself far below it), and no search for cycles in trees that have none to free."""
    before, collects = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(before, DEEPEST))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        if collects:
            gc.enable()
