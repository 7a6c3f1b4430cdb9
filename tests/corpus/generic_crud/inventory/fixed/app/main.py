import os
import uuid
from secrets import compare_digest

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Security
from fastapi.security import APIKeyHeader

from app.crud import CRUDBase
from app.models import Part, Sku, Supplier, SupplierCreate

key_header = APIKeyHeader(name="X-API-Key")


def warehouse(key: str = Security(key_header)) -> None:
    if not compare_digest(key.encode(), os.environ["WAREHOUSE_KEY"].encode()):
        raise HTTPException(401)


parts = CRUDBase[Part, Part](Part, "parts", "sku")
suppliers = CRUDBase[Supplier, SupplierCreate](Supplier, "suppliers", "supplier_id")
api = APIRouter()


@api.get("/parts/{sku}")
def part(sku: Sku):
    found = parts.get(sku)
    if found is None:
        raise HTTPException(404, "no part")
    return found


@api.get("/parts")
def all_parts(limit: int = 100):
    return parts.get_multi(of="part", limit=limit)


@api.post("/suppliers")
def new_supplier(new: SupplierCreate):
    supplier_id = str(uuid.uuid4())
    suppliers.create(new, supplier_id=supplier_id, approved=False)
    return {"supplier_id": supplier_id}


@api.get("/suppliers/{supplier_id}", response_model=Supplier)
def supplier(supplier_id: uuid.UUID):
    return suppliers.get(str(supplier_id))


@api.delete("/parts/{sku}", status_code=204)
def remove(sku: Sku):
    parts.remove(sku)


app = FastAPI()
app.include_router(api, prefix="/v1", dependencies=[Depends(warehouse)])
