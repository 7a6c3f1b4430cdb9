"""Routes are judged in shares, by as many processes as there are cores: each is forked with all that was read before.

Whose items tables hold, and by what they are found, is asked of the whole service: each share says what it saw, and hears what all saw.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from discreet.audit.machine import Machine
from discreet.audit.middleware import exception_handlers
from discreet.audit.routes import walk
from discreet.audit.rules.rule import Check
from discreet.audit.service import Service, Tables
from discreet.audit.tables import told
from discreet.audit.trace import Raised
from discreet.audit.web import Registered
from discreet.findings import Finding, Unparsed

__all__ = ["Judged", "judge"]

FEW: Final = 50
MOST: Final = 16


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of routes: findings, how many were walked, what could not be followed."""

    findings: tuple[Finding, ...]
    routes: int
    lost: tuple[Unparsed, ...]
    deep: frozenset[str]


def judge(machine: Machine, routes: Sequence[Registered], checks: Sequence[Check], jobs: int | None) -> list[Judged]:
    """Walk routes and check them, in one share or in several at once."""
    workers = _workers(len(routes), jobs)
    found = _together(machine, routes, checks, workers) if workers > 1 else None
    return found if found is not None else [_share(machine, routes, checks, lambda mine: mine)]


def _workers(routes: int, jobs: int | None) -> int:
    """How many processes are worth it. Only Linux forks safely what has imported as much as this, and only without threads."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return min(jobs if jobs is not None else len(os.sched_getaffinity(0)), routes // FEW, MOST)


def _share(machine: Machine, routes: Sequence[Registered], checks: Sequence[Check], ask: Callable[[Tables], Tables]) -> Judged:
    before = len(machine.lost)
    walked = tuple(walk(machine, routes))
    raised = [event for route in walked for event in route.trace if isinstance(event, Raised)]
    service = Service(machine, walked, tuple(exception_handlers(machine, raised)))
    service = replace(service, tables=ask(told(service)))
    findings = tuple(finding for check in checks for finding in check.find(service))
    return Judged(findings, len(walked), tuple(machine.lost[before:]), frozenset(machine.deep))


def _together(machine: Machine, routes: Sequence[Registered], checks: Sequence[Check], workers: int) -> list[Judged] | None:
    """The shares' outcomes in order. None where a process failed: what failed is then seen in this one."""
    context = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    processes: list[BaseProcess] = []
    try:
        for share in _divided(routes, workers):
            ours, theirs = context.Pipe()
            process: BaseProcess = context.Process(target=_work, args=(theirs, machine, share, checks), daemon=True)
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        seen = reduce(Tables.__or__, [pipe.recv() for pipe in pipes])
        for pipe in pipes:
            pipe.send(seen)
        return [pipe.recv() for pipe in pipes]
    except (EOFError, OSError):
        return None
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _work(pipe: Connection, machine: Machine, routes: Sequence[Registered], checks: Sequence[Check]) -> None:
    """One share, in a process of its own. Where it fails it ends without a word: the parent finds out why."""

    def ask(mine: Tables) -> Tables:
        pipe.send(mine)
        everyone: Tables = pipe.recv()
        return everyone

    try:
        pipe.send(_share(machine, routes, checks, ask))
    except Exception:
        pipe.close()


def _divided(routes: Sequence[Registered], workers: int) -> Iterator[Sequence[Registered]]:
    size = -(-len(routes) // workers)
    yield from (routes[start : start + size] for start in range(0, len(routes), size))
