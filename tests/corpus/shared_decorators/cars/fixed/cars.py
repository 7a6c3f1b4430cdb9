"""The same two decorators around functions of every layer."""

import functools
import logging
import os
import secrets
import time

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, Header, HTTPException

log = logging.getLogger(__name__)


def logged(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        log.info("calling %s", function.__name__)
        return function(*args, **kwargs)

    return inner


def timed(name):
    def decorate(function):
        @functools.wraps(function)
        async def inner(*args, **kwargs):
            begun = time.monotonic()
            try:
                return await function(*args, **kwargs)
            finally:
                log.info("%s took %s", name, time.monotonic() - begun)

        return inner

    return decorate


class Garage:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("cars")

    @logged
    def by_key(self, key):
        return self._read(**key)

    @logged
    def _read(self, **key):
        return self.table.get_item(Key=key, ProjectionExpression="plate, colour")

    @timed("all")
    async def all(self):
        return self.table.query(KeyConditionExpression=Key("kind").eq("car"), ProjectionExpression="plate")["Items"]


class Cars:
    def __init__(self, garage: Garage = Depends()):
        self.garage = garage

    @logged
    def one(self, plate):
        return self._item(self.garage.by_key({"plate": plate}))

    @logged
    def _item(self, response):
        return response.get("Item")

    @timed("cars")
    async def all(self):
        return await self.garage.all()


def mechanic(x_api_key: str = Header()):
    if not secrets.compare_digest(x_api_key, os.environ["GARAGE_KEY"]):
        raise HTTPException(401)


app = FastAPI(dependencies=[Depends(mechanic)])


@app.get("/cars/{plate}")
@logged
def car(plate: int, cars: Cars = Depends()):
    return cars.one(plate)


@app.get("/cars")
@timed("route")
async def every(cars: Cars = Depends()):
    return await cars.all()
