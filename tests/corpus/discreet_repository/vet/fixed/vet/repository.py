from typing import Protocol

from discreet import Disclosure, Principal, Table
from vet.entities import Pet


class Pets(Protocol):
    async def one(self, me: Principal, clinic_id: str, pet_id: str) -> Disclosure[Pet]: ...


class DisclosedPets:
    def __init__(self, table: Table):
        self.table = table

    async def one(self, me: Principal, clinic_id: str, pet_id: str) -> Disclosure[Pet]:
        return await self.table.view(Pet, me).get(clinic_id=clinic_id, pet_id=pet_id)

    async def export(self, clinic_id: str):
        """For the nightly report, which runs outside of the web."""
        return [each.item for each in await self.table.undisclosed(Pet).query(clinic_id=clinic_id)]
