"""The same two decorators around functions of every layer."""

import functools
import logging
import time

import boto3
from fastapi import Depends, FastAPI

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
        return self.table.get_item(Key=key)  # finding: unvalidated-key

    @timed("all")
    async def all(self):
        return self.table.scan()["Items"]  # finding: scan-behind-route


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


app = FastAPI()


@app.get("/cars/{plate}")
@logged
def car(plate: str, cars: Cars = Depends()):  # finding: unauthenticated-route
    return cars.one(plate)  # finding: whole-item-returned


@app.get("/cars")
@timed("route")
async def every(cars: Cars = Depends()):  # finding: unauthenticated-route
    return await cars.all()  # finding: whole-item-returned
