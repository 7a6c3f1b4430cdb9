"""`# discreet: ignore[rule] reason`: said beside the code, on the finding's line or on a line of its own above it."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["Ignore", "read_ignores"]

MARK: Final = "discreet:"
COMMENT: Final = re.compile(r"#\s*discreet:\s*ignore\b\s*(?:\[(?P<rules>[^\]]*)\])?(?P<reason>.*)")
TOO_LONG_TO_TOKENISE: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment, not yet judged: `covers` is the line whose findings it is about."""

    path: str
    line: int
    covers: int
    rules: tuple[str, ...]
    reason: str


def read_ignores(path: str, text: str) -> Iterator[Ignore]:
    """The ignore comments of a file, whatever is wrong with them."""
    if MARK not in text:
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line, comment in _comments(lines):
        found = COMMENT.match(comment)
        if found is not None:
            rules = tuple(each.strip() for each in (found["rules"] or "").split(",") if each.strip())
            yield Ignore(path, line, _covered(lines, line), rules, found["reason"].strip(" \t:-"))


def _covered(lines: list[str], line: int) -> int:
    """Its own line; for a comment that stands alone the next line that does not."""
    while line < len(lines) and lines[line - 1].lstrip().startswith("#"):
        line += 1
    return line


def _comments(lines: list[str]) -> list[tuple[int, str]]:
    """The comments that hold the mark. What looks like one in a string is none, unless the file can not be tokenised."""
    text = "\n".join(lines)
    if len(text) <= TOO_LONG_TO_TOKENISE:
        try:
            tokens = tokenize.generate_tokens(io.StringIO(text).readline)
            return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT and MARK in token.string]
        except (tokenize.TokenError, SyntaxError):  # such as syntax that is newer than this Python
            pass
    return [(number, line[line.index("#") :]) for number, line in enumerate(lines, 1) if MARK in line.partition("#")[2]]
