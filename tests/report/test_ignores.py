"""Ignore comments: where they are, what they cover, and what is none."""

from __future__ import annotations

import pytest

from discreet.report import Ignore, read_ignores


def read(*lines: str) -> list[Ignore]:
    """The ignores of a file of these lines."""
    return list(read_ignores("a.py", "\n".join(lines)))


def test_behind_code_it_covers_its_own_line() -> None:
    """With its rules and its reason."""
    assert read("x = 1", "return item  # discreet: ignore[whole-item-returned] the caller's own") == [
        Ignore("a.py", 2, 2, ("whole-item-returned",), "the caller's own")
    ]


def test_alone_it_covers_the_line_below() -> None:
    """Several may stand above one line, between other comments."""
    found = read("# discreet: ignore[a] one", "# why", "    # discreet: ignore[b, c] two", "return item")
    assert [(each.covers, each.rules, each.reason) for each in found] == [(4, ("a",), "one"), (4, ("b", "c"), "two")]


def test_a_blank_line_is_between() -> None:
    """The line above is the line above."""
    assert read("# discreet: ignore[a] one", "", "return item")[0].covers == 2


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("#discreet:ignore[a]why", ("a",), "why"),
        ("# discreet: ignore[a]: why", ("a",), "why"),
        ("# discreet: ignore[a] - why", ("a",), "why"),
        ("# discreet: ignore [a] why", ("a",), "why"),
        ("# discreet: ignore[a]", ("a",), ""),
        ("# discreet: ignore[a] -", ("a",), ""),
        ("# discreet: ignore[] why", (), "why"),
        ("# discreet: ignore why", (), "why"),
        ("# discreet: ignore", (), ""),
        ("# discreet: ignore[a why", (), "[a why"),
    ],
)
def test_every_spelling_is_read(comment: str, rules: tuple[str, ...], reason: str) -> None:
    """Also what is wrong: so that it can be said."""
    assert [(each.rules, each.reason) for each in read(f"x = 1  {comment}")] == [(rules, reason)]


@pytest.mark.parametrize(
    "line", ["# discreet: ignored", "# indiscreet", "# discreetly: ignore[a] x", 'x = "# discreet: ignore[a] x"', "x = 1"]
)
def test_what_is_none(line: str) -> None:
    """Other words, and text in a string."""
    assert not read(line)


def test_a_docstring_holds_none() -> None:
    """Documentation about ignores is no ignore."""
    assert not read('"""Write:', "", "# discreet: ignore[a] why", '"""')


def test_what_can_not_be_tokenised_is_read_by_lines() -> None:
    """Such as syntax of a newer Python."""
    assert [each.covers for each in read("x = '''", "return item  # discreet: ignore[a] why")] == [2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_python_does(end: str) -> None:
    """A form feed ends none."""
    text = f"a = 1\x0c{end}b = '\u2028'{end}c = 2  # discreet: ignore[a] why"
    assert [each.line for each in read_ignores("a.py", text)] == [3]
