"""What a rule is made of: its description with its page, and a function from a service to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from discreet.audit.service import Service
from discreet.findings import Finding, Requirement, Rule, Severity

__all__ = ["Check", "described"]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule with what looks for it."""

    rule: Rule
    find: Callable[[Service], Iterator[Finding]]


def described(
    file: str, title: str, severity: Severity, cwe: tuple[int, ...], owasp: tuple[str, ...], requirements: tuple[Requirement, ...]
) -> Rule:
    """The rule of a module: its name is the module's, its page lies beside it."""
    path = Path(file)
    name = path.stem.replace("_", "-")
    return Rule(name, title, severity, cwe, owasp, requirements, path.with_name(f"{name}.md").read_text(encoding="utf-8"))
