"""`discreet audit`: what a service exposes, found in its code without running it."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from discreet.audit import RULES
from discreet.audit import audit as analyse
from discreet.cli.output import check_writable, emit, write
from discreet.cli.progress import progress
from discreet.cli.tree import Tree, read_text
from discreet.errors import ConfigurationError
from discreet.findings import Severity
from discreet.report import (
    NOT_JUDGED,
    Baseline,
    Outcome,
    Settings,
    as_json,
    as_sarif,
    as_text,
    judge,
    nearest,
    parse_baseline,
    renewed,
)

__all__ = ["audit"]

BASELINE = "discreet-baseline.json"


class Format(StrEnum):
    """How the outcome is told."""

    TERMINAL = "terminal"
    JSON = "json"
    SARIF = "sarif"


def audit(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The folder or file to audit.", show_default="this folder")] = Path(),
    format: Annotated[Format, typer.Option(help="For people, for programs, for code scanning.")] = Format.TERMINAL,
    output: Annotated[Path | None, typer.Option(help="Write to this file, wholly or not at all.")] = None,
    rule: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Look for this rule only; more than once for more.")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Leave out paths that match, such as 'tests/*'; beside the settings' own.")
    ] = None,
    fail_on: Annotated[Severity | None, typer.Option(help="The mildest severity that ends with 1.", show_default="low")] = None,
    baseline: Annotated[Path | None, typer.Option(help="The findings that are accepted.")] = None,
    write_baseline: Annotated[bool, typer.Option("--write-baseline", help=f"Accept what is found: write --baseline ({BASELINE}).")] = False,
    reason: Annotated[str, typer.Option(help="Why what is new in --write-baseline is accepted.")] = NOT_JUDGED,
    jobs: Annotated[int | None, typer.Option(help="How many processes follow routes.", min=1, show_default="one a core")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Take no settings from the audited tree's pyproject.toml.")] = False,
    summary: Annotated[bool, typer.Option("--summary", help="In a terminal: the summary alone.")] = False,
) -> None:
    """Find what a FastAPI service on DynamoDB exposes, in its code, without running it.

    Ends with 0 where nothing is found, with 1 where something is, and with 2 where the audit could not be done.

    A comment `# discreet: ignore` with the rule in brackets and a reason behind them, on a finding's line or on the line above
    it, sets it aside; so does an entry of the baseline. The table `tool.discreet.audit` of the tree's pyproject.toml holds
    `exclude`, `rules`, `fail_on`, `baseline` and `severity`. `discreet explain RULE` says what a rule is about.
    """
    tree = _tree(path)
    settings = Settings() if isolated else tree.settings(_names())
    names = _rules(rule or settings.rules)
    excluded = (*settings.exclude, *(exclude or ()))
    accepted = _baseline_path(baseline, settings, tree, write=write_baseline)
    for target in (output, accepted if write_baseline else None):
        if target is not None:
            check_writable(target)
    known = _baseline(accepted, may_be_missing=write_baseline)
    with progress("auditing") as report_progress:
        report = analyse(path, jobs=jobs, exclude=excluded, rules=names, progress=report_progress)
        gc.freeze()  # to search what an analysis leaves for cycles takes a third of its time again, and this process ends soon
    ran = [each for each in RULES if each.name in names]
    judged = partial(judge, report, rules=ran, every_rule=_names(), ignores=list(tree.ignores(excluded)), settings=settings)
    if write_baseline and accepted is not None:
        known = renewed(known or Baseline(), judged().findings, ran=names, reason=_reason(reason))
        write(accepted, known.dump())
        print(f"wrote {accepted}: {len(known.accepted)} accepted", file=sys.stderr)
    outcome = judged(baseline=known)
    _tell(outcome, format, output, tree, summary=summary)
    if not report.files:
        print(f"discreet: there is no Python file in `{path}`", file=sys.stderr)
    if report.unparsed and not path.is_dir():
        raise ConfigurationError(f"`{path}` could not be read: {report.unparsed[0].reason}", hint="name a Python file or a folder")
    if report.files and not report.findings and len({each.path for each in report.unparsed}) == report.files:
        raise ConfigurationError(
            f"no file in `{path}` could be read in whole", hint="see their reasons; does this Python know their syntax?"
        )
    if outcome.fails(fail_on or settings.fail_on or Severity.LOW):
        raise typer.Exit(1)


def _tree(path: Path) -> Tree:
    if not (path.is_dir() or path.is_file()):
        wrong = f"`{path}` is neither a file nor a folder" if path.exists() else f"there is no `{path}`"
        raise ConfigurationError(wrong, hint="name a Python file or a folder to audit")
    return Tree(path)


def _names() -> list[str]:
    return [each.name for each in RULES]


def _rules(names: Sequence[str]) -> frozenset[str]:
    for name in names:
        if name not in _names():
            raise ConfigurationError(f"there is no rule `{name}`", hint=nearest(name, _names()))
    return frozenset(names or _names())


def _baseline_path(named: Path | None, settings: Settings, tree: Tree, *, write: bool) -> Path | None:
    """Where the baseline is. One that is named on the command line is the caller's choice; the tree's own stays inside of the tree."""
    if named is not None:
        return named
    if settings.baseline is None and not write:
        return None
    path = tree.folder / (settings.baseline or BASELINE)
    if not path.resolve().is_relative_to(tree.folder.resolve()):
        raise ConfigurationError(f"`{path}` leads outside of the audited tree", hint="name it yourself: --baseline FILE")
    return path


def _baseline(path: Path | None, *, may_be_missing: bool) -> Baseline | None:
    if path is None or (may_be_missing and not path.exists()):
        return None
    if not path.exists():
        raise ConfigurationError(f"there is no baseline `{path}`", hint="make one with --write-baseline")
    return parse_baseline(str(path), read_text(path, "the baseline"))


def _reason(reason: str) -> str:
    if not reason.strip():
        raise ConfigurationError("an empty --reason", hint=f"leave it out for {NOT_JUDGED!r}")
    return reason.strip()


def _tell(outcome: Outcome, format: Format, output: Path | None, tree: Tree, *, summary: bool) -> None:
    release = version("discreet")
    match format:
        case Format.JSON:
            text = as_json(outcome, release=release)
        case Format.SARIF:
            text = as_sarif(outcome, release=release, prefix=tree.prefix)
        case Format.TERMINAL:
            width, colour = terminal(output)
            text = as_text(outcome, line_of=tree.line, width=width, colour=colour, quiet=summary)
    if output is None:
        emit(text)
    else:
        write(output, text)
    if output is not None or format is not Format.TERMINAL:
        print(f"discreet: {_sum(outcome)}" + (f"; wrote {output}" if output else ""), file=sys.stderr)


def _sum(outcome: Outcome) -> str:
    """Where the outcome itself is for programs, or in a file: what there is, and how much was not looked at."""
    unread = f", {len(outcome.unparsed)} of {outcome.files} files could not be read in whole" if outcome.unparsed else ""
    return f"{len(outcome.findings)} findings, {len(outcome.suppressed)} suppressed, {len(outcome.problems)} problems{unread}"


def terminal(output: Path | None = None) -> tuple[int, bool]:
    """How wide text may be, and whether in colour: in a terminal, unless NO_COLOR is set or it is dumb."""
    watched = output is None and sys.stdout is not None and sys.stdout.isatty()  # pyright: ignore[reportUnnecessaryComparison]
    colour = watched and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return shutil.get_terminal_size((100, 24)).columns, colour or (bool(os.environ.get("FORCE_COLOR")) and output is None)
