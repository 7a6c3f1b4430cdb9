from fastapi import Body, FastAPI, HTTPException

from telemetry.gateway import Gateway

app = FastAPI()
gateway = Gateway("devices")


@app.get("/devices")
async def devices():  # finding: unauthenticated-route
    return [device async for device in gateway.pages()]  # finding: whole-item-returned


@app.get("/devices/{device_id}")
async def device(device_id: str):  # finding: unauthenticated-route
    found = await gateway.device(device_id)
    if not found:
        raise HTTPException(404)
    return {"id": found["device_id"], "private_key": found["private_key"]}  # finding: sensitive-attribute-in-response


@app.post("/devices/{device_id}/readings")
async def readings(device_id: str, condition: str | None = Body(None), start: dict | None = Body(None), limit: int = Body(100)):  # finding: unauthenticated-route
    try:
        items, last = await gateway.readings(device_id, condition, start, limit)
    except Exception as exc:  # noqa: BLE001
        return {"status": "error", "message": f"{type(exc).__name__}: {exc}"}  # finding: exception-text-returned
    return {"items": items, "last": last}  # finding: whole-item-returned, raw-cursor
