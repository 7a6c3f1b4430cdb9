"""Random policies, items and principals, for the laws of the ground floor."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from discreet.policy import Attribute, Audience, Policy, Resolved, Role, anyone, nobody, relation, role, state
from discreet.policy.audience import union

TOP = ("owner", "clinic", "status", "note")
INNER = ("vet", "kind", "text")
CLAIMS = ("sub", "at")
ROLES = ("ops", "vet")
VALUES = ("a", "b", "c")

values = st.sampled_from(VALUES)
stored = st.one_of(values, st.frozensets(values), st.none(), st.just(""), st.just(7))


def _pool(attributes: tuple[str, ...]) -> list[Audience]:
    """Audiences to draw from: every condition, and unions of intersections of them. Drawing one is then one choice."""
    single = [role(name) for name in ROLES]
    single += [relation(claim=claim, attribute=attribute) for claim in CLAIMS for attribute in attributes]
    single += [state(attribute=attribute, equals=value) for attribute in attributes for value in VALUES[:2]]
    chance = random.Random(7)
    mixed: list[Audience] = []
    for _ in range(60):
        a, b, c, d = (chance.choice(single) for _ in range(4))
        mixed += [a & b, a | b, (a & b) | c, (a | b) & (c | d)]
    return [anyone, nobody, *single, *mixed]


_POOLS: dict[tuple[str, ...], list[Audience]] = {attributes: _pool(attributes) for attributes in (TOP, TOP + INNER, ("owner", "status"))}


def audiences(attributes: tuple[str, ...]) -> st.SearchStrategy[Audience]:
    """Audiences about these attributes, the two constants first."""
    return st.sampled_from(_POOLS[attributes])


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Policies with flat attributes and nested ones of each shape, defaults here and there."""
    attributes: dict[str, Attribute] = {}
    for name in TOP:
        attributes[name] = _attribute(draw, TOP)
    for name, shape in (("box", "one"), ("visits", "list"), ("notes", "map")):
        inner = {each: _attribute(draw, TOP + INNER) for each in INNER}
        if name == "box":
            deep = {each: _attribute(draw, TOP + INNER) for each in ("deep_text",)}
            inner["deep"] = Attribute(draw(audiences(TOP + INNER)), nested=deep, **_default(draw))
        attributes[name] = Attribute(draw(audiences(TOP)), nested=inner, shape=shape, **_default(draw))  # type: ignore[arg-type]
    exists = draw(st.one_of(st.just(union(a.audience for a in attributes.values())), audiences(TOP)))
    return Policy(attributes, exists)


def _attribute(draw: st.DrawFn, scope: tuple[str, ...]) -> Attribute:
    return Attribute(draw(audiences(scope)), **_default(draw))


def _default(draw: st.DrawFn) -> dict[str, Any]:
    return draw(st.sampled_from([{}, {}, {"default": None}]))


inner_items = st.fixed_dictionaries({}, optional=dict.fromkeys(INNER, stored))
boxes = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(INNER, stored), "deep": st.one_of(st.none(), st.fixed_dictionaries({}, optional={"deep_text": stored}))}
)
items = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TOP, stored),
        "box": st.one_of(st.none(), st.just(7), boxes),
        "visits": st.one_of(st.none(), st.lists(inner_items, max_size=3)),
        "notes": st.one_of(st.none(), st.dictionaries(values, inner_items, max_size=3)),
    },
)

viewers = st.tuples(
    st.frozensets(st.sampled_from(ROLES)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(CLAIMS, st.frozensets(values))),
)
"""Roles, and claims with their values."""


def meeting(policy: Policy, viewer: tuple[frozenset[str], dict[str, frozenset[str]]]) -> tuple[frozenset[Resolved], dict[Resolved, Any]]:
    """What a viewer could satisfy of a policy, and with which values."""
    roles, claims = viewer
    wanted: dict[Resolved, Any] = {}
    for resolved in policy.resolved:
        condition = resolved.condition
        if not isinstance(condition, Role):
            wanted[resolved] = claims.get(condition.claim, frozenset()) if hasattr(condition, "claim") else frozenset({condition.equals})
    satisfiable = frozenset(r for r in policy.resolved if (r.condition.name in roles if isinstance(r.condition, Role) else bool(wanted[r])))
    return satisfiable, wanted
