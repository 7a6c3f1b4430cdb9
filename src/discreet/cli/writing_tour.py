"""The second part of the tour: who may write what, with the operation and the condition that were sent, and the answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table as Grid
from rich.text import Text

from discreet.cli.asking import ask
from discreet.cli.sent import Sent, sent
from discreet.cli.tour import Visitor
from discreet.view import Table

__all__ = ["Attempt", "clinic_attempts", "writing_tour"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A visitor's request that would change something."""

    visitor: Visitor
    method: str
    path: str
    body: Mapping[str, Any]


def clinic_attempts(visitors: Sequence[Visitor], path: str, to: str) -> list[tuple[str, list[Attempt]]]:
    """What the clinic's visitors try on a pet, each under what it shows. to: who gets the pet in the end."""
    anonymous, owner, vet, _ = visitors

    def patched(who: Visitor, **body: str) -> Attempt:
        return Attempt(who, "PATCH", path, body)

    return [
        ("the same name, three callers", [patched(who, name="Duchess") for who in (anonymous, owner, vet)]),
        ("the same diagnosis, three callers", [patched(who, diagnosis="sunburn") for who in (anonymous, owner, vet)]),
        (
            "more than was offered: refused whole, and nothing is dropped in silence",
            [patched(owner, name="Mine", owner_id=to), patched(vet, name="Mine", pk="CLINIC#c0002")],
        ),
        (
            "a pet changes hands: the pet and the record of it in one transaction, and its old owner is one no more",
            [Attempt(owner, "POST", f"{path}/handover", {"to": to}), patched(owner, name="Still mine")],
        ),
    ]


async def writing_tour(app: Any, table: Table, chapters: Iterable[tuple[str, Iterable[Attempt]]]) -> AsyncIterator[RenderableType]:
    """Make each attempt through the whole app, and render what happened."""
    for title, attempts in chapters:
        yield Text.assemble(("\nWriting", "bold"), f"   {title}\n")
        for attempt in attempts:
            requests: list[Sent] = []
            with table.watch(lambda operation, payload, requests=requests: requests.extend(sent(operation, payload))):  # type: ignore[misc]
                status, answer = await ask(app, attempt.path, attempt.visitor.token, method=attempt.method, body=attempt.body)
            yield _panel(attempt, requests, status, answer)


def _panel(attempt: Attempt, requests: Iterable[Sent], status: int, answer: bytes) -> Panel:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    grid.add_row(attempt.method, Text(f"{attempt.path}  {json.dumps(attempt.body)}"))
    for each in requests:
        grid.add_row(each.operation, Text(each.what))
        if each.condition:
            grid.add_row("    only if", Text(each.condition, style="green"))
    if not requests:
        grid.add_row("sent", Text("nothing", style="green"))
    grid.add_row(f"answer {status}", _shown(answer))
    return Panel(grid, title=attempt.visitor.who, title_align="left")


def _shown(answer: bytes) -> RenderableType:
    if not answer:
        return Text("without a body")
    text = json.dumps(json.loads(answer), ensure_ascii=False)
    return Syntax(text, "json", background_color="default", word_wrap=True)
