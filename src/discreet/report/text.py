"""Text that came from the audited tree, made safe to show: its paths and lines are whatever somebody committed."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["lines_of", "shown", "window"]

# Control, format (with the bidirectional overrides of CVE-2021-42574), surrogates, line and paragraph separators.
HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def shown(text: str) -> str:
    """With an escape for each character that is not seen, or that a terminal obeys. Line ends stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if each == "\n" or unicodedata.category(each) not in HIDDEN else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode() if character != "\t" else "    "


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them: a form feed or a line separator ends none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def window(line: str, start: int, end: int, width: int) -> tuple[str, int, int]:
    """A part of a line that fits and holds what begins at `start`, and where that is in it. Offsets count characters."""
    before, marked = shown(line[:start]), shown(line[start:end])
    after = shown(line[end:])
    unindented = before.lstrip(" ")
    if len(unindented) + len(marked) > width:
        unindented = "…" + unindented[len(unindented) - max(0, width // 4) :]
    whole = unindented + marked + after
    if len(whole) > width:
        whole = whole[: max(1, width - 1)] + "…"
    return whole, min(len(unindented), len(whole)), min(len(unindented) + len(marked), len(whole))
