"""PynamoDB, with everything chosen: attributes read, attributes answered, keys."""

import os
from typing import Annotated
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, ConfigDict
from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist
from pynamodb.models import Model


class Card(Model):
    class Meta:
        table_name = "cards"

    holder = UnicodeAttribute(hash_key=True)
    card_id = UnicodeAttribute(range_key=True)
    number = UnicodeAttribute()
    cvv = UnicodeAttribute()
    nickname = UnicodeAttribute(null=True)


class CardOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    card_id: str
    nickname: str | None = None


class CardIn(BaseModel):
    number: str
    nickname: str | None = None


def holder(token: Annotated[str, Depends(OAuth2PasswordBearer("token"))]) -> str:
    try:
        return jwt.decode(token, os.environ["CARD_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


Me = Annotated[str, Depends(holder)]
app = FastAPI()


@app.get("/cards", response_model=list[CardOut])
def cards(me: Me):
    return list(Card.query(me, limit=20))


@app.get("/cards/{card_id}")
def card(card_id: UUID, me: Me):
    try:
        found = Card.get(me, str(card_id), attributes_to_get=["number", "nickname"])
    except DoesNotExist:
        raise HTTPException(404, "no such card") from None
    return {"nickname": found.nickname, "ends_with": found.number[-4:]}


@app.post("/cards", response_model=CardOut, status_code=201)
def add(new: CardIn, me: Me):
    made = Card(me, str(uuid4()), number=new.number, cvv="", nickname=new.nickname)
    made.save(Card.card_id.does_not_exist())
    return made


@app.delete("/cards/{card_id}", status_code=204)
def drop(card_id: UUID, me: Me):
    Card(me, str(card_id)).delete()
