from typing import Annotated

from discreet import Entity, Identifier, Key, Kind, Table, anyone, relation, visible_to

driver = relation(claim="sub", attribute="driver_id")


class Car(Entity):
    key = Key(pk="CAR#{plate}", sk="CAR")
    kind = Kind("type", "CAR")

    plate: Annotated[Identifier, visible_to(anyone)]
    model: Annotated[str, visible_to(anyone)]
    driver_id: Annotated[Identifier, visible_to(driver)]
    tracker_key: Annotated[str, visible_to(driver)]


garage = Table("garage")
