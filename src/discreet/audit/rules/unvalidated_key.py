"""A client's text chooses an item, and nothing bounds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import ACCESS
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, finding, steps, unbounded
from discreet.audit.values import Mark
from discreet.findings import Confidence, Finding, Severity

RULE: Final = described(__file__, "a key is made of unvalidated text", Severity.MEDIUM, (639, 140, 20), ("API1",), ACCESS)


def find(service: Service) -> Iterator[Finding]:
    """Keys and key conditions that hold a client's text as it came."""
    for route in service.routes:
        seen: set[frozenset[Mark]] = set()
        for call in route.all_calls:
            marks = unbounded(call.key, call.facts) if call.operation != "execute_statement" else []
            if not marks or frozenset(marks) in seen:
                continue
            seen.add(frozenset(marks))
            names = ", ".join(f"`{mark.name}`" for mark in marks)
            yield finding(
                RULE,
                route,
                call.region,
                call.function,
                call.text,
                f"{names} of the request goes into a key of `{call.text}` unvalidated: any length, any character, the key's delimiter too",
                f'{marks[0].name.rpartition(".")[2]}: Annotated[str, Path(pattern=r"\\A[A-Za-z0-9_-]{{1,64}}\\Z")]  # or UUID',
                steps(route, call, marks[0], f"`{call.text}` uses it as a key"),
                Confidence.MEDIUM,
            )
