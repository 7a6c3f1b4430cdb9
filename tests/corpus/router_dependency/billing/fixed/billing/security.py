import os

import jwt
from fastapi import HTTPException, Request


async def require_tenant(request: Request) -> None:
    """Put the tenant of the token on the request, and refuse paths of other tenants."""
    try:
        token = request.headers["authorization"].split(" ", 1)[1]
        request.state.tenant = jwt.decode(token, os.environ["BILLING_KEY"], algorithms=["HS256"])["tenant"]
    except (KeyError, IndexError, jwt.PyJWTError):
        raise HTTPException(401, "no tenant") from None
    if request.path_params.get("tenant_id", request.state.tenant) != request.state.tenant:
        raise HTTPException(404)
