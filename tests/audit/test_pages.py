"""Each rule's page is its test: what it marks is found, and where it is silent nothing is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from discreet.audit import RULES, audit
from discreet.findings import Rule

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
MARKER = re.compile(r"#\s*finding:\s*([a-z-]+)")


def blocks() -> list[tuple[Rule, str]]:
    """Every Python block of every page, with its rule."""
    return [(rule, code) for rule in RULES for code in BLOCK.findall(rule.page)]


def marked(code: str) -> list[int]:
    """The lines that a block marks."""
    return [number for number, line in enumerate(code.splitlines(), 1) if MARKER.search(line)]


def test_every_rule_has_a_page_that_marks_and_is_silent() -> None:
    """A page shows at least one finding and one block without any."""
    for rule in RULES:
        counts = [len(marked(code)) for code in BLOCK.findall(rule.page)]
        assert any(counts), rule.name
        assert not all(counts), rule.name
        assert {name for code in BLOCK.findall(rule.page) for name in MARKER.findall(code)} == {rule.name}


@pytest.mark.parametrize(("rule", "code"), blocks(), ids=lambda each: each.name if isinstance(each, Rule) else "")
def test_page(rule: Rule, code: str, tmp_path: Path) -> None:
    """What a page marks is what the rule finds."""
    (tmp_path / "app.py").write_text(code, encoding="utf-8")
    report = audit(tmp_path, rules={rule.name})
    assert not report.unparsed
    assert sorted({finding.region.line for finding in report.findings}) == marked(code), [finding.message for finding in report.findings]


def test_pages_are_described() -> None:
    """Names are those of the files, and each rule says how bad it is and what it is evidence for."""
    folder = Path(__file__).parents[2] / "src" / "discreet" / "audit" / "rules"
    assert {rule.name for rule in RULES} == {path.stem for path in folder.glob("*.md")}
    for rule in RULES:
        assert rule.title
        assert rule.cwe
        assert rule.requirements
        assert rule.page.startswith(f"# {rule.name}\n")
