"""What was read past the policy reaches an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import OVER_RETURN
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, finding
from discreet.audit.values import Kind, deep_marks
from discreet.findings import Finding, Region, Severity, Step

RULE: Final = described(__file__, "an undisclosed read reaches an answer", Severity.HIGH, (201, 213), ("API3",), OVER_RETURN)


def find(service: Service) -> Iterator[Finding]:
    """Routes whose answer holds what `table.undisclosed(...)` read."""
    for route in service.routes:
        seen: set[Region] = set()
        for answer in route.answers:
            for mark in sorted(deep_marks(answer.value), key=lambda mark: (mark.at.path, mark.at.line)):
                if mark.kind is Kind.UNDISCLOSED and mark.at not in seen:
                    seen.add(mark.at)
                    yield finding(
                        RULE,
                        route,
                        mark.at,
                        answer.function,
                        "undisclosed",
                        f"`{route.label}` answers with what was read past the policy",
                        "pets: Annotated[View[Pet], Depends(view_of(Pet, table, current_principal))]\nreturn await pets.get(...)",
                        (Step(mark.at, "read past the policy"), Step(answer.region, "returned to the client")),
                    )
