from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query

from tenancy.context import bind_tenant
from tenancy.store import TenantTable

app = FastAPI(dependencies=[Depends(bind_tenant)])
contracts = TenantTable("contracts")


@app.get("/contracts/{contract}")
async def read(contract: UUID):
    found = contracts.get(f"CONTRACT#{contract}", "title", "signed")
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/contracts")
async def index(year: int, limit: Annotated[int, Query(le=100)] = 10):
    return [{"title": item["title"]} for item in contracts.query(f"YEAR#{year}#", limit)]


@app.delete("/contracts/{contract}", status_code=204)
async def cancel(contract: UUID):
    contracts.delete(f"CONTRACT#{contract}")
