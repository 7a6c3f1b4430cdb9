from fastapi import FastAPI

from app.routers import customers, orders

app = FastAPI(title="orders")
app.include_router(orders.router, prefix="/orders", tags=["orders"])
app.include_router(customers.router, prefix="/customers", tags=["customers"])
