"""Apps that write, for the tests of the web floor: a clinic, and its twin that has nothing hidden."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel

from discreet import (
    Access,
    Embedded,
    Entity,
    Identifier,
    Index,
    Key,
    Kind,
    Table,
    anyone,
    increment,
    nobody,
    relation,
    visible_to,
    writable_by,
)
from discreet.fastapi import Change, Disclosed, IdempotencyKey, IfMatch, New, View, protect, view_of
from fastapi import APIRouter, Depends, FastAPI

from .apps import current_principal

owner = relation(claim="sub", attribute="owner_id")
vet = relation(claim="vet_at", attribute="clinic_id")

OWNER = {"Authorization": "u1"}
OTHER = {"Authorization": "u2"}
VET = {"Authorization": "v1:vet_at=c1"}
VET_ELSEWHERE = {"Authorization": "v9:vet_at=c2"}
STRANGER: dict[str, str] = {}
EVERYONE = {"owner": OWNER, "other": OTHER, "vet": VET, "vet elsewhere": VET_ELSEWHERE, "stranger": STRANGER}


class Street(Embedded):
    """Two levels down."""

    line: Annotated[str, visible_to(anyone), writable_by(owner)] = "-"
    door: Annotated[str | None, visible_to(nobody)] = None


class Home(Embedded):
    """One value inside another."""

    city: Annotated[str, visible_to(anyone), writable_by(owner, vet)] = "unknown"
    street: Annotated[Street | None, visible_to(anyone), writable_by(owner)] = None
    code: Annotated[str | None, visible_to(nobody)] = None


class Ward(Embedded):
    """One of a map."""

    reason: Annotated[str, visible_to(vet), writable_by(vet)]
    nights: Annotated[int, visible_to(vet), writable_by(vet)] = 1
    secret: Annotated[str | None, visible_to(nobody)] = None


class Pet(Entity):
    """A patient."""

    key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="PET#{pet_id}"))
    kind = Kind("type", "PET")
    access = Access(create=vet, delete=vet)
    clinic_id: Annotated[Identifier, visible_to(anyone)]
    pet_id: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone), writable_by(owner, vet)]
    owner_id: Annotated[Identifier, visible_to(owner, vet)]
    diagnosis: Annotated[str | None, visible_to(owner, vet), writable_by(vet)] = None
    balance: Annotated[Decimal, visible_to(owner, vet), writable_by(vet)] = Decimal(0)
    weight: Annotated[float | None, visible_to(anyone), writable_by(vet)] = None
    age: Annotated[int, visible_to(anyone), writable_by(vet)] = 0
    tags: Annotated[set[str], visible_to(anyone), writable_by(vet)] = set()
    notes: Annotated[dict[str, str], visible_to(vet), writable_by(vet)] = {}
    home: Annotated[Home | None, visible_to(anyone), writable_by(owner, vet)] = None
    wards: Annotated[dict[Identifier, Ward], visible_to(vet), writable_by(vet)] = {}
    version: Annotated[int, visible_to(anyone)] = 1
    hidden: Annotated[str, visible_to(nobody)] = "-"


class HomeWithCode(Embedded):
    """Of the twin that has more."""

    city: Annotated[str, visible_to(anyone), writable_by(owner, vet)] = "unknown"
    code: Annotated[int, visible_to(nobody)] = 0


class HomeWithoutCode(Embedded):
    """Of the other."""

    city: Annotated[str, visible_to(anyone), writable_by(owner, vet)] = "unknown"


class Given(BaseModel):
    """Who gets it."""

    to: Identifier


def clinic(table: Table, entity: Any = Pet, principal: Callable[..., Any] = current_principal) -> FastAPI:
    """Make, change and take away pets of a table, at the top and in an included router."""
    app = FastAPI()
    protect(app)
    Pets = Annotated[View[entity], Depends(view_of(entity, table, principal))]
    router = APIRouter(prefix="/included")

    @app.get("/clinics/{clinic_id}/pets/{pet_id}")
    async def read(clinic_id: Identifier, pet_id: Identifier, pets: Pets) -> Disclosed[entity]:
        return await pets.get(clinic_id=clinic_id, pet_id=pet_id, consistent=True)

    @app.post("/clinics/{clinic_id}/pets/{pet_id}", status_code=201)
    async def create(clinic_id: Identifier, pet_id: Identifier, new: New[entity], pets: Pets) -> Disclosed[entity]:
        return await pets.create(new, clinic_id=clinic_id, pet_id=pet_id, owner_id="u1")

    @app.patch("/clinics/{clinic_id}/pets/{pet_id}")
    @router.patch("/clinics/{clinic_id}/pets/{pet_id}")
    async def change(
        clinic_id: Identifier, pet_id: Identifier, change: Change[entity], pets: Pets, if_match: IfMatch = None
    ) -> Disclosed[entity]:
        return await pets.update(change, clinic_id=clinic_id, pet_id=pet_id, if_match=if_match)

    @app.delete("/clinics/{clinic_id}/pets/{pet_id}", status_code=204)
    async def remove(clinic_id: Identifier, pet_id: Identifier, pets: Pets, if_match: IfMatch = None) -> None:
        await pets.delete(clinic_id=clinic_id, pet_id=pet_id, if_match=if_match)

    @app.post("/clinics/{clinic_id}/pets/{pet_id}/give", status_code=204)
    async def give(clinic_id: Identifier, pet_id: Identifier, given: Given, pets: Pets, key: IdempotencyKey = None) -> None:
        async with table.transaction(key) as transaction:
            transaction.update(pets, server_set={"owner_id": given.to}, by=owner | vet, clinic_id=clinic_id, pet_id=pet_id)

    @app.post("/clinics/{clinic_id}/pets/{pet_id}/birthday", status_code=204)
    async def birthday(clinic_id: Identifier, pet_id: Identifier, years: int, pets: Pets, key: IdempotencyKey = None) -> None:
        async with table.transaction(key) as transaction:
            transaction.update(pets, server_set={"age": increment(years)}, by=owner | vet, clinic_id=clinic_id, pet_id=pet_id)

    app.include_router(router)
    return app
