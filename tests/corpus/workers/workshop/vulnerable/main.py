import os
from datetime import date
from typing import Annotated, Optional

import boto3
import jwt
from fastapi import Depends, FastAPI, HTTPException, Path
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from models import Car, Mechanic, Shift

app = FastAPI(title="Workshop")
bearer = HTTPBearer()
client = boto3.client("dynamodb")
Badge = Annotated[str, Path(pattern=r"^[A-Z]{2}\d{4}$")]
Plate = Annotated[str, Path(pattern=r"^[A-Z0-9]{2,8}$")]


def get_staff(credentials=Depends(bearer)):
    try:
        badge = jwt.decode(credentials.credentials, os.environ["KEY"], algorithms=["HS256"])["sub"]
    except jwt.InvalidTokenError:
        raise HTTPException(401, "who are you?")
    staff = next(Mechanic.query(badge, limit=1), None)
    if staff is None or not staff.employed:
        raise HTTPException(401, "who are you?")
    return staff


class Me(BaseModel):
    name: Optional[str] = None
    grade: Optional[str] = None
    role: Optional[str] = None


class Colleague(BaseModel):
    badge: str
    name: str
    salary: Optional[int] = None


@app.get("/staff/{badge}", response_model=Colleague)
def colleague(badge: Badge, staff=Depends(get_staff)):
    return Mechanic.get(badge).attribute_values  # finding: sensitive-attribute-in-response


@app.patch("/staff/me")
def edit_me(body: Me, staff=Depends(get_staff)):
    for name, value in body.dict(exclude_unset=True).items():
        setattr(staff, name, value)
    staff.save()  # finding: mass-assignment
    return {"name": staff.name}


@app.get("/cars/{plate}")
def car(plate: Plate, staff=Depends(get_staff)):
    found = Car.get(plate)
    return {"plate": found.plate, "make": found.make, "iban": found.iban}  # finding: sensitive-attribute-in-response


@app.get("/cars")
def search(keeper: str, staff=Depends(get_staff)):
    found = Car.scan(Car.keeper.contains(keeper) & (Car.make != ""), limit=20)  # finding: scan-behind-route
    return [{"plate": each.plate, "make": each.make} for each in found]


@app.get("/cars/by/{field}")
def by_field(field: str, value: str, staff=Depends(get_staff)):
    found = Car.scan(getattr(Car, field) == value)  # finding: scan-behind-route, expression-injection
    return [each.plate for each in found]


@app.get("/shifts/mine")
def mine(day: date, staff=Depends(get_staff)):
    return [{"day": each.day, "note": each.note} for each in Shift.query(staff.badge, Shift.day == day.isoformat())]


@app.delete("/shifts/{day}", status_code=204)
def drop(day: str, staff=Depends(get_staff)):
    Shift(staff.badge, day).delete(Shift.note.does_not_exist())  # finding: unvalidated-key


@app.get("/shifts/of/{badge}")
def others(badge: Badge, since: str, staff=Depends(get_staff)):  # finding: unowned-item
    return [each.note for each in Shift.query(badge, Shift.day >= since)]  # finding: unvalidated-key


@app.get("/makes/{make}")
def makes(make: str, staff=Depends(get_staff)):
    rows = client.execute_statement(Statement="SELECT plate FROM cars WHERE make = ?", Parameters=[{"S": make}])["Items"]  # finding: scan-behind-route  # arguable: unvalidated-key
    return [row["plate"]["S"] for row in rows]


@app.get("/table/{plate}")
def columns(plate: Plate, fields: str, staff=Depends(get_staff)):
    found = client.get_item(TableName="cars", Key={"plate": {"S": plate}}, ProjectionExpression=fields)  # finding: expression-injection
    return found["Item"]  # finding: whole-item-returned
