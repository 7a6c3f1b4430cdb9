import os
from datetime import date
from typing import Annotated, Literal, Optional

import boto3
import jwt
from fastapi import Depends, FastAPI, HTTPException, Path, Query
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from models import Car, Mechanic, Shift

app = FastAPI(title="Workshop")
bearer = HTTPBearer()
client = boto3.client("dynamodb")
Badge = Annotated[str, Path(pattern=r"^[A-Z]{2}\d{4}$")]
Plate = Annotated[str, Path(pattern=r"^[A-Z0-9]{2,8}$")]
COLUMNS = {"plate", "make", "keeper"}


def get_staff(credentials=Depends(bearer)):
    try:
        badge = jwt.decode(credentials.credentials, os.environ["KEY"], algorithms=["HS256"])["sub"]
    except jwt.InvalidTokenError:
        raise HTTPException(401, "who are you?")
    staff = next(Mechanic.query(badge, limit=1), None)
    if staff is None or not staff.employed:
        raise HTTPException(401, "who are you?")
    return staff


def get_foreman(staff=Depends(get_staff)):
    if staff.grade != "foreman":
        raise HTTPException(403, "for the foreman")
    return staff


class Me(BaseModel):
    name: Optional[str] = None


class Colleague(BaseModel):
    badge: str
    name: str


@app.get("/staff/{badge}", response_model=Colleague)
def colleague(badge: Badge, staff=Depends(get_staff)):
    return Mechanic.get(badge).attribute_values


@app.patch("/staff/me")
def edit_me(body: Me, staff=Depends(get_staff)):
    for name, value in body.dict(exclude_unset=True).items():
        setattr(staff, name, value)
    staff.save()
    return {"name": staff.name}


@app.get("/cars/{plate}")
def car(plate: Plate, staff=Depends(get_staff)):
    found = Car.get(plate)
    return {"plate": found.plate, "make": found.make, "has_iban": found.iban is not None}


@app.get("/shifts/mine")
def mine(day: date, staff=Depends(get_staff)):
    return [{"day": each.day, "note": each.note} for each in Shift.query(staff.badge, Shift.day == day.isoformat())]


@app.delete("/shifts/{day}", status_code=204)
def drop(day: date, staff=Depends(get_staff)):
    Shift(staff.badge, day.isoformat()).delete(Shift.note.does_not_exist())


@app.get("/shifts/of/{badge}")
def others(badge: Badge, since: date, staff=Depends(get_foreman)):
    return [each.note for each in Shift.query(badge, Shift.day >= since.isoformat(), filter_condition=Shift.note.exists())]


@app.get("/cars/{plate}/row")
def row(plate: Plate, staff=Depends(get_staff)):
    rows = client.execute_statement(Statement="SELECT plate, make FROM cars WHERE plate = ?", Parameters=[{"S": plate}])["Items"]
    return [{"make": row["make"]["S"]} for row in rows]


@app.get("/table/{plate}")
def columns(plate: Plate, fields: list[Literal["plate", "make"]] = Query(...), staff=Depends(get_staff)):
    found = client.get_item(TableName="cars", Key={"plate": {"S": plate}}, ProjectionExpression=", ".join(fields))
    return found["Item"]


@app.get("/table/{plate}/some")
def some(plate: Plate, fields: str, staff=Depends(get_staff)):
    wanted = [each for each in fields.split(",") if each in COLUMNS]
    found = client.get_item(TableName="cars", Key={"plate": {"S": plate}}, ProjectionExpression=", ".join(wanted))
    return found["Item"]
