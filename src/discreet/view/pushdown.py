"""What DynamoDB can drop before it answers: a *necessary* condition of what a list shows. Each item is decided again.

What could be stored in other spellings, is a key, or would not fit is left out, which only lets more through.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Final, Literal

from discreet.dynamodb.expressions import OPERANDS, Absent, AllOf, AnyOf, Compare, Condition, Contains, OneOf, fits
from discreet.entity import Declaration, DeclaredAttribute
from discreet.entity.codec import MALFORMED, Codec
from discreet.entity.filters import Comparison, Either, Filter, Together, compares
from discreet.entity.filters import Contains as Containing
from discreet.key import Index, Plain
from discreet.policy import Residual, Resolved
from discreet.policy.plan import MISSING, Wanted

__all__ = ["pushed_down"]

MEMBERS: Final = 20
"""Members that a set is asked for, each in a condition of its own."""

Operator = Literal["=", "<>", "<", "<=", ">", ">="]
OPERATORS: Final[dict[str, Operator]] = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def pushed_down(
    declaration: Declaration, index: Index | None, held: frozenset[str], exists: Residual, wanted: Wanted, where: Filter | None
) -> Condition | None:
    """The condition for a list's request; None where there is nothing to ask. held: what is stored where it is read."""
    # DynamoDB refuses key attributes in filters, and a component of the table's key may stand in its key alone.
    keys = {*declaration.key.names, *(part.attribute for part in (index.key.parts if index else ()) if isinstance(part, Plain))}
    names = held - keys
    parts = (_of_residual(declaration, names, exists, wanted), _of_filter(declaration, names, where))
    found = _all_of(each for each in parts if each is not None)
    return found if found is not None and fits(found) else None


def _all_of(conditions: Iterable[Condition]) -> Condition | None:
    found = tuple(conditions)
    return found[0] if len(found) == 1 else AllOf(found) if found else None


def _any_of(conditions: Iterable[Condition | None]) -> Condition | None:
    """One of them; no condition at all where one of them is none."""
    found = tuple(conditions)
    known = tuple(each for each in found if each is not None)
    if not found or len(known) < len(found):
        return None
    return known[0] if len(known) == 1 else AnyOf(known)


# What must hold for an item to exist


def _of_residual(declaration: Declaration, names: frozenset[str], residual: Residual, wanted: Wanted) -> Condition | None:
    return _any_of(
        _all_of(each for resolved in clause if (each := _of_condition(declaration, names, resolved, wanted)) is not None)
        for clause in residual
    )


def _of_condition(declaration: Declaration, names: frozenset[str], resolved: Resolved, wanted: Wanted) -> Condition | None:
    if len(resolved.path) != 1 or resolved.path[0] not in names:
        return None
    attribute = declaration.attributes[resolved.path[0]]
    values, codec = tuple(wanted[resolved]), attribute.codec
    path = (attribute.stored,)
    if codec.member is None and codec.exact and len(values) <= OPERANDS:
        encoded = _encoded(codec, values)
        return OneOf(path, encoded) if encoded else None
    if codec.member is not None and codec.member.exact and codec.tag is not None and len(values) <= MEMBERS:
        encoded = _encoded(codec.member, values)
        return _any_of(Contains(path, codec.tag, each) for each in encoded) if encoded else None
    return None


def _encoded(codec: Codec, values: Iterable[Hashable]) -> tuple[Any, ...]:
    """Each value as it is stored; none at all where one of them can not be."""
    try:
        return tuple(codec.encode(each) for each in values)
    except MALFORMED:
        return ()


# What must hold for a filter


def _of_filter(declaration: Declaration, names: frozenset[str], where: Filter | None) -> Condition | None:
    match where:
        case Together(filters):
            return _all_of(each for one in filters if (each := _of_filter(declaration, names, one)) is not None)
        case Either(filters):
            return _any_of(_of_filter(declaration, names, each) for each in filters)
        case Comparison((name,), operator, value) if name in names:
            return _of_comparison(declaration.attributes[name], operator, value)
        case Containing((name,), value) if name in names:
            return _of_containing(declaration.attributes[name], value)
        case _:
            return None


def _of_comparison(attribute: DeclaredAttribute, operator: str, value: Any) -> Condition | None:
    if not attribute.codec.exact or value is None:
        return None
    encoded = _encoded(attribute.codec, (value,))
    if not encoded:
        return None
    path = (attribute.stored,)
    found = Compare(path, OPERATORS[operator], encoded[0])
    if attribute.default is not MISSING and compares(attribute.default, operator, value):
        return AnyOf((Absent(path), found))
    return found


def _of_containing(attribute: DeclaredAttribute, value: Any) -> Condition | None:
    codec = attribute.codec
    if codec.member is None or not codec.member.exact or codec.tag is None:
        return None
    if attribute.default is not MISSING and attribute.default and value in attribute.default:  # type: ignore[operator]
        return None
    encoded = _encoded(codec.member, (value,))
    return Contains((attribute.stored,), codec.tag, encoded[0]) if encoded else None
