from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel

from discreet import Identifier, Principal
from discreet.fastapi import Disclosed, protect
from vet.auth import principal
from vet.entities import Pet, table
from vet.repository import DisclosedPets, Pets

router = APIRouter()


class Card(BaseModel):
    greeting: str
    pet: Disclosed[Pet]


def pets() -> DisclosedPets:
    return DisclosedPets(table)


@router.get("/{clinic_id}/{pet_id}")
async def one(clinic_id: Identifier, pet_id: Identifier, repo: Pets = Depends(pets), me: Principal = Depends(principal)) -> Card:
    return Card(greeting="hello", pet=await repo.one(me, clinic_id, pet_id))


@router.get("/{clinic_id}/{pet_id}/visits")
async def visits(clinic_id: Identifier, pet_id: Identifier, repo: Pets = Depends(pets), me: Principal = Depends(principal)) -> Disclosed[Pet]:
    return await repo.one(me, clinic_id, pet_id)


app = FastAPI()
protect(app)
app.include_router(router)
