"""The files of a root as modules. All are read once; those that matter are kept parsed.

A file that is needed after all (a helper that a route calls) is parsed again then: trees are many times larger than
their texts, and few files of a repository matter to a route.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from discreet.audit import files
from discreet.audit.files import Source
from discreet.audit.project import Module, declares_routes
from discreet.findings import Unparsed

__all__ = ["Modules", "Survey", "survey"]

TESTS: Final = re.compile(r"(^|/)(tests?|testing|__tests__)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")
ADAPTER: Final = re.compile(r"^\s*(from|import)\s+mangum\b|lambda_handler|aws_lambda", re.MULTILINE)
STORES: Final = re.compile(r"boto|dynamo|pynamodb|pydynox|dyntastic|discreet", re.IGNORECASE)

Progress = Callable[[int, int], None]


class Modules(Mapping[str, Module]):
    """Modules by path, parsed when they are asked for."""

    def __init__(self, root: Path, paths: list[str], kept: dict[str, Module]) -> None:
        self._root = root
        self._paths = dict.fromkeys(paths)
        self._kept = kept

    def __getitem__(self, path: str) -> Module:
        """The module of a path. Raises KeyError for what is not there, or was not parsed."""
        if path not in self._paths:
            raise KeyError(path)
        if path not in self._kept:
            source = files.read(self._root, path)
            if isinstance(source, Unparsed):
                del self._paths[path]
                raise KeyError(path)
            self._kept[path] = Module.of(source)
        return self._kept[path]

    def __contains__(self, path: object) -> bool:
        """Whether there is a module, without parsing it."""
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        """Their paths."""
        return iter(list(self._paths))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._paths)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a root holds: its modules, those that may declare routes, what could not be parsed, how many files there are.

    `lambdas`: something adapts an app to AWS Lambda, where a gateway may stand in front of it.
    """

    modules: Modules
    declaring: tuple[str, ...]
    unparsed: tuple[Unparsed, ...]
    files: int
    lambdas: bool = False


@dataclass(frozen=True, slots=True)
class _Glance:
    """One file, read once."""

    path: str
    declares: bool = False
    reason: str | None = None
    source: Source | None = None
    adapted: bool = False


def survey(root: Path, exclude: Sequence[str], progress: Progress) -> Survey:
    """Read all files of a root once."""
    paths = list(files.find(root, exclude))
    kept: dict[str, Module] = {}
    good: list[str] = []
    declaring: list[str] = []
    unparsed: list[Unparsed] = []
    lambdas = False
    for done, glance in enumerate((_glance(root, path) for path in paths), 1):
        progress(done, len(paths))
        lambdas = lambdas or glance.adapted
        if glance.reason is not None:
            unparsed.append(Unparsed(glance.path, glance.reason))
        elif not (root.is_dir() and TESTS.search(glance.path)):
            good.append(glance.path)
            if glance.source is not None:
                kept[glance.path] = Module.of(glance.source)
            if glance.declares:
                declaring.append(glance.path)
    return Survey(Modules(root, good, kept), tuple(declaring), tuple(unparsed), len(paths), lambdas)


def _glance(root: Path, path: str) -> _Glance:
    source = files.read(root, path)
    if isinstance(source, Unparsed):
        return _Glance(path, reason=source.reason)
    declares = declares_routes(source.text)
    kept = source if declares or STORES.search(source.text) else None
    return _Glance(path, declares, None, kept, ADAPTER.search(source.text) is not None)
