from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

from discreet import Identifier, Table
from discreet.fastapi import Disclosed, View, protect, view_of
from studio.booking import Booking
from studio.service import BookingService, Doors
from studio.session import session_principal

app = FastAPI()
protect(app)


def get_table() -> Table:
    return Table("studio")


def get_service(view: Annotated[View[Booking], Depends(view_of(Booking, get_table, session_principal))]) -> BookingService:
    return BookingService(view)


Service = Annotated[BookingService, Depends(get_service)]


@app.get("/rooms/{room_id}/at/{starts}")
async def booking(room_id: Identifier, starts: datetime, service: Service) -> Disclosed[Booking]:
    return await service.at(room_id, starts)


@app.get("/rooms/{room_id}/at/{starts}/doors")
async def doors(room_id: Identifier, starts: datetime, service: Service) -> Doors:
    return await service.doors(room_id, starts)


@app.post("/rooms/{room_id}/at/{starts}", status_code=204)
async def ask(room_id: Identifier, starts: datetime, service: Service) -> None:
    if not await service.is_free(room_id, starts):
        raise HTTPException(409, "taken")


@app.get("/rooms/{room_id}/at/{starts}/maybe")
async def maybe(room_id: Identifier, starts: datetime, service: Service) -> Disclosed[Booking] | None:
    return None if await service.is_free(room_id, starts) else await service.at(room_id, starts)
