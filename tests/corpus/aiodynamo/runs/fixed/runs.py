from uuid import UUID

from aiodynamo.client import Client, Table
from aiodynamo.credentials import Credentials
from aiodynamo.expressions import F, HashKey, RangeKey
from aiodynamo.http.aiohttp import AIOHTTP
from aiohttp import ClientSession
from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel

from gate import athlete

app = FastAPI()


class Change(BaseModel):
    title: str


async def dynamo():
    async with ClientSession() as session:
        yield Client(AIOHTTP(session), Credentials.auto(), "eu-central-1")


async def runs(client: Client = Depends(dynamo)) -> Table:
    return client.table("runs")


@app.get("/runs/{run_id}")
async def read(run_id: UUID, table: Table = Depends(runs), me: str = Depends(athlete)):
    return await table.get_item({"athlete_id": me, "run_id": str(run_id)}, projection=F("km") & F("day"))


@app.get("/runs")
async def every(table: Table = Depends(runs), me: str = Depends(athlete)):
    return [{"km": run["km"]} async for run in table.query(HashKey("athlete_id", me))]


@app.get("/athletes/{athlete_id}/runs")
async def of(athlete_id: str, size: int = Query(10, le=50), client=Depends(dynamo), me: str = Depends(athlete)):
    if athlete_id != me:
        raise HTTPException(404)
    page = await client.query_single_page("runs", HashKey("athlete_id", me) & RangeKey("day").begins_with("2"), limit=size)
    return {"km": [run["km"] for run in page.items]}


@app.patch("/runs/{run_id}")
async def change(run_id: int, body: Change, table: Table = Depends(runs), me: str = Depends(athlete)):
    await table.update_item({"run_id": run_id}, F("title").set(body.title), condition=F("athlete_id").equals(me))
    return {"changed": run_id}
