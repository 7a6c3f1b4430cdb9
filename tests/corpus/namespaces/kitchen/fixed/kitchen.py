import os
import secrets
from functools import lru_cache
from types import SimpleNamespace
from typing import Annotated, Literal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Path
from pydantic import BaseModel

Name = Annotated[str, Path(pattern="^[a-z-]{1,40}$")]


class Dish(BaseModel):
    dish: Annotated[str, Path(pattern="^[a-z-]{1,40}$")]
    price: int


def reader(table):
    def one(dish):
        return table.get_item(Key={"dish": dish}, ProjectionExpression="dish, price").get("Item")

    def where(field, value):
        return table.query(KeyConditionExpression=Key("kind").eq("dish"), FilterExpression=Attr(field).eq(value))["Items"]

    return SimpleNamespace(one=one, where=where)


def writer(table):
    return SimpleNamespace(put=lambda item: table.put_item(Item=item), drop=lambda dish: table.delete_item(Key={"dish": dish}))


@lru_cache
def dishes() -> SimpleNamespace:
    table = boto3.resource("dynamodb").Table("dishes")
    return SimpleNamespace(**vars(reader(table)), write=writer(table))


def cook(x_kitchen_key: str = Header()):
    if not secrets.compare_digest(x_kitchen_key, os.environ["KITCHEN_KEY"]):
        raise HTTPException(401)


router = APIRouter(prefix="/dishes", dependencies=[Depends(cook)])
api = SimpleNamespace(router=router, app=FastAPI())


@router.get("/{dish}")
def read(dish: Name, store=Depends(dishes)):
    found = store.one(dish)
    if found is None:
        raise HTTPException(404)
    return found


@router.get("")
def search(field: Literal["price", "course"], value: str, store=Depends(dishes)):
    return {"dishes": [each["dish"] for each in store.where(field, value)]}


@router.post("")
def add(item: Dish, store=Depends(dishes)):
    store.write.put({"kind": "dish", "dish": item.dish, "price": item.price})
    return {"ok": True}


@router.delete("/{dish}")
def remove(dish: Name, store=Depends(dishes)):
    store.write.drop(dish)
    return {"ok": True}


api.app.include_router(api.router)
