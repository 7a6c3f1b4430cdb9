"""`discreet table`: write the definition of a table from its entities, or compare one in a file with them."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from discreet.errors import ConfigurationError

__all__ = ["table"]


class Format(Enum):
    """What a definition is written in."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"
    JSON = "json"


def table(
    reference: Annotated[str, typer.Argument(metavar="MODULE:TABLE", help="Where the table is: app.models:table", show_default=False)],
    entity: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE:ENTITY", help="An entity in the table, beside those registered there; may be repeated."),
    ] = None,
    format: Annotated[Format | None, typer.Option(help="What to write.", show_default="cloudformation")] = None,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Write here, and not to the standard output.")] = None,
    check: Annotated[
        str | None, typer.Option(metavar="FILE", help="Compare this file with the declarations; - is the standard input.")
    ] = None,
    resource: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --check: which of the file's tables; a logical id, or a Terraform address.")
    ] = None,
) -> None:
    """Write what a table has to be for its entities, or check a file that says so.

    Keys, indexes with what they must hold, on-demand billing and time to live
    follow from the declarations. The module is imported, also from the current
    folder; the entities are those registered on the table then (`view_of` and
    `table.view` register) and those given by --entity. If there are none, the
    entities defined in the table's module are taken.

    \b
    discreet table app.main:table > template.json    (CloudFormation)
    discreet table app.main:table --format terraform --output table.tf
    discreet table app.main:table --format json > request.json
    aws dynamodb create-table --cli-input-json file://request.json

    --check reads CloudFormation in JSON or YAML, Terraform's *.tf, what
    `terraform show -json` says of a plan, and the JSON of create-table or
    describe-table. It ends with 0 if the table is fit, with 1 and a line for each
    difference if it is not, with 2 if it can not be compared. Wider projections,
    further indexes and billing are no difference.

    \b
    discreet table app.main:table --check template.yaml
    terraform show -json plan | discreet table app.main:table --check -

    What is deployed is compared at start-up, or in a test: await table.check().
    """  # noqa: D301 - `\\b` keeps the lines that follow as they are
    if check is not None and (format is not None or output is not None):
        raise ConfigurationError("a definition is either written or checked", hint="--check FILE, or --format and --output")
    # What reads and writes definitions is imported when it is asked for, so that the command line starts without it.
    from discreet.cli.defining import compare, define, defined

    if check is not None:
        raise typer.Exit(compare(defined(reference, entity or ()), check, resource))
    define(reference, entity or (), (format or Format.CLOUDFORMATION).value, output)
