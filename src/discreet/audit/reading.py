"""All files of a root, read in parallel when they are many. What parses and matters stays; what cannot be read is listed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from discreet.audit import files
from discreet.audit.files import Source
from discreet.audit.project import Module
from discreet.findings import Unparsed

__all__ = ["modules_below"]

MANY: Final = 400
CHUNK: Final = 50
TESTS: Final = re.compile(r"(^|/)(tests?|testing|__tests__)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")


@dataclass(frozen=True, slots=True)
class _Checked:
    """Whether a file parses, told by another process: a tree is cheaper to make again than to hand over."""

    path: str
    reason: str | None


Progress = Callable[[int, int], None]


def modules_below(root: Path, jobs: int | None, exclude: Sequence[str], progress: Progress) -> tuple[list[Module], list[Unparsed], int]:
    """The modules of a root, what could not be parsed, and how many files there are."""
    paths = list(files.find(root, exclude))
    workers = min(jobs if jobs is not None else os.cpu_count() or 1, 16)
    modules: list[Module] = []
    unparsed: list[Unparsed] = []
    for done, result in enumerate(_read(root, paths, workers), 1):
        progress(done, len(paths))
        if isinstance(result, Unparsed):
            unparsed.append(result)
        elif result is not None and not (root.is_dir() and TESTS.search(result.path)):
            modules.append(Module.of(result))
    return modules, unparsed, len(paths)


def _read(root: Path, paths: list[str], workers: int) -> Iterator[Source | Unparsed | None]:
    if len(paths) < MANY or workers < 2:
        for path in paths:
            yield files.read(root, path)
        return
    with ProcessPoolExecutor(workers) as pool:
        for checked in pool.map(partial(_check, root), paths, chunksize=CHUNK):
            if checked.reason is not None:
                yield Unparsed(checked.path, checked.reason)
            else:
                yield files.read(root, checked.path) if _matters(root, checked.path) else None


def _check(root: Path, path: str) -> _Checked:
    result = files.read(root, path)
    return _Checked(path, result.reason if isinstance(result, Unparsed) else None)


def _matters(root: Path, path: str) -> bool:
    return True
