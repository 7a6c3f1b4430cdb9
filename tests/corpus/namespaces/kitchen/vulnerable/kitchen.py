import os
from functools import lru_cache
from types import SimpleNamespace

import boto3
from boto3.dynamodb.conditions import Attr, Key
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException


def reader(table):
    def one(dish):
        return table.get_item(Key={"dish": dish}).get("Item")  # finding: unvalidated-key

    def where(field, value):
        return table.scan(FilterExpression=Attr(field).eq(value))["Items"]  # finding: scan-behind-route, expression-injection

    return SimpleNamespace(one=one, where=where)


def writer(table):
    return SimpleNamespace(put=lambda item: table.put_item(Item=item), drop=lambda dish: table.delete_item(Key={"dish": dish}))  # finding: mass-assignment, unvalidated-key


@lru_cache
def dishes() -> SimpleNamespace:
    table = boto3.resource("dynamodb").Table("dishes")
    return SimpleNamespace(**vars(reader(table)), write=writer(table))


def cook(x_kitchen_key: str = Header()):
    if x_kitchen_key != os.environ["KITCHEN_KEY"]:
        raise HTTPException(401)


router = APIRouter(prefix="/dishes", dependencies=[Depends(cook)])
api = SimpleNamespace(router=router, app=FastAPI())


@router.get("/{dish}")
def read(dish: str, store=Depends(dishes)):
    found = store.one(dish)
    if found is None:
        raise HTTPException(404)
    return found  # finding: whole-item-returned


@router.get("")
def search(field: str, value: str, store=Depends(dishes)):
    return {"dishes": store.where(field, value)}  # finding: whole-item-returned


@router.post("")
def add(item: dict, store=Depends(dishes)):
    store.write.put(item)
    return {"ok": True}


@router.delete("/{dish}")
def remove(dish: str, store=Depends(dishes)):
    store.write.drop(dish)
    return {"ok": True}


api.app.include_router(api.router)
