"""Objects come from containers that the analysis does not know."""

from abc import ABC, abstractmethod

import boto3
import punq
from dishka.integrations.fastapi import FromDishka, inject
from fastapi import Depends, FastAPI, Request
from fastapi_injector import Injected


class Store(ABC):
    @abstractmethod
    def read(self, pet): ...

    @abstractmethod
    def all(self): ...


class DynamoStore(Store):
    def __init__(self, table_name="pets"):
        self.table = boto3.resource("dynamodb").Table(table_name)

    def read(self, pet):
        return self.table.get_item(Key={"pet": pet}).get("Item")  # finding: unvalidated-key

    def all(self):
        return self.table.scan()["Items"]  # finding: scan-behind-route


class Pets:
    def __init__(self, store: Store):
        self.store = store

    def one(self, pet):
        return self.store.read(pet)


container = punq.Container()
container.register(Store, DynamoStore)
container.register(Pets)
app = FastAPI()


def pets() -> Pets:
    return container.resolve(Pets)


@app.get("/resolved/{pet}")
def resolved(pet: str, pets: Pets = Depends(pets)):  # finding: unauthenticated-route
    return pets.one(pet)  # finding: whole-item-returned


@app.get("/dishka/{pet}")
@inject
async def annotated(pet: str, pets: FromDishka[Pets]):  # finding: unauthenticated-route
    return pets.one(pet)  # finding: whole-item-returned


@app.get("/injected/{pet}")
def injected(pet: str, pets: Pets = Injected(Pets)):  # finding: unauthenticated-route
    return pets.one(pet)  # finding: whole-item-returned


@app.get("/names")
def names(request: Request):  # finding: unauthenticated-route
    return [each["name"] for each in request.app.state.container.resolve(DynamoStore).all()]
