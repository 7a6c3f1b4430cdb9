"""The ground floor: who may see what, as pure values. Standard library only; the algebra is under 300 lines of code.

An `Audience` says who; a `Policy` gives each attribute one; `compile_plan` partially evaluates a policy for
what a principal could satisfy; `Plan.disclose` keeps of an item what its viewer may see.
"""

from discreet.policy.audience import Audience, Condition, Relation, Role, State, anyone, nobody, relation, role, state
from discreet.policy.plan import UNREADABLE, Attribute, Path, Plan, Policy, Residual, Resolved, compile_plan, narrowed
from discreet.policy.principal import ClaimValue, Principal

__all__ = [
    "UNREADABLE",
    "Attribute",
    "Audience",
    "ClaimValue",
    "Condition",
    "Path",
    "Plan",
    "Policy",
    "Principal",
    "Relation",
    "Residual",
    "Resolved",
    "Role",
    "State",
    "anyone",
    "compile_plan",
    "narrowed",
    "nobody",
    "relation",
    "role",
    "state",
]
