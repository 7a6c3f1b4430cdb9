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

from discreet.audit.gateways import authorized
from discreet.audit.machine import Machine
from discreet.audit.project import Project
from discreet.audit.reading import survey
from discreet.audit.routes import discover, exception_handlers, walk
from discreet.audit.rules import CHECKS
from discreet.audit.service import Service
from discreet.audit.trace import Raised
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
    """Audit a file or a folder. `rules` are the names to look for, all by default; `progress` is told of files done."""
    with _room():
        found = survey(root, jobs, exclude, progress)
        machine = Machine(Project(found.modules))
        machine.registry.gateway = found.lambdas and authorized(root)
        discover(machine, [found.modules[path] for path in found.declaring])
        routes = tuple(walk(machine))
        raised = [event for route in routes for event in route.trace if isinstance(event, Raised)]
        service = Service(machine, routes, tuple(exception_handlers(machine, raised)))
        findings = _unique(finding for check in CHECKS if rules is None or check.rule.name in rules for finding in check.find(service))
    deep = tuple(Unparsed(path, "nested too deeply: some of it was not followed") for path in sorted(machine.deep))
    return Report(findings, (*found.unparsed, *machine.lost, *deep), found.files, len(routes))


def _unique(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """One finding for each rule, route and place, in the order of places."""
    found = {(each.rule, each.route, each.region): each for each in findings}
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
