"""The laws of the algebra. Each is a function of the implementation it judges, so that a broken one can be shown to fail."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discreet.policy import Attribute, Audience, Plan, Policy, Resolved, Role, anyone, compile_plan, nobody, relation, role

from .worlds import TOP, audiences, items, meeting, policies, viewers

Viewer = tuple[frozenset[str], dict[str, frozenset[str]]]


# A naive reading of a policy, written from the design and not from the code: the oracle of the laws below.


def holds(condition: Any, chain: list[Mapping[str, Any]], declared: list[frozenset[str]], viewer: Viewer) -> bool:
    """Whether a condition holds for a viewer, looking names up in the nearest model that declares them."""
    roles, claims = viewer
    if isinstance(condition, Role):
        return condition.name in roles
    level = max(n for n, names in enumerate(declared) if condition.attribute in names)
    value = chain[level].get(condition.attribute)
    if value is None or value == "" or value == frozenset():
        return False
    if hasattr(condition, "equals"):
        return bool(value == condition.equals)
    held = value if isinstance(value, frozenset) else frozenset({value})
    return bool(held & (claims.get(condition.claim, frozenset()) - {"", None}))


def admits(audience: Audience, chain: list[Mapping[str, Any]], declared: list[frozenset[str]], viewer: Viewer) -> bool:
    """Whether someone is in an audience."""
    return any(all(holds(c, chain, declared, viewer) for c in clause) for clause in audience.clauses)


def inside(attribute: Attribute, value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """The models that a nested attribute holds, each with its key in a map."""
    held: list[tuple[str, Any]] = []
    if attribute.shape == "one":
        held = [("", value)]
    elif attribute.shape == "list" and isinstance(value, list):
        held = [("*", each) for each in value]
    elif attribute.shape == "map" and isinstance(value, dict):
        held = list(value.items())
    return [(key, each) for key, each in held if isinstance(each, Mapping)]


def visible_leaves(policy: Policy, item: Mapping[str, Any], viewer: Viewer) -> Iterator[tuple[Any, ...]]:
    """Every stored leaf that the viewer may see, as a path and a value; list elements by what they hold."""

    def walk(
        attributes: Mapping[str, Attribute], chain: list[Mapping[str, Any]], declared: list[frozenset[str]], path: tuple[Any, ...]
    ) -> Iterator[tuple[Any, ...]]:
        for name, attribute in attributes.items():
            if name not in chain[-1] or not admits(attribute.audience, chain, declared, viewer):
                continue
            value = chain[-1][name]
            if attribute.nested is None:
                yield (*path, name, value)
                continue
            inner = inside(attribute, value)
            for key, each in inner:
                yield from walk(attribute.nested, [*chain, each], [*declared, frozenset(attribute.nested)], (*path, name, key))

    yield from walk(policy.attributes, [item], [frozenset(policy.attributes)], ())


def leaves(policy: Policy, disclosed: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Every leaf of a disclosure."""

    def walk(attributes: Mapping[str, Attribute], value: Mapping[str, Any], path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        for name, held in value.items():
            attribute = attributes[name]
            if attribute.nested is None or held is None:
                yield (*path, name, held)
            elif attribute.shape == "list":
                for each in held:
                    yield from walk(attribute.nested, each, (*path, name, "*"))
            elif attribute.shape == "map":
                for key, each in held.items():
                    yield from walk(attribute.nested, each, (*path, name, key))
            else:
                yield from walk(attribute.nested, held, (*path, name, ""))

    yield from walk(policy.attributes, disclosed, ())


def compiled(policy: Policy, viewer: Viewer) -> tuple[Plan, dict[Resolved, Any]]:
    """The plan of a viewer."""
    satisfiable, wanted = meeting(policy, viewer)
    return compile_plan(policy, satisfiable), wanted


def project(item: Any, paths: frozenset[tuple[str, ...]]) -> Any:
    """What DynamoDB answers to a projection: the paths that are there, and no empty maps for those that are not."""
    kept: dict[str, Any] = {}
    for name in {path[0] for path in paths}:
        if name not in item:
            continue
        if (name,) in paths:
            kept[name] = item[name]
        elif isinstance(item[name], Mapping):
            inner = project(item[name], frozenset(path[1:] for path in paths if path[0] == name))
            if inner:
                kept[name] = inner
    return kept


# Audiences are a lattice, and equal exactly when they mean the same

SCOPE = ("owner", "status")


@given(audiences(SCOPE), audiences(SCOPE), audiences(SCOPE))
def test_audiences_are_a_distributive_lattice(a: Audience, b: Audience, c: Audience) -> None:
    """Union and intersection commute, associate, absorb and distribute, with anyone and nobody as the ends."""
    assert a | b == b | a and a & b == b & a
    assert (a | b) | c == a | (b | c) and (a & b) & c == a & (b & c)
    assert a | (a & b) == a and a & (a | b) == a
    assert a & (b | c) == (a & b) | (a & c) and a | (b & c) == (a | b) & (a | c)
    assert a | nobody == a and a & anyone == a and a | anyone == anyone and a & nobody == nobody
    assert a & b <= a <= a | b and nobody <= a <= anyone


def means_the_same(a: Audience, b: Audience) -> bool:
    """Whether two audiences agree in every row of their truth table."""
    atoms = sorted(a.conditions | b.conditions, key=repr)
    rows = [dict(zip(atoms, row, strict=True)) for row in itertools.product((False, True), repeat=len(atoms))]
    return all(any(all(r[c] for c in clause) for clause in a.clauses) == any(all(r[c] for c in k) for k in b.clauses) for r in rows)


def check_equality(a: Any, b: Any) -> None:
    """Equal iff same meaning, and below iff implied."""
    assert (a == b) == means_the_same(a, b)
    assert (a <= b) == means_the_same(a | b, b)


@given(audiences(SCOPE), audiences(SCOPE))
def test_audiences_are_equal_iff_they_mean_the_same(a: Audience, b: Audience) -> None:
    """`==` is equality of meaning, judged by truth tables."""
    check_equality(a, b)


def test_broken_audiences_without_absorption_fail_the_truth_tables() -> None:
    """The law catches an audience that keeps clauses which add nobody."""
    vet, ops = role("vet"), role("ops")
    unabsorbed = object.__new__(Audience)
    object.__setattr__(unabsorbed, "clauses", vet.clauses | (vet & ops).clauses)
    with pytest.raises(AssertionError):
        check_equality(unabsorbed, vet)


# A plan agrees with its policy


def check_agreement(compile_: Callable[[Policy, Viewer], tuple[Plan, Any]], policy: Policy, item: Any, viewer: Viewer) -> None:
    """What is disclosed is what the policy admits, leaf by leaf; defaults and None aside, nothing is added."""
    plan, wanted = compile_(policy, viewer)
    expected = sorted({leaf for leaf in visible_leaves(policy, item, viewer) if leaf[-1] is not None}, key=repr)
    found = sorted({leaf for leaf in leaves(policy, plan.disclose(item, wanted)) if leaf[-1] is not None}, key=repr)
    assert found == expected
    top = [frozenset(policy.attributes)]
    # Whom it exists for decides alone, also where they may see nothing of it.
    assert plan.exists_in(item, wanted) == admits(policy.exists, [item], top, viewer)


@settings(max_examples=500)
@given(policies(), items, viewers)
def test_a_plan_agrees_with_its_policy(policy: Policy, item: Any, viewer: Viewer) -> None:
    """Partial evaluation loses nothing and adds nothing, nested attributes and lists included."""
    check_agreement(compiled, policy, item, viewer)


# The projection suffices, and is needed


def check_projection(paths_of: Callable[[Plan], frozenset[tuple[str, ...]]], policy: Policy, item: Any, viewer: Viewer) -> None:
    """Disclosing a projected item is disclosing the item."""
    plan, wanted = compiled(policy, viewer)
    projected = project(item, paths_of(plan))
    assert plan.exists_in(projected, wanted) == plan.exists_in(item, wanted)
    if plan.exists_in(item, wanted):
        assert plan.disclose(projected, wanted) == plan.disclose(item, wanted)


@settings(max_examples=500)
@given(policies(), items, viewers)
def test_the_projection_suffices(policy: Policy, item: Any, viewer: Viewer) -> None:
    """`disclose(project(item)) == disclose(item)`, and existence is decided alike."""
    check_projection(lambda plan: plan.projection, policy, item, viewer)


@given(policies(), viewers)
def test_no_path_of_a_projection_is_part_of_another(policy: Policy, viewer: Viewer) -> None:
    """DynamoDB refuses overlapping paths."""
    paths = compiled(policy, viewer)[0].projection
    assert not any(path[:n] in paths for path in paths for n in range(1, len(path)))


def test_broken_a_projection_without_what_decides_is_caught() -> None:
    """A projection of the disclosed names alone fails the law."""
    policy = Policy({"note": Attribute(relation(claim="sub", attribute="owner")), "owner": Attribute(nobody)}, anyone)
    item, viewer = {"note": "a", "owner": "b"}, (frozenset[str](), {"sub": frozenset({"b"})})
    check_projection(lambda plan: plan.projection, policy, item, viewer)
    with pytest.raises(AssertionError):
        check_projection(lambda plan: frozenset((step.name,) for step in plan.steps), policy, item, viewer)


# Gaining a role or a claim never hides anything (trap 17)


def grows(less: Any, more: Any) -> bool:
    """Whether all that one disclosure shows is in the other; where something was unset, it may have come to be shown."""
    if isinstance(less, dict) and isinstance(more, dict):
        return all(name in more and (value is None or grows(value, more[name])) for name, value in less.items())
    if isinstance(less, list) and isinstance(more, list):
        rest = iter(more)
        return all(any(grows(each, other) for other in rest) for each in less)
    return bool(less == more)


def check_monotone(disclose: Callable[[Policy, Any, Viewer], Any], policy: Policy, item: Any, viewer: Viewer, more: Viewer) -> None:
    """With more roles and claims, at least as much is shown."""
    claims = {name: viewer[1].get(name, frozenset()) | more[1].get(name, frozenset()) for name in {*viewer[1], *more[1]}}
    assert grows(disclose(policy, item, viewer), disclose(policy, item, (viewer[0] | more[0], claims)))


def disclosed(policy: Policy, item: Any, viewer: Viewer) -> Any:
    """What a viewer sees."""
    plan, wanted = compiled(policy, viewer)
    return plan.disclose(item, wanted) if plan.exists_in(item, wanted) else {}


@settings(max_examples=500)
@given(policies(), items, viewers, viewers)
def test_trap_17_gaining_a_role_or_a_claim_never_hides_anything(policy: Policy, item: Any, viewer: Viewer, more: Viewer) -> None:
    """Disclosure is monotone in roles and in claims."""
    check_monotone(disclosed, policy, item, viewer, more)


def test_trap_17_broken_a_union_of_roles_that_loses_a_row_rule_is_caught() -> None:
    """A reading that takes the first role's clause alone fails the law."""
    policy = Policy({"note": Attribute(role("ops") | relation(claim="sub", attribute="owner")), "owner": Attribute(nobody)}, anyone)

    def first_rule_only(policy: Policy, item: Any, viewer: Viewer) -> Any:
        return disclosed(policy, item, (viewer[0], {}) if "vet" in viewer[0] else viewer)

    item, viewer, more = (
        {"note": "a", "owner": "b"},
        (frozenset[str](), {"sub": frozenset({"b"})}),
        (frozenset({"vet"}), dict[str, frozenset[str]]()),
    )
    check_monotone(disclosed, policy, item, viewer, more)
    with pytest.raises(AssertionError):
        check_monotone(first_rule_only, policy, item, viewer, more)


# Noninterference: nothing but the disclosed and the decided reaches the outcome


def decisions(policy: Policy, item: Any, viewer: Viewer) -> Any:
    """How every condition is decided on an item, in every nested value of it."""
    chain_results: list[Any] = []

    def walk(attributes: Mapping[str, Attribute], chain: list[Mapping[str, Any]], declared: list[frozenset[str]]) -> None:
        for name, attribute in attributes.items():
            chain_results.append((name, admits(attribute.audience, chain, declared, viewer)))
            value = chain[-1].get(name)
            if attribute.nested is not None:
                for _, each in inside(attribute, value):
                    walk(attribute.nested, [*chain, each], [*declared, frozenset(attribute.nested)])

    walk(policy.attributes, [item], [frozenset(policy.attributes)])
    return chain_results


@st.composite
def twins(draw: st.DrawFn) -> tuple[Policy, Any, Any, Viewer]:
    """Two items that differ in what a viewer may not see, and in nothing that decides."""
    policy, item, viewer = draw(policies()), draw(items), draw(viewers)
    other = dict(item)
    top = [frozenset(policy.attributes)]
    for name in TOP:
        if not admits(policy.attributes[name].audience, [item], top, viewer):
            other[name] = draw(st.sampled_from(("a", "b", "c", "hidden", None)))
    return policy, item, other, viewer


def check_noninterference(disclose: Callable[[Policy, Any, Viewer], Any], policy: Policy, item: Any, other: Any, viewer: Viewer) -> None:
    """Equal decisions, and differences only in what is hidden: equal disclosures."""
    if decisions(policy, item, viewer) == decisions(policy, other, viewer):
        assert disclose(policy, item, viewer) == disclose(policy, other, viewer)


@settings(max_examples=500)
@given(twins())
def test_hidden_values_change_nothing_that_is_disclosed(twin: tuple[Policy, Any, Any, Viewer]) -> None:
    """Items with equal disclosures and equal decisions disclose alike."""
    policy, item, other, viewer = twin
    top = [frozenset(policy.attributes)]
    if admits(policy.exists, [item], top, viewer) == admits(policy.exists, [other], top, viewer):
        check_noninterference(disclosed, policy, item, other, viewer)


def test_broken_a_disclosure_that_counts_hidden_attributes_is_caught() -> None:
    """A disclosure that says how much it left out fails the law."""

    def counting(policy: Policy, item: Any, viewer: Viewer) -> Any:
        return {**disclosed(policy, item, viewer), "left_out": sum(1 for value in item.values() if value is not None)}

    policy = Policy({"note": Attribute(anyone), "secret": Attribute(nobody)}, anyone)
    viewer = (frozenset[str](), dict[str, frozenset[str]]())
    pair = ({"note": "a"}, {"note": "a", "secret": "b"})
    check_noninterference(disclosed, policy, *pair, viewer)
    with pytest.raises(AssertionError):
        check_noninterference(counting, policy, *pair, viewer)
