from dataclasses import dataclass
from datetime import datetime

from discreet import Table, Undisclosed
from studio.booking import Booking


@dataclass
class Doors:
    code: str
    booking: Booking


class BookingService:
    def __init__(self, table: Table):
        self._whole = table.undisclosed(Booking)  # finding: undisclosed-in-route
        self._table = table

    async def at(self, room_id: str, starts: datetime) -> Undisclosed[Booking]:
        return await self._whole.get(room_id=room_id, starts=starts)

    async def doors(self, room_id: str, starts: datetime) -> Doors:
        booking = (await self.at(room_id, starts)).item
        return Doors(code=booking.door_code, booking=booking)

    async def is_free(self, room_id: str, starts: datetime) -> bool:
        page = await self._table.undisclosed(Booking).query(room_id=room_id, starts=starts)  # arguable: undisclosed-in-route
        return len(page) == 0
