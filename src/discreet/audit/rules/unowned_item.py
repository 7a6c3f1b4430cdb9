"""A principal is known, the client chooses an item, and nothing ties the two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from discreet.audit.compliance import ACCESS
from discreet.audit.routes import Route
from discreet.audit.rules.rule import described
from discreet.audit.service import (
    OWNER,
    Service,
    Tables,
    answers,
    authenticated,
    definition,
    finding,
    principals,
    public,
    steps,
    tied,
    words,
)
from discreet.audit.trace import Guarded, StoreCall
from discreet.audit.values import Kind, Mapping, Mark, Place, Value, deep_marks
from discreet.findings import Confidence, Finding, Severity

RULE: Final = described(__file__, "another's item is within reach", Severity.HIGH, (639, 862), ("API1",), ACCESS)
# Where a table's name is kept says nothing of what is in the table.
CONFIGURED: Final = re.compile(r"\b(app_?)?(settings?|config(uration)?|conf|cfg|env|environ)\b", re.IGNORECASE)
COMMON: Final = re.compile(r"coupon|promo|setting|config|feature|flag|price|rate", re.IGNORECASE)
SHARED: Final = re.compile(
    r"product|recipe|post|article|catalog|categor|menu|movie|film|book(?!ing)|cit(y|ies)|countr|event|tag|news|public|search|genre|song|course|game|store|shop",
    re.IGNORECASE,
)
PERSONS: Final = re.compile(
    r"user|order|invoice|message|document|file|note|account|profile|patient|booking|reservation|payment|cart|task|todo|ticket|wallet|locker|vault|loan|member|lead|customer|"
    r"chat|conversation|session|employee|people|person|report|transaction|subscription|device|project|claim|contract|journal|guest|visitor|resident|pupil|student|child|parent|family|friend|"
    r"visit|notification|favou?rite|bookmark|wishlist|prescription|portfolio|workout|meal|diar(y|ies)|deliver|shipment|parcel|timesheet|expense|budget|address|workspace|"
    r"thread|upload|photo|dashboard|goal|habit|quote|trip|itinerar|draft|snippet|credential|secret|passport|salar|payroll|grant|donation|entr(y|ies)|record|appointment|applica|survey|answer",
    re.IGNORECASE,
)
# Those whose work it is to serve others: what they reach by it is not theirs, and theirs to reach.
WORKERS: Final = re.compile(r"staff|employee|clerk|operator|agent|nurse|dispatcher|cashier|receptionist|librarian", re.IGNORECASE)
EDITORS: Final = re.compile(r"chang|updat|modif|edit|last_", re.IGNORECASE)
WRITES: Final = frozenset({"put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items"})
KEYED: Final = frozenset({"get_item", "query", "update_item", "delete_item", "batch_get_item", "execute_statement"})


def find(service: Service) -> Iterator[Finding]:
    """Routes with a principal whose items are chosen by the request alone."""
    for route in service.routes:
        if public(route) or not authenticated(route) or not principals(route) or tied(route):
            continue
        found = next(
            (
                (call, mark)
                for call in route.all_calls
                if _asked_about(route, call, service.tables) and not _looked_up(service, route, call) and (mark := _chosen(route, call))
            ),
            None,
        )
        if found is None:
            continue
        call, mark = found
        yield finding(
            RULE,
            route,
            definition(route),
            route.closure.name,
            call.text,
            f"`{route.label}` knows who asks, but `{mark.name}` alone chooses the item that `{call.text}` reaches: anyone's will do",
            'if item["owner_id"] != principal.id:\n    raise HTTPException(404)',
            steps(route, call, mark, f"`{call.text}` reaches it"),
            Confidence.MEDIUM,
        )


def _looked_up(service: Service, route: Route, call: StoreCall) -> bool:
    """Whether an item is only looked up on the way to writing another: what is read of it is neither told nor changed."""
    if route.methods == ("GET",) or call.operation in WRITES or not any(each.operation in WRITES for each in route.all_calls):
        return False
    told = {mark.at for answer in answers(service, route) for mark in deep_marks(answer.sent) if mark.kind is Kind.ITEM}
    return call.region not in told and not any(_changes(each, call) for each in route.all_calls)


def _changes(write: StoreCall, read: StoreCall) -> bool:
    """Whether a write is to what was read: by its key, or put back where it was."""
    if write.operation == "put_item":
        return write.table == read.table
    chosen = deep_marks(read.key)
    return write.operation in WRITES and any(mark in chosen or mark.at == read.region for mark in deep_marks(write.key))


def _asked_about(route: Route, call: StoreCall, tables: Tables) -> bool:
    """Whether the items of a call belong to someone. What everyone may read is no one's."""
    named = f"{CONFIGURED.sub('', call.table)} {route.path}"
    reads = not any(each.operation in WRITES and not _takes_part(each) for each in route.all_calls)
    if COMMON.search(named) or (SHARED.search(named) and reads) or _claims(call):
        return False
    if _by_workers(route):
        return call.table in tables.tied
    return tables.owned(call.table) or bool(PERSONS.search(named)) or not reads or _names_owner(call)


def _by_workers(route: Route) -> bool:
    """Whether those who may ask are all people who work for the service, by the name of what tells who asks."""
    return any(isinstance(event, Guarded) and WORKERS.search(event.function.rpartition(".")[2]) for event in route.everything)


def _takes_part(call: StoreCall) -> bool:
    """Whether a write only adds who asks to what everyone may see: a like, a vote, a place in a list."""
    marks = deep_marks(call.argument("ExpressionAttributeValues") or Value())
    return (
        call.operation == "update_item"
        and any(mark.kind is Kind.PRINCIPAL for mark in marks)
        and not any(mark.kind is Kind.REQUEST for mark in marks)
    )


def _claims(call: StoreCall) -> bool:
    """Whether a write makes what is no one's the item of who asks: it adds them where nobody is yet."""
    condition = call.argument("ConditionExpression")
    return condition is not None and _takes_part(call) and any("attribute_not_exists" in text for text in words(condition))


def _names_owner(call: StoreCall) -> bool:
    """Whether what chooses the items is called after whom they belong to, such as `owner_id`."""
    return any(mark.kind is Kind.REQUEST and OWNER.search(mark.name.rpartition(".")[2]) for mark in deep_marks(call.key))


def _chosen(route: Route, call: StoreCall) -> Mark | None:
    counts = call.argument("Select")
    if counts is not None and counts.text == "COUNT":
        return None
    if call.operation not in KEYED:
        return _overwritten(call) if call.operation == "put_item" and "PUT" in route.methods else None
    marks = deep_marks(call.key)
    if any(mark.kind is Kind.PRINCIPAL for mark in marks):
        return None
    return next(
        (
            mark
            for mark in sorted(marks, key=lambda mark: mark.name)
            if mark.kind is Kind.REQUEST and mark.place is not Place.CREDENTIAL and not (mark.plain and mark.bounded)
        ),
        None,
    )


def _overwritten(call: StoreCall) -> Mark | None:
    """What of the path chooses the item that a put may overwrite."""
    for shape in (call.argument("Item") or Value()).only(Mapping):
        marks = [mark for name, value in shape.known if not EDITORS.search(name) for mark in value.marks]
        if any(mark.kind is Kind.PRINCIPAL for mark in marks):
            return None
        found = next((mark for mark in marks if mark.place is Place.PATH), None)
        if found is not None and call.argument("ConditionExpression") is None:
            return found
    return None
