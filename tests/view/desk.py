"""A help desk for the tests of indexes, filters and parts: tickets in a partition that other entities share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from discreet import (
    Access,
    Embedded,
    Entity,
    Identifier,
    Index,
    Key,
    Part,
    Principal,
    Table,
    anyone,
    nobody,
    relation,
    role,
    state,
    visible_to,
)

CANARY = "canary-71c2"
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)

owner = relation(claim="sub", attribute="owner_id")
agent = relation(claim="agent_at", attribute="desk")
published = state(attribute="status", equals="published")


class Contact(Embedded):
    """One value inside another."""

    city: Annotated[str, visible_to(anyone)] = "unknown"
    phone: Annotated[str | None, visible_to(owner, agent)] = None


class Reply(Embedded):
    """One of a list."""

    text: Annotated[str, visible_to(anyone)]
    author: Annotated[Identifier, visible_to(agent)]
    internal: Annotated[str, visible_to(nobody)] = CANARY


class Ticket(Entity):
    """With indexes of every kind. Who owns it, and its team, are not everyone's to know."""

    key = Key(pk="DESK#{desk}", sk="TICKET#{ticket_id}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="OPENED#{opened}"))
    by_team = Index("by_team", Key("team", "rank"), projects={"team", "rank", "title", "owner_id", "status"})
    inverted = Index("inverted", Key(sk="TICKET#{ticket_id}", pk="DESK#{desk}"), projects="keys")
    by_rank = Index("by_rank", Key(pk="DESK#{desk}", lsi1sk="RANK#{rank:04d}"), local=True)
    access = Access(scan=role("ops"))

    desk: Annotated[Identifier, visible_to(anyone)]
    ticket_id: Annotated[Identifier, visible_to(anyone)]
    title: Annotated[str, visible_to(anyone)]
    owner_id: Annotated[Identifier | None, visible_to(owner, agent)] = None
    opened: Annotated[datetime, visible_to(anyone)] = EPOCH
    team: Annotated[Identifier | None, visible_to(owner, agent, role("lead"))] = None
    rank: Annotated[int, visible_to(anyone)] = 0
    status: Annotated[str, visible_to(anyone)] = "open"
    note: Annotated[str | None, visible_to(owner, published & role("reader"))] = None
    tags: Annotated[set[str], visible_to(anyone)] = set()
    contact: Annotated[Contact | None, visible_to(anyone)] = None
    replies: Annotated[list[Reply], visible_to(owner, agent)] = []
    secret: Annotated[str, visible_to(nobody)] = CANARY


class Followup(Entity):
    """Below tickets, in the same partition."""

    key = Key(pk="DESK#{desk}", sk="TICKET#{ticket_id}#FOLLOWUP#{number:04d}")
    desk: Annotated[Identifier, visible_to(anyone)]
    ticket_id: Annotated[Identifier, visible_to(anyone)]
    number: Annotated[int, visible_to(anyone)]
    text: Annotated[str, visible_to(nobody)] = CANARY


class Agent(Entity):
    """Beside tickets, in the same partition and in an index of the same name."""

    key = Key(pk="DESK#{desk}", sk="AGENT#{agent_id}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{agent_id}", gsi1sk="SELF"))
    desk: Annotated[Identifier, visible_to(anyone)]
    agent_id: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone)] = CANARY


class ContactCard(Part[Contact]):
    """A part of an Embedded."""

    phone: str | None


class ReplyCard(Part[Reply]):
    """A part of one of a list."""

    text: str


class TicketCard(Part[Ticket]):
    """What stands on a card."""

    title: str
    status: str


class TicketThread(Part[Ticket]):
    """Parts inside a part."""

    title: str
    contact: ContactCard | None
    replies: list[ReplyCard]


STRANGER = Principal()
OWNER = Principal(claims={"sub": "u1"})
OTHER = Principal(claims={"sub": "u2"})
AGENT = Principal(claims={"sub": "a1", "agent_at": "d1"})
LEAD = Principal(roles={"lead"}, claims={"sub": "l1"})
READER = Principal(roles={"reader"}, claims={"sub": "r1"})
OPS = Principal(roles={"ops"}, claims={"sub": "o1"})


def ticket(ticket_id: str, owner_id: str | None = "u1", desk: str = "d1", *, minute: int = 0, **more: Any) -> Ticket:
    """A ticket with something in every attribute."""
    values: dict[str, Any] = {
        "title": f"title {ticket_id}",
        "opened": EPOCH + timedelta(minutes=minute),
        "note": f"{CANARY} note",
        "contact": Contact(city="Ghent", phone=f"{CANARY} phone"),
        "replies": [Reply(text="hello", author="a1"), Reply(text="bye", author="a2")],
    }
    return Ticket.model_validate({"desk": desk, "ticket_id": ticket_id, "owner_id": owner_id, **values, **more})


async def raw(table: Table, *items: dict[str, Any]) -> None:
    """Put what no declaration would write."""
    await table.store.put_all(items)


def names(found: Iterable[Any]) -> list[str]:
    """Which tickets these are."""
    return [each.data["ticket_id"] for each in found]
