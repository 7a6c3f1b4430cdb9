"""Findings to report on, as an analysis would give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from discreet.findings import Confidence, Finding, Region, Report, Requirement, Rule, Severity, Step, Unparsed
from discreet.report import Baseline, Ignore, Outcome, Settings, judge

WHOLE = Rule(
    name="whole-item-returned",
    title="a whole item leaves in a response",
    severity=Severity.HIGH,
    cwe=(201, 213, 359),
    owasp=("API3",),
    requirements=(
        Requirement("PCI DSS 4.0.1", ("3.4.1", "6.2.4"), "card data in scope"),
        Requirement("GDPR", ("5(1)(c)", "25(2)"), "personal data in scope"),
    ),
    page='# whole-item-returned\n\nAn item leaves as it was stored.\n\n```python\nreturn table.get_item(Key=key)["Item"]\n```\n',
)
SCAN = Rule(
    "scan-behind-route", "a route scans its table", Severity.MEDIUM, (770,), ("API4",), (), "# scan-behind-route\n\nIt reads all.\n"
)
SECRET = Rule("secret-in-source", "a secret is in the source", Severity.CRITICAL, (798,), ("API8",), (), "# secret-in-source\n\nSecret.\n")
RULES = (WHOLE, SCAN, SECRET)
SOURCE = {
    "app/users.py": [
        '@app.get("/users/{user_id}")',
        "async def read_user(user_id: str):",
        '    item = table.get_item(Key={"user_id": user_id})["Item"]',
        "    return item",
        "",
        '@app.get("/users")',
        "async def everyone():",
        '    return table.scan()["Items"]',
    ],
    "app/config.py": ['TOKEN = "canary-7f3a"'],
}


def line_of(path: str, number: int) -> str | None:
    """A line of the sources above."""
    lines = SOURCE.get(path, [])
    return lines[number - 1] if 0 < number <= len(lines) else None


def region(path: str, line: int, column: int = 5, end: int = 16) -> Region:
    """Part of a line."""
    return Region(path, line, column, line, end)


RETURNED = Finding(
    rule=WHOLE.name,
    message="`read_user` returns the item of `users` as it is stored",
    region=region("app/users.py", 4),
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    route="GET /users/{user_id}",
    function="app.users.read_user",
    sink="return",
    path=(
        Step(region("app/users.py", 3, 12, 60), "the item is read from DynamoDB without a projection"),
        Step(region("app/users.py", 4), "and returned"),
    ),
    fix='return {"user_id": item["user_id"], "name": item["name"]}',
)
SCANNED = Finding(
    SCAN.name,
    "`everyone` scans `users`",
    region("app/users.py", 8, 12, 24),
    Severity.MEDIUM,
    Confidence.MEDIUM,
    "GET /users",
    "app.users.everyone",
    "table.scan",
    (),
    "ask for what is needed:\ntable.query(...)",
)
TOKEN = Finding(
    SECRET.name,
    "`TOKEN` looks like a secret",
    region("app/config.py", 1, 9, 22),
    Severity.CRITICAL,
    Confidence.LOW,
    None,
    "",
    "TOKEN",
    (),
    "",
)
FINDINGS = (RETURNED, SCANNED, TOKEN)
UNPARSED = (Unparsed("app/old.py", "line 3: invalid syntax"),)


def moved(finding: Finding, lines: int) -> Finding:
    """The same finding further down."""
    return replace(finding, region=replace(finding.region, line=finding.region.line + lines, end_line=finding.region.end_line + lines))


def outcome(
    findings: Sequence[Finding] = FINDINGS,
    *,
    rules: Sequence[Rule] = RULES,
    unparsed: Sequence[Unparsed] = (),
    ignores: Sequence[Ignore] = (),
    baseline: Baseline | None = None,
    settings: Settings | None = None,
) -> Outcome:
    """What they come to."""
    report = Report(tuple(findings), tuple(unparsed), 3, 2)
    names = [each.name for each in RULES]
    return judge(report, rules=rules, every_rule=names, ignores=ignores, baseline=baseline, settings=settings)
