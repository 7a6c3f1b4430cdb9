from typing import Annotated

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import APIRouter, Depends, HTTPException, Path, Request
from pydantic import BaseModel

from billing.security import require_tenant

private = APIRouter(prefix="/tenants", dependencies=[Depends(require_tenant)])
public = APIRouter(prefix="/plans")
accounts = boto3.resource("dynamodb").Table("accounts")


class Account(BaseModel):
    tenant_id: str
    name: str
    vat: str
    iban: str


class AccountOut(Account):
    iban: str | None = None


Tenant = Annotated[str, Path(max_length=40)]


@private.get("/{tenant_id}", response_model=AccountOut)
async def account(tenant_id: Tenant):  # finding: unowned-item
    return accounts.get_item(Key={"tenant_id": tenant_id})["Item"]  # finding: sensitive-attribute-in-response


@private.get("/{tenant_id}/invoices/{number}")
async def invoice(tenant_id: Tenant, number: Tenant):  # finding: unowned-item
    key = {"pk": f"TENANT#{tenant_id}#INVOICE#{number}"}
    found = accounts.get_item(Key=key)  # finding: unvalidated-key
    return found.get("Item") or {}  # finding: whole-item-returned


@private.get("/{tenant_id}/invoices")
async def invoices(tenant_id: Tenant, request: Request):  # finding: unowned-item
    raw = dict(request.query_params)
    page = accounts.query(  # finding: raw-cursor
        KeyConditionExpression=Key("tenant_id").eq(tenant_id), Limit=int(raw.get("limit", "20")), ProjectionExpression="n, total"
    )
    return page  # finding: raw-cursor


@public.get("/subscriptions/{subscription}", response_model=list[dict])
async def subscription(subscription: str, request: Request):  # finding: unauthenticated-route, response-model-bypassed
    try:
        return accounts.query(IndexName="subs", KeyConditionExpression=Key("sub").eq(subscription))["Items"]  # finding: unvalidated-key  # arguable: whole-item-returned
    except Exception as e:
        raise HTTPException(status_code=500, detail="error: " + str(e)) from e  # finding: exception-text-returned
