"""What the clinic keeps, and who may see it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from discreet import Access, Embedded, Entity, Identifier, Index, Key, Table, anyone, nobody, relation, visible_to, writable_by

owner = relation(claim="sub", attribute="owner_id")
vet = relation(claim="vet_at", attribute="clinic_id")  # a vet *there*: the claim lists the clinics
billing = relation(claim="billing_at", attribute="clinic_id")


class Visit(Embedded):
    """One visit to the clinic, inside a pet."""

    on: Annotated[date, visible_to(anyone)]
    reason: Annotated[str, visible_to(anyone)]
    findings: Annotated[str | None, visible_to(vet)] = None
    fee: Annotated[Decimal, visible_to(owner, billing)] = Decimal(0)


class Pet(Entity):
    """A patient."""

    key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="PET#{pet_id}"))
    access = Access(create=vet, delete=vet)

    clinic_id: Annotated[Identifier, visible_to(anyone)]
    pet_id: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone), writable_by(owner, vet)]
    species: Annotated[str, visible_to(anyone), writable_by(vet)]
    owner_id: Annotated[Identifier, visible_to(owner, vet, billing), writable_by(create=vet)]
    diagnosis: Annotated[str | None, visible_to(owner, vet), writable_by(vet)] = None
    balance: Annotated[Decimal, visible_to(owner, billing)] = Decimal(0)
    visits: Annotated[list[Visit], visible_to(owner, vet)] = []
    notes: Annotated[dict[str, str], visible_to(vet), writable_by(vet)] = {}
    chip_secret: Annotated[str | None, visible_to(nobody)] = None


class Owner(Entity):
    """Someone who brings pets."""

    key = Key(pk="CLINIC#{clinic_id}", sk="OWNER#{owner_id}")
    access = Access(create=vet)

    clinic_id: Annotated[Identifier, visible_to(owner, vet, billing)]
    owner_id: Annotated[Identifier, visible_to(owner, vet, billing)]
    name: Annotated[str, visible_to(owner, vet, billing), writable_by(owner, vet)]
    email: Annotated[str, visible_to(owner, billing), writable_by(create=vet, update=owner)]
    phone: Annotated[str | None, visible_to(owner, vet), writable_by(owner, vet)] = None
    card_token: Annotated[str | None, visible_to(nobody)] = None


class Handover(Entity):
    """That a pet went from one owner to another: what its clinic has to show for it."""

    key = Key(pk="CLINIC#{clinic_id}", sk="HANDOVER#{pet_id}#{handover_id}")
    access = Access(create=owner)

    clinic_id: Annotated[Identifier, visible_to(vet)]
    pet_id: Annotated[Identifier, visible_to(vet)]
    handover_id: Annotated[Identifier, visible_to(vet)]
    owner_id: Annotated[Identifier, visible_to(vet)]
    to: Annotated[Identifier, visible_to(vet)]


table = Table("clinic")  # region, credentials, endpoint: the AWS defaults
