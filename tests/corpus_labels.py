"""The labels of `tests/corpus`: what a reviewer remarked, on which line of which app. Read as text; nothing of the corpus is imported."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CORPUS: Final = Path(__file__).parent / "corpus"

RULES: Final = frozenset(
    {
        "exception-text-returned",
        "expression-injection",
        "mass-assignment",
        "naked-entity",
        "raw-cursor",
        "response-model-bypassed",
        "scan-behind-route",
        "sensitive-attribute-in-response",
        "unauthenticated-route",
        "undisclosed-in-route",
        "unowned-item",
        "unvalidated-key",
        "whole-item-returned",
    }
)

# What the guide (corpus/README.md) leaves open on a line that has a label.
_IMPLIED: Final = {
    "mass-assignment": "unvalidated-key",
    "naked-entity": "unowned-item",
    "unauthenticated-route": "unowned-item",
    "whole-item-returned": "sensitive-attribute-in-response",
}

_MARK: Final = re.compile(r"#\s*(finding|arguable):\s*([a-z, -]+)")


@dataclass(frozen=True, slots=True)
class App:
    """One project to look at. twin: `vulnerable`, `fixed` or `clean`."""

    style: str
    name: str
    twin: str
    root: Path


@dataclass(frozen=True, slots=True)
class Label:
    """One remark. arguable: a finding here is neither right nor wrong, and its absence no miss."""

    rule: str
    path: Path
    line: int
    arguable: bool = False


def apps(corpus: Path = CORPUS) -> list[App]:
    """Every app of a corpus, in order."""
    found = []
    for style in sorted(path for path in corpus.iterdir() if path.is_dir()):
        for home in sorted(path for path in style.iterdir() if path.is_dir()):
            if style.name == "clean":
                found.append(App("clean", home.name, "clean", home))
            else:
                found += [App(style.name, home.name, twin, home / twin) for twin in ("vulnerable", "fixed")]
    return found


def labels(app: App) -> list[Label]:
    """Every label of an app, and what its labels leave open on their lines."""
    return [label for path in sorted(app.root.rglob("*.py")) for label in _in_file(path)]


def _in_file(path: Path) -> Iterator[Label]:
    with tokenize.open(path) as text:
        comments = [each for each in tokenize.generate_tokens(text.readline) if each.type == tokenize.COMMENT]
    for comment in comments:
        marked = {rule.strip(): kind for kind, names in _MARK.findall(comment.string) for rule in names.split(",")}
        implied = {_IMPLIED[rule] for rule, kind in marked.items() if kind == "finding" and rule in _IMPLIED}
        for rule in sorted(marked.keys() | implied):
            yield Label(rule, path, comment.start[0], marked.get(rule, "arguable") == "arguable")
