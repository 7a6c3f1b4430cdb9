"""The rules of the audit: one module and one page each, one line each here."""

from __future__ import annotations

from typing import Final

from discreet.audit.rules import (
    exception_text_returned,
    expression_injection,
    mass_assignment,
    naked_entity,
    raw_cursor,
    response_model_bypassed,
    scan_behind_route,
    sensitive_attribute_in_response,
    unauthenticated_route,
    undisclosed_in_route,
    unowned_item,
    unvalidated_key,
    whole_item_returned,
)
from discreet.audit.rules.rule import Check

__all__ = ["CHECKS"]

CHECKS: Final[tuple[Check, ...]] = (
    Check(whole_item_returned.RULE, whole_item_returned.find),
    Check(response_model_bypassed.RULE, response_model_bypassed.find),
    Check(sensitive_attribute_in_response.RULE, sensitive_attribute_in_response.find),
    Check(scan_behind_route.RULE, scan_behind_route.find),
    Check(unvalidated_key.RULE, unvalidated_key.find),
    Check(expression_injection.RULE, expression_injection.find),
    Check(raw_cursor.RULE, raw_cursor.find),
    Check(unauthenticated_route.RULE, unauthenticated_route.find),
    Check(unowned_item.RULE, unowned_item.find),
    Check(mass_assignment.RULE, mass_assignment.find),
    Check(exception_text_returned.RULE, exception_text_returned.find),
    Check(undisclosed_in_route.RULE, undisclosed_in_route.find),
    Check(naked_entity.RULE, naked_entity.find),
)
