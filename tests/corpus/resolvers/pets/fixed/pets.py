"""Objects come from containers that the analysis does not know."""

import os
from abc import ABC, abstractmethod
from uuid import UUID

import boto3
import punq
from boto3.dynamodb.conditions import Key
from dishka.integrations.fastapi import FromDishka, inject
from fastapi import Depends, FastAPI, Header, HTTPException, Request
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
        found = self.table.get_item(Key={"pet": str(pet)}).get("Item")
        return {"name": found["name"]} if found else None

    def all(self):
        return self.table.query(KeyConditionExpression=Key("kind").eq("pet"))["Items"]


class Pets:
    def __init__(self, store: Store):
        self.store = store

    def one(self, pet):
        return self.store.read(pet)


container = punq.Container()
container.register(Store, DynamoStore)
container.register(Pets)


def keeper(x_api_key: str = Header()):
    if x_api_key != os.environ["PETS_KEY"]:
        raise HTTPException(401)


app = FastAPI(dependencies=[Depends(keeper)])


def pets() -> Pets:
    return container.resolve(Pets)


@app.get("/resolved/{pet}")
def resolved(pet: UUID, pets: Pets = Depends(pets)):
    return pets.one(pet)


@app.get("/dishka/{pet}")
@inject
async def annotated(pet: UUID, pets: FromDishka[Pets]):
    return pets.one(pet)


@app.get("/injected/{pet}")
def injected(pet: UUID, pets: Pets = Injected(Pets)):
    return pets.one(pet)


@app.get("/names")
def names(request: Request):
    return [each["name"] for each in request.app.state.container.resolve(DynamoStore).all()]
