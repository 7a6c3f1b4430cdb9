"""`discreet demo`: an engine, the examples' data, a tour of who reads and writes what, and a server to try them on."""

from __future__ import annotations

import asyncio
import os
from contextlib import nullcontext
from importlib.util import find_spec
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from discreet.errors import ConfigurationError, StoreError

__all__ = ["demo"]


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
    # What only a running demo needs is imported when it runs, so that the command line starts without it.
    from discreet.cli.showing import show
    from discreet.crypto import Keyring
    from discreet.dynamodb.embedded import listening_on

    try:
        with nullcontext() if once else listening_on(port) as listening, _engine(endpoint_url) as url:
            os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = url
            os.environ.setdefault("DISCREET_KEYRING", Keyring.new_key())
            asyncio.run(show(url, listening))
    except KeyboardInterrupt:
        print("\nended")
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
    from discreet.dynamodb.embedded import embedded_engine

    return embedded_engine()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and text.isprintable() and " " not in text
    except ValueError:  # a port that is none, half an IPv6 address
        return False
