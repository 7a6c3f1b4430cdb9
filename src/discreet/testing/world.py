"""The definition of the product, as a program: what a principal's world is, and how any read is answered in it.

    world(Pet, principal, database)      each item replaced by its disclosure; what does not exist for the principal is gone
    Simulator(...).query(...)            the answer of a view, computed on that world with nothing hidden

It is plain and slow on purpose. Audiences are read clause by clause on Python values: no plans, no projections, no key
text, no expressions, no engine. Whatever reads a real table has to agree with it; the readings it takes where the
design leaves a choice are said where they are taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from discreet.entity import Declaration, Declared, DeclaredAttribute, Entity, declaration_of
from discreet.entity.codec import MALFORMED
from discreet.key import Key
from discreet.policy import Audience, Principal, Relation, Role, State
from discreet.policy.plan import MISSING

__all__ = ["Model", "Shown", "Stored", "Values", "World", "admits", "could_show", "is_past", "ordered", "stored_values", "world"]

Values = Mapping[str, Any]


# What is stored


@dataclass(frozen=True)
class Stored:
    """A stored item that is not as `table.load` writes it.

    unset: attributes that are not stored. unreadable: attributes stored in another type than theirs. stale: indexes
    whose keys were not rebuilt, so that they hold the item under keys of other values. held: all that is stored, by
    attributes' names, where that is known better than by the item, which then only says of which entity it is.
    """

    item: Entity
    unset: Collection[str] = ()
    unreadable: Collection[str] = ()
    stale: Collection[str] = ()
    held: Values | None = None


def stored_values(declared: Iterable[DeclaredAttribute], item: Declared, without: Collection[str] = ()) -> dict[str, Any]:
    """What a table holds of an item: no None that is the default, and no empty set, which DynamoDB can not hold."""
    held: dict[str, Any] = {}
    for each in declared:
        value = getattr(item, each.name)
        if each.name in without or (value is None and each.default is None) or value in (set(), frozenset()):
            continue
        if each.nested is not None and value is not None:
            inner = each.nested
            if each.shape == "list":
                value = [stored_values(inner, one) for one in value]
            elif each.shape == "map":
                value = {key: stored_values(inner, one) for key, one in value.items()}
            else:
                value = stored_values(inner, value)
        elif isinstance(value, dict):
            value = dict(sorted(value.items()))  # in the order that answers have
        held[each.name] = value
    return held


# Who sees what


@dataclass(frozen=True)
class Model:
    """A model on the way down to a nested value: what it declares, and what is stored of it."""

    declared: Mapping[str, DeclaredAttribute]
    values: Values


def admits(audience: Audience, principal: Principal, models: Sequence[Model]) -> bool:
    """Whether every condition of at least one clause holds."""
    return any(all(_holds(condition, principal, models) for condition in clause) for clause in audience.clauses)


def _holds(condition: Role | Relation | State, principal: Principal, models: Sequence[Model]) -> bool:
    """Whether a condition holds, on what is stored: never on an absent value, on None, or by a default."""
    if isinstance(condition, Role):
        return condition.name in principal.roles
    nearest = next(model for model in reversed(models) if condition.attribute in model.declared)
    held = nearest.values.get(condition.attribute)
    if held is None:
        return False
    wanted = _wanted(condition, principal, nearest.declared[condition.attribute])
    if isinstance(held, (set, frozenset, list, tuple)):
        return isinstance(condition, Relation) and any(each in wanted for each in held)
    return held in wanted


def _wanted(condition: Relation | State, principal: Principal, attribute: DeclaredAttribute) -> list[Any]:
    """What the attribute has to meet: the claim's values, or the constant, strictly in the attribute's type."""
    given = principal.claims.get(condition.claim) if isinstance(condition, Relation) else condition.equals
    wanted = []
    for each in given if isinstance(given, frozenset) else (given,):
        if each is None or each == "":
            continue
        try:
            wanted.append(attribute.codec.convert(each))
        except MALFORMED:
            continue
    return wanted


def could_admit(audience: Audience, principal: Principal, scopes: Sequence[Mapping[str, DeclaredAttribute]]) -> bool:
    """Whether an audience could admit the principal on some item: decided by roles, claims and declarations alone."""

    def could_hold(condition: Role | Relation | State) -> bool:
        if isinstance(condition, Role):
            return condition.name in principal.roles
        nearest = next(scope for scope in reversed(scopes) if condition.attribute in scope)
        return bool(_wanted(condition, principal, nearest[condition.attribute]))

    return any(all(could_hold(condition) for condition in clause) for clause in audience.clauses)


# Disclosure


def _disclosed(principal: Principal, models: Sequence[Model], within: Audience | None = None) -> tuple[dict[str, Any], bool]:
    """The part of the innermost model that the principal may see, and whether anything of it is stored.

    What is hidden is absent, what is unset is its default.
    """
    here = models[-1]
    shown: dict[str, Any] = {}
    stored = False
    for name, attribute in here.declared.items():
        if not admits(attribute.audience, principal, models) or not (within is None or admits(within, principal, models)):
            continue
        value = here.values.get(name, MISSING)
        if attribute.nested is not None and value not in (MISSING, None):
            value = _disclosed_inside(attribute, value, principal, models)
        if attribute.nested is not None and not could_show(attribute, principal, [model.declared for model in models]):
            continue
        stored = stored or value is not MISSING
        if value is MISSING:
            value = attribute.default
        if value is not MISSING:
            shown[name] = value
    return shown, stored


def _disclosed_inside(attribute: DeclaredAttribute, value: Any, principal: Principal, models: Sequence[Model]) -> Any:
    """Nested values, one by one. Of a list or map, those stay of which something is disclosed.

    One held alone is set for its viewer where something *stored* in it is disclosed; else it is as if it were not stored.
    (That what is hidden inside is stored or not has to be all the same, whatever was read to decide.)
    """
    declared = {each.name: each for each in attribute.nested or ()}

    def inside(one: Values) -> tuple[dict[str, Any], bool]:
        return _disclosed(principal, (*models, Model(declared, one)))

    if attribute.shape == "list":
        return [found for one in value if (found := inside(one)[0])]
    if attribute.shape == "map":
        return {key: found for key, one in sorted(value.items()) if (found := inside(one)[0])}
    found, stored = inside(value)
    return found if stored else MISSING


def could_show(attribute: DeclaredAttribute, principal: Principal, scopes: Sequence[Mapping[str, DeclaredAttribute]]) -> bool:
    """Whether the principal could be shown an attribute on some item; of nested ones, whether anything inside."""
    if not could_admit(attribute.audience, principal, scopes):
        return False
    inner = {each.name: each for each in attribute.nested or ()}
    return attribute.nested is None or any(could_show(each, principal, (*scopes, inner)) for each in inner.values())


# The world


@dataclass(frozen=True)
class Shown:
    """An item in a principal's world. key: its primary key, by which it can be asked for. values: its disclosure.

    indexes: the indexes that list it, of those whose every key component is disclosed on it. scannable: whether a scan lists it.
    """

    key: tuple[Any, ...]
    values: Values
    indexes: frozenset[str | None]
    scannable: bool


@dataclass(frozen=True)
class World:
    """All that exists for a principal of one entity in a database. Two databases of equal worlds are answered alike."""

    declaration: Declaration = field(compare=False)
    principal: Principal
    items: tuple[Shown, ...]


def world(entity: type[Entity], principal: Principal, database: Iterable[Entity | Stored], now: datetime | None = None) -> World:
    """The disclosed world: of each item that exists for the principal what it may see of it.

    Items of other entities are in nobody's world of this one.
    """
    declaration = declaration_of(entity)
    instant = now or datetime.now(UTC)
    stored = [each if isinstance(each, Stored) else Stored(each) for each in database]
    shown = [_shown(declaration, principal, each, instant) for each in stored if type(each.item) is entity]
    return World(declaration, principal, tuple(sorted((each for each in shown if each is not None), key=lambda each: ordered(each.key))))


def _shown(declaration: Declaration, principal: Principal, stored: Stored, now: datetime) -> Shown | None:
    declared, access = declaration.attributes, declaration.access
    held = stored.held if stored.held is not None else stored_values(declared.values(), stored.item, {*stored.unset, *stored.unreadable})
    models = (Model(declared, held),)
    if access.expires in stored.unreadable or is_past(held.get(access.expires or ""), now):
        return None
    if access.exists_for is not None:
        exists = admits(access.exists_for, principal, models)
    else:
        only_keys = declared.keys() <= set(declaration.key.names)
        deciding = [each.audience for name, each in declared.items() if only_keys or name not in declaration.key.names]
        inside = access.within is None or admits(access.within, principal, models)
        exists = inside and any(admits(each, principal, models) for each in deciding)
    if not exists:
        return None
    values, _ = _disclosed(principal, models, access.within)
    for name in stored.unreadable:
        # What can not be read is not unset: no default stands for it. But in a nested value held alone one looks for what is
        # disclosed, and a projection finds as little in what is none as in one that is not stored.
        if declared[name].nested is None or declared[name].shape != "one":
            values.pop(name, None)
    lists: dict[str | None, Key] = {None: declaration.key}
    lists |= {name: index.key for name, index in declaration.indexes.items() if name not in stored.stale}
    listed = {
        name
        for name, key in lists.items()
        if all(held.get(each) is not None for each in key.names) and values.keys() >= {*declaration.key.names, *key.names}
    }
    scannable = None in listed and admits(access.scan, principal, models)
    return Shown(tuple(held[name] for name in declaration.key.names), values, frozenset(listed), scannable)


def is_past(value: Any, now: datetime) -> bool:
    """Whether a time is past, the present instant included. No time is never past."""
    if value is None:
        return False
    return value <= now if isinstance(value, datetime) else Decimal(value) <= Decimal(now.timestamp())


def ordered(values: Iterable[Any]) -> tuple[Any, ...]:
    """Values in the order of keys: text by code points, numbers by size, times by when they are."""
    return tuple(str(each) if isinstance(each, UUID) else each.value if isinstance(each, Enum) else each for each in values)
