"""The documentation keeps up: every public name has its line, links lead somewhere, and the README's app is the design's."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from discreet.audit import RULES
from discreet.report import index

ROOT = Path(__file__).parent.parent
MODULES = ["discreet", "discreet.fastapi", "discreet.identity", "discreet.testing", "discreet.audit", "discreet.findings"]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_its_line(module: str) -> None:
    """And no line is of a name that is gone."""
    section = (ROOT / "docs/api.md").read_text().split(f"## `{module}`\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == sorted(importlib.import_module(module).__all__)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_a_docstring(module: str) -> None:
    """Classes and functions; constants have theirs in the source."""
    found = importlib.import_module(module)
    for name in found.__all__:
        value = getattr(found, name)
        if callable(value) and getattr(value, "__module__", "").startswith("discreet"):
            assert value.__doc__, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To files of this repository."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_decision_is_listed() -> None:
    """In the order of their numbers."""
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\]\((\d{2}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(each.name for each in folder.glob("[0-9]*.md"))
    assert listed


def test_the_ground_floor_is_small_and_of_the_standard_library() -> None:
    """The algebra (audiences and plans) is under 300 lines of code."""
    folder = ROOT / "src/discreet/policy"
    lines = [line for name in ("audience.py", "plan.py") for line in (folder / name).read_text().splitlines()]
    code = [line for line in lines if line.strip() and not line.lstrip().startswith(("#", '"""'))]
    assert len(code) < 300


def test_the_rules_are_listed_as_they_are() -> None:
    """docs/rules.md is generated. `UPDATE_GOLDEN=1` writes it anew."""
    path = ROOT / "docs/rules.md"
    expected = "# The rules of `discreet audit`\n\n`discreet explain RULE` has the page of one.\n\n" + index(RULES)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(expected)
    assert path.read_text() == expected


def test_sessions_of_the_audit_are_what_is_printed(tmp_path: Path) -> None:
    """Each `console` block of its page, run on the page's own `app.py`. `UPDATE_GOLDEN=1` writes the output anew."""
    page = ROOT / "docs/auditing.md"
    text = page.read_text()
    program = re.search(r"`app\.py`.*?```py\n(.*?)```", text, re.DOTALL)
    assert program
    (tmp_path / "app.py").write_text(program[1])
    surroundings = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "100"}

    def printed(session: re.Match[str]) -> str:
        done = subprocess.run(
            ["bash", "-c", f"{session[1]}"],
            cwd=tmp_path,
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return f"```console\n$ {session[1]}\n{done.stdout}```"

    shown, sessions = re.subn(r"```console\n\$ ([^\n]+)\n(.*?)```", printed, text, flags=re.DOTALL)
    assert sessions >= 3
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(shown)
        text = shown
    assert shown == text
