"""A service as the rules see it: its routes with their traces, and questions that several rules ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from discreet.audit import models
from discreet.audit.calls import Arguments
from discreet.audit.credentials import evidence, refusal
from discreet.audit.machine import Machine
from discreet.audit.middleware import Handler
from discreet.audit.project import region
from discreet.audit.routes import Route
from discreet.audit.trace import Compared, Event, Facts, Guarded, Raised, Returned, StoreCall, open_
from discreet.audit.values import (
    SOME,
    Constant,
    Instance,
    Kind,
    Made,
    Mapping,
    Mark,
    Marks,
    Place,
    Sequence,
    Text,
    Value,
    children,
    deep_marks,
    opened,
)
from discreet.findings import Confidence, Finding, Region, Rule, Step

__all__ = ["Answer", "Leak", "Service", "Tables", "answers", "finding", "leaks", "loose", "own", "steps", "tied", "unbounded"]

OWNER: Final = re.compile(
    r"owner|user|member|customer|tenant|account|author|creat(or|ed_by)|patient|employee|client|org|team|driver|seller|buyer|student|subscriber|person|profile|^sub$|uid|holder|assignee|recipient|sender|giver|athlete|player|candidate|guest|teacher|doctor|parent|child|worker|learner|pupil|resident|visitor|donor|friend|^e?mail$",
    re.IGNORECASE,
)
# What tells nothing of anyone, where nothing is asked for by name; what is there for those who cannot have authenticated yet.
PLAIN: Final = re.compile(
    r"^(health\w*|healthz|ping|ready|readyz|readiness|live|livez|liveness|status|version|docs|redoc|openapi(\.json)?|metrics|favicon(\.ico)?)$",
    re.IGNORECASE,
)
ENTRY: Final = re.compile(
    r"^(log-?_?in|sign-?_?in|log-?_?out|sign-?_?out|token|access-token|refresh(-?_?token)?|sign-?_?up|register|registration|confirm\w*|"
    r"verify(-?_?email)?|(forgot|forgotten|reset|recover)-?_?\w*(password)?|password-?_?reset\w*|oauth\w*|callback|authorize)$",
    re.IGNORECASE,
)
GATEWAY: Final = "the gateway's authorizer"
WEBHOOK: Final = re.compile(r"webhook|hook|callback|notify|ipn", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tables:
    """What a service tells of its tables. The items of some belong to someone: by what their attributes are called (`named`), or by what
    ties them to who asks (`tied`). `keys` are attributes that items are found by, each with its table.
    """

    named: frozenset[str] = frozenset()
    tied: frozenset[str] = frozenset()
    keys: frozenset[tuple[str, str]] = frozenset()

    def __or__(self, other: Tables) -> Tables:
        return Tables(self.named | other.named, self.tied | other.tied, self.keys | other.keys)

    def owned(self, table: str) -> bool:
        """Whether the items of a table belong to someone."""
        return table in self.named or table in self.tied

    def found_by(self, table: str) -> frozenset[str]:
        """The attributes that its items are found by, as far as the service tells. A service of one table may call it in several ways."""
        mine = frozenset(name for each, name in self.keys if each == table)
        alone = len({each for each, _ in self.keys}) == 1
        return mine or (frozenset(name for _, name in self.keys) if alone else mine)


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """All that was found of a service. `sent` keeps what `answers` found."""

    machine: Machine
    routes: tuple[Route, ...]
    handlers: tuple[Handler, ...]
    tables: Tables = Tables()
    sent: dict[Route, list[Answer]] = field(default_factory=dict, repr=False)


# Who asks


def authenticated(route: Route) -> bool:
    """Whether something establishes who asks, and refuses who does not say."""
    return evidence(route.everything) and refusal(route.everything)


def public(route: Route) -> bool:
    """Whether a route is for those who cannot have authenticated yet, or tells nothing."""
    parts = [part for part in route.path.split("/") if part]
    last = next((part for part in reversed(parts) if not part.startswith("{")), "")
    named = any(part.startswith("{") for part in parts)
    if ENTRY.match(last) or (PLAIN.match(last) and not named):
        return True
    name = getattr(route.closure.node, "name", "")
    if not named and _signs_up(route):
        return True
    if not named and (ENTRY.match(name) or PLAIN.match(name)):
        return True
    return bool(WEBHOOK.search(route.path)) and (
        evidence(route.trace) or any(isinstance(event, Compared) and event.text == "compare_digest" for event in route.trace)
    )


def _signs_up(route: Route) -> bool:
    """Whether a route makes an account: it stores the digest of a password, where nobody is known yet."""
    return "POST" in route.methods and any(
        "pass" in name.lower() and any(mark.kind is Kind.SEALED for mark in held.marks)
        for call in route.all_calls
        if call.operation == "put_item"
        for shape in (call.argument("Item") or Value()).only(Mapping)
        for name, held in shape.known
    )


def principals(route: Route) -> bool:
    """Whether a route knows a principal, rather than a machine with a shared key."""
    held: set[Mark] = set()
    for value in route.parameters.values():
        held |= deep_marks(value)
    for event in route.everything:
        held |= _marks(event)
    if any(isinstance(event, Guarded) and event.text != GATEWAY for event in route.everything):
        return True
    return route.principal or any(mark.kind is Kind.PRINCIPAL and mark.name != "item" for mark in held)


def _marks(event: Event) -> Marks:
    match event:
        case StoreCall(key=key, arguments=arguments):
            return deep_marks(key).union(*(deep_marks(value) for _, value in arguments))
        case Compared(marks=marks):
            return marks
        case _:
            return frozenset()


def tied(route: Route, *, roles: bool = True) -> bool:
    """Whether anything ties the principal to what is asked for: a comparison, a condition, a key made of both, or (`roles`) a role.

    A key of the principal's alone ties nothing else: most services look up who asks before they look at what is asked.
    """
    if any(isinstance(event, StoreCall) and _ties(event) for event in route.trace):
        return True
    return any(isinstance(event, Compared) and (_compares(event) or (roles and _asks_role(event))) for event in route.everything)


def own(call: StoreCall) -> bool:
    """Whether the principal is part of what chooses the items of a call."""
    return any(mark.kind is Kind.PRINCIPAL for mark in _chooses(call))


def _ties(call: StoreCall) -> bool:
    asked = any(mark.kind is Kind.REQUEST and mark.place is not Place.CREDENTIAL for mark in _chooses(call))
    return asked and own(call)


def _chooses(call: StoreCall) -> Marks:
    found = deep_marks(call.key)
    for name, value in call.arguments:
        if name in {"FilterExpression", "ConditionExpression", "Key", "KeyConditionExpression"}:
            found |= deep_marks(value)
        if name == "ExpressionAttributeValues" and call.operation in {"query", "scan", "delete_item", "update_item", "put_item"}:
            wanted = " ".join(
                text
                for key, each in call.arguments
                if key in {"FilterExpression", "ConditionExpression", "KeyConditionExpression"}
                for text in words(each)
            )
            found = found.union(*(deep_marks(held) for shape in value.only(Mapping) for key, held in shape.known if key in wanted))
    return found


def words(value: Value) -> Iterator[str]:
    """The constant pieces of a text."""
    for shape in value.shapes:
        if isinstance(shape, Constant) and isinstance(shape.value, str):
            yield shape.value
        elif isinstance(shape, Text):
            yield from (part for part in shape.parts if isinstance(part, str))


def _compares(event: Compared) -> bool:
    """Whether a comparison is of the principal with something else: a request, an item that is not their own record."""
    kinds = {mark.kind for mark in event.marks}
    records = {mark.at for mark in event.marks if mark.kind is Kind.PRINCIPAL and mark.name == "item"}
    others = Kind.REQUEST in kinds or any(mark.kind is Kind.ITEM and mark.at not in records for mark in event.marks)
    return event.apart or (Kind.PRINCIPAL in kinds and others and event.text != "role" and not event.text.endswith(" role"))


def _asks_role(event: Compared) -> bool:
    """Whether a comparison is of what a principal may do."""
    mine = any(mark.kind is Kind.PRINCIPAL for mark in event.marks)
    return mine and re.search(r"role|admin|scope|group|permission", event.text, re.IGNORECASE) is not None


# What is bounded


def unbounded(value: Value, facts: Facts) -> list[Mark]:
    """The marks of client's text in a key that nothing bounds. A text of several components must be plain."""
    return sorted(set(_unbounded(value, facts, composite=False)), key=lambda mark: (mark.name, mark.at.line))


