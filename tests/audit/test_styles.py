"""Services in the styles that people write: every rule, every line, and nothing besides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from discreet.audit import audit

STYLES = Path(__file__).parent / "styles"
MARKER = re.compile(r"#\s*finding:\s*([a-z, -]+?)\s*$")


def marked(root: Path) -> set[tuple[str, int, str]]:
    """What the files of a service mark: path, line and rule."""
    found: set[tuple[str, int, str]] = set()
    for path in root.rglob("*.py"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for names in MARKER.findall(line):
                found |= {(path.relative_to(root).as_posix(), number, name.strip()) for name in names.split(",")}
    return found


@pytest.mark.parametrize("style", sorted(each.name for each in STYLES.iterdir() if each.is_dir()))
def test_style(style: str) -> None:
    """What is marked is found where it is marked, and nothing else is."""
    report = audit(STYLES / style)
    assert not report.unparsed
    assert {(each.region.path, each.region.line, each.rule) for each in report.findings} == marked(STYLES / style)


def test_findings_say_what_to_do() -> None:
    """Every finding has one line, a way there, a reason and a fix; its fingerprint outlives moved lines."""
    for style in STYLES.iterdir():
        findings = audit(style).findings
        assert len({each.fingerprint for each in findings}) >= 0.8 * len(findings)
        for each in findings:
            assert each.message
            assert each.fix
            assert each.path
            assert each.region.end_line == each.region.line
            assert each.region.end_column > each.region.column


def test_fingerprints_outlive_moved_lines(tmp_path: Path) -> None:
    """A comment at the top changes places, not fingerprints."""
    text = (STYLES / "monolith" / "main.py").read_text()
    (tmp_path / "main.py").write_text(text)
    before = sorted(each.fingerprint for each in audit(tmp_path).findings)
    (tmp_path / "main.py").write_text("# moved\n\n\n" + text)
    assert sorted(each.fingerprint for each in audit(tmp_path).findings) == before


def test_a_gateway_may_ask_who_calls(tmp_path: Path) -> None:
    """An authorizer in the infrastructure's code asks for an app on Lambda; without it, nobody does."""
    (tmp_path / "main.py").write_text(
        "import boto3\nfrom fastapi import FastAPI\nfrom mangum import Mangum\n\napp = FastAPI()\ntable = boto3.resource('dynamodb').Table('t')\n\n\n"
        "@app.get('/a/{pid}')\ndef a(pid: int):\n    return {'a': table.get_item(Key={'id': pid})['Item']['a']}\n\n\nhandler = Mangum(app)\n"
    )
    assert [each.rule for each in audit(tmp_path).findings] == ["unauthenticated-route"]
    (tmp_path / "template.yaml").write_text("Auth:\n  DefaultAuthorizer: Pool\n")
    assert not audit(tmp_path).findings
