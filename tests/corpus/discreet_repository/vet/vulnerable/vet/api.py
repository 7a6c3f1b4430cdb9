from dataclasses import dataclass

from fastapi import APIRouter, Depends, FastAPI

from discreet import Identifier, Principal
from discreet.fastapi import protect
from vet.auth import principal
from vet.entities import Pet, Visit, table
from vet.repository import Pets, UndisclosedPets

router = APIRouter()


@dataclass
class Card:
    greeting: str
    pet: Pet


def pets() -> UndisclosedPets:
    return UndisclosedPets(table)


@router.get("/{clinic_id}/{pet_id}")
async def one(clinic_id: Identifier, pet_id: Identifier, repo: Pets = Depends(pets), me: Principal = Depends(principal)) -> Card:  # finding: naked-entity
    return Card(greeting="hello", pet=await repo.one(clinic_id, pet_id))  # arguable: whole-item-returned


@router.get("/{clinic_id}/{pet_id}/visits", response_model=list[Visit])
async def visits(clinic_id: Identifier, pet_id: Identifier, repo=Depends(pets), me: Principal = Depends(principal)):  # finding: naked-entity
    return await repo.visits(clinic_id, pet_id)  # arguable: whole-item-returned


app = FastAPI()
protect(app, legacy="warn")
app.include_router(router)
