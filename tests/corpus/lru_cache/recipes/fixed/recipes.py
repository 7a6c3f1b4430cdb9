from functools import lru_cache
from typing import Annotated, Literal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from fastapi import Depends, FastAPI, HTTPException, Path
from fastapi.responses import ORJSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from passlib.hash import bcrypt
from pydantic import BaseModel, conint
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
    if len(given.username) > 40:
        raise HTTPException(401)
    found = cooks.get_item(Key={"name": given.username}).get("Item")
    if not found or not bcrypt.verify(given.password, found["password_hash"]):
        raise HTTPException(401)
    return found


RecipeId = Annotated[str, Path(min_length=4, max_length=36)]


class RecipeIn(BaseModel):
    title: str
    steps: list[str]


class Recipe(RecipeIn):
    recipe_id: str


app = FastAPI(default_response_class=ORJSONResponse)


@app.get("/me")
def me(who: dict = Depends(cook)):
    return {key: who[key] for key in ("name", "since")}


@app.get("/recipes/{recipe_id}", response_model=Recipe)
def read(recipe_id: RecipeId, recipes=Depends(get_recipes), who: dict = Depends(cook)):
    item = recipes.get_item(Key={"recipe_id": recipe_id}).get("Item")
    if item is None:
        raise HTTPException(404)
    return item


@app.put("/recipes/{recipe_id}")
def write(recipe_id: RecipeId, recipe: RecipeIn, recipes=Depends(get_recipes), who: dict = Depends(cook)):
    recipes.put_item(
        Item=recipe.model_dump() | {"recipe_id": recipe_id, "cook": who["name"], "verified": False},
        ConditionExpression=Attr("recipe_id").not_exists() | Attr("cook").eq(who["name"]),
    )
    return {"ok": True}


@app.get("/cooks/{name}")
def one_cook(name: str, who: dict = Depends(cook), cooks=Depends(get_cooks)):
    if name != who["name"]:
        raise HTTPException(404)
    one = cooks.get_item(Key={"name": who["name"]}, ProjectionExpression="#n, since", ExpressionAttributeNames={"#n": "name"})
    return one.get("Item", {})


@app.get("/tags/{tag}")
def tagged(
    tag: Literal["soup", "cake", "bread"], page_size: conint(ge=1, le=50) = 10, recipes=Depends(get_recipes), who: dict = Depends(cook)
) -> list[Recipe]:
    return recipes.query(IndexName="by_tag", KeyConditionExpression=Key("tag").eq(tag), Limit=page_size)["Items"]
