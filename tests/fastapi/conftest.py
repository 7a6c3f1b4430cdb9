"""A clinic that is served in-process, over a loaded table on each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2 as httpx
import pytest

from discreet import Table
from discreet.testing import load
from fastapi import FastAPI

from ..engines import Engine
from ..view.clinic import Account, Pet, Secret, fresh_table, pet
from .apps import clinic


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """Three pets, two accounts and a secret."""
    made = fresh_table(engine)
    async with made:
        await made.create(Pet, Account, Secret)
        await load(made, [pet("1"), pet("10", "u2"), pet("2"), Account(account_id="u1", email="u1@example.com")])
        yield made


@pytest.fixture
def app(table: Table) -> FastAPI:
    """The clinic's app."""
    return clinic(table)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without lifespan: what protects has to hold without it."""
    async with client_of(app) as made:
        yield made


def client_of(app: FastAPI, *, raises: bool = True) -> httpx.AsyncClient:
    """A client of an app; `raises=False` sees what a server would have sent."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=raises), base_url="http://test")
