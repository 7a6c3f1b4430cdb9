"""Apps for tests of reads over HTTP. (No postponed annotations: FastAPI reads those of routes, which name local variables.)"""

from typing import Annotated

from pydantic import BaseModel

from discreet import Identifier, Principal, Table, attribute
from discreet.fastapi import Cursor, Disclosed, Page, View, protect, view_of
from fastapi import Depends, FastAPI

from .desk import Ticket, TicketCard, TicketThread


async def current_principal(who: str = "") -> Principal:
    """Whoever it says, and ops for one."""
    return Principal(claims={"sub": who}, roles={"ops"} if who == "ops" else ()) if who else Principal()


class Both(BaseModel):
    """A model with parts as fields."""

    card: Disclosed[TicketCard]
    cards: Page[TicketCard]


def naked(table: Table) -> FastAPI:
    """An app with a route that answers the item of a part, which is no answer."""
    app = FastAPI()
    protect(app)
    Tickets = Annotated[View[Ticket], Depends(view_of(Ticket, table, current_principal))]

    @app.get("/card")
    async def card(tickets: Tickets) -> TicketCard:
        return (await tickets.get(desk="d1", ticket_id="t1", shape=TicketCard)).item

    return app


def finder(table: Table) -> FastAPI:
    """An app whose clients name what they filter by, and get parts, counts and scans."""
    app = FastAPI()
    protect(app)
    Tickets = Annotated[View[Ticket], Depends(view_of(Ticket, table, current_principal))]

    @app.get("/tickets")
    async def find(tickets: Tickets, name: str, value: str) -> Page[Ticket]:
        return await tickets.query(desk="d1", where=attribute(name) == value)

    @app.get("/cards")
    async def cards(tickets: Tickets, after: Cursor | None = None) -> Page[TicketCard]:
        return await tickets.query(desk="d1", shape=TicketCard, after=after, limit=2)

    @app.get("/cards/{ticket_id}")
    async def card(tickets: Tickets, ticket_id: Identifier) -> Disclosed[TicketCard]:
        return await tickets.get(desk="d1", ticket_id=ticket_id, shape=TicketCard)

    @app.get("/threads/{ticket_id}")
    async def thread(tickets: Tickets, ticket_id: Identifier) -> Disclosed[TicketThread]:
        return await tickets.get(desk="d1", ticket_id=ticket_id, shape=TicketThread)

    @app.get("/several")
    async def several(tickets: Tickets) -> list[Disclosed[TicketCard]]:
        return await tickets.batch_get([{"desk": "d1", "ticket_id": name} for name in ("t2", "t1", "t9")], shape=TicketCard)

    @app.get("/both")
    async def both(tickets: Tickets) -> Both:
        return Both(
            card=await tickets.get(desk="d1", ticket_id="t1", shape=TicketCard), cards=await tickets.query(desk="d1", shape=TicketCard)
        )

    @app.get("/count")
    async def count(tickets: Tickets) -> int:
        return await tickets.count(desk="d1")

    @app.get("/exists/{ticket_id}")
    async def exists(tickets: Tickets, ticket_id: Identifier) -> bool:
        return await tickets.exists(desk="d1", ticket_id=ticket_id)

    @app.get("/all")
    async def everything(tickets: Tickets, after: Cursor | None = None) -> Page[Ticket]:
        return await tickets.scan(after=after, limit=2)

    return app
