from functools import lru_cache

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import ORJSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from passlib.hash import bcrypt
from pydantic import BaseModel
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    recipes_table: str = "recipes"
    cooks_table: str = "cooks"
    region: str = "eu-west-1"


@lru_cache
def get_settings() -> Settings:
    return Settings()


@lru_cache(maxsize=1)
def get_dynamodb():
    return boto3.resource("dynamodb", region_name=get_settings().region)


def get_recipes():
    return get_dynamodb().Table(get_settings().recipes_table)


def get_cooks():
    return get_dynamodb().Table(get_settings().cooks_table)


basic = HTTPBasic()


def cook(given: HTTPBasicCredentials = Depends(basic), cooks=Depends(get_cooks)) -> dict:
    found = cooks.get_item(Key={"name": given.username}).get("Item")  # arguable: unvalidated-key
    if not found or not bcrypt.verify(given.password, found["password_hash"]):
        raise HTTPException(401)
    return found


class Recipe(BaseModel):
    recipe_id: str
    title: str
    steps: list[str]
    cook: str | None = None
    verified: bool = False


app = FastAPI(default_response_class=ORJSONResponse)


@app.get("/me")
def me(who: dict = Depends(cook)):
    return who  # finding: whole-item-returned


@app.get("/recipes/{recipe_id}", response_model=Recipe)
def read(recipe_id: str, recipes=Depends(get_recipes), who: dict = Depends(cook)):
    item = recipes.get_item(Key={"recipe_id": recipe_id}).get("Item")  # finding: unvalidated-key
    if item is None:
        raise HTTPException(404)
    return item


@app.put("/recipes/{recipe_id}")
def write(recipe_id: str, recipe: Recipe, recipes=Depends(get_recipes), who: dict = Depends(cook)):  # finding: unowned-item
    recipes.put_item(Item=recipe.model_dump() | {"recipe_id": recipe_id})  # finding: mass-assignment
    return {"ok": True}


@app.get("/cooks/{name}")
def one_cook(name: str, cooks=Depends(get_cooks)):  # finding: unauthenticated-route
    one = cooks.get_item(Key={"name": name}, ProjectionExpression="#n, api_key", ExpressionAttributeNames={"#n": "name"})  # finding: unvalidated-key
    return one.get("Item", {})  # finding: sensitive-attribute-in-response


@app.get("/tags/{tag}", response_model=None)
def tagged(tag: str, page_size: int = 10, recipes=Depends(get_recipes), who: dict = Depends(cook)) -> list[Recipe]:  # finding: response-model-bypassed
    return recipes.query(IndexName="by_tag", KeyConditionExpression=Key("tag").eq(tag), Limit=page_size)["Items"]  # finding: unvalidated-key, raw-cursor  # arguable: whole-item-returned
