from datetime import datetime
from typing import Annotated

from discreet import Entity, Identifier, Key, relation, role, visible_to

guest = relation(claim="sub", attribute="guest_id")
desk = role("desk")


class Booking(Entity):
    key = Key(pk="ROOM#{room_id}", sk="AT#{starts}")

    room_id: Annotated[Identifier, visible_to(guest, desk)]
    starts: Annotated[datetime, visible_to(guest, desk)]
    guest_id: Annotated[Identifier, visible_to(guest, desk)]
    door_code: Annotated[str, visible_to(guest)]
    note: Annotated[str | None, visible_to(desk)] = None
