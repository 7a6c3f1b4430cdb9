import asyncio
import logging
from typing import Any
from uuid import UUID

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

from identity import Caller, caller

app = FastAPI()
log = logging.getLogger("vaults")
_table = boto3.resource("dynamodb").Table("vaults")


class VaultOut(BaseModel):
    vault_id: str
    name: str


class Rename(BaseModel):
    name: str


async def fetch(vault_id: UUID, owner: str) -> dict[str, Any]:
    result = await asyncio.to_thread(_table.get_item, Key={"vault_id": str(vault_id)})
    vault = result.get("Item")
    if vault is None or vault["owner"] != owner:
        raise HTTPException(404, "no vault")
    return vault


@app.get("/vaults/{vault_id}", response_model=VaultOut)
async def read(vault_id: UUID, who: Caller = Depends(caller)):
    return await fetch(vault_id, who.id)


@app.get("/vaults/{vault_id}/unlock")
async def unlock(vault_id: UUID, who: Caller = Depends(caller)):
    vault = await fetch(vault_id, who.id)
    return {"vault_id": str(vault_id), "has_totp": bool(vault.get("totp_seed"))}


@app.get("/vaults")
async def index(newest: bool = True, who: Caller = Depends(caller)):
    extra = {"KeyConditionExpression": Key("owner").eq(who.id), "IndexName": "by_owner"}
    if newest:
        extra["ScanIndexForward"] = False
    rows = (await asyncio.to_thread(_table.query, **extra))["Items"]
    return {"vaults": [VaultOut(**row) for row in rows]}


@app.post("/vaults/{vault_id}/rename", response_model=VaultOut)
async def rename(vault_id: UUID, body: Rename, who: Caller = Depends(caller)):
    vault = await fetch(vault_id, who.id)
    try:
        await asyncio.to_thread(lambda: _table.put_item(Item={**vault, "name": body.name}))
    except Exception as why:
        log.warning("write failed (%r)", why)
        raise HTTPException(status_code=503, detail="write failed") from why
    return {"name": body.name, "vault_id": str(vault_id)}
