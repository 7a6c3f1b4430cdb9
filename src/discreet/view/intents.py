"""What a call wants to do to one stored item, checked as far as it can be without the item.

An intent becomes a write in one of two forms. *Direct*: what has to hold goes along as the condition, and nothing is
read. *Observed*: the item is read consistently, decided on, and written on condition that all that was read is still so.
Direct conditions are sufficient, so a refusal of DynamoDB's is looked into by observing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import ValidationError

from discreet.dynamodb.writes import Add
from discreet.entity import Change, Declaration, DeclaredAttribute
from discreet.entity.accepting import NOT_WRITABLE, Mask, accepted
from discreet.entity.checks import check_conditions
from discreet.entity.codec import MALFORMED
from discreet.entity.filters import Filter, checked, paths_of
from discreet.entity.item import nested_value
from discreet.entity.judging import Judge
from discreet.errors import BadRequest, CallError
from discreet.policy import Audience, Path, Residual, nobody
from discreet.policy.plan import MISSING
from discreet.view.keys import Asked, asked_for

__all__ = ["Increment", "Intent", "check_intent", "delete_intent", "increment", "refuse_both", "server_values", "update_intent"]


@dataclass(frozen=True, slots=True)
class Increment:
    """A stored number is to grow by so much, without being read."""

    by: Any


def increment(by: Any) -> Increment:
    """In `server_set`: let a number grow, or shrink, by so much. Where none is stored, its default does, or 0."""
    if isinstance(by, bool) or not hasattr(by, "__add__") or isinstance(by, (str, bytes)):
        raise CallError("`increment` takes a number", hint='server_set={"stock": increment(-1)}')
    return Increment(by)


@dataclass(frozen=True, slots=True)
class Intent:
    """What is wanted of the item with this key.

    values: from a body, with the masks that must admit each. given: the server's own. audiences: all must admit. when:
    a checked filter, or the residual of an audience. if_match: the entity tags of which the item must have one.
    """

    kind: Literal["update", "delete", "check"]
    asked: Asked
    audiences: tuple[Residual, ...] = ()
    when: Filter | Residual | None = None
    if_match: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    masks: tuple[Mask, ...] = ()

    @property
    def changed(self) -> Mapping[str, Any]:
        """Every attribute that is to change."""
        return {**self.values, **self.given}

    def deciding(self) -> Iterable[Path]:
        """The attributes that decide whether it may be done."""
        residuals = [*self.audiences, *(mask.residual for mask in self.masks)]
        if isinstance(self.when, frozenset):
            residuals.append(self.when)
        elif self.when is not None:
            yield from paths_of(self.when)
        for residual in residuals:
            yield from (each.path for clause in residual for each in clause)


def update_intent(
    declaration: Declaration,
    judge: Judge,
    change: Change[Any] | None,
    key: Mapping[str, object],
    *,
    server_set: Mapping[str, Any] | None,
    by: Audience | None,
    when: Filter | Audience | None,
    if_match: str | None,
) -> Intent:
    """A change. Raises BadRequest for a body that does not fit, CallError for a server's own that does not."""
    asked = asked_for(declaration, declaration.key, key, whole=True)
    given = server_values(declaration, server_set or {})
    if change is not None and not isinstance(change, Change):
        raise CallError(f"a change is a `Change`, and this is a {type(change).__name__}", hint=f"Change[{declaration.name}]({{...}})")
    # A key never changes, whoever may write it on create: its stored copy alone would, and the item be lost.
    changeable = [each for name, each in declaration.attributes.items() if name not in declaration.key.names]
    found = accepted(changeable, change.values if change is not None else {}, judge, "update")
    refuse_both(declaration, found.values, given)
    audiences = _admitting(declaration, judge, by, declaration.access.update)
    if given and not found.values and not audiences and judge.is_someone:
        if change is not None:
            raise BadRequest("a change that changes nothing", errors=[{"loc": ["body"], "type": "empty", "msg": "Nothing to change"}])
        raise CallError(
            f"`{declaration.name}` is changed without a body, and nobody is said to be allowed to",
            hint="say who may: by=..., or Access(update=...)",
        )
    return Intent("update", asked, audiences, _condition(declaration, judge, when), if_match, found.values, given, found.masks)


