from fastapi import APIRouter, Depends, HTTPException
from uuid import UUID

from app.schemas import OrderOut, OrderStatus, OrderUpdate
from app.security import get_current_user
from app.services import order_service

router = APIRouter()


@router.get("/", response_model=list[OrderOut])
def list_orders(status: OrderStatus = OrderStatus.open, user: dict = Depends(get_current_user)):
    return order_service.list_orders(user["id"], status)


@router.get("/{order_id}", response_model=OrderOut)
def get_order(order_id: UUID, user: dict = Depends(get_current_user)):
    order = order_service.get_order(str(order_id))
    if order is None or order["owner_id"] != user["id"]:
        raise HTTPException(status_code=404, detail=f"order {order_id} not found")
    return order


@router.put("/{order_id}", response_model=OrderOut)
def update_order(order_id: UUID, payload: OrderUpdate, user: dict = Depends(get_current_user)):
    try:
        return order_service.update_order(str(order_id), user["id"], payload)
    except order_service.OrderError:
        raise HTTPException(status_code=400, detail="the order could not be changed") from None
