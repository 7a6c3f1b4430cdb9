"""`discreet keyring`: keys that seal cursors."""

from __future__ import annotations

import typer

__all__ = ["keyring"]

keyring = typer.Typer(help="The keys that seal cursors.", no_args_is_help=True)


@keyring.command()
def new() -> None:
    """Print a fresh key for DISCREET_KEYRING.

    To rotate, put the new key first and keep the old one behind it, joined by a comma, for a day:
    the first seals, every one opens.
    """
    from discreet.crypto import Keyring  # imported here, so that the command line starts without it

    print(Keyring.new_key())


@keyring.callback()
def _group() -> None:
    """The keys that seal cursors."""
