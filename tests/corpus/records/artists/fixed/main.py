import os
from dataclasses import asdict, dataclass
from typing import *
from uuid import UUID

import attrs
import boto3
import cattrs
import dacite
import jwt
import msgspec
from fastapi import *
from fastapi.security import *
from marshmallow import Schema, fields

bearer = HTTPBearer()


def agent(credentials: HTTPAuthorizationCredentials = Depends(bearer)):
    try:
        claims = jwt.decode(credentials.credentials, os.environ["KEY"], algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401, "who are you?")
    if "artists" not in claims["scope"].split():
        raise HTTPException(403, "not yours")
    return claims


app = FastAPI(dependencies=[Depends(agent)])
artists = boto3.resource("dynamodb").Table("artists")


@attrs.define
class Card:
    artist_id: str
    name: str


class Gig(msgspec.Struct):
    venue: str


@dataclass
class Payee:
    name: str


class Contact(Schema):
    email = fields.Email()
    api_key = fields.Str(load_only=True)


class ArtistSchema(Schema):
    artist_id = fields.UUID()
    name = fields.Str()
    contact = fields.Nested(Contact)
    password_hash = fields.Str()


class Change(Schema):
    name = fields.Str(required=True)


def read(artist_id: UUID) -> Dict[str, Any]:
    return artists.get_item(Key={"artist_id": str(artist_id)})["Item"]


@app.get("/cards/{artist_id}")
def card(artist_id: UUID):
    return attrs.asdict(cattrs.structure(read(artist_id), Card))


@app.get("/gigs/{artist_id}")
def gig(artist_id: UUID):
    return msgspec.to_builtins(msgspec.convert(read(artist_id), type=Gig))


@app.get("/payees/{artist_id}")
def payee(artist_id: UUID):
    return asdict(dacite.from_dict(data_class=Payee, data=read(artist_id)))


@app.get("/artists/{artist_id}")
def artist(artist_id: UUID):
    return ArtistSchema(exclude=("password_hash",)).dump(read(artist_id))


@app.get("/artists")
def some(ids: List[UUID] = Query(max_length=20)):
    return ArtistSchema(many=True, only=("artist_id", "name")).dump([read(each) for each in ids])


@app.post("/artists/{artist_id}")
def change(artist_id: UUID, body: dict = Body(...)):
    artists.put_item(Item={**Change().load(body), "artist_id": str(artist_id)})
    return {"ok": True}
