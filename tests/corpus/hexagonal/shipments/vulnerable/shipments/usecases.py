from dataclasses import dataclass
from typing import Any

from shipments.ports import ShipmentPort


@dataclass
class TrackShipment:
    port: ShipmentPort

    async def __call__(self, shipment_id: str) -> dict[str, Any]:
        shipment = await self.port.load(shipment_id)
        return shipment or {}


@dataclass
class FindShipments:
    port: ShipmentPort

    async def execute(self, condition: str) -> list[dict[str, Any]]:
        return await self.port.find(condition)


@dataclass
class AmendShipment:
    port: ShipmentPort

    async def execute(self, shipment_id: str, change: dict[str, Any]) -> None:
        await self.port.store(shipment_id, change)
