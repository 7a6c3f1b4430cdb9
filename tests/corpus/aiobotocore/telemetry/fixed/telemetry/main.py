import logging
import os
import secrets
from datetime import datetime

from fastapi import Body, Depends, FastAPI, Header, HTTPException
from pydantic import UUID4

from telemetry.gateway import Gateway


def machine(x_api_key: str = Header()):
    if not secrets.compare_digest(x_api_key, os.environ["TELEMETRY_KEY"]):
        raise HTTPException(403, "wrong key")


app = FastAPI(dependencies=[Depends(machine)])
gateway = Gateway("devices")
log = logging.getLogger(__name__)


@app.get("/devices")
async def devices():
    return [device["device_id"] async for device in gateway.pages()]


@app.get("/devices/{device_id}")
async def device(device_id: UUID4):
    found = await gateway.device(str(device_id))
    if not found:
        raise HTTPException(404)
    return found


@app.post("/devices/{device_id}/readings")
async def readings(
    device_id: UUID4,
    least: int | None = Body(None),
    since: datetime | None = Body(None),
    limit: int = Body(100, le=500),
):
    try:
        items = await gateway.readings(str(device_id), least, since and since.isoformat(), limit)
    except Exception as exc:  # noqa: BLE001
        log.error("readings: %s: %s", type(exc).__name__, exc)
        return {"status": "error", "message": "could not read"}
    return {"items": items}
