"""A policy compiled for what a principal could satisfy: what to read, and what of it to disclose.

Compiling is partial evaluation: roles are settled, what cannot hold is gone, and each attribute keeps a
*residual* that is empty (never: the attribute has no step), always, or decided per item. A plan holds
conditions only; the values that a claim can be met with are arguments, so a plan is shared by principals.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Literal

from discreet.policy.audience import Audience, Condition, Relation, Role

__all__ = [
    "UNREADABLE",
    "Attribute",
    "Path",
    "Plan",
    "Policy",
    "Residual",
    "Resolved",
    "admits",
    "compile_plan",
    "narrowed",
    "reduced",
    "resolved_in",
]

Path = tuple[str, ...]
Item = Mapping[str, Any]

MISSING: Final = object()
UNREADABLE: Final = object()
"""Stands for a stored value that is not of its attribute's type: it meets nothing and is never disclosed."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A condition, and the path of the attribute it is about in the nearest model that declares it (empty for a role)."""

    path: Path
    condition: Condition


Residual = frozenset[frozenset[Resolved]]
"""What is left to decide per item, as clauses of which one must hold; one empty clause says always."""
Wanted = Mapping[Resolved, frozenset[Hashable]]
"""What each condition's attribute must meet, in that attribute's type."""

Scopes = tuple[tuple[Path, frozenset[str]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """What a policy says of one attribute. `nested` is the policy inside Embedded values, held one, in a list or in a map."""

    audience: Audience
    default: object = MISSING
    nested: Mapping[str, Attribute] | None = None
    shape: Literal["one", "list", "map"] = "one"


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """Each attribute's audience, and who the item exists for. Compared by identity: make one per entity."""

    attributes: Mapping[str, Attribute]
    exists: Audience
    resolved: frozenset[Resolved] = field(init=False)

    def __post_init__(self) -> None:
        top = (((), frozenset(self.attributes)),)
        found = {_resolve(condition, top) for condition in self.exists.conditions}
        object.__setattr__(self, "resolved", frozenset(found | _all_resolved(self.attributes, top)))

    def deciding(self, names: Iterable[str]) -> frozenset[Path]:
        """What decides about these attributes and about existence, whoever asks: what a role spares one it spares no other."""
        top = (((), frozenset(self.attributes)),)
        found = _all_resolved({name: self.attributes[name] for name in names}, top)
        found |= {_resolve(condition, top) for condition in self.exists.conditions}
        return frozenset(each.path for each in found if each.path)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One attribute that may be disclosed."""

    name: str
    residual: Residual
    default: object
    shape: Literal["one", "list", "map"]
    nested: tuple[Step, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What may be disclosed, what decides it, and nothing else. Empty `exists`: nothing is visible."""

    steps: tuple[Step, ...]
    exists: Residual
    projection: frozenset[Path]
    """Paths to read: what may be disclosed plus what decides it. No path is part of another."""

    def possible(self, shown: Iterable[str] = ()) -> bool:
        """Whether an item could exist for the principal, and disclose these attributes."""
        return bool(self.exists) and {step.name for step in self.steps}.issuperset(shown)

    def exists_in(self, item: Item, wanted: Wanted) -> bool:
        """Whether the item exists for the principal."""
        return admits(self.exists, (item,), wanted)

    def disclose(self, item: Item, wanted: Wanted) -> dict[str, Any]:
        """The part of an item its viewer may see. Defaults fill what is visible and unset; they never decide."""
        return _disclose(self.steps, (item,), wanted)[0]

    def shows(self, names: Iterable[str], item: Item, wanted: Wanted) -> bool:
        """Whether each of these attributes of the entity is disclosed on this item."""
        residuals = {step.name: step.residual for step in self.steps}
        return all(admits(residuals.get(name, frozenset()), (item,), wanted) for name in names)


@lru_cache(maxsize=1024)
def compile_plan(policy: Policy, satisfiable: frozenset[Resolved], here: frozenset[Resolved] | None = None) -> Plan:
    """Compile a policy for those of its own conditions that the principal could satisfy.

    here: those that the key in hand has not ruled out. It prunes what stands at the top and existence alone: whether a
    nested value is shown, be it empty, must not depend on how its item was asked for.
    """
    scopes = (((), frozenset(policy.attributes)),)
    here = satisfiable if here is None else here & satisfiable
    steps = tuple(left for step in _steps(policy.attributes, scopes, satisfiable) if (left := _left(step, here)).residual)
    exists = _residual(policy.exists, scopes, here)
    return Plan(steps, exists, _projection(steps, exists))


@lru_cache(maxsize=1024)
def narrowed(plan: Plan, names: frozenset[str]) -> Plan:
    """The same plan for these attributes alone: an item exists as before, and nothing else is read and disclosed."""
    steps = tuple(step for step in plan.steps if step.name in names)
    return Plan(steps, plan.exists, _projection(steps, plan.exists))


def _left(step: Step, here: frozenset[Resolved]) -> Step:
    return replace(step, residual=frozenset(clause for clause in step.residual if clause <= here))


def _projection(steps: tuple[Step, ...], exists: Residual) -> frozenset[Path]:
    return reduced(_paths(steps) | {r.path for clause in exists for r in clause}) if exists else frozenset()


def _inside(name: str, nested: Mapping[str, Attribute], scopes: Scopes) -> Scopes:
    return (*scopes, ((*scopes[-1][0], name), frozenset(nested)))


def _all_resolved(attributes: Mapping[str, Attribute], scopes: Scopes) -> set[Resolved]:
    found: set[Resolved] = set()
    for name, attribute in attributes.items():
        found |= {_resolve(condition, scopes) for condition in attribute.audience.conditions}
        if attribute.nested is not None and attribute.audience.clauses:
            found |= _all_resolved(attribute.nested, _inside(name, attribute.nested, scopes))
    return found


def _resolve(condition: Condition, scopes: Scopes) -> Resolved:
    """The nearest model that declares the attribute decides; that names are not shadowed is checked at declaration."""
    if isinstance(condition, Role):
        return Resolved((), condition)
    return Resolved(next((*prefix, condition.attribute) for prefix, names in reversed(scopes) if condition.attribute in names), condition)


def resolved_in(audience: Audience, scopes: Scopes) -> Iterable[frozenset[Resolved]]:
    """An audience's clauses, each condition with the attribute that it is about. scopes: the models around, outermost first."""
    return [frozenset(_resolve(condition, scopes) for condition in clause) for clause in audience.clauses]


def _residual(audience: Audience, scopes: Scopes, satisfiable: frozenset[Resolved]) -> Residual:
    clauses = resolved_in(audience, scopes)
    left = {frozenset(r for r in clause if not isinstance(r.condition, Role)) for clause in clauses if clause <= satisfiable}
    return frozenset(clause for clause in left if not any(other < clause for other in left))


def _steps(attributes: Mapping[str, Attribute], scopes: Scopes, satisfiable: frozenset[Resolved]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for name, attribute in attributes.items():
        residual = _residual(attribute.audience, scopes, satisfiable)
        nested = None
        if attribute.nested is not None:
            nested = _steps(attribute.nested, _inside(name, attribute.nested, scopes), satisfiable)
        if residual and nested != ():
            steps.append(Step(name, residual, attribute.default, attribute.shape, nested))
    return tuple(steps)


def _paths(steps: tuple[Step, ...], level: int = 0) -> frozenset[Path]:
    """What these steps read of the model at `level`, deciding attributes of that model included."""
    whole = {(step.name,) for step in steps if step.nested is None or step.shape != "one"}
    inner = {(step.name, *path) for step in steps if step.nested and step.shape == "one" for path in _paths(step.nested, level + 1)}
    deciding = {r.path[level:] for step in steps for r in _deciding(step) if len(r.path) == level + 1}
    return frozenset(whole | inner | deciding)


def _deciding(step: Step) -> Iterable[Resolved]:
    for clause in step.residual:
        yield from clause
    for inner in step.nested or ():
        yield from _deciding(inner)


def reduced(paths: Iterable[Path]) -> frozenset[Path]:
    """Without the paths that another one already reads whole: DynamoDB refuses overlapping paths."""
    given = frozenset(paths)
    return frozenset(path for path in given if not any(path[:length] in given for length in range(1, len(path))))


def _holds(resolved: Resolved, chain: tuple[Item, ...], wanted: Wanted) -> bool:
    value = chain[len(resolved.path) - 1].get(resolved.path[-1])
    if value is None or value is UNREADABLE:
        return False
    values = wanted.get(resolved, frozenset())
    if isinstance(value, (frozenset, set, list, tuple)):
        return isinstance(resolved.condition, Relation) and any(each in values for each in value)
    return value in values


def admits(residual: Residual, chain: tuple[Item, ...], wanted: Wanted) -> bool:
    """Whether a residual holds. chain: the item, and the nested values down to where the audience stands."""
    return any(all(_holds(resolved, chain, wanted) for resolved in clause) for clause in residual)


def _disclose(steps: tuple[Step, ...], chain: tuple[Item, ...], wanted: Wanted) -> tuple[dict[str, Any], bool]:
    """What is disclosed, and whether anything of it is stored: defaults alone do not make a nested value."""
    disclosed: dict[str, Any] = {}
    stored = False
    for step in steps:
        if not admits(step.residual, chain, wanted):
            continue
        value = chain[-1].get(step.name, MISSING)
        if step.nested is not None:
            value = _disclose_nested(step, step.nested, value, chain, wanted)
        stored = stored or (value is not MISSING and value is not UNREADABLE)
        if value is MISSING:
            value = step.default
        if value is not MISSING and value is not UNREADABLE:
            disclosed[step.name] = value
    return disclosed, stored


def _disclose_nested(step: Step, nested: tuple[Step, ...], value: Any, chain: tuple[Item, ...], wanted: Wanted) -> Any:
    """Keep of nested values what is disclosed of each; what discloses nothing is absent, never `{}`.

    One that is held alone is unset unless something that is stored in it is disclosed: a projection tells no more.
    """
    if step.shape == "list" and isinstance(value, (list, tuple)):
        found = [_disclose(nested, (*chain, each), wanted)[0] for each in value if isinstance(each, Mapping)]
        return [each for each in found if each]
    if step.shape == "map" and isinstance(value, Mapping):
        entries = {key: _disclose(nested, (*chain, each), wanted)[0] for key, each in value.items() if isinstance(each, Mapping)}
        return {key: each for key, each in entries.items() if each}
    if step.shape == "one":
        inside, stored = _disclose(nested, (*chain, value), wanted) if isinstance(value, Mapping) else ({}, False)
        return inside if stored else MISSING
    return value
