import os

import jwt
from fastapi import HTTPException, Request


async def require_tenant(request: Request) -> None:
    """Put the tenant of the token on the request."""
    try:
        token = request.headers["authorization"].split(" ", 1)[1]
        request.state.tenant = jwt.decode(token, os.environ["BILLING_KEY"], algorithms=["HS256"])["tenant"]
    except (KeyError, IndexError, jwt.PyJWTError):
        raise HTTPException(401, "no tenant") from None
