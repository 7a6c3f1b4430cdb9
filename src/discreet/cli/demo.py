"""`discreet demo`: an engine, the examples' data, a tour of who reads and writes what, and a server to try them on."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterable
from contextlib import AsyncExitStack, nullcontext
from importlib.util import find_spec
from types import ModuleType
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from starlette.applications import Starlette
from starlette.routing import Mount

from discreet.cli.example import import_example
from discreet.cli.tour import Stop, Visitor, tour
from discreet.cli.writing_tour import clinic_attempts, writing_tour
from discreet.crypto import Keyring
from discreet.dynamodb.embedded import embedded_engine, listening_on
from discreet.errors import ConfigurationError, StoreError

__all__ = ["demo"]

console = Console()
ITEMS_A_CLINIC = 5


def demo(
    port: Annotated[int, typer.Option(help="Where to serve, on 127.0.0.1.", min=0, max=65535)] = 8000,
    once: Annotated[bool, typer.Option("--once", help="Take the tour and end, without serving.")] = False,
    endpoint_url: Annotated[
        str | None, typer.Option(help="Use this DynamoDB engine instead of the embedded one; the demo's tables are removed at the end.")
    ] = None,
) -> None:
    """See it: one URL as a stranger, an owner, a vet and an outsider, on a real engine.

    Starts an embedded DynamoDB engine, loads 2,000 clinics, shows what each caller's request reads, answers and leaves
    behind, and what each may write, and then serves the clinic's API with ready tokens until Ctrl-C, which leaves nothing
    behind. Beside it, under /article, is the API of docs/article.md: users and profiles on plain tables that were there before.
    """
    if find_spec("uvicorn") is None:
        raise ConfigurationError("the demo's server is not installed: no `uvicorn`", hint="pip install 'discreet[demo]'")
    try:
        with nullcontext() if once else listening_on(port) as listening, _engine(endpoint_url) as url:
            os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = url
            os.environ.setdefault("DISCREET_KEYRING", Keyring.new_key())
            asyncio.run(_run(url, listening))
    except KeyboardInterrupt:
        console.print("\nended")
    except StoreError as error:
        if error.code == "Unreachable":
            raise ConfigurationError(
                f"no DynamoDB engine answers at {endpoint_url}", hint="start it, or leave --endpoint-url out"
            ) from None
        if error.code == "ResourceInUseException":
            raise ConfigurationError(
                "a table of the demo's names is there already (`clinic`, `users`, `profiles`, `user-profiles`)",
                hint="the demo makes and removes its own: use another engine",
            ) from None
        raise


def _engine(endpoint_url: str | None) -> Any:
    if endpoint_url is not None:
        if not _is_url(endpoint_url):
            raise ConfigurationError(f"`{endpoint_url}` is no URL", hint="--endpoint-url http://127.0.0.1:8001")
        return nullcontext(endpoint_url)
    return embedded_engine()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and text.isprintable() and " " not in text
    except ValueError:  # a port that is none, half an IPv6 address
        return False


async def _run(url: str, listening: socket.socket | None) -> None:
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
    import uvicorn

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
