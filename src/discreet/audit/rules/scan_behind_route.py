"""A route reads a whole table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import COUNTS
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, finding, steps, words
from discreet.audit.trace import StoreCall
from discreet.audit.values import UNKNOWN
from discreet.findings import Finding, Severity, Step

RULE: Final = described(__file__, "a route scans a table", Severity.MEDIUM, (770,), ("API4",), COUNTS)


def find(service: Service) -> Iterator[Finding]:
    """Scans that a request reaches."""
    for route in service.routes:
        seen: set[tuple[str, str]] = set()
        for call in route.calls:
            if not scans(call) or (call.function, call.region.path) in seen:
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


def scans(call: StoreCall) -> bool:
    """Whether a call reads a table from its beginning: a Scan, or a PartiQL SELECT without a condition."""
    if call.operation == "scan":
        return True
    if call.operation != "execute_statement":
        return False
    text = " ".join(words(call.argument("Statement") or UNKNOWN))
    return bool(re.match(r"\s*select\b", text, re.IGNORECASE)) and not re.search(r"\bwhere\b", text, re.IGNORECASE)
