"""A tree of Python files to measure on: FastAPI services on DynamoDB in layers, as many as are asked for, always the same."""

from __future__ import annotations

from pathlib import Path

__all__ = ["generate"]

A_SERVICE = 4  # files: router, service, repository, models

ROUTER = '''"""Routes of {name}s."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException

from ..auth import current_user
from .models import {Name}, {Name}In
from .service import {Name}Service, get_service

router = APIRouter(prefix="/{name}s", tags=["{name}s"])
Service = Annotated[{Name}Service, Depends(get_service)]


@router.get("/{{{name}_id}}", response_model={Name})
async def read_{name}({name}_id: str, service: Service, user: Annotated[dict, Depends(current_user)]):
    item = await service.read({name}_id)
    if item is None:
        raise HTTPException(404, "not found")
    return item


@router.get("/{{{name}_id}}/raw")
async def read_raw_{name}({name}_id: str, service: Service):
    return await service.read({name}_id)


@router.get("")
async def list_{name}s(service: Service, limit: int = 20, after: str | None = None):
    try:
        return await service.page(limit, after)
    except Exception as error:
        raise HTTPException(500, str(error)) from error


@router.post("", status_code=201)
async def create_{name}(body: {Name}In, service: Service, user: Annotated[dict, Depends(current_user)]):
    return await service.create(body.model_dump(exclude_unset=True), user["sub"])


@router.patch("/{{{name}_id}}")
async def change_{name}({name}_id: str, body: dict, service: Service, user: Annotated[dict, Depends(current_user)]):
    changed = await service.change({name}_id, body)
    if not changed:
        raise HTTPException(404, "not found")
    return {{"id": {name}_id, "changed": sorted(body)}}
'''
SERVICE = '''"""What can be done with {name}s."""

from uuid import uuid4

from .repository import {Name}Repository


class {Name}Service:
    """Between the routes and the table."""

    def __init__(self, repository: {Name}Repository) -> None:
        self.repository = repository

    async def read(self, {name}_id: str):
        item = await self.repository.get({name}_id)
        if item is not None and item.get("deleted"):
            return None
        return item

    async def page(self, limit: int, after: str | None):
        items, last = await self.repository.page(limit, after)
        return {{"items": [self.shown(each) for each in items], "next": last}}

    async def create(self, values: dict, owner: str):
        item = {{"{name}_id": str(uuid4()), "owner_id": owner, **values}}
        await self.repository.put(item)
        return self.shown(item)

    async def change(self, {name}_id: str, values: dict):
        if not values:
            return await self.read({name}_id)
        return await self.repository.update({name}_id, values)

    @staticmethod
    def shown(item: dict) -> dict:
        return {{"{name}_id": item["{name}_id"], "name": item.get("name"), "status": item.get("status", "new")}}


def get_service() -> {Name}Service:
    return {Name}Service({Name}Repository())
'''
REPOSITORY = '''"""The table of {name}s."""

import asyncio
import os

import boto3
from boto3.dynamodb.conditions import Key


class {Name}Repository:
    """One table, by its calls."""

    def __init__(self, table=None) -> None:
        self.table = table or boto3.resource("dynamodb").Table(os.environ.get("{NAME}_TABLE", "{name}s"))

    async def get(self, {name}_id: str):
        answer = await asyncio.to_thread(self.table.get_item, Key={{"{name}_id": {name}_id}})
        return answer.get("Item")

    async def of_owner(self, owner_id: str):
        answer = self.table.query(IndexName="by_owner", KeyConditionExpression=Key("owner_id").eq(owner_id))
        return answer["Items"]

    async def page(self, limit: int, after: str | None):
        arguments = {{"Limit": limit}}
        if after:
            arguments["ExclusiveStartKey"] = {{"{name}_id": after}}
        answer = self.table.scan(**arguments)
        return answer["Items"], answer.get("LastEvaluatedKey", {{}}).get("{name}_id")

    async def put(self, item: dict):
        self.table.put_item(Item=item, ConditionExpression="attribute_not_exists({name}_id)")

    async def update(self, {name}_id: str, values: dict):
        names = {{f"#n{{i}}": name for i, name in enumerate(values)}}
        expression = "SET " + ", ".join(f"#n{{i}} = :v{{i}}" for i in range(len(values)))
        answer = self.table.update_item(
            Key={{"{name}_id": {name}_id}},
            UpdateExpression=expression,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={{f":v{{i}}": value for i, value in enumerate(values.values())}},
            ReturnValues="ALL_NEW",
        )
        return answer["Attributes"]
'''
MODELS = '''"""Bodies of {name}s."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

from pydantic import BaseModel, Field


class Status(str, Enum):
    """Where it stands."""

    NEW = "new"
    OPEN = "open"
    DONE = "done"


class {Name}In(BaseModel):
    """What a client sends."""

    name: str = Field(min_length=1, max_length=100)
    status: Status = Status.NEW
    amount: Decimal | None = None
    tags: list[str] = []


class {Name}({Name}In):
    """What is stored."""

    {name}_id: str
    owner_id: str
    created_at: datetime | None = None
    internal_notes: str | None = None
'''
AUTH = '''"""Who is asking."""

from fastapi import Header, HTTPException


async def current_user(authorization: str = Header()):
    if not authorization.startswith("Bearer "):
        raise HTTPException(401, "no token")
    return {"sub": authorization[7:]}
'''


def generate(root: Path, files: int) -> int:
    """Write so many files below a root; gives the lines they have."""
    lines = _write(root / "shop/auth.py", AUTH) + _write(root / "shop/__init__.py", "")
    services = [f"thing{number}" for number in range((files - 3) // (A_SERVICE + 1))]
    for name in services:
        words = {"name": name, "Name": name.capitalize(), "NAME": name.upper()}
        texts = {"router": ROUTER, "service": SERVICE, "repository": REPOSITORY, "models": MODELS}
        for module, text in texts.items():
            lines += _write(root / f"shop/{name}/{module}.py", text.format(**words))
        lines += _write(root / f"shop/{name}/__init__.py", f'"""{name.capitalize()}s."""\n')
    for number in range(files - 3 - len(services) * (A_SERVICE + 1)):
        lines += _write(root / f"shop/limit{number}.py", f'"""A bound."""\n\nLIMIT = {number + 20}\n')
    imports = "".join(f"from .{name}.router import router as {name}\n" for name in services)
    included = "".join(f"app.include_router({name})\n" for name in services)
    return lines + _write(root / "shop/main.py", f'"""The app."""\n\nfrom fastapi import FastAPI\n\n{imports}\napp = FastAPI()\n{included}')


def _write(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return text.count("\n")
