"""The page of a rule: its own Markdown, and what the rule says of itself, with the standards it is evidence for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from discreet.findings import Requirement, Rule

__all__ = ["index", "page"]

CWE = "https://cwe.mitre.org/data/definitions/{}.html"


def page(rule: Rule) -> str:
    """The whole page, in Markdown, ending in one line end."""
    return f"{rule.page.strip()}\n\n{standards(rule)}"


def standards(rule: Rule) -> str:
    """Severity, CWE, OWASP and the requirements. A finding is evidence for those whose precondition holds, never a verdict."""
    lines = ["## Standards", "", f"- Severity: {rule.severity}"]
    if rule.cwe:
        lines.append(f"- CWE: {', '.join(f'[CWE-{each}]({CWE.format(each)})' for each in rule.cwe)}")
    if rule.owasp:
        lines.append(f"- OWASP API Security Top 10, 2023: {', '.join(rule.owasp)}")
    if rule.requirements:
        lines += ["", "A finding is evidence relevant to these, where the precondition holds:", ""]
        lines += ["| standard | requirements | precondition |", "|---|---|---|", *_rows(rule.requirements)]
    return "\n".join(lines) + "\n"


def _rows(requirements: Iterable[Requirement]) -> Iterator[str]:
    for each in requirements:
        yield f"| {each.standard} | {', '.join(each.ids)} | {each.precondition} |"


def index(rules: Iterable[Rule]) -> str:
    """A page that lists the rules, in Markdown."""
    rows = [
        f"| `{rule.name}` | {rule.title} | {rule.severity} | {', '.join(f'CWE-{each}' for each in rule.cwe)} | {', '.join(rule.owasp)} |"
        for rule in rules
    ]
    return "\n".join(["| rule | what it finds | severity | CWE | OWASP API |", "|---|---|---|---|---|", *rows]) + "\n"
