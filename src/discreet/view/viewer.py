"""Who reads, and what remains of an item for them. A viewer is a principal, or code that reads past the policy.

A `Lens` is what a viewer reads through, for one question: what to project, what DynamoDB may drop, what is kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from discreet.dynamodb.expressions import Condition
from discreet.entity import Declaration
from discreet.entity.deciding import held_by, plan_for, projected_names, wanted_by
from discreet.entity.filters import Filter, checked, holds, paths_of
from discreet.entity.judging import Judge
from discreet.entity.shape import Shape, whole
from discreet.errors import CallError
from discreet.key import Index
from discreet.policy import Path, Plan, Principal, compile_plan, narrowed
from discreet.policy.plan import MISSING, Step, Wanted
from discreet.view.conditions import necessary
from discreet.view.disclosure import Disclosure, Undisclosed

__all__ = ["Lens", "PastThePolicy", "PrincipalViewer", "Viewer"]

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Lens(Generic[T]):
    """paths: what to project. filter: what DynamoDB may drop. keep: what remains of an identified, unexpired item;
    None if it does not exist here.
    """

    paths: frozenset[Path]
    filter: Condition | None
    keep: Callable[[Mapping[str, Any]], T | None]


class Viewer(ABC, Generic[T]):
    """Who reads an entity's items. id: who cursors are bound to. undisclosed: whether it reads past the policy."""

    id: str | None
    undisclosed: bool
    wanted: Wanted

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration

    @abstractmethod
    def plan(self, known: Mapping[str, Any], *, scanning: bool = False) -> Plan:
        """What may be disclosed, with the key in hand (`known`)."""

    @abstractmethod
    def show(self, shape: Shape, plan: Plan, item: Mapping[str, Any]) -> T:
        """What remains of an item that exists."""

    @abstractmethod
    def may_scan(self) -> bool:
        """Whether it is one of those who may read the whole table."""

    @abstractmethod
    def content(self, plan: Plan, item: Mapping[str, Any]) -> bytes:
        """The disclosed bytes of a whole item: what entity tags are made of."""

    def checked(self, where: Filter, *, scanning: bool = False) -> Filter:
        """A filter against what this viewer could ever see. Raises BadFilter."""
        plan = self.plan({}, scanning=scanning)
        return checked(where, self.declaration.attributes, lambda path: _discloses(plan.steps, path))

    def lens(
        self,
        shape: Shape,
        show: Callable[[Shape, Plan, Mapping[str, Any]], S],
        *,
        known: Mapping[str, Any],
        index: Index | None = None,
        shown: Iterable[str] = (),
        where: Filter | None = None,
        scanning: bool = False,
    ) -> Lens[S] | None:
        """What to read through; None where nothing can be seen, so that nothing is read.

        shown: the key components that must be disclosed on an item for it to answer. where: a checked filter, decided
        on all that is disclosed, of which `shape` is then shown.
        """
        declaration, wanted = self.declaration, self.wanted
        held = frozenset(declaration.attributes) if index is None else held_by(declaration, index)
        plan = narrowed(self.plan(known, scanning=scanning), held)
        shown = tuple(shown)
        if not plan.possible(shown):
            return None
        deciding = frozenset(name for name, *_ in paths_of(where)) if where is not None else frozenset[str]()
        narrow = narrowed(plan, frozenset(shape.attributes))
        wide = narrowed(plan, frozenset(shape.attributes) | deciding | frozenset(shown))

        def keep(item: Mapping[str, Any]) -> S | None:
            if not plan.exists_in(item, wanted) or not plan.shows(shown, item, wanted):
                return None
            if where is not None and not holds(where, wide.disclose(item, wanted)):
                return None
            return show(shape, narrow, item)

        filter = necessary(declaration, index, held, plan.exists, wanted, where)
        return Lens(projected_names(declaration, wide.projection, index), filter, keep)


def _discloses(steps: Iterable[Step], path: Path) -> bool:
    head, *rest = path
    found = next((step for step in steps if step.name == head), None)
    return found is not None and (not rest or _discloses(found.nested or (), tuple(rest)))


def _filled(steps: Iterable[Step], item: Mapping[str, Any]) -> dict[str, Any]:
    """All that is stored in a model, and the default of what is not, at every depth."""
    found = {step.name: step.default for step in steps if step.default is not MISSING}
    return {**found, **{step.name: _filled_inside(step, item[step.name]) for step in steps if step.name in item}}


def _filled_inside(step: Step, value: Any) -> Any:
    if step.nested is None:
        return value
    if step.shape == "list" and isinstance(value, list):
        return [_filled(step.nested, each) if isinstance(each, Mapping) else each for each in value]
    if step.shape == "map" and isinstance(value, Mapping):
        return {key: _filled(step.nested, each) if isinstance(each, Mapping) else each for key, each in value.items()}
    return _filled(step.nested, value) if isinstance(value, Mapping) else value


class PrincipalViewer(Viewer[Disclosure[Any]]):
    """A principal: sees what each attribute's audience admits it to."""

    undisclosed = False

    def __init__(self, declaration: Declaration, principal: Principal) -> None:
        super().__init__(declaration)
        self.principal = principal
        self.id = principal.id
        self.wanted = wanted_by(declaration, principal)

    def plan(self, known: Mapping[str, Any], *, scanning: bool = False) -> Plan:
        """See `Viewer.plan`."""
        policy = self.declaration.scanning if scanning else self.declaration.policy
        return plan_for(policy, self.principal, self.wanted, known)

    def show(self, shape: Shape, plan: Plan, item: Mapping[str, Any]) -> Disclosure[Any]:
        """See `Viewer.show`."""
        return Disclosure(shape, plan.disclose(item, self.wanted))

    def may_scan(self) -> bool:
        """See `Viewer.may_scan`."""
        return Judge(self.declaration, self.principal).could(self.declaration.access.scan)

    def content(self, plan: Plan, item: Mapping[str, Any]) -> bytes:
        """See `Viewer.content`."""
        return self.show(whole(self.declaration), plan, item).content


class PastThePolicy(Viewer[Undisclosed[Any]]):
    """Jobs and business logic: see every attribute of every item."""

    undisclosed = True
    id = None
    wanted: Wanted = {}

    def plan(self, known: Mapping[str, Any], *, scanning: bool = False) -> Plan:
        """See `Viewer.plan`."""
        return compile_plan(self.declaration.everything, frozenset())

    def show(self, shape: Shape, plan: Plan, item: Mapping[str, Any]) -> Undisclosed[Any]:
        """See `Viewer.show`."""
        return Undisclosed(shape, _filled(plan.steps, item))

    def may_scan(self) -> bool:
        """See `Viewer.may_scan`."""
        return True

    def content(self, plan: Plan, item: Mapping[str, Any]) -> bytes:
        """See `Viewer.content`."""
        raise CallError(
            "past the policy there is no answer, and no entity tag of it", hint="write on a condition: when=attribute(...) == ..."
        )
