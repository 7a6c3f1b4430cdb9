from pydantic import BaseModel


class OrderUpdate(BaseModel):
    address: str | None = None
    comment: str | None = None
    owner_id: str | None = None
    discount_approved: bool | None = None
