"""The routes. None of them holds more of an item than its caller may see, or stores more than its caller may write."""

from typing import Annotated
from uuid import NAMESPACE_OID, uuid4, uuid5

from clinic.auth import current_principal, signed_in
from clinic.models import Handover, Owner, Pet, owner, table
from discreet import Identifier, Principal
from discreet.fastapi import (
    Change,
    Cursor,
    Disclosed,
    IdempotencyKey,
    IfMatch,
    New,
    Page,
    View,
    protect,
    undisclosed_exit,
    view_of,
)
from fastapi import Body, Depends, FastAPI, Query

Pets = Annotated[View[Pet], Depends(view_of(Pet, table, current_principal))]
Owners = Annotated[View[Owner], Depends(view_of(Owner, table, current_principal))]
Handovers = Annotated[View[Handover], Depends(view_of(Handover, table, current_principal))]

Limit = Annotated[int, Query(ge=1, le=100)]

app = FastAPI(title="Clinic", description="An API that says only what it should.")
protect(app)


@app.get("/clinics/{clinic_id}/pets")
async def list_pets(clinic_id: Identifier, pets: Pets, after: Cursor | None = None, limit: Limit = 20) -> Page[Pet]:
    """The clinic's pets, as far as the caller may see them."""
    return await pets.query(clinic_id=clinic_id, after=after, limit=limit)


@app.post("/clinics/{clinic_id}/pets", status_code=201)
async def add_pet(clinic_id: Identifier, new: New[Pet], pets: Pets) -> Disclosed[Pet]:
    """A new patient, taken in by a vet of the clinic."""
    return await pets.create(new, clinic_id=clinic_id, pet_id=uuid4().hex)


@app.get("/clinics/{clinic_id}/pets/{pet_id}")
async def read_pet(clinic_id: Identifier, pet_id: Identifier, pets: Pets) -> Disclosed[Pet]:
    """One pet, as far as the caller may see it."""
    return await pets.get(clinic_id=clinic_id, pet_id=pet_id)


@app.patch("/clinics/{clinic_id}/pets/{pet_id}")
async def change_pet(
    clinic_id: Identifier, pet_id: Identifier, change: Change[Pet], pets: Pets, if_match: IfMatch = None
) -> Disclosed[Pet]:
    """Change of a pet what the caller may change: an owner its name, a vet its name, diagnosis and notes."""
    return await pets.update(change, clinic_id=clinic_id, pet_id=pet_id, if_match=if_match)


@app.delete("/clinics/{clinic_id}/pets/{pet_id}", status_code=204)
async def remove_pet(clinic_id: Identifier, pet_id: Identifier, pets: Pets) -> None:
    """Take a pet off the books; its vets may."""
    await pets.delete(clinic_id=clinic_id, pet_id=pet_id)


@app.post("/clinics/{clinic_id}/pets/{pet_id}/handover", status_code=204)
async def hand_over(
    clinic_id: Identifier,
    pet_id: Identifier,
    to: Annotated[Identifier, Body(embed=True)],
    pets: Pets,
    handovers: Handovers,
    who: Annotated[Principal, Depends(signed_in)],
    key: IdempotencyKey = None,
) -> None:
    """Give a pet of one's own to another owner of the clinic: the pet, and the record of it, together or not at all."""
    # A record of its own for each principal's key: as it came, one would tell of another's use of it.
    record = uuid4().hex if key is None else uuid5(NAMESPACE_OID, f"{who.id} {key}").hex
    async with table.transaction(key) as transaction:
        transaction.update(pets, server_set={"owner_id": to}, by=owner, clinic_id=clinic_id, pet_id=pet_id)
        transaction.check(table.undisclosed(Owner), clinic_id=clinic_id, owner_id=to)
        transaction.create(handovers, clinic_id=clinic_id, pet_id=pet_id, handover_id=record, owner_id=who.claims["sub"], to=to)


@app.post("/clinics/{clinic_id}/owners", status_code=201)
async def add_owner(clinic_id: Identifier, new: New[Owner], owners: Owners) -> Disclosed[Owner]:
    """Someone who brings pets, written down by a vet of the clinic."""
    return await owners.create(new, clinic_id=clinic_id, owner_id=uuid4().hex)


@app.get("/clinics/{clinic_id}/owners/{owner_id}")
async def read_owner(clinic_id: Identifier, owner_id: Identifier, owners: Owners) -> Disclosed[Owner]:
    """One owner; for those who have no business with them, there is none."""
    return await owners.get(clinic_id=clinic_id, owner_id=owner_id)


@app.patch("/clinics/{clinic_id}/owners/{owner_id}")
async def change_owner(
    clinic_id: Identifier, owner_id: Identifier, change: Change[Owner], owners: Owners, if_match: IfMatch = None
) -> Disclosed[Owner]:
    """Change how one is called and reached."""
    return await owners.update(change, clinic_id=clinic_id, owner_id=owner_id, if_match=if_match)


@app.get("/health")
@undisclosed_exit("liveness only: no data")
async def health() -> dict[str, str]:
    """Whether the service is up."""
    return {"status": "up"}
