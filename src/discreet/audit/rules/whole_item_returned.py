"""An item leaves as DynamoDB gave it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import OVER_RETURN
from discreet.audit.rules.response_model_bypassed import bypasses
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, answers, finding, leaks, read_steps
from discreet.findings import Finding, Severity

RULE: Final = described(__file__, "a whole item is returned to the client", Severity.HIGH, (201, 213, 359), ("API3",), OVER_RETURN)


def find(service: Service) -> Iterator[Finding]:
    """Answers that hold an item with attributes that nothing chose."""
    for route in service.routes:
        if bypasses(service, route):
            continue
        for answer in answers(service, route):
            leak = next((leak for leak in leaks(answer.sent) if leak.whole), None)
            if leak is None:
                continue
            call = route.call_at(leak.mark.at)
            name = call.text if call is not None else "the store"
            yield finding(
                RULE,
                route,
                answer.event.region,
                answer.event.function,
                f"return of {name}",
                f"`{answer.event.function}` returns every attribute that `{name}` reads, also those that are added later",
                _fix(call.text if call is not None else "table.get_item"),
                read_steps(route, leak.mark, answer.event),
            )


def _fix(call: str) -> str:
    return (
        f'{call}(..., ProjectionExpression="#id, #name", ExpressionAttributeNames={{"#id": "id", "#name": "name"}})\n'
        "# or declare what may leave: @router.get(..., response_model=ItemOut)"
    )
