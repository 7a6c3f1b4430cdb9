from dataclasses import asdict, dataclass
from typing import *
from uuid import UUID

import attrs
import boto3
import cattrs
import dacite
import msgspec
from fastapi import *
from marshmallow import INCLUDE, Schema, fields

app = FastAPI()
artists = boto3.resource("dynamodb").Table("artists")


@attrs.define
class Card:
    artist_id: str
    name: str
    iban: str


class Gig(msgspec.Struct):
    venue: str
    door_code: str


@dataclass
class Payee:
    name: str
    tax_id: str


class Contact(Schema):
    email = fields.Email()
    api_key = fields.Str()


class ArtistSchema(Schema):
    artist_id = fields.UUID()
    name = fields.Str()
    contact = fields.Nested(Contact)
    password_hash = fields.Str(load_only=True)


class Anything(Schema):
    class Meta:
        unknown = INCLUDE

    name = fields.Str(required=True)


def read(artist_id: UUID) -> Dict[str, Any]:
    return artists.get_item(Key={"artist_id": str(artist_id)})["Item"]


@app.get("/cards/{artist_id}")
def card(artist_id: UUID):  # finding: unauthenticated-route
    return attrs.asdict(cattrs.structure(read(artist_id), Card))  # finding: sensitive-attribute-in-response


@app.get("/gigs/{artist_id}")
def gig(artist_id: UUID):  # finding: unauthenticated-route
    return msgspec.to_builtins(msgspec.convert(read(artist_id), type=Gig))  # finding: sensitive-attribute-in-response


@app.get("/payees/{artist_id}")
def payee(artist_id: UUID):  # finding: unauthenticated-route
    return asdict(dacite.from_dict(data_class=Payee, data=read(artist_id)))  # finding: sensitive-attribute-in-response


@app.get("/artists/{artist_id}")
def artist(artist_id: UUID):  # finding: unauthenticated-route
    return ArtistSchema().dump(read(artist_id))  # finding: sensitive-attribute-in-response


@app.post("/artists/{artist_id}")
def change(artist_id: UUID, body: dict = Body(...)):  # finding: unauthenticated-route
    artists.put_item(Item={**Anything().load(body), "artist_id": str(artist_id)})  # finding: mass-assignment
    return {"ok": True}


@app.get("/raw/{artist_id}")
def raw(artist_id: UUID):  # finding: unauthenticated-route
    return cattrs.unstructure(read(artist_id))  # finding: whole-item-returned
