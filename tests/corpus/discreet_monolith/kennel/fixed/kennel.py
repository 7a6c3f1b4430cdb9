import os
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from discreet import Access, Entity, Identifier, Key, Principal, Table, anyone, nobody, relation, visible_to
from discreet.fastapi import Disclosed, View, protect, undisclosed_exit, view_of

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


Dogs = Annotated[View[Dog], Depends(view_of(Dog, table, principal))]


class Walk(BaseModel):
    minutes: int
    dog: Disclosed[Dog]


app = FastAPI()
protect(app)


@app.get("/kennels/{kennel_id}/dogs/{dog_id}")
async def read_dog(kennel_id: Identifier, dog_id: Identifier, dogs: Dogs) -> Disclosed[Dog]:
    return await dogs.get(kennel_id=kennel_id, dog_id=dog_id)


@app.get("/kennels/{kennel_id}/dogs/{dog_id}/full")
async def full_dog(kennel_id: Identifier, dog_id: Identifier, dogs: Dogs) -> Disclosed[Dog]:
    return await dogs.get(kennel_id=kennel_id, dog_id=dog_id, consistent=True)


@app.get("/kennels/{kennel_id}/dogs/{dog_id}/chip")
async def chip(kennel_id: Identifier, dog_id: Identifier, dogs: Dogs) -> bool:
    return (await dogs.get(kennel_id=kennel_id, dog_id=dog_id)) is not None


@app.post("/kennels/{kennel_id}/dogs/{dog_id}/walks", response_model=Walk)
async def walk(kennel_id: Identifier, dog_id: Identifier, minutes: int, dogs: Dogs) -> Walk:
    return Walk(minutes=minutes, dog=await dogs.get(kennel_id=kennel_id, dog_id=dog_id))


@app.get("/health")
@undisclosed_exit("liveness only")
async def health() -> dict[str, str]:
    return {"status": "up"}


async def remind_keepers(kennel_id: str) -> int:
    """The nightly job: it is no route, and may see all."""
    sent = 0
    for whole in await table.undisclosed(Dog).query(kennel_id=kennel_id):
        print("mail to", whole.item.keeper_id)
        sent += 1
    return sent
