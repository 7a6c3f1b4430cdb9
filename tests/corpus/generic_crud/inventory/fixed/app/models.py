from typing import Annotated

from pydantic import BaseModel, Field

Sku = Annotated[str, Field(pattern=r"^[A-Z]{3}-\d{4}$")]


class Part(BaseModel):
    sku: str
    title: str
    stock: int


class SupplierCreate(BaseModel):
    title: str


class Supplier(BaseModel):
    supplier_id: str
    title: str
