"""What the tools report: a rule is a bad pattern, a finding is one place that has it. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

__all__ = ["Confidence", "Finding", "Region", "Report", "Requirement", "Rule", "Severity", "Step", "Unparsed"]


class Severity(StrEnum):
    """How bad a finding is, if it is true."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(StrEnum):
    """How likely a finding is true."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Region:
    """Part of one line of a file: 1-based, end exclusive. `path` is POSIX, relative to the audited root."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of data on its way from source to sink."""

    region: Region
    text: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """What of a standard a finding is evidence for, where the precondition holds."""

    standard: str
    ids: tuple[str, ...]
    precondition: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The name of a bad pattern, reading well after "allow ...". `page` is its documentation, in Markdown."""

    name: str
    title: str
    severity: Severity
    cwe: tuple[int, ...]
    owasp: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    page: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule. `route` is such as `GET /users/{user_id}`, None where no route reaches it."""

    rule: str
    message: str
    region: Region
    severity: Severity
    confidence: Confidence
    route: str | None
    function: str
    sink: str
    path: tuple[Step, ...]
    fix: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the finding means, in hex: it stays when lines move."""
        meaning = (self.rule, self.region.path, self.route or "", self.function, self.sink)
        return sha256("\0".join(meaning).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A file that could not be read or followed in whole, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that an audit found: the findings, what it could not read, how many files and routes it looked at."""

    findings: tuple[Finding, ...]
    unparsed: tuple[Unparsed, ...]
    files: int
    routes: int
