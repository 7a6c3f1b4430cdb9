from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Shipment:
    shipment_id: str
    state: str


class ShipmentPort(Protocol):
    async def load(self, customer: str, shipment_id: str) -> Shipment | None: ...

    async def find(self, customer: str, state: str) -> list[Shipment]: ...

    async def annotate(self, customer: str, shipment_id: str, note: str) -> None: ...
