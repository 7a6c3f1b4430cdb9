"""Plans, case by case: what is read, what is kept, and what is absent. The laws say it in general; these say it for certain."""

from __future__ import annotations

from typing import Any

import pytest

from discreet.policy import Attribute, Policy, Principal, anyone, nobody, relation, role, state

from .test_laws import Viewer, compiled

owner = relation(claim="sub", attribute="owner")
visitor = relation(claim="sub", attribute="by")
ROLES: frozenset[str] = frozenset()
U1: Viewer = (ROLES, {"sub": frozenset({"u1"})})
U2: Viewer = (ROLES, {"sub": frozenset({"u2"})})
OPS: Viewer = (frozenset({"ops"}), {"sub": frozenset({"u1"})})
NOBODY: Viewer = (ROLES, {})


def policy(exists: Any = anyone, **attributes: Attribute) -> Policy:
    """A policy of these attributes, beside a name that everyone sees and an owner that nobody does."""
    return Policy({"name": Attribute(anyone), "owner": Attribute(nobody), **attributes}, exists)


def read(of: Policy, viewer: Viewer) -> set[str]:
    """What is projected, written out."""
    return {".".join(path) for path in compiled(of, viewer)[0].projection}


def shown(of: Policy, viewer: Viewer, item: dict[str, Any]) -> dict[str, Any]:
    """What is disclosed of an item."""
    plan, wanted = compiled(of, viewer)
    return plan.disclose(item, wanted)


def nested(shape: Any, **inner: Attribute) -> Policy:
    """With an attribute `box` of Embedded."""
    return policy(box=Attribute(anyone, nested=inner, shape=shape))


HIDDEN = {"text": "hidden", "by": "u9"}
MINE = {"text": "mine", "by": "u1"}
INNER = {"text": Attribute(visitor), "by": Attribute(nobody)}


def test_elements_of_which_nothing_is_disclosed_are_absent() -> None:
    """Never `{}`: neither in a list, nor in a map, nor alone."""
    assert shown(nested("list", **INNER), U1, {"box": [HIDDEN, MINE]}) == {"box": [{"text": "mine"}]}
    assert shown(nested("map", **INNER), U1, {"box": {"a": HIDDEN, "b": MINE}}) == {"box": {"b": {"text": "mine"}}}
    assert shown(nested("one", **INNER), U1, {"box": HIDDEN}) == {}
    assert shown(nested("one", **INNER), U1, {"box": MINE}) == {"box": {"text": "mine"}}


@pytest.mark.parametrize("shape", ["one", "list", "map"])
def test_nested_values_that_can_not_show_a_thing_are_not_read(shape: Any) -> None:
    """Nor answered, were it as an empty list."""
    of = nested(shape, text=Attribute(role("ops")))
    assert read(of, U1) == {"name"}
    assert shown(of, U1, {"name": "x", "box": [] if shape == "list" else {}}) == {"name": "x"}


def test_what_decides_a_nested_value_is_read_with_it() -> None:
    """Where it stands: inside, or at the top."""
    assert read(nested("list", **INNER), U1) == {"name", "box"}
    assert read(nested("one", **INNER), U1) == {"name", "box.text", "box.by"}
    assert read(nested("list", text=Attribute(owner)), U1) == {"name", "box", "owner"}
    assert read(nested("one", text=Attribute(owner)), U1) == {"name", "box.text", "owner"}
    assert read(nested("one", text=Attribute(owner)), NOBODY) == {"name"}


def test_what_decides_existence_is_read() -> None:
    """Though nothing else needs it."""
    of = policy(exists=owner)
    assert read(of, U1) == {"name", "owner"}
    assert not compiled(of, NOBODY)[0].possible()


def test_an_item_may_exist_that_shows_nothing() -> None:
    """Whom it exists for decides alone: where that is anyone, an item is there of which nothing is seen."""
    of = Policy({"owner": Attribute(nobody), "box": Attribute(nobody, nested={"vet": Attribute(anyone)}, shape="one")}, anyone)
    plan, wanted = compiled(of, NOBODY)
    assert plan.exists_in({"owner": "u1"}, wanted)
    assert plan.disclose({"owner": "u1", "box": {"vet": "v"}}, wanted) == {}


def test_what_a_role_has_settled_is_not_read() -> None:
    """Who is an owner, or an owner of ops when it is open: ops do not ask whether it is open."""
    of = policy(note=Attribute(owner | (role("ops") & state(attribute="status", equals="open"))), status=Attribute(nobody))
    narrow = policy(note=Attribute((role("ops") & owner) | (owner & state(attribute="status", equals="open"))), status=Attribute(nobody))
    assert read(of, U1) == {"name", "note", "owner"}
    assert read(of, OPS) == {"name", "note", "owner", "status"}
    assert read(narrow, OPS) == {"name", "note", "owner"}


def test_the_nearest_attribute_of_a_name_decides() -> None:
    """The algebra's own rule; that names are not shadowed is checked at declaration."""
    of = policy(by=Attribute(nobody), box=Attribute(anyone, nested=INNER, shape="list"))
    assert shown(of, U1, {"by": "u1", "box": [HIDDEN]}) == {"box": []}
    assert shown(of, U1, {"by": "u9", "box": [MINE]}) == {"box": [{"text": "mine"}]}


def test_a_state_is_of_one_value() -> None:
    """An attribute that holds several equals none of them."""
    of = policy(note=Attribute(state(attribute="status", equals="open")), status=Attribute(nobody))
    assert shown(of, NOBODY, {"note": "x", "status": "open"}) == {"note": "x"}
    assert shown(of, NOBODY, {"note": "x", "status": frozenset({"open"})}) == {}


def test_every_condition_of_a_clause_has_to_hold() -> None:
    """And of several clauses, one."""
    of = policy(note=Attribute(owner & state(attribute="status", equals="open")), status=Attribute(nobody))
    assert shown(of, U1, {"note": "x", "owner": "u1", "status": "open"}) == {"note": "x"}
    assert shown(of, U1, {"note": "x", "owner": "u1", "status": "shut"}) == {}
    assert shown(of, U2, {"note": "x", "owner": "u1", "status": "open"}) == {}


def test_a_missing_claim_is_met_by_nothing() -> None:
    """Not by None either."""
    assert Principal().values_of("sub") == Principal(claims={"sub": None}).values_of("sub") == frozenset()
