"""Whether an audience admits a principal to an item: what of it is left to decide, and the decision.

Reading compiles whole policies into plans; writing asks about one audience after the other, some given with the call.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from discreet.entity.deciding import wanted_for
from discreet.entity.declaration import Declaration
from discreet.policy import Audience, Path, Principal, Residual, Resolved, Role
from discreet.policy.plan import admits, resolved_in

__all__ = ["Judge"]


class Judge:
    """One principal before one entity's audiences. None: code past the policy, whom every audience admits."""

    def __init__(self, declaration: Declaration, principal: Principal | None) -> None:
        self._declaration = declaration
        self._principal = principal
        self.wanted: dict[Resolved, frozenset[Hashable]] = {}

    @property
    def is_someone(self) -> bool:
        """Whether it is a principal, and not code past the policy."""
        return self._principal is not None

    def residual(self, audience: Audience, inside: Path = (), *, always: bool = False) -> Residual:
        """What has to be decided on the item, as clauses of which one must hold; empty if the principal can not be in it.

        inside: the attributes down to the Embedded that the audience stands in. always: decide past the policy too.
        """
        if self._principal is None and not always:
            return frozenset({frozenset[Resolved]()})
        clauses = resolved_in(audience, self._scopes(inside))
        left = {frozenset(each for each in clause if not isinstance(each.condition, Role)) for clause in clauses if self._could(clause)}
        return frozenset(clause for clause in left if not any(other < clause for other in left))

    def could(self, audience: Audience, inside: Path = ()) -> bool:
        """Whether there could be an item on which the audience admits the principal: roles and claims alone tell."""
        return bool(self.residual(audience, inside))

    def admits(self, residual: Residual, *models: Mapping[str, Any]) -> bool:
        """Whether what is left holds. models: the item, and the Embedded values down to where the audience stands."""
        return admits(residual, models, self.wanted)

    def _could(self, clause: frozenset[Resolved]) -> bool:
        principal = self._principal or Principal()
        for each in clause:
            if isinstance(each.condition, Role):
                if each.condition.name not in principal.roles:
                    return False
            elif not self._wanted(each, principal):
                return False
        return True

    def _wanted(self, resolved: Resolved, principal: Principal) -> frozenset[Hashable]:
        if resolved not in self.wanted:
            self.wanted[resolved] = wanted_for(self._declaration, resolved, principal)
        return self.wanted[resolved]

    def _scopes(self, inside: Path) -> tuple[tuple[Path, frozenset[str]], ...]:
        attributes = self._declaration.attributes
        scopes: list[tuple[Path, frozenset[str]]] = [((), frozenset(attributes))]
        for depth, name in enumerate(inside, 1):
            attributes = {each.name: each for each in attributes[name].nested or ()}
            scopes.append((inside[:depth], frozenset(attributes)))
        return tuple(scopes)
