import os
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from discreet import Access, Entity, Identifier, Key, Principal, Table, anyone, nobody, relation, visible_to
from discreet.fastapi import Disclosed, View, protect, view_of

keeper = relation(claim="sub", attribute="keeper_id")


class Dog(Entity):
    key = Key(pk="KENNEL#{kennel_id}", sk="DOG#{dog_id}")
    access = Access(create=keeper)

    kennel_id: Annotated[Identifier, visible_to(anyone)]
    dog_id: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone)]
    keeper_id: Annotated[Identifier, visible_to(keeper)]
    chip_secret: Annotated[str | None, visible_to(nobody)] = None


table = Table("kennel")


async def principal(authorization: Annotated[str, Header()]) -> Principal:
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), os.environ["KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return Principal(claims={"sub": claims["sub"]})


Me = Annotated[Principal, Depends(principal)]
Dogs = Annotated[View[Dog], Depends(view_of(Dog, table, principal))]


class Walk(BaseModel):
    minutes: int
    dog: Dog


app = FastAPI()
protect(app, legacy="warn")


@app.get("/kennels/{kennel_id}/dogs/{dog_id}")
async def read_dog(kennel_id: Identifier, dog_id: Identifier, dogs: Dogs) -> Disclosed[Dog]:
    return await dogs.get(kennel_id=kennel_id, dog_id=dog_id)


@app.get("/kennels/{kennel_id}/dogs/{dog_id}/full")
async def full_dog(kennel_id: Identifier, dog_id: Identifier, me: Me) -> Dog:  # finding: naked-entity
    whole = await table.undisclosed(Dog).get(kennel_id=kennel_id, dog_id=dog_id)  # finding: undisclosed-in-route
    return whole.item  # arguable: whole-item-returned


@app.get("/kennels/{kennel_id}/dogs/{dog_id}/chip")
async def chip(kennel_id: Identifier, dog_id: Identifier, me: Me):  # arguable: unowned-item
    whole = await table.undisclosed(Dog).get(kennel_id=kennel_id, dog_id=dog_id)  # finding: undisclosed-in-route
    return {"chip": whole.item.chip_secret}  # arguable: sensitive-attribute-in-response


@app.post("/kennels/{kennel_id}/dogs/{dog_id}/walks", response_model=Walk)
async def walk(kennel_id: Identifier, dog_id: Identifier, minutes: int, me: Me):  # finding: naked-entity
    dogs = table.undisclosed(Dog)  # finding: undisclosed-in-route
    dog = (await dogs.get(kennel_id=kennel_id, dog_id=dog_id)).item
    return Walk(minutes=minutes, dog=dog)  # arguable: whole-item-returned


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "up"}