def delete_intent(
    declaration: Declaration,
    judge: Judge,
    key: Mapping[str, object],
    *,
    by: Audience | None,
    when: Filter | Audience | None,
    if_match: str | None,
) -> Intent:
    """A deletion: for those whom `Access(delete=)` admits, and `by`; for `by` alone where the entity does not say."""
    asked = asked_for(declaration, declaration.key, key, whole=True)
    declared = declaration.access.delete
    audiences = _admitting(declaration, judge, by, None if by is not None and declared == nobody else declared)
    return Intent("delete", asked, audiences, _condition(declaration, judge, when), if_match)


def check_intent(declaration: Declaration, judge: Judge, key: Mapping[str, object], *, when: Filter | Audience | None) -> Intent:
    """Nothing but a look, in a transaction: the item exists for its viewer, and is as `when` says."""
    return Intent("check", asked_for(declaration, declaration.key, key, whole=True), (), _condition(declaration, judge, when))


def server_values(declaration: Declaration, server_set: Mapping[str, Any], *, creating: bool = False) -> dict[str, Any]:
    """The server's own values in their types. Raises CallError for names and values that do not fit."""
    return {name: _server_value(declaration, name, value, creating=creating) for name, value in server_set.items()}


def _server_value(declaration: Declaration, name: str, value: Any, *, creating: bool) -> Any:
    attribute = declaration.attributes.get(name)
    where = f"`{declaration.name}.{name}`"
    if attribute is None:
        raise CallError(f"{where} is set, and not declared", hint=f"it has {', '.join(f'`{each}`' for each in declaration.attributes)}")
    if creating:
        return value
    if name in declaration.key.names:
        raise CallError(f"{where} is part of the key, which never changes", hint="delete the item and create another, in a transaction")
    if isinstance(value, Increment):
        return _grown(declaration, attribute, value, where)
    if value is None and not attribute.nullable:
        raise CallError(f"{where} is set to None, which is not of its type", hint="declare it `| None`")
    try:
        return attribute.validate(value)
    except (ValidationError, *MALFORMED):
        pass
    raise CallError(f"{where} is set to a {type(value).__name__} that is not of its type", hint="give a value as the entity declares it")


_GROWS: Final[Mapping[Any, tuple[type, ...]]] = {int: (int,), Decimal: (int, Decimal), float: (int, float)}


def _grown(declaration: Declaration, attribute: DeclaredAttribute, value: Increment, where: str) -> Add:
    if (
        attribute.nested is not None
        or attribute.codec.tag != "N"
        or attribute.codec.python not in _GROWS
        or any(attribute.name in i.key.names for i in declaration.indexes.values())
    ):
        raise CallError(f"{where} can not be incremented", hint="it takes a number that is part of no index key")
    start = attribute.default if attribute.default not in (MISSING, None) else 0
    try:
        if isinstance(value.by, _GROWS[attribute.codec.python]):
            by, begun = nested_value(attribute, value.by), nested_value(attribute, start)
            assert by is not None and begun is not None
            return Add(by, begun)
    except BadRequest:
        pass
    raise CallError(
        f"{where} can not grow by such a {type(value.by).__name__}", hint="an `int` grows by an `int`; fractions need a Decimal"
    )


def refuse_both(declaration: Declaration, values: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """A body must not set what the server sets: one of the two would be dropped in silence."""
    both = [name for name in values if name in given]
    if both:
        names = [declaration.attributes[name].json for name in both]
        raise BadRequest(errors=[{"loc": ["body", name], **NOT_WRITABLE} for name in names])


def _admitting(declaration: Declaration, judge: Judge, *audiences: Audience | None) -> tuple[Residual, ...]:
    return tuple(_residual(declaration, judge, each) for each in audiences if each is not None)


def _residual(declaration: Declaration, judge: Judge, audience: Audience) -> Residual:
    _check_audience(declaration, audience)
    return judge.residual(audience)


def _check_audience(declaration: Declaration, audience: Any) -> None:
    if not isinstance(audience, Audience):
        raise CallError(f"a {type(audience).__name__} stands where an audience is needed", hint="combine `role`, `relation` and `state`")
    check_conditions(f"`{declaration.name}`", audience, (declaration.attributes,))


def _condition(declaration: Declaration, judge: Judge, when: Filter | Audience | None) -> Filter | Residual | None:
    if when is None:
        return None
    if isinstance(when, Filter):
        return checked(when, declaration.attributes, lambda path: True)
    _check_audience(declaration, when)
    return judge.residual(when, always=True)
