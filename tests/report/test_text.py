"""What a person reads: the terminal's text, wide and narrow, and pages of rules. What the tree holds never rules the terminal."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from discreet.findings import Region
from discreet.report import Accepted, Baseline, Ignore, as_text, explanation, index, listing, page
from discreet.report.text import shown, window

from .sample import RETURNED, RULES, SCAN, SCANNED, TOKEN, UNPARSED, WHOLE, line_of, outcome

GOLDEN = Path(__file__).parent.parent / "golden"
COLOURS = re.compile(r"\x1b\[[\d;]*m")


def as_golden(name: str, text: str) -> None:
    """Compare with what was read and found good. `UPDATE_GOLDEN=1` writes it anew."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


def full_outcome_text(width: int) -> str:
    """All there is to say."""
    found = outcome(
        [RETURNED, SCANNED, TOKEN],
        unparsed=UNPARSED,
        ignores=[
            Ignore("app/users.py", 8, 8, (SCAN.name,), "ten items at most"),
            Ignore("app/users.py", 2, 2, ("whole-itm",), "why"),
            Ignore("app/users.py", 3, 3, (WHOLE.name,), "why"),
        ],
        baseline=Baseline((Accepted("gone:1", WHOLE.name, "app/users.py", None, "app.users.gone", "known"),)),
    )
    return as_text(found, line_of=line_of, width=width)


@pytest.mark.parametrize("width", [100, 44])
def test_the_text_of_an_outcome(width: int) -> None:
    """Wide and narrow."""
    text = full_outcome_text(width)
    assert max(cell_len(line) for line in text.split("\n")) <= width
    as_golden(f"audit-{width}.txt", text)


def test_nothing_found_is_said() -> None:
    """With what was looked at, and that nothing is hidden."""
    text = as_text(outcome([]), line_of=line_of)
    assert text == "nothing found in 3 files, 2 routes\n0 suppressed\n"


def test_what_was_not_read_is_no_success() -> None:
    """It is named, with its reason."""
    text = as_text(outcome([], unparsed=UNPARSED), line_of=line_of)
    assert "app/old.py: line 3: invalid syntax" in text
    assert "what they expose is not known" in text
    assert "nothing found" not in text


def test_the_summary_alone() -> None:
    """No finding is shown, each is counted."""
    text = as_text(outcome(), line_of=line_of, quiet=True)
    assert "app/users.py" not in text
    assert "3 findings on 2 routes of 3 files, 2 routes" in text


def test_colour_only_adds() -> None:
    """The same words."""
    plain = as_text(outcome(), line_of=line_of)
    coloured = as_text(outcome(), line_of=line_of, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert COLOURS.sub("", coloured).split() == plain.split()


def test_no_environment_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a function of its arguments."""
    expected = as_text(outcome(), line_of=line_of)
    for name, value in {"COLUMNS": "20", "FORCE_COLOR": "1", "TERM": "dumb", "JUPYTER_COLUMNS": "10"}.items():
        monkeypatch.setenv(name, value)
    assert as_text(outcome(), line_of=line_of) == expected


def test_a_secret_in_the_source_is_not_printed() -> None:
    """A frame of its line would. The same finding by another rule has its frame: so the test sees what it looks for."""
    assert "canary-7f3a" not in as_text(outcome([TOKEN]), line_of=line_of)
    assert "canary-7f3a" in as_text(outcome([replace(TOKEN, rule=WHOLE.name)]), line_of=line_of)


def test_brackets_in_code_are_no_markup() -> None:
    """`[red]` is what somebody wrote."""
    finding = replace(RETURNED, message="[red]x[/red]", fix="items[bold]", route="GET /[link=x]", path=())
    text = as_text(outcome([finding]), line_of=lambda path, number: "x = y[blink] [/]")
    for each in ("[red]x[/red]", "items[bold]", "[link=x]", "y[blink] [/]"):
        assert each in text


HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e\u2066\x9b31m\r\x00\ud800"


@pytest.mark.parametrize("colour", [True, False])
def test_nothing_of_the_tree_rules_the_terminal(colour: bool) -> None:
    """Escapes, overrides of direction, carriage returns: seen, not obeyed. What is shown raw would be."""
    steps = (replace(RETURNED.path[0], text=HOSTILE, region=Region(HOSTILE, 1, 1, 1, 2)),)
    finding = replace(
        RETURNED, message=HOSTILE, fix=HOSTILE, route=HOSTILE, function=HOSTILE, region=Region(HOSTILE, 1, 1, 1, 2), path=steps
    )
    unparsed = replace(UNPARSED[0], path=HOSTILE, reason=HOSTILE)
    ignore = Ignore(HOSTILE, 1, 1, (HOSTILE,), HOSTILE)
    found = outcome([finding], unparsed=[unparsed], ignores=[ignore])
    text = COLOURS.sub("", as_text(found, line_of=lambda path, number: HOSTILE, colour=colour))
    assert "owned" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


def test_a_line_that_can_not_be_read_is_said() -> None:
    """The finding is still told."""
    text = as_text(outcome([RETURNED]), line_of=lambda path, number: None)
    assert "can not be shown" in text
    assert "app/users.py:4:5" in text


@given(st.text(st.characters(exclude_characters="\n\r"), max_size=200), st.integers(0, 200), st.integers(0, 60), st.integers(10, 120))
def test_a_window_shows_where(line: str, start: int, length: int, width: int) -> None:
    """It fits, and what it marks lies in it, whatever the line."""
    text, begin, end = window(line, start, start + length, width)
    assert len(text) <= width
    assert 0 <= begin <= end <= len(text)


def test_a_long_line_is_cut_around_what_is_found() -> None:
    """On both sides."""
    text, begin, end = window("a" * 500 + "FOUND" + "b" * 500, 500, 505, 60)
    assert text[begin:end] == "FOUND"
    assert text.startswith("…")
    assert text.endswith("…")


@given(st.text())
def test_shown_text_hides_nothing(text: str) -> None:
    """No control character, no surrogate, nothing that turns the direction: but text that holds none stays."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown(text))
    assert shown("naïve 数据\nx") == "naïve 数据\nx"


def test_the_page_of_a_rule() -> None:
    """Its own words, then what it is evidence for, and when."""
    as_golden("explain.md", page(WHOLE))
    as_golden("explain-80.txt", explanation(WHOLE, width=80))


def test_the_list_of_rules() -> None:
    """Each with its severity and title."""
    assert [line.split()[:2] for line in listing(RULES).splitlines()] == [[each.name, each.severity.upper()] for each in RULES]
    assert index(RULES).count("\n| `") == len(RULES)
