"""A progress bar for work that takes longer than a second, where somebody watches. Ctrl-C ends it with 130."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["progress"]

PATIENCE = 1.0
EVERY = 0.1


class Report(Protocol):
    """What the work calls as it goes."""

    def __call__(self, done: int, total: int) -> None:
        """Say how much is done."""


@contextmanager
def progress(what: str) -> Generator[Report]:
    """Give a function to report progress with. Nothing is drawn in the first second, nor where nobody watches."""
    console = Console(stderr=True)
    begun = drawn = time.monotonic()
    bar: Progress | None = None

    def report(done: int, total: int) -> None:
        nonlocal bar, drawn
        if not console.is_terminal or (bar is None and time.monotonic() - begun < PATIENCE):
            return
        if bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("files"), TimeRemainingColumn())
            # It draws when it is told, rather than in a thread: the work may go on in forks of this process.
            bar = Progress(*columns, console=console, transient=True, auto_refresh=False)
            bar.add_task(what)
            bar.start()
        due = done == total or time.monotonic() - drawn > EVERY
        bar.update(bar.task_ids[0], completed=done, total=total, refresh=due)
        drawn = time.monotonic() if due else drawn

    try:
        yield report
    except KeyboardInterrupt:  # which would end with 1, as if something had been found
        raise typer.Exit(130) from None
    finally:
        if bar is not None:
            bar.stop()
