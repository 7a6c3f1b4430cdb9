"""A route reads or writes items, and nobody asks who is calling."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import AUTHENTICATION
from discreet.audit.rules.rule import described
from discreet.audit.service import Service, authenticated, decorator_step, definition, finding, public
from discreet.findings import Confidence, Finding, Severity

RULE: Final = described(__file__, "a route with data asks nobody who they are", Severity.HIGH, (306,), ("API2", "API5"), AUTHENTICATION)


def find(service: Service) -> Iterator[Finding]:
    """Routes that reach the store, with nothing that establishes who asks."""
    for route in service.routes:
        calls = [call for call in route.calls if call.library != "discreet"]
        if not calls or public(route) or authenticated(route):
            continue
        call = calls[0]
        yield finding(
            RULE,
            route,
            definition(route),
            route.closure.name,
            call.text,
            f"`{route.label}` reaches `{call.text}`, and no dependency, middleware or check establishes who asks",
            f"@router.{route.methods[0].lower()}({route.registered.path!r}, dependencies=[Depends(current_principal)])",
            decorator_step(route),
            Confidence.MEDIUM,
        )
