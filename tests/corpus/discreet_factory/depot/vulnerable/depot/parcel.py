from typing import Annotated

from discreet import Embedded, Entity, Identifier, Key, nobody, relation, role, visible_to

sender = relation(claim="sub", attribute="sender_id")
courier = role("courier")


class Address(Embedded):
    street: Annotated[str, visible_to(sender, courier)]
    entry_code: Annotated[str | None, visible_to(courier)] = None


class Parcel(Entity):
    key = Key("parcel_id")

    parcel_id: Annotated[Identifier, visible_to(sender, courier)]
    sender_id: Annotated[Identifier, visible_to(sender)]
    to: Annotated[Address, visible_to(sender, courier)]
    pickup_secret: Annotated[str | None, visible_to(nobody)] = None
