from pydantic import BaseModel


class Part(BaseModel):
    sku: str
    title: str
    stock: int


class SupplierCreate(BaseModel):
    supplier_id: str
    title: str
    api_key: str
    approved: bool = False
    is_admin: bool = False


class Supplier(SupplierCreate):
    pass
