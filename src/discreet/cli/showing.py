"""What `discreet demo` shows, on an engine that runs: the examples loaded, the tour, and the server."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import ModuleType
from typing import Any, NamedTuple

import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from starlette.applications import Starlette
from starlette.routing import Mount

from discreet.cli.example import import_example
from discreet.cli.tour import Stop, Visitor, tour
from discreet.cli.writing_tour import clinic_attempts, writing_tour

__all__ = ["show"]

console = Console()
ITEMS_A_CLINIC = 5


async def show(url: str, listening: socket.socket | None) -> None:
    """Load the examples' data into the engine there, take the tour, and serve where `listening` is given; all is removed at the end."""
    clinic, article = (_Example(*(import_example(f"{name}.{part}") for part in _Example._fields)) for name in ("clinic", "article"))
    console.print(f"[bold]discreet[/bold]  An API that says only what it should.\n\nengine   {url}")
    async with AsyncExitStack() as tables:
        # Only what was made here is removed: an engine of one's own may have tables of the same names.
        for table in (clinic.models.table, article.models.users, article.models.profiles, article.models.user_profiles):
            await table.create()  # for the entities of the apps' views
            tables.push_async_callback(table.delete)
        await _load(clinic.models, clinic.data)
        await article.data.load()
        at_the_clinic, at_the_article = _stop_at_the_clinic(clinic), _stop_at_the_article(article)
        # Another pet of the same owner's: the one that was looked at stays as it was shown.
        attempts = clinic_attempts(at_the_clinic.visitors, "/clinics/c0001/pets/p2", to="c0001-o1")
        for parts in (tour(at_the_clinic), writing_tour(clinic.app.app, clinic.models.table, attempts), tour(at_the_article)):
            async for part in parts:
                console.print(part)
        if listening is not None:
            await _serve(clinic.app.app, article.app.app, listening, at_the_clinic.visitors, at_the_article.visitors)


class _Example(NamedTuple):
    models: ModuleType
    data: ModuleType
    auth: ModuleType
    app: ModuleType


async def _load(models: ModuleType, data: ModuleType) -> None:
    columns = (SpinnerColumn(), TextColumn("loading "), BarColumn(), MofNCompleteColumn(), TextColumn("items"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("loading", total=data.CLINICS * ITEMS_A_CLINIC)
        await models.table.load(data.everything(), written=lambda count: progress.advance(task, count))


def _stop_at_the_clinic(clinic: _Example) -> Stop:
    issue, models = clinic.auth.issue, clinic.models
    visitors = [
        Visitor("anonymous", None),
        Visitor("owner", issue("c0001-o0")),
        Visitor("vet", issue("v1", vet_at=["c0001"])),
        Visitor("outsider (a vet elsewhere)", issue("v2", vet_at=["c0002"])),
    ]
    return Stop(clinic.app.app, "/clinics/c0001/pets/p0", models.table, models.Pet, {"clinic_id": "c0001", "pet_id": "p0"}, visitors)


def _stop_at_the_article(article: _Example) -> Stop:
    issue, models = article.auth.issue, article.models
    visitors = [Visitor("a stranger", None), Visitor("the user", issue("u123")), Visitor("support", issue("s1", "support"))]
    return Stop(article.app.app, "/users/u123", models.users, models.User, {"user_id": "u123"}, visitors)


async def _serve(
    clinic: Any, article: Any, listening: socket.socket, at_the_clinic: Iterable[Visitor], at_the_article: Iterable[Visitor]
) -> None:
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    console.print(f"\n[bold]Serving[/bold]  {base}   documentation: {base}/docs   Ctrl-C ends it")
    console.print(f"         {base}/article   the article's users and profiles; documentation: {base}/article/docs\n", soft_wrap=True)
    for path, visitors in (("/clinics/c0001/pets", at_the_clinic), ("/article/users/u123", at_the_article)):
        for visitor in visitors:
            if visitor.token is not None:
                console.print(f"[bold]{visitor.who}[/bold]", highlight=False)
                console.print(f"  curl -H 'Authorization: Bearer {visitor.token}' {base}{path}", soft_wrap=True, highlight=False)
    console.print(f"[bold]anonymous[/bold]\n  curl {base}/clinics/c0001/pets", highlight=False)
    both = Starlette(routes=[Mount("/article", article), Mount("/", clinic)])
    config = uvicorn.Config(both, log_level="warning", timeout_graceful_shutdown=2)
    await uvicorn.Server(config).serve(sockets=[listening])
