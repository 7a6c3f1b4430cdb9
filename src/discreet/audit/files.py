"""The Python files below a root, read and parsed. What cannot be is said with its reason, never swallowed."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from discreet.findings import Unparsed

__all__ = ["Source", "find", "parse", "read"]

LARGEST: Final = 2_000_000
TEMPLATE: Final = re.compile(r"""(?<![\w'"])(t|rt|tr)['"]""", re.IGNORECASE)
SKIPPED: Final = frozenset(
    {
        "__pycache__",
        "__pypackages__",
        "bower_components",
        "build",
        "cdk.out",
        "dist",
        "node_modules",
        "site-packages",
        "dist-packages",
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """One parsed file. `path` is POSIX, relative to the root."""

    path: str
    text: str
    tree: ast.Module


def find(root: Path, exclude: Sequence[str] = ()) -> Iterator[str]:
    """The Python files of a root, in order, relative to it. Links to folders are not followed, so there is no loop."""
    if not root.is_dir():
        yield root.name
        return
    for folder, names, files in os.walk(root):
        here = Path(folder).relative_to(root).as_posix()
        names[:] = sorted(name for name in names if _entered(Path(folder) / name, _under(here, name), exclude))
        for name in sorted(files):
            if name.endswith(".py") and not _excluded(_under(here, name), exclude):
                yield _under(here, name)


def _under(here: str, name: str) -> str:
    return name if here == "." else f"{here}/{name}"


def _entered(folder: Path, path: str, exclude: Sequence[str]) -> bool:
    name = folder.name
    if name in SKIPPED or name.startswith(".") or name.endswith((".egg-info", ".dist-info")):
        return False
    return not (folder / "pyvenv.cfg").exists() and not _excluded(path, exclude)


def _excluded(path: str, exclude: Sequence[str]) -> bool:
    return any(fnmatch(path, each) or fnmatch(path, f"{each.rstrip('/')}/*") for each in exclude)


def read(root: Path, path: str) -> Source | Unparsed:
    """Read and parse one of the files that `find` gave."""
    place = _place(root, path)
    if place.exists() and not place.is_file():
        return Unparsed(path, "a pipe or a device, not a file")
    try:
        with place.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        return Unparsed(path, f"cannot be read: {(error.strerror or 'no such file').lower()}")
    if len(raw) > LARGEST:
        return Unparsed(path, f"larger than {LARGEST // 1_000_000} MB")
    if b"\0" in raw:
        return Unparsed(path, "binary, not Python")
    text = _decode(raw)
    return Unparsed(path, text.reason) if isinstance(text, _Undecodable) else parse(path, text)


def _place(root: Path, path: str) -> Path:
    return root / path if root.is_dir() else root


@dataclass(frozen=True, slots=True)
class _Undecodable:
    reason: str


def _decode(raw: bytes) -> str | _Undecodable:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        return io.TextIOWrapper(io.BytesIO(raw), encoding, newline=None).read()
    except SyntaxError as error:
        unknown = "unknown encoding" in str(error)
        return _Undecodable("it declares an encoding that is unknown" if unknown else "not UTF-8: declare its encoding in the first line")
    except LookupError:
        return _Undecodable("it declares an encoding that is unknown")
    except UnicodeDecodeError as error:
        return _Undecodable(f"not {error.encoding}: declare its encoding in the first line")


def parse(path: str, text: str) -> Source | Unparsed:
    """Parse a text that was read from `path`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        return Unparsed(path, _syntax(error, text))
    except (RecursionError, MemoryError):
        return Unparsed(path, "nested too deeply")
    except (ValueError, UnicodeError):
        return Unparsed(path, "not Python text")
    return Source(path, text, tree)


def _syntax(error: SyntaxError, text: str) -> str:
    said = error.msg or "invalid syntax"
    if "too many nested" in said or "nested too deeply" in said or "too complex" in said:
        return "nested too deeply"
    if _newer(error, text):
        return f"line {error.lineno}: syntax of a newer Python than the one that audits"
    return f"line {error.lineno}: {said[:120]}"


def _newer(error: SyntaxError, text: str) -> bool:
    """Whether the line looks like syntax that came after the running Python: `type X = ...`, `def f[T]`, `t"..."`, nested quotes."""
    lines = text.split("\n")
    line = lines[(error.lineno or 1) - 1].lstrip() if 0 < (error.lineno or 0) <= len(lines) else ""
    head, _, rest = line.partition(" ")
    if head == "type" and "=" in rest:
        return True
    if head in {"def", "class", "async"} and "[" in rest.partition("(")[0]:
        return True
    if TEMPLATE.search(line):
        return True
    return "f-string" in (error.msg or "") or (line.startswith("except ") and "," in line)
