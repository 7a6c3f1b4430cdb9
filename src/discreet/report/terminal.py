"""`--format terminal`: the outcome for a person: what each route exposes, the line, the way there, and what to do."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table as Grid
from rich.text import Text

from discreet.findings import Finding, Region, Rule, Severity, Step
from discreet.report.outcome import By, Judged, Outcome
from discreet.report.pages import page
from discreet.report.text import shown, window

__all__ = ["as_text", "explanation", "listing"]

LineOf = Callable[[str, int], str | None]
STYLES: Final = {Severity.LOW: "blue", Severity.MEDIUM: "yellow", Severity.HIGH: "red", Severity.CRITICAL: "bold white on red"}
# Their finding is a secret in the source: a frame of the line would print it.
SECRET_IN_SOURCE: Final = frozenset({259, 321, 538, 540, 798})
NARROWEST: Final = 20


def as_text(outcome: Outcome, *, line_of: LineOf, width: int = 100, colour: bool = False, quiet: bool = False) -> str:
    """The outcome as lines of at most `width`. `line_of` gives a source line. `quiet`: the summary alone."""
    rules = {rule.name: rule for rule in outcome.rules}
    parts: list[RenderableType] = []
    for route, judged in () if quiet else _by_route(outcome.findings):
        parts.append(Line(Text(shown(route), "bold"), align="left", style="dim", characters="─"))
        parts += [_finding(each.finding, rules.get(each.finding.rule), line_of, width) for each in judged]
    return _rendered([*parts, *_said(outcome), *_summary(outcome)], width, colour)


def listing(rules: Iterable[Rule], *, width: int = 100, colour: bool = False) -> str:
    """The rules, each with its severity and title."""
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column()
    for rule in rules:
        grid.add_row(Text(rule.name, "bold"), _severity(rule.severity), Text(rule.title))
    return _rendered([grid], width, colour)


def explanation(rule: Rule, *, width: int = 100, colour: bool = False) -> str:
    """A rule's page, as a terminal shows it."""
    return _rendered([Markdown(page(rule), code_theme="ansi_dark", hyperlinks=False)], width, colour)


def _rendered(parts: Iterable[RenderableType], width: int, colour: bool) -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        width=max(width, NARROWEST),
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        highlight=False,
        _environ={},
    )
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in file.getvalue().split("\n"))


def _by_route(judged: Iterable[Judged]) -> Iterator[tuple[str, list[Judged]]]:
    """The worst route first; what no route reaches last."""
    routes: dict[str | None, list[Judged]] = {}
    for each in judged:
        routes.setdefault(each.finding.route, []).append(each)
    elsewhere = routes.pop(None, [])
    yield from ((route, found) for route, found in routes.items() if route is not None)
    if elsewhere:
        yield "in no route", elsewhere


def _finding(finding: Finding, rule: Rule | None, line_of: LineOf, width: int) -> Padding:
    head = Text.assemble(_severity(finding.severity), " ", (finding.rule, "bold"), (f"  {finding.confidence} confidence", "dim"))
    parts: list[RenderableType] = [head, Text(_place(finding.region), "cyan"), Text(shown(finding.message))]
    if rule is None or not SECRET_IN_SOURCE & set(rule.cwe):
        parts.append(_frame(finding.region, line_of, STYLES[finding.severity].split()[-1], width))
    if finding.path:
        parts += [Text("path", "dim"), _steps(finding.path)]
    if finding.fix:
        parts += [Text("fix", "dim"), Padding(Text(shown(finding.fix.strip("\n")), "green"), (0, 0, 0, 2))]
    return Padding(Group(*parts), (1, 0, 1, 2))


def _place(region: Region) -> str:
    return f"{shown(region.path)}:{region.line}:{region.column}"


def _frame(region: Region, line_of: LineOf, style: str, width: int) -> RenderableType:
    """The line, with what is found in it underlined."""
    line = line_of(region.path, region.line)
    if line is None:
        return Text("  (the line can not be shown)", "dim")
    end = region.end_column - 1 if region.end_line == region.line else len(line)
    number = f"{region.line:>5} │ "
    text, start, stop = window(line, region.column - 1, end, max(NARROWEST // 2, width - len(number) - 3))
    under = " " * cell_len(text[:start]) + "^" * max(1, cell_len(text[start:stop]))
    return Text.assemble(
        (number, "dim"), text, "\n", (" " * (len(number) - 2) + "│ ", "dim"), (under, style), no_wrap=True, overflow="crop"
    )


def _steps(steps: Iterable[Step]) -> Grid:
    grid = Grid.grid(padding=(0, 1))
    grid.add_column(no_wrap=False)
    grid.add_column()
    for step in steps:
        grid.add_row(Text(f"  {shown(step.region.path)}:{step.region.line}", "cyan"), Text(shown(step.text)))
    return grid


def _severity(severity: Severity) -> Text:
    return Text(severity.upper(), STYLES[severity])


def _said(outcome: Outcome) -> Iterator[RenderableType]:
    """What the reader must know beside the findings."""
    if outcome.unparsed:
        yield Text.assemble(("could not be read in whole", "bold yellow"), f" ({len(outcome.unparsed)}): what they expose is not known")
        yield from (_indented(f"{shown(each.path)}: {shown(each.reason)}") for each in outcome.unparsed)
        yield ""
    if outcome.problems:
        yield Text.assemble(("problems of this run", "bold yellow"), f" ({len(outcome.problems)})")
        for each in outcome.problems:
            place = "" if each.path is None else shown(each.path) + (f":{each.line}" if each.line else "") + ": "
            yield _indented(f"{place}{shown(each.message)}: {shown(each.hint)}")
        yield ""


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 2))


def _summary(outcome: Outcome) -> Iterator[RenderableType]:
    counts = Counter((each.finding.rule, each.finding.severity) for each in outcome.findings)
    if counts:
        grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        grid.add_column("rule")
        severities = [each for each in reversed(Severity) if any(severity == each for _, severity in counts)]
        for severity in severities:
            grid.add_column(Text(severity, STYLES[severity]), justify="right")
        for name in sorted({rule for rule, _ in counts}):
            grid.add_row(name, *(str(counts[name, severity] or "") for severity in severities))
        yield grid
        yield ""
    yield Text(_sum(outcome), "bold red" if counts else "bold green")
    yield Text(_set_aside(outcome))
    if outcome.settings:
        yield Text(f"as pyproject.toml asks: {shown(outcome.settings)}")


def _sum(outcome: Outcome) -> str:
    exposed = len({each.finding.route for each in outcome.findings} - {None})
    where = f"{_count(outcome.files, 'file')}, {_count(outcome.routes, 'route')}"
    if not outcome.findings:
        return f"{'0 findings' if outcome.suppressed or outcome.unparsed else 'nothing found'} in {where}"
    return f"{_count(len(outcome.findings), 'finding')} on {_count(exposed, 'route')} of {where}"


def _set_aside(outcome: Outcome) -> str:
    by = Counter(each.suppression.by for each in outcome.suppressed if each.suppression)
    if not by:
        return "0 suppressed"
    parts = [f"{by[By.IGNORE]} by an ignore"] if by[By.IGNORE] else []
    parts += [f"{by[By.BASELINE]} by the baseline"] if by[By.BASELINE] else []
    return f"{sum(by.values())} suppressed: {', '.join(parts)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
