from fastapi import Body, Depends, FastAPI

from stock import shelves
from stock.bus import bus
from stock.who import keeper

app = FastAPI()


@app.get("/shelves/{shelf}")
def read(shelf: int, me: dict = Depends(keeper)):
    return bus.send(shelves.ReadShelf(me["sub"], shelf))


@app.patch("/shelf")
def rename(title: str = Body(max_length=40), me: dict = Depends(keeper)):
    return bus.send(shelves.RenameShelf(me["sub"], title))


@app.get("/count")
def count(me: dict = Depends(keeper)):
    return bus.send(shelves.CountShelves(me["sub"]))
