"""`discreet explain`: what a rule is about, why it matters and how to mend it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from discreet.audit import RULES
from discreet.cli.audit import terminal
from discreet.cli.output import emit
from discreet.errors import ConfigurationError
from discreet.report import explanation, index, listing, nearest, page

__all__ = ["explain"]


class Format(StrEnum):
    """How the page is told."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"


def explain(
    rule: Annotated[str | None, typer.Argument(metavar="RULE", help="A rule of `discreet audit`.", show_default="all are listed")] = None,
    format: Annotated[Format, typer.Option(help="As a terminal shows it, or as it is written.")] = Format.TERMINAL,
) -> None:
    """Say what a rule finds, why it matters, how to mend it, and what it is evidence for. Without RULE: list them."""
    width, colour = terminal()
    if rule is None:
        emit(index(RULES) if format is Format.MARKDOWN else listing(RULES, width=width, colour=colour))
        return
    for each in RULES:
        if each.name == rule:
            emit(page(each) if format is Format.MARKDOWN else explanation(each, width=width, colour=colour))
            return
    raise ConfigurationError(f"there is no rule `{rule}`", hint=nearest(rule, [each.name for each in RULES]))
