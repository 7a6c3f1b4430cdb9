"""The request of CreateTable as JSON, which `aws dynamodb create-table --cli-input-json` takes; and DescribeTable's answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from discreet.cli.formats.found import Described, described
from discreet.view.definition import TableDefinition

__all__ = ["create_table", "of_answer", "of_request"]


def create_table(definition: TableDefinition) -> str:
    """The request, without time to live: CreateTable takes none."""
    return json.dumps(definition.create_table(), indent=2, ensure_ascii=False) + "\n"


def of_request(request: Mapping[str, Any]) -> list[Described]:
    """The table that a request of CreateTable makes."""
    return [described(str(request.get("TableName", "the table")), request, tells_expiry=False)]


def of_answer(answer: Mapping[str, Any]) -> list[Described]:
    """The table of which `aws dynamodb describe-table` tells."""
    return of_request(answer["Table"])
