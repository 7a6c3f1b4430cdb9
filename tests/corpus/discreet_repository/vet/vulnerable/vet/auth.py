import os

import jwt
from fastapi import Header, HTTPException

from discreet import Principal


def principal(authorization: str = Header()) -> Principal:
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), os.environ["VET_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return Principal(claims={"sub": claims["sub"], "vet_at": set(claims.get("vet_at", ()))})
