"""`discreet demo`: an engine, a clinic's data, a tour of one URL as four callers, and a server to try it on."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterable
from contextlib import nullcontext
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console

from discreet.errors import ConfigurationError, StoreError

# What only a running demo needs is imported when it runs, so that the command line starts without it.
if TYPE_CHECKING:
    from discreet.cli.tour import Visitor

__all__ = ["demo"]

console = Console()
ITEMS_A_CLINIC = 5


def demo(
    port: Annotated[int, typer.Option(help="Where to serve, on 127.0.0.1.", min=0, max=65535)] = 8000,
    once: Annotated[bool, typer.Option("--once", help="Take the tour and end, without serving.")] = False,
    endpoint_url: Annotated[
        str | None, typer.Option(help="Use this DynamoDB engine instead of the embedded one; the table is removed at the end.")
    ] = None,
) -> None:
    """See it: one URL as a stranger, an owner, a vet and an outsider, on a real engine.

    Starts an embedded DynamoDB engine, loads 2,000 clinics, shows what each caller's request reads, answers and leaves
    behind, and then serves the clinic's API with ready tokens until Ctrl-C, which leaves nothing behind.
    """
    if find_spec("uvicorn") is None:
        raise ConfigurationError("the demo's server is not installed: no `uvicorn`", hint="pip install 'discreet[demo]'")
    from discreet.crypto import Keyring
    from discreet.dynamodb.embedded import listening_on

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
                "a table `clinic` is there already", hint="the demo makes and removes its own: use another engine"
            ) from None
        raise


def _engine(endpoint_url: str | None) -> Any:
    if endpoint_url is not None:
        if not _is_url(endpoint_url):
            raise ConfigurationError(f"`{endpoint_url}` is no URL", hint="--endpoint-url http://127.0.0.1:8001")
        return nullcontext(endpoint_url)
    from discreet.dynamodb.embedded import embedded_engine

    return embedded_engine()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and text.isprintable() and " " not in text
    except ValueError:  # a port that is none, half an IPv6 address
        return False


async def _run(url: str, listening: socket.socket | None) -> None:
    from discreet.cli.example import import_example
    from discreet.cli.tour import tour

    models, data, clinic = (import_example(f"clinic.{name}") for name in ("models", "data", "app"))
    auth = import_example("clinic.auth")
    console.print(f"[bold]discreet[/bold]  An API that says only what it should.\n\nengine   {url}")
    await models.table.create(models.Pet, models.Owner)
    try:
        await _load(models, data)
        visitors = _visitors(auth)
        async for part in tour(clinic.app, models.table, models.Pet, "/clinics/c0001/pets/p0", visitors):
            console.print(part)
        if listening is not None:
            await _serve(clinic.app, listening, visitors)
    finally:
        await models.table.delete()


async def _load(models: ModuleType, data: ModuleType) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("loading "), BarColumn(), MofNCompleteColumn(), TextColumn("items"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("loading", total=data.CLINICS * ITEMS_A_CLINIC)
        await models.table.load(data.everything(), written=lambda count: progress.advance(task, count))


def _visitors(auth: ModuleType) -> list[Visitor]:
    from discreet.cli.tour import Visitor

    return [
        Visitor("anonymous", None),
        Visitor("owner", auth.issue("c0001-o0")),
        Visitor("vet", auth.issue("v1", vet_at=["c0001"])),
        Visitor("outsider (a vet elsewhere)", auth.issue("v2", vet_at=["c0002"])),
    ]


async def _serve(app: Any, listening: socket.socket, visitors: Iterable[Visitor]) -> None:
    import uvicorn

    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    console.print(f"\n[bold]Serving[/bold]  {base}   documentation: {base}/docs   Ctrl-C ends it\n")
    for visitor in visitors:
        if visitor.token is not None:
            console.print(f"[bold]{visitor.who}[/bold]", highlight=False)
            console.print(f"  curl -H 'Authorization: Bearer {visitor.token}' {base}/clinics/c0001/pets", soft_wrap=True, highlight=False)
    console.print(f"[bold]anonymous[/bold]\n  curl {base}/clinics/c0001/pets", highlight=False)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
    await uvicorn.Server(config).serve(sockets=[listening])
