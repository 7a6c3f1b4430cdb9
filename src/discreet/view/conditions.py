"""Audiences and filters as DynamoDB's conditions: *necessary* ones for lists, *sufficient* ones for writes.

What a list lets through is decided again, so there what can not be said is left out. What a write's condition refuses is
read and decided again, so there what can not be said is refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, Literal

from discreet.dynamodb.expressions import OPERANDS, Absent, AllOf, AnyOf, Compare, Condition, Contains, OfType, OneOf, fits
from discreet.entity import Declaration, DeclaredAttribute
from discreet.entity.codec import MALFORMED, Codec
from discreet.entity.filters import Comparison, Either, Filter, Together, compares
from discreet.entity.filters import Contains as Containing
from discreet.key import Index, Plain
from discreet.policy import Residual, Resolved
from discreet.policy.plan import MISSING, Wanted

__all__ = ["necessary", "sufficient", "sufficient_filter"]

MEMBERS: Final = 20
"""Members that a set is asked for, each in a condition of its own."""

Operator = Literal["=", "<>", "<", "<=", ">", ">="]
OPERATORS: Final[dict[str, Operator]] = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def all_of(conditions: Iterable[Condition]) -> Condition | None:
    """All of them; None for none."""
    found = tuple(conditions)
    return found[0] if len(found) == 1 else AllOf(found) if found else None


def any_of(conditions: Iterable[Condition]) -> Condition | None:
    """One of them; None for none."""
    found = tuple(conditions)
    return found[0] if len(found) == 1 else AnyOf(found) if found else None


# Necessary


def necessary(
    declaration: Declaration, index: Index | None, held: frozenset[str], exists: Residual, wanted: Wanted, where: Filter | None
) -> Condition | None:
    """What DynamoDB can drop before it answers a list; None where there is nothing to ask. held: what is stored there."""
    # DynamoDB refuses key attributes in filters, and a component of the table's key may stand in its key alone.
    keys = {*declaration.key.names, *(part.attribute for part in (index.key.parts if index else ()) if isinstance(part, Plain))}
    names = held - keys
    parts = (_necessary_for(declaration, names, exists, wanted), _necessary_filter(declaration, names, where))
    found = all_of(each for each in parts if each is not None)
    return found if found is not None and fits(found) else None


def _necessary_for(declaration: Declaration, names: frozenset[str], residual: Residual, wanted: Wanted) -> Condition | None:
    def condition(resolved: Resolved) -> Condition | None:
        if len(resolved.path) != 1 or resolved.path[0] not in names:
            return None
        attribute = declaration.attributes[resolved.path[0]]
        exact = attribute.codec.exact if attribute.codec.member is None else attribute.codec.member.exact
        return _met(attribute, wanted[resolved]) if exact else None

    return _if_all(all_of(each for resolved in clause if (each := condition(resolved)) is not None) for clause in residual)


def _if_all(conditions: Iterable[Condition | None]) -> Condition | None:
    """One of them; no condition at all where one of them is none."""
    found = tuple(conditions)
    known = tuple(each for each in found if each is not None)
    return any_of(known) if len(known) == len(found) else None


def _necessary_filter(declaration: Declaration, names: frozenset[str], where: Filter | None) -> Condition | None:
    match where:
        case Together(filters):
            return all_of(each for one in filters if (each := _necessary_filter(declaration, names, one)) is not None)
        case Either(filters):
            return _if_all(_necessary_filter(declaration, names, each) for each in filters)
        case Comparison((name,), operator, value) if name in names and value is not None:
            return _compared(declaration.attributes[name], operator, value)
        case Containing((name,), value) if name in names:
            return _containing(declaration.attributes[name], value)
        case _:
            return None


# Sufficient


def sufficient(declaration: Declaration, residual: Residual, wanted: Wanted, known: Mapping[str, Any]) -> Condition | bool:
    """What makes a residual hold for sure. known: the components of the table's key, of which the key is the authority.

    True where nothing is left to ask, False where there is no such condition, or the residual can not hold.
    """
    clauses: list[Condition] = []
    for clause in residual:
        parts = [_sufficient_for(declaration, each, wanted, known) for each in clause]
        if any(each is False for each in parts):
            continue
        found = all_of(each for each in parts if not isinstance(each, bool))
        if found is None:
            return True
        clauses.append(found)
    return any_of(clauses) or False


def _sufficient_for(declaration: Declaration, resolved: Resolved, wanted: Wanted, known: Mapping[str, Any]) -> Condition | bool:
    if len(resolved.path) != 1:
        return False
    name = resolved.path[0]
    if name in known:
        return known[name] in wanted[resolved]
    return _met(declaration.attributes[name], wanted[resolved]) or False


def sufficient_filter(declaration: Declaration, when: Filter, known: Mapping[str, Any]) -> Condition | bool:
    """What makes a filter hold for sure on what is stored, defaults filled; False where there is no such condition."""
    match when:
        case Together(filters):
            parts = [sufficient_filter(declaration, each, known) for each in filters]
            return False if any(each is False for each in parts) else all_of(p for p in parts if not isinstance(p, bool)) or True
        case Either(filters):
            parts = [sufficient_filter(declaration, each, known) for each in filters]
            return True if any(each is True for each in parts) else any_of(p for p in parts if not isinstance(p, bool)) or False
        case Comparison((name,), operator, value) if name in known:
            return value is not None and compares(known[name], operator, value)
        case Comparison((name,), operator, value):
            return _stored_compares(declaration.attributes[name], operator, value) or False
        case Containing((name,), value) if declaration.attributes[name].default is MISSING:
            return _containing(declaration.attributes[name], value) or False
        case _:
            return False


def _stored_compares(attribute: DeclaredAttribute, operator: str, value: Any) -> Condition | None:
    path = (attribute.stored,)
    if value is None:
        unset = (Absent(path),) if attribute.default is None else ()
        return any_of((OfType(path, "NULL"), *unset)) if operator == "==" else None
    found = _compared(attribute, operator, value)
    if found is None or operator != "!=":
        return found
    # DynamoDB's `<>` is true of what is absent, and of what is of another type.
    different = AllOf((OfType(path, attribute.codec.tag or ""), Compare(path, "<>", attribute.codec.encode(value))))
    filled = attribute.default is not MISSING and compares(attribute.default, operator, value)
    return any_of((different, *((Absent(path),) if filled else ())))


# Both


def _met(attribute: DeclaredAttribute, wanted: frozenset[Hashable]) -> Condition | None:
    """That a stored value meets one of these."""
    values, codec, path = tuple(wanted), attribute.codec, (attribute.stored,)
    if attribute.nested is not None:
        return None
    if codec.member is None:
        encoded = _encoded(codec, values) if len(values) <= OPERANDS else ()
        return OneOf(path, encoded) if encoded else None
    encoded = _encoded(codec.member, values) if len(values) <= MEMBERS else ()
    return any_of(Contains(path, codec.tag or "", each) for each in encoded)


def _encoded(codec: Codec, values: Iterable[Any]) -> tuple[Any, ...]:
    """Each value as it is stored; none at all where one of them can not be."""
    try:
        return tuple(codec.encode(each) for each in values)
    except MALFORMED:
        return ()


def _compared(attribute: DeclaredAttribute, operator: str, value: Any) -> Condition | None:
    encoded = _encoded(attribute.codec, (value,)) if attribute.codec.exact else ()
    if not encoded:
        return None
    found = Compare((attribute.stored,), OPERATORS[operator], encoded[0])
    if attribute.default is not MISSING and compares(attribute.default, operator, value):
        return AnyOf((Absent((attribute.stored,)), found))
    return found


def _containing(attribute: DeclaredAttribute, value: Any) -> Condition | None:
    codec = attribute.codec
    if codec.member is None or not codec.member.exact:
        return None
    if isinstance(attribute.default, (set, frozenset, list)) and value in attribute.default:
        return None
    encoded = _encoded(codec.member, (value,))
    return Contains((attribute.stored,), codec.tag or "", encoded[0]) if encoded else None
