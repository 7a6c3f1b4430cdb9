from typing import Annotated

from discreet import Embedded, Entity, Identifier, Key, Table, relation, visible_to

owner = relation(claim="sub", attribute="owner_id")
vet = relation(claim="vet_at", attribute="clinic_id")


class Visit(Embedded):
    on: Annotated[str, visible_to(owner, vet)]
    findings: Annotated[str | None, visible_to(vet)] = None


class Pet(Entity):
    key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")

    clinic_id: Annotated[Identifier, visible_to(owner, vet)]
    pet_id: Annotated[Identifier, visible_to(owner, vet)]
    owner_id: Annotated[Identifier, visible_to(owner, vet)]
    visits: Annotated[list[Visit], visible_to(owner, vet)] = []


table = Table("vet")
