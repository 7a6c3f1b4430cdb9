import hashlib
from enum import Enum
from typing import Annotated, Optional
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from store import Store

app = FastAPI()
store = Store()


class Kind(str, Enum):
    van = "van"
    truck = "truck"


class Vehicle(BaseModel):
    vehicle_id: UUID
    kind: Kind
    iban: Optional[str] = None


class Brief(BaseModel):
    vehicle_id: UUID
    kind: Kind


class Change(BaseModel):
    label: Optional[str] = None


def driver(authorization: Annotated[str, Header()]):
    session = store.get("sessions", digest=hashlib.sha256(authorization.encode()).hexdigest())
    if session is None:
        raise HTTPException(401, "who are you?")
    return session


def dispatcher(who=Depends(driver)):
    if who["role"] != "dispatcher":
        raise HTTPException(403, "for dispatchers")
    return who


@app.get("/vehicles/{vehicle_id}", response_model=Brief)
def vehicle(vehicle_id: UUID, who=Depends(dispatcher)):
    return store.get("vehicles", vehicle_id=str(vehicle_id))


@app.get("/vehicles/{vehicle_id}/all", response_model=Vehicle)
def everything(vehicle_id: UUID, who=Depends(driver)):
    found = store.get("vehicles", vehicle_id=str(vehicle_id))
    if found is None or found["owner_id"] != who["driver_id"]:
        raise HTTPException(404, "no such vehicle")
    return found


@app.patch("/vehicles/{vehicle_id}")
def change(vehicle_id: UUID, body: Change, who=Depends(driver)):
    found = store.get("vehicles", vehicle_id=str(vehicle_id))
    if found["owner_id"] != who["driver_id"] and who["role"] != "admin":
        raise HTTPException(403, "not yours")
    found.update(body.model_dump(exclude_unset=True))
    store.put("vehicles", found)
    return {"ok": True}


@app.post("/vehicles", status_code=201)
def add(kind: Kind, who=Depends(driver)):
    vehicle_id = uuid4().hex
    store.put("vehicles", {"vehicle_id": vehicle_id, "kind": kind.value, "owner_id": who["driver_id"], "is_verified": False})
    return {"vehicle_id": vehicle_id}
