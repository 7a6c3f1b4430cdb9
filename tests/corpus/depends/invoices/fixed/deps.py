import os
from dataclasses import dataclass

import boto3
import jwt
from fastapi import Depends, HTTPException
from fastapi.security import APIKeyCookie

from invoices import InvoiceService

session_cookie = APIKeyCookie(name="session")


@dataclass
class Principal:
    account: str
    staff: bool


def get_principal(session: str = Depends(session_cookie)) -> Principal:
    try:
        claims = jwt.decode(session, os.environ["SESSION_KEY"], algorithms=["HS512"])
    except jwt.PyJWTError:
        raise HTTPException(401, "log in first") from None
    return Principal(account=claims["account"], staff=bool(claims.get("staff")))


def get_table():
    return boto3.resource("dynamodb").Table(os.environ["INVOICE_TABLE"])


def get_invoices(table=Depends(get_table)) -> InvoiceService:
    return InvoiceService(table)
