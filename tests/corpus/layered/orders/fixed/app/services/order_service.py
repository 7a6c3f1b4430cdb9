import logging

from botocore.exceptions import ClientError

from app.repositories.orders import OrderRepository
from app.schemas import OrderStatus, OrderUpdate

_orders = OrderRepository()
log = logging.getLogger(__name__)


class OrderError(Exception):
    pass


def list_orders(owner: str, status: OrderStatus):
    return _orders.of_owner(owner, status.value)


def get_order(order_id):
    return _orders.find(order_id)


def update_order(order_id: str, owner: str, change: OrderUpdate):
    try:
        return _orders.update(order_id, owner, change.model_dump(exclude_none=True))
    except ClientError as e:
        log.warning("update of %s failed: %s", order_id, e.response["Error"]["Code"])
        raise OrderError from e
