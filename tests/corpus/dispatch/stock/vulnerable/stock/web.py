from typing import Any

from fastapi import Depends, FastAPI

from stock import shelves
from stock.bus import bus
from stock.who import keeper

app = FastAPI()


@app.get("/owners/{owner_id}/shelves/{shelf}")
def read(owner_id: str, shelf: str, me: dict = Depends(keeper)):  # finding: unowned-item
    return bus.send(shelves.ReadShelf(owner_id, shelf))  # finding: whole-item-returned


@app.patch("/owners/{owner_id}")
def rename(owner_id: str, changes: dict[str, Any], me: dict = Depends(keeper)):  # finding: unowned-item
    return bus.send(shelves.RenameShelf(owner_id, changes))


@app.get("/count")
def count():  # finding: unauthenticated-route
    return bus.send(shelves.CountShelves())
