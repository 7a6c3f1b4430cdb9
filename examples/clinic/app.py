"""The routes. None of them holds more of an item than its caller may see."""

from typing import Annotated

from clinic.auth import current_principal
from clinic.models import Owner, Pet, table
from discreet import Identifier
from discreet.fastapi import Cursor, Disclosed, Page, View, protect, undisclosed_exit, view_of
from fastapi import Depends, FastAPI, Query

Pets = Annotated[View[Pet], Depends(view_of(Pet, table, current_principal))]
Owners = Annotated[View[Owner], Depends(view_of(Owner, table, current_principal))]

Limit = Annotated[int, Query(ge=1, le=100)]

app = FastAPI(title="Clinic", description="An API that says only what it should.")
protect(app)


@app.get("/clinics/{clinic_id}/pets")
async def list_pets(clinic_id: Identifier, pets: Pets, after: Cursor | None = None, limit: Limit = 20) -> Page[Pet]:
    """The clinic's pets, as far as the caller may see them."""
    return await pets.query(clinic_id=clinic_id, after=after, limit=limit)


@app.get("/clinics/{clinic_id}/pets/{pet_id}")
async def read_pet(clinic_id: Identifier, pet_id: Identifier, pets: Pets) -> Disclosed[Pet]:
    """One pet, as far as the caller may see it."""
    return await pets.get(clinic_id=clinic_id, pet_id=pet_id)


@app.get("/clinics/{clinic_id}/owners/{owner_id}")
async def read_owner(clinic_id: Identifier, owner_id: Identifier, owners: Owners) -> Disclosed[Owner]:
    """One owner; for those who have no business with them, there is none."""
    return await owners.get(clinic_id=clinic_id, owner_id=owner_id)


@app.get("/health")
@undisclosed_exit("liveness only: no data")
async def health() -> dict[str, str]:
    """Whether the service is up."""
    return {"status": "up"}
