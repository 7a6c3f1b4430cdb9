"""A clinic for the tests: nested and listed attributes, every kind of audience, and entities that share a table."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import uuid4

from discreet import Access, Embedded, Entity, Identifier, Key, Keyring, Kind, Principal, Table, anyone, nobody, relation, role, state

from discreet import epoch_seconds, stored_as, visible_to  # isort: skip

from ..engines import Engine

CANARY = "canary-3f9a"

owner = relation(claim="sub", attribute="owner_id")
vet = relation(claim="vet_at", attribute="clinic_id")
billing = relation(claim="billing_at", attribute="clinic_id")
own_visit = relation(claim="sub", attribute="vet_id")


class Address(Embedded):
    """One value inside another."""

    city: Annotated[str, visible_to(anyone)] = "unknown"
    street: Annotated[str | None, visible_to(owner)] = None


class Visit(Embedded):
    """One of a list."""

    reason: Annotated[str, visible_to(anyone)]
    vet_id: Annotated[Identifier, visible_to(vet)]
    findings: Annotated[str, visible_to(own_visit)]
    fee: Annotated[Decimal, visible_to(nobody)] = Decimal(0)


class Pet(Entity):
    """A patient."""

    key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")
    clinic_id: Annotated[Identifier, visible_to(anyone)]
    pet_id: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone)]
    owner_id: Annotated[Identifier, visible_to(owner, vet, billing)]
    diagnosis: Annotated[str | None, visible_to(owner, vet)] = None
    balance: Annotated[Decimal, visible_to(owner, billing)] = Decimal(0)
    home: Annotated[Address | None, visible_to(anyone)] = None
    visits: Annotated[list[Visit], visible_to(owner, vet, relation(claim="visited", attribute="pet_id"))] = []
    wards: Annotated[dict[Identifier, Visit], visible_to(vet)] = {}
    chip: Annotated[str, visible_to(nobody)] = CANARY


class Visitation(Entity):
    """In the same partition as pets, and below their keys."""

    key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}#VISIT#{visit_id}")
    clinic_id: Annotated[Identifier, visible_to(anyone)]
    pet_id: Annotated[Identifier, visible_to(anyone)]
    visit_id: Annotated[Identifier, visible_to(anyone)]
    text: Annotated[str, visible_to(nobody)] = CANARY


class Account(Entity):
    """Exists for its owner alone, and for published ones everyone."""

    key = Key(pk="ACCOUNT#{account_id}", sk="PROFILE")
    access = Access(expires="until")
    account_id: Annotated[Identifier, visible_to(anyone)]
    email: Annotated[str, visible_to(relation(claim="sub", attribute="account_id"))]
    status: Annotated[str, visible_to(nobody)] = "draft"
    is_admin: Annotated[bool, visible_to(role("ops"))] = False
    bio: Annotated[str | None, visible_to(state(attribute="status", equals="published"))] = None
    until: Annotated[datetime | None, visible_to(nobody), stored_as(format=epoch_seconds)] = None


class Event(Entity):
    """On plain keys, with a kind."""

    key = Key("topic", "seq")
    kind = Kind("type", "EVENT")
    topic: Annotated[str, visible_to(anyone)]
    seq: Annotated[int, visible_to(anyone)]
    note: Annotated[str, visible_to(anyone), stored_as("theNote")]


class Secret(Entity):
    """Nobody sees a thing."""

    key = Key(pk="SECRET#{secret_id}", sk="SECRET")
    secret_id: Annotated[Identifier, visible_to(nobody)]
    value: Annotated[str, visible_to(nobody)]


class Moment(Entity):
    """Named by a time."""

    key = Key(pk="MOMENT#{at}", sk="MOMENT")
    at: Annotated[datetime, visible_to(anyone)]
    text: Annotated[str, visible_to(anyone)]


class Measure(Entity):
    """Sorted by a number."""

    key = Key("group", "amount")
    group: Annotated[str, visible_to(anyone)]
    amount: Annotated[Decimal, visible_to(anyone)]
    text: Annotated[str, visible_to(anyone)] = "x"


def pet(pet_id: str, owner_id: str = "u1", clinic_id: str = "c1", **more: object) -> Pet:
    """A pet with something in every attribute."""
    values: dict[str, object] = {
        "name": f"name of {pet_id}",
        "diagnosis": f"{CANARY} diagnosis",
        "balance": Decimal("12.5"),
        "home": Address(city="Ghent", street=f"{CANARY} street"),
        "visits": [
            Visit(reason="limping", vet_id="v1", findings=f"{CANARY} one"),
            Visit(reason="check-up", vet_id="v2", findings=f"{CANARY} two"),
        ],
        "wards": {"w1": Visit(reason="stay", vet_id="v1", findings=f"{CANARY} ward")},
    }
    return Pet.model_validate({"clinic_id": clinic_id, "pet_id": pet_id, "owner_id": owner_id, **values, **more})


STRANGER = Principal()
OWNER = Principal(claims={"sub": "u1"})
OTHER_OWNER = Principal(claims={"sub": "u2"})
VET = Principal(claims={"sub": "v1", "vet_at": {"c1"}})
VET_ELSEWHERE = Principal(claims={"sub": "v9", "vet_at": {"c2"}})
BILLING = Principal(claims={"sub": "b1", "billing_at": "c1"})
OPS = Principal(roles={"ops"}, claims={"sub": "o1"})
EVERYONE = (STRANGER, OWNER, OTHER_OWNER, VET, VET_ELSEWHERE, BILLING, OPS)


def fresh_table(engine: Engine) -> Table:
    """A table of its own, which does not exist yet."""
    return Table(
        f"t{uuid4().hex}",
        endpoint_url=engine.url,
        region="eu-west-1",
        credentials=engine.credentials,
        keyring=Keyring(Keyring.new_key()),
    )
