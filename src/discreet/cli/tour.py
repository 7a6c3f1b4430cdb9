"""The tour: the same URL for each visitor, with the projection that was sent, the answer, and what stayed behind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table as Grid
from rich.text import Text

from discreet.cli.asking import ask
from discreet.dynamodb.expressions import projected
from discreet.entity import Declared, Entity
from discreet.view import Table

__all__ = ["Stop", "Visitor", "tour"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone who asks: a name for the tour, and a bearer token (None: anonymous)."""

    who: str
    token: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """One URL of the tour: an app's path, and the item that it is about."""

    app: Any
    path: str
    table: Table
    entity: type[Entity]
    key: Mapping[str, Any]
    visitors: Sequence[Visitor]


async def tour(stop: Stop) -> AsyncIterator[RenderableType]:
    """Ask one URL as each visitor, through the whole app, and render what happened."""
    app, table, path = stop.app, stop.table, stop.path
    whole = await table.undisclosed(stop.entity).get(**stop.key)
    stored = list(dict.fromkeys(_paths(_plain(whole.item))))
    yield Text.assemble(("\nGET " + path, "bold"), f"   the same URL, {len(stop.visitors)} callers\n")
    for visitor in stop.visitors:
        sent: list[Mapping[str, Any]] = []
        with table.watch(lambda _, payload, sent=sent: sent.append(payload)):  # type: ignore[misc]
            status, body = await ask(app, path, visitor.token)
        answer = json.loads(body)
        shown = set(_paths(answer))
        yield _panel(visitor, status, sent, answer, [each for each in stored if each not in shown])


def _panel(visitor: Visitor, status: int, sent: list[Mapping[str, Any]], answer: Any, behind: list[str]) -> Panel:
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    grid.add_row("read", ", ".join(name for payload in sent for name in projected(payload)) or "nothing")
    grid.add_row(f"answer {status}", Syntax(json.dumps(answer, indent=1, ensure_ascii=False), "json", background_color="default"))
    grid.add_row("stayed behind", Text(", ".join(behind) or "nothing", style="green"))
    return Panel(Group(grid), title=visitor.who, title_align="left")


def _plain(value: Any) -> Any:
    if isinstance(value, Declared):
        return {name: _plain(each) for name, each in vars(value).items()}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _paths(value: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _paths(each, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(value, list) and value:
        for each in value:
            yield from _paths(each, f"{prefix}[]")
    else:
        yield prefix
