"""What to say of a name that is not known: the nearest that are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["nearest"]


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint: up to three names that are close, or where to look."""
    names = sorted(known)
    close = [each for each in names if name and name in each][:3] or get_close_matches(name, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(f'`{each}`' for each in close)}?" if close else "`discreet explain` lists the rules"
