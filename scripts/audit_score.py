"""Score the audit on the labelled corpus: for each rule, what was found, missed, and found where nothing is."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from discreet.audit import RULES, audit
from discreet.findings import Finding

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"
MARKER = re.compile(r"#\s*(finding|arguable):\s*([a-z, -]+?)(?=\s*(?:#|$))")
IMPLIED = {
    "whole-item-returned": {"sensitive-attribute-in-response"},
    "unauthenticated-route": {"unowned-item"},
    "naked-entity": {"unowned-item"},
    "mass-assignment": {"unvalidated-key"},
}

Place = tuple[str, int, str]


@dataclass
class Score:
    """The sums of one rule, and where it was wrong."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Of what is labelled, how much was found."""
        return self.right / ((self.right + len(self.missed)) or 1) if self.right + len(self.missed) else 1.0

    @property
    def false_positives(self) -> float:
        """Of what was found, how much is not labelled."""
        return len(self.wrong) / ((self.right + len(self.wrong)) or 1)

    @property
    def precision(self) -> float:
        """Of what was found, how much is labelled."""
        return 1 - self.false_positives


def projects(corpus: Path) -> Iterator[Path]:
    """The folders that are one project each."""
    for folder in sorted(corpus.glob("*/*/")):
        inner = [each for each in (folder / "vulnerable", folder / "fixed") if each.is_dir()]
        yield from inner or [folder]


def labels(root: Path) -> tuple[set[Place], set[Place]]:
    """What must be found, and what may be, by file and line."""
    required: set[Place] = set()
    arguable: set[Place] = set()
    for path in sorted(root.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for kind, names in MARKER.findall(line):
                for name in (each.strip() for each in names.split(",")):
                    place = (path.relative_to(root).as_posix(), number, name)
                    (required if kind == "finding" else arguable).add(place)
                    if kind == "finding":
                        arguable |= {(place[0], number, other) for other in IMPLIED.get(name, ())}
    return required, arguable


def lines(finding: Finding) -> list[Place]:
    """The places where a finding's label may be: its line first, then those on its path."""
    regions = [finding.region, *(step.region for step in reversed(finding.path))]
    return [(region.path, region.line, finding.rule) for region in regions]


def score(corpus: Path = CORPUS) -> dict[str, Score]:
    """The scores of all rules."""
    scores: dict[str, Score] = defaultdict(Score)
    for root in projects(corpus):
        required, arguable = labels(root)
        found: set[Place] = set()
        for finding in audit(root, jobs=1).findings:
            places = lines(finding)
            hits = [place for place in places if place in required]
            found.update(hits)
            if not hits and not any(place in arguable for place in places):
                where = f"{root.relative_to(corpus)}/{finding.region.path}:{finding.region.line}"
                scores[finding.rule].wrong.append(f"{where} [{finding.route}] {finding.message}")
        for place in sorted(required):
            if place in found:
                scores[place[2]].right += 1
            else:
                scores[place[2]].missed.append(f"{root.relative_to(corpus)}/{place[0]}:{place[1]}")
    return scores


def main() -> None:
    """Print the table, and with `-v` every mistake."""
    scores = score()
    sums: Counter[str] = Counter()
    print(f"{'rule':34}{'TP':>5}{'FP':>5}{'FN':>5}{'recall':>9}{'precision':>11}")
    for name in [rule.name for rule in RULES]:
        each = scores[name]
        sums.update(tp=each.right, fp=len(each.wrong), fn=len(each.missed))
        print(f"{name:34}{each.right:5}{len(each.wrong):5}{len(each.missed):5}{each.recall:9.2f}{each.precision:11.2f}")
    print(f"{'all':34}{sums['tp']:5}{sums['fp']:5}{sums['fn']:5}")
    if "-v" in sys.argv[1:]:
        for name, each in scores.items():
            for text in each.wrong:
                print(f"FP {name} {text}")
            for text in each.missed:
                print(f"FN {name} {text}")


if __name__ == "__main__":
    main()
