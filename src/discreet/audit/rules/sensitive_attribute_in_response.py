"""An attribute that is no one's to see is chosen into an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import OVER_RETURN
from discreet.audit.routes import Route
from discreet.audit.rules.rule import described
from discreet.audit.service import Answer, Leak, Service, answers, finding, leaks, read_steps, tied
from discreet.audit.trace import StoreCall
from discreet.audit.values import Kind, Mapping, Value, deep_marks
from discreet.findings import Finding, Severity

RULE: Final = described(
    __file__, "a sensitive attribute is in the answer", Severity.CRITICAL, (201, 213, 359, 522), ("API3", "API2"), OVER_RETURN
)

# Nobody's to see, not even their owner's; and what is only its subject's.
CREDENTIAL: Final = re.compile(
    r"(^|_)(password|passwd|pwd|passphrase|pass_hash|pw_hash|password_digest|token_hash|key_hash|otp_hash|salt|secret|secrets|pin|pin_hash|pin_code|private_key|api_key|apikey|access_key|secret_key|signing_key|"
    r"mfa|totp|otp|recovery_codes?|recovery_key|backup_codes?|reset_token|reset_code|session_token|access_token|refresh_token|share_token|auth_token|api_token|"
    r"magic_link|verification_code|verification_token|confirmation_token|token|credentials?|security_answer|door_code|webhook_secret|client_secret)(_|$)"
)
PERSONAL: Final = re.compile(
    r"(^|_)(ssn|social_security|sin_number|national_id|national_insurance|nino|passport|tax_id|tin|card_number|credit_card|card_pan|pan|cvv|cvc|iban|bank_account|account_number|routing_number|"
    r"sort_code|diagnosis|diagnoses|medical|medication|medications|prescription|prescriptions|allergies|hiv|blood_type|health_(?:data|records?|info|conditions?|history|notes|issues)|insurance_number|salary|wage|payroll|driver_license|drivers_license|licence_number)(_|$)"
)
# A digest by that name alone is a password's; one of a file, a commit or a block is named after it.
DIGEST: Final = re.compile(r"^(hash|hashed|digest)$|(^|_)hashed_(password|pin|secret|token|key)$")
# A PIN code among these is where someone lives, as post offices call it; a salary that is offered is no one's yet.
PLACES: Final = re.compile(r"(^|_)(city|town|state|district|street|address|country|locality|landmark)(_|$)")
OFFERS: Final = re.compile(r"job|vacanc|posting|opening|position|career|opportunit", re.IGNORECASE)
HARMLESS: Final = re.compile(
    r"^(has|is|needs|requires|no|masked|last|count)_|_(at|date|on|count|expiry|expires|expires_at|enabled|set|required|length|type|hint|version|changed|updated|masked|last4|last_four|brand|exists|verified|url|name|status)$|last_?4|last_?four|masked"
)


def find(service: Service) -> Iterator[Finding]:
    """Answers that hold an attribute of a sensitive name, where it was chosen."""
    for route in service.routes:
        for answer in answers(service, route):
            found = list(leaks(answer.sent))
            if any(leak.whole for leak in found):
                continue
            names = list(dict.fromkeys(name for leak in found if (name := _sensitive(route, leak))))
            if any(PLACES.search(snake(leak.key)) for leak in found):
                names = [name for name in names if snake(name) not in {"pin", "pin_code"}]
            names += [name for name in _echoed(route, answer) if name not in names]
            if names:
                yield _finding(route, answer, names, found)


def _finding(route: Route, answer: Answer, names: list[str], found: list[Leak]) -> Finding:
    leak = next((leak for leak in found if names[0] in {leak.key, leak.mark.name, leak.mark.name.rpartition(".")[2]}), None)
    listed = ", ".join(f"`{name}`" for name in names)
    return finding(
        RULE,
        route,
        answer.event.region,
        answer.event.function,
        f"return of {', '.join(sorted(names))}",
        f"`{route.label}` answers with {listed}",
        f"# leave {listed} out of the answer, of the response model and of the projection",
        read_steps(route, leak.mark, answer.event) if leak is not None else (),
    )


def snake(name: str) -> str:
    """A name as words with `_` between them."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()


def credential(name: str) -> bool:
    """Whether an attribute of this name is nobody's to see."""
    return bool(CREDENTIAL.search(snake(name)) or DIGEST.search(snake(name))) and not HARMLESS.search(snake(name))


def personal(name: str) -> bool:
    """Whether an attribute of this name is only its subject's to see."""
    return bool(PERSONAL.search(snake(name))) and not HARMLESS.search(snake(name))


def _sensitive(route: Route, leak: Leak) -> str:
    last = leak.mark.name.rpartition(".")[2]
    for name in (leak.key, last):
        if name and credential(name) and not HARMLESS.search(snake(leak.key)):
            return name
        if name and personal(name) and not HARMLESS.search(snake(leak.key)) and not _own(route, leak) and not _offered(route, leak, name):
            return name
    return ""


def _offered(route: Route, leak: Leak, name: str) -> bool:
    """Whether a salary is that of a job which is advertised."""
    call = route.call_at(leak.mark.at)
    return re.search(r"salary|wage", name, re.IGNORECASE) is not None and bool(
        OFFERS.search(route.path) or (call is not None and OFFERS.search(call.table))
    )


def _own(route: Route, leak: Leak) -> bool:
    """Whether the item is the caller's own, by the code."""
    calls = [call for call in route.all_calls if call.region == leak.mark.at]
    if calls and all(any(mark.kind is Kind.PRINCIPAL for mark in deep_marks(call.key)) for call in calls):
        return True
    return tied(route, roles=False)


def _echoed(route: Route, answer: Answer) -> list[str]:
    """Credentials that were just stored, and are sent with the rest."""
    found = []
    for call in route.all_calls:
        if call.operation == "put_item" and isinstance(call, StoreCall):
            for shape in (call.argument("Item") or Value()).only(Mapping):
                stored = {name: value for name, value in shape.known if credential(name) and "hash" in snake(name) + "password"}
                for mine in answer.sent.only(Mapping):
                    found += [name for name, value in mine.known if name in stored and stored[name] == value and "pass" in name]
    return found
