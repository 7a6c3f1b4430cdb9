import os

import jwt
from fastapi import HTTPException, Request

from discreet import Principal


async def principal(request: Request) -> Principal:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        claims = jwt.decode(token, os.environ["DEPOT_KEY"], algorithms=["RS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"}) from None
    return Principal(roles=set(claims.get("roles", ())), claims={"sub": claims["sub"]})
