from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel

from app.crud import CRUDBase
from app.models import Part, Supplier, SupplierCreate

parts = CRUDBase[Part, Part](Part, "parts", "sku")
suppliers = CRUDBase[Supplier, SupplierCreate](Supplier, "suppliers", "supplier_id")
api = APIRouter()


class Loose(BaseModel, extra="allow"):
    sku: str


@api.get("/parts/{sku}", response_model=Loose)
def part(sku: str):  # finding: unauthenticated-route, response-model-bypassed
    found = parts.get(sku)
    if found is None:
        raise HTTPException(404, "no part")
    return found  # arguable: whole-item-returned


@api.get("/parts", response_model=list[Any])
def all_parts(filter_by: str | None = None, limit: int = 100):  # finding: unauthenticated-route, response-model-bypassed
    return parts.get_multi(filter_by=filter_by, limit=limit)  # arguable: whole-item-returned


@api.post("/suppliers", response_model=Supplier)
def new_supplier(new: SupplierCreate):  # finding: unauthenticated-route
    return suppliers.create(new)  # arguable: sensitive-attribute-in-response


@api.get("/suppliers/{supplier_id}", response_model=Supplier)
def supplier(supplier_id: str):  # finding: unauthenticated-route
    return suppliers.get(supplier_id)  # finding: sensitive-attribute-in-response


@api.delete("/parts/{sku}")
def remove(sku: str):  # finding: unauthenticated-route
    return parts.remove(sku)  # finding: whole-item-returned


app = FastAPI()
app.include_router(api, prefix="/v1")
