"""`discreet table`: write the definition of a table from its entities, or compare one in a file with them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from discreet.errors import ConfigurationError

# What reads and writes definitions is imported when it is asked for, so that the command line starts without it.
if TYPE_CHECKING:
    from discreet.cli.formats import Described
    from discreet.view import TableDefinition

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
    definition = _definition(reference, entity or ())
    if check is not None:
        raise typer.Exit(_checked(definition, check, resource))
    _write(_written(definition, format or Format.CLOUDFORMATION), output)
    _say_what_is_left(definition, format)


def _written(definition: TableDefinition, format: Format) -> str:
    from discreet.cli.formats import cloudformation, create_table, terraform

    writers = {Format.CLOUDFORMATION: cloudformation, Format.TERRAFORM: terraform, Format.JSON: create_table}
    return writers[format](definition)


def _definition(reference: str, named: Iterable[str]) -> TableDefinition:
    from discreet.cli.imported import entities_defined_in, imported, imported_entity
    from discreet.view import Table

    module, found = imported(reference, Table, "discreet table app.models:table")
    entities = [imported_entity(each) for each in named]
    if not found.entities and not entities:
        entities = entities_defined_in(module)
        if not entities:
            raise ConfigurationError(
                f"no entity is registered on `{reference}`, and `{module.__name__}` defines none",
                hint="name the module whose views use it (app.main:table), or add --entity app.models:Pet",
            )
        names = ", ".join(f"`{each.__name__}`" for each in entities)
        _note(f"no entity is registered on `{reference}`; taking those that `{module.__name__}` defines: {names}")
    return found.definition(*entities)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{output} can not be written: {error.strerror}", hint="--output FILE") from None


def _say_what_is_left(definition: TableDefinition, format: Format | None) -> None:
    if definition.expires and definition.time_to_live is None:
        _note(f"items expire by {len(definition.expires)} attributes, and DynamoDB takes one: time to live is left to you")
    elif definition.expires and format is Format.JSON:
        _note(
            "create-table takes no time to live; when the table is there: aws dynamodb update-time-to-live "
            f"--table-name {definition.name} --time-to-live-specification Enabled=true,AttributeName={definition.time_to_live}"
        )


def _checked(definition: TableDefinition, file: str, resource: str | None) -> int:
    """Print the differences; the exit code."""
    from discreet.cli.formats import tables_in
    from discreet.view.checking import differences, notes

    where = "the standard input" if file == "-" else file
    described = _chosen(tables_in(_read(file), where), definition.name, resource, where)
    for each in notes(definition, described.found):
        _note(each)
    lines = differences(definition, described.found)
    for line in lines:
        print(line)
    if not lines:
        print(f"`{described.label}` in {where} is what table `{definition.name}` has to be")
    return 1 if lines else 0


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = error.strerror
    except UnicodeDecodeError:
        problem = "it is no text in UTF-8"
    raise ConfigurationError(f"{file} can not be read: {problem}", hint="--check FILE")


def _chosen(tables: Sequence[Described], name: str, resource: str | None, file: str) -> Described:
    """The table that is meant: by --resource, by its name, or because there is no other."""
    labels = ", ".join(f"`{each.label}`" for each in tables)
    if resource is not None:
        for each in tables:
            if each.label == resource:
                return each
        raise ConfigurationError(f"there is no table `{resource}` in {file}", hint=f"there are {labels}")
    named = [each for each in tables if each.found.definition.name == name]
    if len(named) == 1:
        return named[0]
    if len(tables) > 1:
        raise ConfigurationError(
            f"{file} has {len(tables)} tables, and {len(named) or 'none'} of them with the name `{name}`",
            hint=f"choose one with --resource: {labels}",
        )
    (only,) = tables
    _note(f"comparing `{only.label}`, the only table in {file}: its name there is `{only.found.definition.name or 'not given'}`")
    return only


def _note(text: str) -> None:
    print(f"discreet: {text}", file=sys.stderr)
