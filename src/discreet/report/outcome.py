"""What a run of the audit comes to: its findings, each held against the code or set aside for a reason, and what its reader must know.

A finding is set aside by an ignore comment beside it or by an entry of the baseline, never silently: both carry a
reason, both are counted, and one that matches nothing is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from discreet.findings import Finding, Report, Rule, Severity, Unparsed
from discreet.report.baseline import Accepted, Baseline
from discreet.report.ignores import Ignore
from discreet.report.names import nearest
from discreet.report.settings import Settings

__all__ = ["By", "Judged", "Outcome", "Problem", "Suppression", "judge", "ranked"]

Place = tuple[str, int, str]  # path, line, rule


class By(StrEnum):
    """What sets a finding aside."""

    IGNORE = "ignore"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding is set aside."""

    by: By
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding and what came of it. `identity` is its fingerprint and which of those with the same one it is."""

    finding: Finding
    identity: str
    suppression: Suppression | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with how the run was set up. One that `fails` asks for an ignore that can not be granted."""

    message: str
    hint: str
    path: str | None = None
    line: int | None = None
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a run has to say, the worst first. `rules` are those that ran, `settings` what the tree itself asked for."""

    judged: tuple[Judged, ...]
    problems: tuple[Problem, ...]
    unparsed: tuple[Unparsed, ...]
    files: int
    routes: int
    rules: tuple[Rule, ...]
    settings: str = ""

    @property
    def findings(self) -> tuple[Judged, ...]:
        """Those that are held against the code."""
        return tuple(each for each in self.judged if each.suppression is None)

    @property
    def suppressed(self) -> tuple[Judged, ...]:
        """Those that are set aside."""
        return tuple(each for each in self.judged if each.suppression is not None)

    def fails(self, severity: Severity) -> bool:
        """Whether a finding is at least this bad, or an ignore was not granted."""
        at_least = ranked(severity)
        return any(ranked(each.finding.severity) >= at_least for each in self.findings) or any(each.fails for each in self.problems)


def ranked(severity: Severity) -> int:
    """0 for the mildest."""
    return list(Severity).index(severity)


def judge(
    report: Report,
    *,
    rules: Sequence[Rule],
    every_rule: Collection[str],
    ignores: Sequence[Ignore] = (),
    baseline: Baseline | None = None,
    settings: Settings | None = None,
) -> Outcome:
    """Hold each finding against the code, or set it aside. `rules` ran; `every_rule` names those that there are."""
    settings = settings or Settings()
    asked, refused = _granted(ignores, every_rule)
    accepted = {each.fingerprint: each for each in baseline.accepted} if baseline else {}
    judged: list[Judged] = []
    used: set[Place] = set()
    for finding, identity in _identified(_overridden(report.findings, settings.severity)):
        place = (finding.region.path, finding.region.line, finding.rule)
        suppression = None
        if (entry := accepted.get(identity)) is not None:
            suppression = Suppression(By.BASELINE, entry.reason)
        if (ignore := asked.get(place)) is not None:
            used.add(place)
            suppression = Suppression(By.IGNORE, ignore.reason)
        judged.append(Judged(finding, identity, suppression))
    looked_for = _looked_for(rules, report.unparsed)
    met = {each.identity for each in judged}
    unused = [_unused(ignore, place) for place, ignore in asked.items() if place not in used and looked_for(place[0], place[2])]
    stale = [_stale(each) for each in accepted.values() if each.fingerprint not in met and looked_for(each.path, each.rule)]
    return Outcome(
        judged=tuple(sorted(judged, key=_worst_first)),
        problems=(*refused, *unused, *stale),
        unparsed=report.unparsed,
        files=report.files,
        routes=report.routes,
        rules=tuple(replace(rule, severity=settings.severity.get(rule.name, rule.severity)) for rule in rules),
        settings=settings.said(),
    )


def _worst_first(each: Judged) -> tuple[object, ...]:
    finding = each.finding
    return (-ranked(finding.severity), finding.region.path, finding.region.line, finding.region.column, finding.rule)


def _overridden(findings: Iterable[Finding], severities: Mapping[str, Severity]) -> Iterator[Finding]:
    for finding in findings:
        yield replace(finding, severity=severities[finding.rule]) if finding.rule in severities else finding


def _identified(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Two findings may mean the same, such as the same call twice in a function: the second is told by its number."""
    seen: Counter[str] = Counter()
    for finding in sorted(findings, key=lambda each: (each.region.path, each.region.line, each.region.column)):
        fingerprint = finding.fingerprint
        seen[fingerprint] += 1
        yield finding, f"{fingerprint}:{seen[fingerprint]}"


def _granted(ignores: Iterable[Ignore], every_rule: Collection[str]) -> tuple[dict[Place, Ignore], list[Problem]]:
    """What the ignores ask for, and what is wrong with those that are refused as a whole."""
    asked: dict[Place, Ignore] = {}
    refused: list[Problem] = []
    for ignore in ignores:
        wrong = list(_what_is_wrong(ignore, every_rule))
        refused += wrong
        asked.update({} if wrong else {(ignore.path, ignore.covers, rule): ignore for rule in ignore.rules})
    return asked, refused


def _what_is_wrong(ignore: Ignore, every_rule: Collection[str]) -> Iterator[Problem]:
    def problem(message: str, hint: str) -> Problem:
        return Problem(f"{message}, so it ignores nothing", hint, ignore.path, ignore.line, fails=True)

    if not ignore.rules:
        yield problem("the ignore names no rule", "write `# discreet: ignore[rule-name] reason`")
    for rule in ignore.rules:
        if rule not in every_rule:
            yield problem(f"the ignore names `{rule}`, which is no rule", nearest(rule, every_rule))
    if ignore.rules and not ignore.reason:
        yield problem("the ignore gives no reason", "say behind the bracket why this is meant to be so")


def _looked_for(rules: Iterable[Rule], unparsed: Iterable[Unparsed]) -> Callable[[str, str], bool]:
    """Whether a rule ran on a path: only then is nothing found there to be relied on."""
    ran = {rule.name for rule in rules}
    unread = {each.path for each in unparsed}
    return lambda path, rule: rule in ran and path not in unread


def _unused(ignore: Ignore, place: Place) -> Problem:
    path, covers, rule = place
    return Problem(f"the ignore of `{rule}` matches no finding on line {covers}", "remove it", path, ignore.line)


def _stale(entry: Accepted) -> Problem:
    where = f" in `{entry.function}`" if entry.function else ""
    return Problem(f"the baseline accepts `{entry.rule}`{where}, which is not found any more", "write it anew", entry.path)
