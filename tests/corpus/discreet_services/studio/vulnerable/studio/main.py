from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException

from discreet import Identifier, Principal, Table, Undisclosed
from discreet.fastapi import protect
from studio.booking import Booking
from studio.service import BookingService, Doors
from studio.session import session_principal

app = FastAPI()
protect(app, legacy="warn")


def get_table() -> Table:
    return Table("studio")


def get_service(table: Annotated[Table, Depends(get_table)]) -> BookingService:
    return BookingService(table)


Service = Annotated[BookingService, Depends(get_service)]
Me = Annotated[Principal, Depends(session_principal)]


@app.get("/rooms/{room_id}/at/{starts}")
async def booking(room_id: Identifier, starts: datetime, service: Service, me: Me) -> Undisclosed[Booking]:  # finding: naked-entity
    return await service.at(room_id, starts)  # arguable: whole-item-returned


@app.get("/rooms/{room_id}/at/{starts}/doors")
async def doors(room_id: Identifier, starts: datetime, service: Service, me: Me) -> Doors:  # finding: naked-entity
    return await service.doors(room_id, starts)  # arguable: whole-item-returned, sensitive-attribute-in-response


@app.post("/rooms/{room_id}/at/{starts}", status_code=204)
async def ask(room_id: Identifier, starts: datetime, service: Service, me: Me) -> None:  # arguable: unowned-item
    if not await service.is_free(room_id, starts):
        raise HTTPException(409, "taken")


@app.get("/rooms/{room_id}/at/{starts}/maybe")
async def maybe(room_id: Identifier, starts: datetime, service: Service, me: Me) -> Booking | None:  # finding: naked-entity
    return None if await service.is_free(room_id, starts) else (await service.at(room_id, starts)).item  # arguable: whole-item-returned
