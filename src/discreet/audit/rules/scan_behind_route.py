"""A route reads a whole table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import COUNTS
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, Tables, finding, steps, words
from discreet.audit.trace import StoreCall
from discreet.audit.values import UNKNOWN
from discreet.findings import Finding, Severity, Step

RULE: Final = described(__file__, "a route scans a table", Severity.MEDIUM, (770,), ("API4",), COUNTS)
SELECT: Final = re.compile(r"\s*select\b.*?\bfrom\s+(?:[\w\"-]+(?P<index>\.[\w\"-]+)?)?(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
WHERE: Final = re.compile(r"\bwhere\b(.*)", re.IGNORECASE | re.DOTALL)
EQUAL: Final = re.compile(r"\"?([\w.]+)\"?\s*(?:=|\bin\b)", re.IGNORECASE)
OTHER: Final = re.compile(r"<|>|\b(contains|begins_with|between|attribute_type|is|not|missing)\b", re.IGNORECASE)


def find(service: Service) -> Iterator[Finding]:
    """Scans that a request reaches."""
    for route in service.routes:
        seen: set[tuple[str, str]] = set()
        for call in route.calls:
            if not scans(call, service.tables) or (call.function, call.region.path) in seen:
                continue
            seen.add((call.function, call.region.path))
            yield finding(
                RULE,
                route,
                call.region,
                call.function,
                call.text or "scan",
                f"`{route.label}` scans the table: it reads every item, whoever asks, and a filter does not lower that",
                f'{call.text.rpartition(".")[0] or "table"}.query(KeyConditionExpression=Key("pk").eq(...))',
                (*steps(route, call, text=f"`{call.text}` scans"), *((Step(call.named, "named here"),) if call.named else ())),
            )


def scans(call: StoreCall, tables: Tables) -> bool:
    """Whether a call reads a table from its beginning: a Scan, or a PartiQL SELECT without a condition on its key."""
    if call.operation == "scan":
        return True
    if call.operation != "execute_statement":
        return False
    statement = SELECT.match(" ".join(words(call.argument("Statement") or UNKNOWN)))
    if statement is None:
        return False
    condition = WHERE.search(statement["rest"])
    if condition is None:
        return True
    equal = {name.lower() for name in EQUAL.findall(condition[1])}
    if not equal:
        return OTHER.search(condition[1]) is not None
    keys = {name.lower() for name in tables.found_by(call.table)}
    return bool(keys) and statement["index"] is None and not equal & keys
