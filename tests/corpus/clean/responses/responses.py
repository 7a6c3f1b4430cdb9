"""Every way to answer with less than an item: models, dicts, dataclasses, selections, responses of chosen values."""

import operator
import os
from dataclasses import dataclass
from typing import TypedDict

import boto3
import jwt
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel

table = boto3.resource("dynamodb").Table("bikes")


def rider(request: Request) -> str:
    try:
        return jwt.decode(request.headers.get("x-rider", ""), os.environ["BIKE_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


router = APIRouter(prefix="/bikes/{bike}", dependencies=[Depends(rider)])


class Bike(BaseModel):
    bike: int
    colour: str


class BikeRow(TypedDict):
    bike: int
    colour: str


@dataclass
class Where:
    lat: float
    lon: float


class Envelope(BaseModel):
    ok: bool
    data: Bike


def load(bike: int, me: str = Depends(rider)) -> dict:
    found = table.get_item(Key={"rider": me, "bike": bike}).get("Item")
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/model", response_model=Bike)
def model(item: dict = Depends(load)):
    return item


@router.get("/annotated")
def annotated(item: dict = Depends(load)) -> Bike:
    return item


@router.get("/envelope", response_model=Envelope)
def envelope(item: dict = Depends(load)):
    return {"ok": True, "data": item}


@router.get("/row")
def row(item: dict = Depends(load)) -> BikeRow:
    return item


@router.get("/where")
def where(item: dict = Depends(load)):
    return Where(lat=float(item["lat"]), lon=float(item["lon"]))


@router.get("/picked")
def picked(item: dict = Depends(load)):
    return {name: value for name, value in item.items() if name in ("bike", "colour")}


@router.get("/getter")
def getter(item: dict = Depends(load)):
    return operator.itemgetter("colour", "size")(item)


@router.get("/json", response_model=Bike)
def as_json(item: dict = Depends(load)):
    return JSONResponse({"bike": int(item["bike"]), "colour": item["colour"]}, headers={"x-size": item["size"]})


@router.get("/picture", response_class=RedirectResponse)
def picture(item: dict = Depends(load)):
    return RedirectResponse(f"https://pictures.example.com/{item['picture']}")


@router.head("/")
def exists(item: dict = Depends(load)):
    return Response(status_code=200 if item else 404)


@router.get("/count")
def count(me: str = Depends(rider)):
    return table.query(KeyConditionExpression="rider = :r", ExpressionAttributeValues={":r": me}, Select="COUNT")["Count"]


app = FastAPI()
app.include_router(router)