def _unbounded(value: Value, facts: Facts, *, composite: bool) -> Iterator[Mark]:
    texts = [shape for shape in value.shapes if isinstance(shape, Text)]
    if not texts:
        yield from (mark for mark in value.marks if open_(mark, facts, plain=composite))
    for shape in value.shapes:
        if isinstance(shape, Text):
            several = sum(isinstance(part, Value) for part in shape.parts) > 1
            for part in shape.parts:
                if isinstance(part, Value):
                    yield from _unbounded(part, facts, composite=composite or several)
        else:
            for inner in children(shape):
                yield from _unbounded(inner, facts, composite=composite)


# What leaves


@dataclass(frozen=True, slots=True)
class Leak:
    """Data of an item in an answer: `key` is what it is called there."""

    mark: Mark
    key: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a `return` of a handler sends, or an error as its detail. `raw`: as a Response of its own, past the response model."""

    event: Returned | Raised
    value: Value
    sent: Value
    raw: bool


def answers(service: Service, route: Route) -> list[Answer]:
    """What a route sends, at each of its returns: after its response model, where one filters."""
    found = service.sent.get(route)
    if found is None:
        found = service.sent[route] = list(_answers(service, route))
    return found


def _answers(service: Service, route: Route) -> Iterator[Answer]:
    for event in route.answers:
        if not event.sent and event.function.rpartition(".")[2] != route.closure.name.rpartition(".")[2]:
            continue
        raw = [content for shape in event.value.only(Made) if shape.path == "fastapi.Response" and (content := shape.get("content"))]
        yield from (Answer(event, content, content, raw=True) for content in raw)
        rest = tuple(shape for shape in event.value.shapes if not (isinstance(shape, Made) and shape.path == "fastapi.Response"))
        if rest or not event.value.shapes:
            value = Value(rest, event.value.marks)
            yield Answer(event, value, filtered(service, route, value), raw=False)
    refusals = [event for event in route.trace if isinstance(event, Raised) and event.type == "HTTPException"]
    yield from (Answer(refusal, refusal.detail, refusal.detail, raw=False) for refusal in refusals)


def filtered(service: Service, route: Route, value: Value) -> Value:
    """A value as FastAPI sends it."""
    type_ = route.declared
    sent = value if type_ is None or type_.path == "none" else models.conform(service.machine, value, type_)
    kept, left = (_listed(service, route, f"response_model_{name}") for name in ("include", "exclude"))
    if kept is None and left is None:
        return sent
    return models.dumped(
        sent, Arguments((), tuple((name, each) for name, each in (("include", kept), ("exclude", left)) if each is not None))
    )


def _listed(service: Service, route: Route, name: str) -> Value | None:
    node = next((each.value for each in route.registered.node.keywords if each.arg == name), None)
    return service.machine.evaluate(node, route.registered.frame) if node is not None else None


def leaks(value: Value, key: str = "", depth: int = 0) -> Iterator[Leak]:
    """The data of items in a value."""
    if depth > 8:
        yield from (Leak(mark, key, mark.whole) for mark in deep_marks(value) if mark.kind is Kind.ITEM and mark.name != "@key")
        return
    opaque = not any(isinstance(shape, Mapping | Sequence) for shape in value.shapes)
    for mark in value.marks:
        if mark.kind is Kind.ITEM and opaque and mark.name != "@key":
            yield Leak(mark, key, mark.whole)
    for shape in value.shapes:
        match shape:
            case Mapping(known=known, rest=rest, dropped=dropped):
                for name, held in known:
                    yield from leaks(held, name, depth + 1)
                if rest is not None:
                    yield from _rest(rest, dropped, key, depth)
            case Sequence(element=element, fixed=elements):
                for each in elements if elements is not None else (element,):
                    yield from leaks(each, key, depth + 1)
            case Instance(fields=fields, rest=rest):  # FastAPI sends what `vars` gives of an object of any class
                for name, held in fields:
                    yield from leaks(held, name, depth + 1)
                if rest is not None:
                    yield from leaks(rest, key, depth + 1)
            case Made(path="json.text" | "pynamodb.results" | "fastapi.Response", given=given):
                for name, held in given:
                    if name in {"of", "element", "content"}:
                        yield from leaks(held, key, depth + 1)
            case _:
                pass


def _rest(rest: Value, dropped: frozenset[str], key: str, depth: int) -> Iterator[Leak]:
    for leak in leaks(rest, key, depth + 1):
        if leak.whole and dropped:
            yield Leak(leak.mark.inside(SOME), leak.key, whole=False)
        else:
            yield leak


def loose(value: Value, facts: Facts) -> list[Mark]:
    """Marks of names that are the client's to choose, at the top of what is written."""
    found = [mark for mark in opened(value).marks if mark.loose] if not value.shapes else []
    for shape in value.only(Mapping):
        found += [mark for mark in (shape.rest.marks if shape.rest is not None else ()) if mark.loose]
    for instance in value.only(Instance):
        found += [mark for mark in (instance.rest.marks if instance.rest is not None else ()) if mark.loose]
    return [mark for mark in found if ("checked", mark) not in facts]


