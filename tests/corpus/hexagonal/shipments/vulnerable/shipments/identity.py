import os

import jwt
from fastapi import HTTPException, Request


async def customer(request: Request) -> str:
    token = request.headers.get("x-customer-token")
    if token is None:
        raise HTTPException(401)
    try:
        return jwt.decode(token, os.environ["CUSTOMER_KEY"], algorithms=["RS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
