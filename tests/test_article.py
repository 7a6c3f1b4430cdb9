"""The page about the article: what it says of the printed code holds on the reference engine, and its routes are the example's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from .engines import Engine

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/article.md").read_text(), re.DOTALL | re.MULTILINE)


def test_the_page_holds_on_the_reference(reference: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sybil runs it on the embedded engine, which is milder: here a reserved word inside a path is refused, too."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", reference.url)
    names: dict[str, Any] = {}
    for block in BLOCKS:
        exec(compile(block, "docs/article.md", "exec"), names)
    assert names["refused"], "`profile_data.name` was taken"


def test_the_pages_routes_are_the_examples() -> None:
    """Each of them, word for word."""
    written = (ROOT / "examples/article/app.py").read_text()
    routes = re.findall(r"^@app\..*?(?=\n\n|\Z)", "\n\n".join(BLOCKS), re.DOTALL | re.MULTILINE)
    assert len(routes) == 6
    for route in routes:
        assert route.strip() in written
    assert written.count("@app.") == len(routes)
