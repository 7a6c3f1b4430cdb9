from enum import Enum

from pydantic import BaseModel


class OrderStatus(str, Enum):
    open = "open"
    shipped = "shipped"
    closed = "closed"


class OrderUpdate(BaseModel):
    address: str | None = None
    comment: str | None = None


class OrderOut(BaseModel):
    order_id: str
    order_status: str
    address: str | None = None
