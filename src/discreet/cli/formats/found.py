"""A table that a file describes, and how one is made of what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from discreet.errors import ConfigurationError
from discreet.view.checking import MISREAD, Found, found_in

__all__ = ["PLAN", "Described", "described", "required"]

PLAN = "compare the plan, where all is worked out: `terraform plan -out plan && terraform show -json plan > plan.json`"


@dataclass(frozen=True, slots=True)
class Described:
    """label: what the file calls the table, such as a logical id."""

    label: str
    found: Found


def described(label: str, definition: Mapping[str, Any], *, tells_expiry: bool = True, time_to_live: str | None = None) -> Described:
    """One table, of a definition in the words of CreateTable. Raises ConfigurationError for what can not be read as one."""
    try:
        return Described(label, found_in(definition, tells_expiry=tells_expiry, time_to_live=time_to_live))
    except MISREAD:
        pass
    raise ConfigurationError(
        f"`{label}` can not be read as a table: a part of it is missing, or decided elsewhere",
        hint="compare what is deployed: `aws dynamodb describe-table --table-name ... > table.json`",
    )


def required(package: str, what: str) -> ConfigurationError:
    """What to say where a library that only some files need is not installed."""
    return ConfigurationError(f"{what} needs `{package}`, which is not installed", hint="pip install 'discreet[table]'")
