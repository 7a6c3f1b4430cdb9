"""`--format sarif`: SARIF 2.1.0 as GitHub code scanning reads it.

What GitHub makes of it decides some choices here. An alert is known by `primaryLocationLineHash`, so that holds what the
finding means and no line. A region of more than one line loses its annotation. Of tags ten are kept, so
requirements go in `properties` and in the help. Paths are relative to the repository's root.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from discreet.findings import Confidence, Finding, Region, Rule, Severity, Unparsed
from discreet.report.outcome import By, Judged, Outcome, Problem
from discreet.report.pages import page

__all__ = ["as_sarif"]

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT: Final = "%SRCROOT%"
LEVELS: Final[Mapping[Severity, str]] = {
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
# GitHub's classes: over 9.0 critical, from 7.0 high, from 4.0 medium, below that low.
SCORES: Final[Mapping[Severity, str]] = {Severity.LOW: "3.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}
RANKS: Final[Mapping[Confidence, float]] = {Confidence.LOW: 30.0, Confidence.MEDIUM: 60.0, Confidence.HIGH: 90.0}
KINDS: Final[Mapping[By, str]] = {By.IGNORE: "inSource", By.BASELINE: "external"}
# What GitHub takes: more results than this, and the upload is refused; more tags or steps, and the rest is dropped.
MOST_RESULTS: Final = 25_000
MOST_TAGS: Final = 10
MOST_STEPS: Final = 1_000
MOST_TEXT: Final = 1_000


def as_sarif(outcome: Outcome, *, release: str, prefix: str = "") -> str:
    """The outcome as a SARIF text. `release` is discreet's version, `prefix` the way from the repository's root to the audited one."""
    return json.dumps(_Log(outcome, release, prefix).log(), indent=2) + "\n"


class _Log:
    """One log; paths in it begin with the prefix."""

    def __init__(self, outcome: Outcome, release: str, prefix: str) -> None:
        self.outcome = outcome
        self.release = release
        self.prefix = PurePosixPath(prefix)
        self.kept = outcome.judged[:MOST_RESULTS]
        self.numbers = {rule.name: number for number, rule in enumerate(outcome.rules)}

    def log(self) -> dict[str, Any]:
        driver = {
            "name": "discreet",
            "semanticVersion": _semantic(self.release),
            "version": self.release,
            "rules": [self.rule(each) for each in self.outcome.rules],
        }
        run = {
            "tool": {"driver": driver},
            "automationDetails": {"id": "discreet-audit/"},
            "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": self.read_something(), "toolExecutionNotifications": self.notifications()}],
            "results": [self.result(each) for each in self.kept],
        }
        return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}

    def rule(self, rule: Rule) -> dict[str, Any]:
        title = _sentence(rule.title)
        return {
            "id": rule.name,
            "name": "".join(part.capitalize() for part in rule.name.split("-")),
            "shortDescription": {"text": title},
            "fullDescription": {"text": _first_paragraph(rule.page) or title},
            "help": {"text": rule.page.strip() or title, "markdown": page(rule)},
            "defaultConfiguration": {"level": LEVELS[rule.severity]},
            "properties": {
                "tags": _tags(rule),
                "precision": _precision(each.finding.confidence for each in self.outcome.judged if each.finding.rule == rule.name),
                "security-severity": SCORES[rule.severity],
                "problem.severity": {"note": "recommendation"}.get(LEVELS[rule.severity], LEVELS[rule.severity]),
                "requirements": [asdict(each) for each in rule.requirements],
            },
        }

    def result(self, judged: Judged) -> dict[str, Any]:
        finding = judged.finding
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "level": LEVELS[finding.severity],
            "rank": RANKS[finding.confidence],
            "message": {"text": _message(finding)},
            "locations": [self.location(finding.region, finding.function)],
            "partialFingerprints": {"primaryLocationLineHash": judged.identity},
            "properties": {
                "severity": finding.severity,
                "confidence": finding.confidence,
                "route": finding.route,
                "sink": finding.sink,
                "fix": finding.fix,
            },
        }
        if finding.rule in self.numbers:
            result["ruleIndex"] = self.numbers[finding.rule]
        if finding.path:
            steps = [{"location": self.location(step.region) | {"message": {"text": step.text}}} for step in finding.path[:MOST_STEPS]]
            result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        if judged.suppression is not None:
            result["suppressions"] = [
                {"kind": KINDS[judged.suppression.by], "status": "accepted", "justification": judged.suppression.reason}
            ]
        return result

    def location(self, region: Region, function: str = "") -> dict[str, Any]:
        location: dict[str, Any] = {
            "physicalLocation": {
                "artifactLocation": self.artifact(region.path),
                "region": {
                    "startLine": region.line,
                    "startColumn": region.column,
                    "endLine": region.line,
                    "endColumn": max(region.column + 1, region.end_column if region.end_line == region.line else 0),
                },
            }
        }
        if function:
            location["logicalLocations"] = [{"fullyQualifiedName": function, "kind": "function"}]
        return location

    def artifact(self, path: str) -> dict[str, str]:
        return {"uri": quote(str(self.prefix / path).encode("utf-8", "surrogateescape")), "uriBaseId": ROOT}

    def read_something(self) -> bool:
        return not self.outcome.unparsed or len(self.outcome.unparsed) < self.outcome.files

    def notifications(self) -> list[dict[str, Any]]:
        left_out = len(self.outcome.judged) - len(self.kept)
        return [
            *(self.not_read(each) for each in self.outcome.unparsed),
            *(self.problem(each) for each in self.outcome.problems),
            *([_notification("warning", f"{left_out} results are left out: GitHub takes {MOST_RESULTS}.")] if left_out else []),
        ]

    def not_read(self, unparsed: Unparsed) -> dict[str, Any]:
        return _notification("error", _sentence(f"could not be read in whole: {unparsed.reason}")) | {
            "locations": [{"physicalLocation": {"artifactLocation": self.artifact(unparsed.path)}}]
        }

    def problem(self, problem: Problem) -> dict[str, Any]:
        notification = _notification("error" if problem.fails else "warning", _sentence(f"{problem.message} ({problem.hint})"))
        if problem.path is not None:
            physical: dict[str, Any] = {"artifactLocation": self.artifact(problem.path)}
            if problem.line is not None:
                physical["region"] = {"startLine": problem.line}
            notification["locations"] = [{"physicalLocation": physical}]
        return notification


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}


def _message(finding: Finding) -> str:
    route = f" Route: {finding.route}." if finding.route else ""
    return f"{_sentence(finding.message)}{route}"


def _sentence(text: str) -> str:
    """As GitHub shows it: with a capital and a full stop."""
    text = " ".join(text.split())
    return (text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")) if text else "."


def _first_paragraph(markdown: str) -> str:
    """The first text of a page below its heading."""
    for part in markdown.split("\n\n"):
        if part.strip() and not part.lstrip().startswith(("#", "```", "|", "<!--")):
            return _sentence(part)[:MOST_TEXT]
    return ""


def _tags(rule: Rule) -> Sequence[str]:
    """`external/cwe/cwe-201` is how GitHub links a weakness."""
    owasp = [f"external/owasp/{each.split()[0].split(':')[0].lower()}-2023" for each in rule.owasp]
    return ["security", *owasp, *(f"external/cwe/cwe-{each:03}" for each in rule.cwe)][:MOST_TAGS]


def _precision(confidences: Iterable[Confidence]) -> str:
    """GitHub has one for a rule: that of its least certain finding."""
    return min(confidences, key=list(Confidence).index, default=Confidence.HIGH)


def _semantic(release: str) -> str:
    """A release of Python's (`0.1.0.dev0`) as a semantic version (`0.1.0-dev0`)."""
    parts = release.split(".")
    return ".".join(parts[:3]) + ("-" + ".".join(parts[3:]) if parts[3:] else "")
