from botocore.exceptions import ClientError

from app.repositories.orders import OrderRepository
from app.schemas import OrderUpdate

_orders = OrderRepository()


class OrderError(Exception):
    pass


def list_orders(status, sort_by):
    if status:
        return _orders.with_status(status, sort_by)
    return _orders.all()


def get_order(order_id):
    return _orders.find(order_id)


def update_order(order_id: str, change: OrderUpdate):
    try:
        return _orders.update(order_id, change.model_dump(exclude_none=True))
    except ClientError as e:
        raise OrderError(f"could not update: {e}") from e  # arguable: exception-text-returned
