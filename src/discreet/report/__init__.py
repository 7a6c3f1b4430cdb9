"""What becomes of an audit's findings: judged by ignores and baseline, and told to people, programs and code scanning.

Pure functions between values: what reads files, prints or exits is the command line.
"""

from __future__ import annotations

from discreet.report.baseline import NOT_JUDGED, Accepted, Baseline, parse_baseline, renewed
from discreet.report.document import as_json
from discreet.report.ignores import Ignore, read_ignores
from discreet.report.names import nearest
from discreet.report.outcome import By, Judged, Outcome, Problem, Suppression, judge
from discreet.report.pages import index, page
from discreet.report.sarif import as_sarif
from discreet.report.settings import Settings, parse_settings
from discreet.report.terminal import as_text, explanation, listing
from discreet.report.text import lines_of

__all__ = [
    "NOT_JUDGED",
    "Accepted",
    "Baseline",
    "By",
    "Ignore",
    "Judged",
    "Outcome",
    "Problem",
    "Settings",
    "Suppression",
    "as_json",
    "as_sarif",
    "as_text",
    "explanation",
    "index",
    "judge",
    "lines_of",
    "listing",
    "nearest",
    "page",
    "parse_baseline",
    "parse_settings",
    "read_ignores",
    "renewed",
]
