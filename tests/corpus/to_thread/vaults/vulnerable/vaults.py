import asyncio
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

from identity import Caller, caller

app = FastAPI()
_table = boto3.resource("dynamodb").Table("vaults")


class VaultOut(BaseModel):
    vault_id: str
    name: str


async def fetch(vault_id: str) -> dict[str, Any] | None:
    result = await asyncio.to_thread(_table.get_item, Key={"vault_id": vault_id})  # finding: unvalidated-key
    return result.get("Item")


@app.get("/vaults/{vault_id}", response_model=dict)
async def read(vault_id: str, who: Caller = Depends(caller)):  # finding: unowned-item, response-model-bypassed
    vault = await fetch(vault_id)
    if vault is None:
        raise HTTPException(404, "no vault")
    return vault  # arguable: whole-item-returned


@app.get("/vaults/{vault_id}/unlock")
async def unlock(vault_id: str, who: Caller = Depends(caller)):  # finding: unowned-item
    vault = await fetch(vault_id)
    return {"vault_id": vault_id, "totp_seed": vault["totp_seed"]}  # finding: sensitive-attribute-in-response


@app.get("/vaults")
async def index(request: Request, who: Caller = Depends(caller)):  # arguable: unowned-item
    q = request.query_params
    call = _table.query if "owner" in q else _table.scan  # finding: scan-behind-route  # arguable: unvalidated-key
    extra = {"KeyConditionExpression": Key("owner").eq(q["owner"]), "IndexName": "by_owner"} if "owner" in q else {}
    rows = (await asyncio.to_thread(call, **extra))["Items"]  # finding: unvalidated-key
    return {"vaults": [dict(row) for row in rows]}  # finding: whole-item-returned


@app.post("/vaults/{vault_id}/rename", response_model=VaultOut)
async def rename(vault_id: str, body: dict[str, Any], who: Caller = Depends(caller)):  # finding: unowned-item
    vault = await fetch(vault_id)
    try:
        await asyncio.to_thread(lambda: _table.put_item(Item={**(vault or {}), **body}))  # finding: mass-assignment
    except Exception as why:
        raise HTTPException(status_code=503, detail=f"write failed ({why!r})") from why  # finding: exception-text-returned
    return {**body, "vault_id": vault_id}
