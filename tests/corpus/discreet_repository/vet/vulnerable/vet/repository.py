from typing import Protocol

from discreet import Table
from vet.entities import Pet, Visit


class Pets(Protocol):
    async def one(self, clinic_id: str, pet_id: str) -> Pet: ...


class UndisclosedPets:
    def __init__(self, table: Table):
        self.table = table

    async def one(self, clinic_id: str, pet_id: str) -> Pet:
        return (await self.table.undisclosed(Pet).get(clinic_id=clinic_id, pet_id=pet_id)).item  # finding: undisclosed-in-route

    async def visits(self, clinic_id: str, pet_id: str) -> list[Visit]:
        read = self.table.undisclosed(Pet).get  # finding: undisclosed-in-route
        found = await read(clinic_id=clinic_id, pet_id=pet_id)
        return found.item.visits

    async def export(self, clinic_id: str):
        """For the nightly report, which runs outside of the web."""
        return [each.item for each in await self.table.undisclosed(Pet).query(clinic_id=clinic_id)]
