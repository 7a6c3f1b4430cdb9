from dataclasses import dataclass

from shipments.ports import Shipment, ShipmentPort


@dataclass
class TrackShipment:
    port: ShipmentPort

    async def __call__(self, customer: str, shipment_id: str) -> Shipment | None:
        return await self.port.load(customer, shipment_id)


@dataclass
class FindShipments:
    port: ShipmentPort

    async def execute(self, customer: str, state: str) -> list[Shipment]:
        return await self.port.find(customer, state)


@dataclass
class AmendShipment:
    port: ShipmentPort

    async def execute(self, customer: str, shipment_id: str, note: str) -> None:
        await self.port.annotate(customer, shipment_id, note)
