"""Floor 6: the command line. Each verb has a file of its own; only here is argv read and anything printed."""

from __future__ import annotations

import sys
import traceback

import typer

from discreet.cli.audit import audit
from discreet.cli.demo import demo
from discreet.cli.explain import explain
from discreet.cli.keyring import keyring
from discreet.cli.table import table
from discreet.errors import DiscreetError

__all__ = ["main"]

app = typer.Typer(
    name="discreet",
    help="An API that says only what it should: FastAPI on Amazon DynamoDB, without exposing data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(audit)
app.command()(explain)
app.command()(demo)
app.command()(table)
app.add_typer(keyring, name="keyring")


def main() -> None:
    """Run the command line. Ends with 0, with 1 for findings, with 2 and one line on what to do where it can not run."""
    try:
        app()
    except DiscreetError as error:
        print(f"discreet: {error.message}" + (f" ({error.hint})" if error.hint else ""), file=sys.stderr)
        sys.exit(2)
    except Exception:
        traceback.print_exc()
        print("discreet: this is a mistake of discreet's own: please report it with the lines above", file=sys.stderr)
        sys.exit(2)  # Python's own 1 would read as findings