# Telling


def steps(route: Route | None, event: Event, source: Mark | None = None, text: str = "") -> tuple[Step, ...]:
    """The way from the source over the calls to a place."""
    found: list[Step] = []
    if source is not None and source.at.path:
        found.append(Step(source.at, f"`{source.name}` comes from the request" if source.kind is Kind.REQUEST else "read here"))
    found += [Step(hop.region, f"calls `{hop.callee}`") for hop in event.hops[1:]]
    found.append(Step(event.region, text or f"in `{event.function}`"))
    return tuple(dict.fromkeys(found))


def read_steps(route: Route, mark: Mark, answer: Event) -> tuple[Step, ...]:
    """The way of an item from where it is read to where it is returned."""
    call = route.call_at(mark.at)
    hops = [Step(hop.region, f"returns from `{hop.callee}`") for hop in reversed(call.hops[1:])] if call is not None else []
    label = f"`{call.text}` reads it" if call is not None else "read here"
    return tuple(dict.fromkeys([Step(mark.at, label), *hops, Step(answer.region, "returned to the client")]))


def finding(
    rule: Rule,
    route: Route | None,
    event_region: Region,
    function: str,
    sink: str,
    message: str,
    fix: str,
    path: Iterable[Step] = (),
    confidence: Confidence = Confidence.HIGH,
) -> Finding:
    """A finding of a rule."""
    return Finding(
        rule.name, message, event_region, rule.severity, confidence, route.label if route else None, function, sink, tuple(path), fix
    )


def definition(route: Route) -> Region:
    """The line of a handler's `def`, without its body."""
    return region(route.closure.module, route.closure.node)


def decorator_step(route: Route) -> tuple[Step, ...]:
    """Where a route is declared."""
    place = region(route.registered.frame.module, route.registered.node)
    return (Step(place, f"`{route.label}` is declared"),)
