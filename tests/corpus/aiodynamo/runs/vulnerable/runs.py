from typing import Any

from aiodynamo.client import Client, Table
from aiodynamo.credentials import Credentials
from aiodynamo.expressions import F, HashKey, RangeKey
from aiodynamo.http.aiohttp import AIOHTTP
from aiodynamo.models import ReturnValues
from aiohttp import ClientSession
from fastapi import Depends, FastAPI

from gate import athlete

app = FastAPI()


async def dynamo():
    async with ClientSession() as session:
        yield Client(AIOHTTP(session), Credentials.auto(), "eu-central-1")


async def runs(client: Client = Depends(dynamo)) -> Table:
    return client.table("runs")


@app.get("/runs/{run_id}")
async def read(run_id: str, table: Table = Depends(runs)):  # finding: unauthenticated-route
    return await table.get_item({"run_id": run_id})  # finding: unvalidated-key, whole-item-returned


@app.get("/runs")
async def every(table: Table = Depends(runs), me: str = Depends(athlete)):
    return [run async for run in table.scan()]  # finding: scan-behind-route, whole-item-returned


@app.get("/athletes/{athlete_id}/runs")
async def of(athlete_id: str, start: str | None = None, size: int = 10, client=Depends(dynamo), me: str = Depends(athlete)):  # finding: unowned-item
    key = {"athlete_id": athlete_id, "day": start} if start else None
    page = await client.query_single_page(  # finding: unvalidated-key, raw-cursor
        "runs", HashKey("athlete_id", athlete_id) & RangeKey("day").begins_with("2"), start_key=key, limit=size
    )
    return {"km": [run["km"] for run in page.items], "next": page.last_evaluated_key}  # finding: raw-cursor


@app.patch("/runs/{run_id}")
async def change(run_id: int, body: dict[str, Any], table: Table = Depends(runs), me: str = Depends(athlete)):  # finding: unowned-item
    changes = F("changed_by").set(me)
    for name, value in body.items():
        changes = changes & F(name).set(value)
    return await table.update_item({"run_id": run_id}, changes, return_values=ReturnValues.all_new)  # finding: mass-assignment, expression-injection, whole-item-returned
