"""Which format a file is in, and the tables that it describes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from discreet.cli.formats.cloudformation import of_template, parse_yaml
from discreet.cli.formats.found import PLAN, Described
from discreet.cli.formats.request import of_answer, of_request
from discreet.cli.formats.terraform import of_hcl, of_plan
from discreet.errors import ConfigurationError

__all__ = ["tables_in"]

Reader = Callable[[Mapping[str, Any]], list[Described]]

KINDS: Final[Mapping[str, Reader]] = {
    "Resources": of_template,
    "planned_values": of_plan,
    "terraform_version": of_plan,
    "Table": of_answer,
    "KeySchema": of_request,
}
"""What a document is, by the first of these names that it has."""


def tables_in(text: str, name: str) -> list[Described]:
    """The tables that a file of this name describes. Raises ConfigurationError where it can not be read, or has none."""
    found = of_hcl(text) if Path(name).suffix in (".tf", ".tofu") else _of_document(_parsed(text, name), name)
    if not found:
        raise ConfigurationError(f"there is no DynamoDB table in {name}", hint=f"where a module makes it, {PLAN}")
    return found


def _parsed(text: str, name: str) -> Any:
    if not text.lstrip().startswith("{"):
        return parse_yaml(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    raise ConfigurationError(f"{name} is no JSON{where}", hint="write it anew with `discreet table ... --output FILE`")


def _of_document(document: Any, name: str) -> list[Described]:
    kind = next((each for each in KINDS if isinstance(document, Mapping) and each in document), None)
    if kind is not None:
        try:
            return KINDS[kind](document)
        except (AttributeError, KeyError, TypeError):  # of the right name, and of another shape
            pass
    raise ConfigurationError(
        f"{name} is nothing that describes a table",
        hint="a CloudFormation template, a *.tf file, the JSON of a Terraform plan, of CreateTable or of describe-table",
    )
