"""Credentials: whose they are, and whether anything checks them and refuses."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from discreet.audit import web
from discreet.audit.trace import Compared, Event, Guarded, Raised, Returned, StoreCall
from discreet.audit.values import (
    UNKNOWN,
    Constant,
    Kind,
    Made,
    Mark,
    Named,
    Place,
    Value,
    deep_marks,
    remarked,
)

__all__ = ["evidence", "principal", "refusal"]

REFUSES: Final = re.compile(r"auth|forbidden|permission|credential|token|jwt|denied|login", re.IGNORECASE)
LOGIN: Final = re.compile(r"log-?_?in|sign-?_?in|auth", re.IGNORECASE)
API_KEY: Final = re.compile(r"api.?key|x.?token|secret", re.IGNORECASE)


def principal(value: Value, events: list[Event]) -> Value:
    """What a dependency gives: once it has verified or looked up a credential, what it says of it is the principal's.

    A credential that is merely compared with a secret that all callers share says nothing of who they are.
    """
    if not any(isinstance(event, Guarded | StoreCall) or (isinstance(event, Compared) and event.text == "looked up") for event in events):
        return value
    verified = any(isinstance(event, Guarded) for event in events)
    return remarked(value, lambda mark: replace(mark, kind=Kind.PRINCIPAL, place=Place.NONE) if _says(mark, verified=verified) else mark)


def _says(mark: Mark, *, verified: bool) -> bool:
    """Whether a mark is of what says who asks: of a credential, also of what was read from it before it was verified."""
    if API_KEY.search(mark.name):
        return False
    return mark.place is Place.CREDENTIAL or (verified and mark.place is Place.HEADER and web.is_credential(mark.name))


def evidence(events: list[Event] | tuple[Event, ...]) -> bool:
    """Whether something checked who asks."""
    return any(_proves(event) or (isinstance(event, Compared) and _compares_credential(event)) for event in events)


def _proves(event: Event) -> bool:
    """Whether something verifies a credential, or looks up whose it is."""
    looked_up = isinstance(event, StoreCall) and any(mark.place is Place.CREDENTIAL for mark in deep_marks(event.key))
    return isinstance(event, Guarded) or looked_up


def _compares_credential(event: Compared) -> bool:
    """Whether a comparison is of what authenticates. A header that is compared with an item is but believed."""
    places = {mark.place for mark in event.marks if mark.kind is Kind.REQUEST}
    if Place.CREDENTIAL in places:
        return True
    return Place.HEADER in places and not any(mark.kind is Kind.ITEM for mark in event.marks)


def refusal(events: list[Event] | tuple[Event, ...]) -> bool:
    """Whether something refuses who does not pass: with 401, 403 or a redirect, or with another 4xx where a credential is compared.

    A scheme alone refuses who says nothing. That is enough where what verifies raises by itself, not where two texts are compared, nor
    where what it raises is caught and no more is made of it.
    """
    verified = any(_proves(event) and not (isinstance(event, Guarded) and event.caught) for event in events)
    comparing = {event.function for event in events if isinstance(event, Compared) and _compares_credential(event)}
    return any(
        (
            isinstance(event, Raised)
            and (event.function or verified)
            and (event.status in {302, 303, 307, 401, 403, 1008} or REFUSES.search(event.type) is not None)
        )
        or (isinstance(event, Raised) and event.function in comparing and event.status is not None and 400 <= event.status < 500)
        or (isinstance(event, Guarded) and event.sure)
        or (isinstance(event, Returned) and any(_refuses(shape) for shape in event.value.only(Made)))
        for event in events
    )


def _refuses(shape: Made) -> bool:
    location = shape.get("location")
    if location is not None:
        return any(LOGIN.search(text) for text in location.texts)
    status = shape.get("status")
    return (status is not None and any(each.value in {401, 403} for each in status.only(Constant))) or "40" in "".join(
        each.path for each in (status or UNKNOWN).only(Named)
    )
