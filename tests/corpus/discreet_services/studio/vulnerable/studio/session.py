import os

import jwt
from fastapi import HTTPException, Request

from discreet import Principal


def session_principal(request: Request) -> Principal:
    try:
        claims = jwt.decode(request.cookies["s"], os.environ["S_KEY"], algorithms=["HS256"])
    except (KeyError, jwt.PyJWTError):
        raise HTTPException(401) from None
    return Principal(roles=set(claims.get("roles", [])), claims={"sub": claims["sub"]})
