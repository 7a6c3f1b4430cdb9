"""What `discreet table` does: the definition of a table from its entities, written, or compared with a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from discreet.cli.formats import Described, cloudformation, create_table, tables_in, terraform
from discreet.cli.imported import entities_defined_in, imported, imported_entity
from discreet.cli.output import check_writable, emit, write
from discreet.errors import ConfigurationError
from discreet.view import Table, TableDefinition
from discreet.view.checking import differences, notes

__all__ = ["compare", "define", "defined"]

WRITERS = {"cloudformation": cloudformation, "terraform": terraform, "json": create_table}


def define(reference: str, named: Iterable[str], format: str, output: Path | None) -> None:
    """Write what a table has to be, in one of `WRITERS`, to a file or to the standard output; and say what is left to do."""
    if output is not None:
        check_writable(output)
    definition = defined(reference, named)
    text = WRITERS[format](definition)
    if output is None:
        emit(text)
    else:
        write(output, text)
    _say_what_is_left(definition, format)


def defined(reference: str, named: Iterable[str]) -> TableDefinition:
    """What a table has to be. reference: `module:table`; named: further entities, as `module:Entity`."""
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


def _say_what_is_left(definition: TableDefinition, format: str) -> None:
    if definition.expires and definition.time_to_live is None:
        _note(f"items expire by {len(definition.expires)} attributes, and DynamoDB takes one: time to live is left to you")
    elif definition.expires and format == "json":
        _note(
            "create-table takes no time to live; when the table is there: aws dynamodb update-time-to-live "
            f"--table-name {definition.name} --time-to-live-specification Enabled=true,AttributeName={definition.time_to_live}"
        )


def compare(definition: TableDefinition, file: str, resource: str | None) -> int:
    """Print the differences; the exit code."""
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
