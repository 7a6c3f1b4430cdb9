"""Administrators set roles and see everyone: that is what they are for."""

import os
from enum import Enum
from typing import Annotated

import boto3
import jwt
from boto3.dynamodb.conditions import Attr, Key
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

people = boto3.resource("dynamodb").Table("people")
bearer = HTTPBearer()


class Role(str, Enum):
    teacher = "teacher"
    head = "head"


class Promotion(BaseModel):
    role: Role
    verified: bool = True


class Person(BaseModel):
    person_id: str
    name: str
    role: Role


def signed_in(given: HTTPAuthorizationCredentials = Depends(bearer)) -> dict:
    try:
        return jwt.decode(given.credentials, os.environ["ROOM_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None


class Requires:
    """A dependency: who has none of the roles is refused."""

    def __init__(self, *roles: str):
        self.roles = frozenset(roles)

    def __call__(self, claims: Annotated[dict, Depends(signed_in)]) -> dict:
        if claims.get("role") not in self.roles:
            raise HTTPException(403)
        return claims


admin = APIRouter(prefix="/admin", dependencies=[Depends(Requires("admin", "head"))])
PersonId = Annotated[str, Path(pattern=r"\A[a-z]{2}\d{4}\Z")]


@admin.put("/people/{person_id}/role")
def promote(person_id: PersonId, promotion: Promotion):
    values = promotion.model_dump(mode="json")
    people.update_item(
        Key={"person_id": person_id},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ConditionExpression=Attr("person_id").exists(),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
    )
    return {"promoted": person_id}


@admin.get("/people/{person_id}")
def person(person_id: PersonId) -> Person:
    item = people.get_item(Key={"person_id": person_id}).get("Item")
    if item is None:
        raise HTTPException(404)
    return Person.model_validate(item)


@admin.get("/roles/{role}/people", response_model=list[Person])
def with_role(role: Role):
    return people.query(IndexName="by_role", KeyConditionExpression=Key("role").eq(role.value))["Items"]


app = FastAPI()
app.include_router(admin)
