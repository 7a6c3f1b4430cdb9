"""The article's own snippets are audited: what these rules cover of their defects, at its line, and nothing else."""

from __future__ import annotations

from pathlib import Path

from discreet.audit import audit

from .test_pages import MARKER

ARTICLE = Path(__file__).parent / "article"


def test_article() -> None:
    """Each marked line has its finding, and no other line has one."""
    expected = {
        (path.name, number, name)
        for path in ARTICLE.glob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for name in MARKER.findall(line)
    }
    report = audit(ARTICLE)
    assert {(each.region.path, each.region.line, each.rule) for each in report.findings} == expected
    assert report.routes == 2


def test_the_validation_of_the_article_is_understood(tmp_path: Path) -> None:
    """Its key is checked by a function that raises; without that check it is not."""
    text = (ARTICLE / "one.py").read_text()
    (tmp_path / "one.py").write_text(text.replace("validate_user_id(query.user_id)", "query.user_id"))
    assert [each.rule for each in audit(tmp_path).findings] == ["unauthenticated-route", "unvalidated-key"]


def test_the_projection_of_the_article_is_understood(tmp_path: Path) -> None:
    """Its projection is what keeps the item from leaving whole."""
    text = (ARTICLE / "one.py").read_text()
    (tmp_path / "one.py").write_text(text.replace("ProjectionExpression=", "ReturnConsumedCapacity="))
    assert "whole-item-returned" in {each.rule for each in audit(tmp_path).findings}


def test_the_text_of_an_exception_would_be_found(tmp_path: Path) -> None:
    """Its detail is constant; the exception in its place is found."""
    text = (ARTICLE / "one.py").read_text()
    (tmp_path / "one.py").write_text(text.replace("'Database error'", "str(e)"))
    assert "exception-text-returned" in {each.rule for each in audit(tmp_path).findings}
