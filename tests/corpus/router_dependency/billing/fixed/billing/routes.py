from typing import Annotated

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import BaseModel

from billing.security import require_tenant

private = APIRouter(prefix="/tenants", dependencies=[Depends(require_tenant)])
public = APIRouter(prefix="/plans", dependencies=[Depends(require_tenant)])
accounts = boto3.resource("dynamodb").Table("accounts")


class AccountOut(BaseModel):
    tenant_id: str
    name: str


Tenant = Annotated[str, Path(pattern="^[a-z0-9]{1,40}$")]


@private.get("/{tenant_id}", response_model=AccountOut)
async def account(tenant_id: Tenant):
    return accounts.get_item(Key={"tenant_id": tenant_id})["Item"]


@private.get("/{tenant_id}/invoices/{number}")
async def invoice(tenant_id: Tenant, number: int):
    key = {"pk": f"TENANT#{tenant_id}#INVOICE#{number}"}
    found = accounts.get_item(Key=key, ProjectionExpression="#n, total", ExpressionAttributeNames={"#n": "number"})
    return found.get("Item") or {}


@private.get("/{tenant_id}/invoices")
async def invoices(tenant_id: Tenant, limit: Annotated[int, Query(ge=1, le=100)] = 20):
    page = accounts.query(KeyConditionExpression=Key("tenant_id").eq(tenant_id), Limit=limit, ProjectionExpression="n, total")
    return page["Items"]


@public.get("/subscriptions/{subscription}", response_model=list[AccountOut])
async def subscription(subscription: int, request: Request):
    try:
        rows = accounts.query(IndexName="subs", KeyConditionExpression=Key("sub").eq(subscription))["Items"]
    except Exception as e:
        raise HTTPException(status_code=500, detail="error") from e
    return [row for row in rows if row["tenant_id"] == request.state.tenant]
