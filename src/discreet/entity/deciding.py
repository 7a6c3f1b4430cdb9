"""Who an entity's policy admits, for one principal: what its conditions must meet, the plan, and what to read for it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from discreet.entity.codec import MALFORMED, Codec
from discreet.entity.declaration import Declaration, DeclaredAttribute, attribute_at, projected_by
from discreet.key import Index, Plain
from discreet.policy import Path, Plan, Policy, Principal, Relation, Resolved, Role, State, compile_plan
from discreet.policy.plan import Wanted

__all__ = ["held_by", "plan_for", "projected_names", "wanted_by", "wanted_for"]


def wanted_by(declaration: Declaration, principal: Principal) -> Wanted:
    """What each condition's attribute must meet for this principal: its claims, each in the attribute's type."""
    return {resolved: _wanted(resolved, codec, principal) for resolved, codec in declaration.codecs.items()}


def wanted_for(declaration: Declaration, resolved: Resolved, principal: Principal) -> frozenset[Hashable]:
    """The same for one condition, which need not be of the entity's policy."""
    return _wanted(resolved, attribute_at(declaration.attributes, resolved.path).codec, principal)


def plan_for(policy: Policy, principal: Principal, wanted: Wanted, known: Mapping[str, Any]) -> Plan:
    """The plan for a principal and the key in hand: `known` attributes may rule a condition out, and never grant it.

    Cached by the conditions that are left; values of claims take no part.
    """

    def satisfiable(resolved: Resolved) -> bool:
        condition = resolved.condition
        return condition.name in principal.roles if isinstance(condition, Role) else bool(wanted[resolved])

    def ruled_out(resolved: Resolved) -> bool:
        return len(resolved.path) == 1 and resolved.path[0] in known and known[resolved.path[0]] not in wanted[resolved]

    could = frozenset(filter(satisfiable, policy.resolved))
    return compile_plan(policy, could, frozenset(each for each in could if not ruled_out(each)))


def _wanted(resolved: Resolved, codec: Codec, principal: Principal) -> frozenset[Hashable]:
    condition = resolved.condition
    if isinstance(condition, Relation):
        return frozenset(_converted(codec, principal.values_of(condition.claim)))
    assert isinstance(condition, State)
    return frozenset(_converted(codec, (condition.equals,)))


def _converted(codec: Codec, values: Iterable[Hashable]) -> Iterable[Hashable]:
    for value in values:
        try:
            yield codec.convert(value)
        except MALFORMED:
            if not isinstance(value, Enum):
                continue
            yield from _converted(codec, (value.value,))


@lru_cache(maxsize=1024)
def held_by(declaration: Declaration, index: Index) -> frozenset[str]:
    """The attributes that an index has of each item, read back from keys included."""
    return projected_by(declaration.attributes, declaration.key, index)


@lru_cache(maxsize=4096)
def projected_names(declaration: Declaration, projection: frozenset[Path], index: Index | None = None) -> frozenset[Path]:
    """What to read for a projection, in the table's names: its paths, the physical keys and the copies of the table
    key's components (which must agree), and what says that an item is of this entity and still exists.

    Of an index, nothing is asked for that it does not hold.
    """
    stored = _stored_names(declaration, index)
    wanted = {_stored_path(declaration.attributes, path) for path in projection if path[0] in stored}
    wanted |= {(declaration.attributes[name].stored,) for name in declaration.key.names if name in stored}
    parts = (*declaration.key.parts, *(index.key.parts if index else ()))
    wanted |= {(declaration.attributes[part.attribute].stored if isinstance(part, Plain) else part.physical,) for part in parts}
    if declaration.kind is not None:
        wanted.add((declaration.kind.attribute,))
    if declaration.access.expires is not None:
        wanted.add((declaration.attributes[declaration.access.expires].stored,))
    return frozenset(wanted)


def _stored_names(declaration: Declaration, index: Index | None) -> frozenset[str]:
    """The attributes that stand in the index, or the table, under a name of their own."""
    if index is None or index.projects == "all":
        return frozenset(declaration.attributes)
    named = frozenset() if isinstance(index.projects, str) else index.projects
    return named | {part.attribute for part in (*declaration.key.parts, *index.key.parts) if isinstance(part, Plain)}


def _stored_path(attributes: Mapping[str, DeclaredAttribute], path: tuple[str, ...]) -> tuple[str, ...]:
    head, *rest = path
    found = attributes[head]
    if not rest:
        return (found.stored,)
    return (found.stored, *_stored_path({each.name: each for each in found.nested or ()}, tuple(rest)))
