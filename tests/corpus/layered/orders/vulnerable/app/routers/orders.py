from fastapi import APIRouter, Depends, HTTPException, Query

from app.schemas import OrderUpdate
from app.security import get_current_user
from app.services import order_service

router = APIRouter()


@router.get("/")
def list_orders(status: str | None = None, sort_by: str = Query("created_at"), user: dict = Depends(get_current_user)):  # arguable: unowned-item
    return order_service.list_orders(status, sort_by)  # finding: whole-item-returned


@router.get("/{order_id}")
def get_order(order_id: str, user: dict = Depends(get_current_user)):  # finding: unowned-item
    order = order_service.get_order(order_id)
    if order is None:
        raise HTTPException(status_code=404, detail=f"order {order_id} not found")
    return order  # finding: whole-item-returned


@router.put("/{order_id}")
def update_order(order_id: str, payload: OrderUpdate, user: dict = Depends(get_current_user)):  # finding: unowned-item
    try:
        updated = order_service.update_order(order_id, payload)
    except order_service.OrderError as err:
        raise HTTPException(status_code=400, detail=str(err))  # finding: exception-text-returned
    return {"order": updated}  # finding: whole-item-returned
