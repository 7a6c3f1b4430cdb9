"""`--format json`: the outcome for programs. Its shape is described by docs/audit-1.schema.json.

Within a version names and meanings stay; new names may come. Values that leak are in no place of it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from discreet.findings import Rule, Severity
from discreet.report.outcome import Judged, Outcome

__all__ = ["as_json"]

VERSION: Final = 1


def as_json(outcome: Outcome, *, release: str) -> str:
    """The outcome as a JSON text. `release` is discreet's version."""
    by_severity = Counter(each.finding.severity for each in outcome.findings)
    document = {
        "version": VERSION,
        "tool": {"name": "discreet audit", "version": release},
        "summary": {
            "files": outcome.files,
            "routes": outcome.routes,
            "findings": len(outcome.findings),
            "suppressed": len(outcome.suppressed),
            "unparsed": len(outcome.unparsed),
            "problems": len(outcome.problems),
            "severities": {str(severity): by_severity[severity] for severity in Severity},
        },
        "settings": outcome.settings or None,
        "findings": [_finding(each) for each in outcome.findings],
        "suppressed": [_finding(each) | _suppression(each) for each in outcome.suppressed],
        "unparsed": [asdict(each) for each in outcome.unparsed],
        "problems": [asdict(each) for each in outcome.problems],
        "rules": {rule.name: _rule(rule) for rule in outcome.rules},
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": finding.message,
        **asdict(finding.region),
        "route": finding.route,
        "function": finding.function,
        "sink": finding.sink,
        "steps": [{**asdict(step.region), "text": step.text} for step in finding.path],
        "fix": finding.fix,
        "fingerprint": judged.identity,
    }


def _suppression(judged: Judged) -> dict[str, Any]:
    return {"suppression": asdict(judged.suppression)} if judged.suppression else {}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "title": rule.title,
        "severity": rule.severity,
        "cwe": list(rule.cwe),
        "owasp": list(rule.owasp),
        "requirements": [asdict(each) for each in rule.requirements],
    }
