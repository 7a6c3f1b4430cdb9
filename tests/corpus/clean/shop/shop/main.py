"""Log in, sign up and a catalogue: what may be public is, what is shared is shared."""

import os
import time
import uuid
from typing import Annotated

import boto3
import jwt
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, Form, HTTPException, Security
from passlib.hash import bcrypt
from pydantic import BaseModel, EmailStr, Field

from shop.tokens import principal

app = FastAPI()
db = boto3.resource("dynamodb")
users, products, orders = db.Table("users"), db.Table("products"), db.Table("orders")
Me = Annotated[dict, Security(principal, scopes=["orders:read"])]


class Signup(BaseModel):
    email: EmailStr
    password: str = Field(min_length=12)


class Product(BaseModel):
    product_id: uuid.UUID
    title: str
    price: int


@app.get("/version")
def version():
    return {"version": os.environ.get("VERSION", "?"), "up": True}


@app.post("/signup", status_code=201)
def signup(new: Signup):
    users.put_item(
        Item={"email": new.email, "user_id": str(uuid.uuid4()), "password_hash": bcrypt.hash(new.password), "role": "customer"},
        ConditionExpression="attribute_not_exists(email)",
    )
    return {"email": new.email}


@app.post("/token")
def log_in(username: Annotated[EmailStr, Form()], password: Annotated[str, Form()]):
    user = users.get_item(Key={"email": username}).get("Item")
    if user is None or not bcrypt.verify(password, user["password_hash"]):
        raise HTTPException(401, "wrong name or password")
    claims = {"sub": user["user_id"], "scope": "orders:read", "exp": int(time.time()) + 900}
    return {"access_token": jwt.encode(claims, os.environ["SHOP_KEY"], algorithm="HS256"), "token_type": "bearer"}


@app.get("/products/{product_id}")
def product(product_id: uuid.UUID, me: Me) -> Product:
    found = products.get_item(Key={"product_id": str(product_id)})
    if "Item" not in found:
        raise HTTPException(404, f"there is no product {product_id}")
    return found["Item"]


@app.put("/products/{product_id}", dependencies=[Security(principal, scopes=["catalogue:write"])])
def change_product(product_id: uuid.UUID, new: Product):
    products.put_item(Item=new.model_dump(mode="json") | {"product_id": str(product_id)})
    return {"changed": product_id}


@app.get("/orders")
def my_orders(me: Me):
    found = orders.query(KeyConditionExpression=Key("user_id").eq(me["sub"]), Limit=50)
    return {"orders": [{"order_id": o["order_id"], "total": o["total"]} for o in found["Items"]], "more": "LastEvaluatedKey" in found}
