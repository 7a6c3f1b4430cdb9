from datetime import datetime

from pydantic import BaseModel

from discreet import Disclosure
from discreet.fastapi import Disclosed, View
from studio.booking import Booking


class Doors(BaseModel):
    asked_at: datetime
    booking: Disclosed[Booking]


class BookingService:
    def __init__(self, view: View[Booking]):
        self._view = view

    async def at(self, room_id: str, starts: datetime) -> Disclosure[Booking]:
        return await self._view.get(room_id=room_id, starts=starts)

    async def doors(self, room_id: str, starts: datetime) -> Doors:
        return Doors(asked_at=datetime.now(), booking=await self.at(room_id, starts))

    async def is_free(self, room_id: str, starts: datetime) -> bool:
        return len(await self._view.query(room_id=room_id, starts=starts)) == 0
