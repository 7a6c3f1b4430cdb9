"""Whose request this is, for code that no request is passed to."""

import os
from contextvars import ContextVar

import jwt
from fastapi import HTTPException, Request

_tenant: ContextVar[str] = ContextVar("tenant")


async def bind_tenant(request: Request):
    """A dependency of the whole app; nothing is answered without it."""
    try:
        claims = jwt.decode(request.headers.get("authorization", "")[7:], os.environ["T_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    token = _tenant.set(claims["tenant"])
    try:
        yield
    finally:
        _tenant.reset(token)


def tenant() -> str:
    return _tenant.get()
