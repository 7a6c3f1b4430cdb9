import os
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from discreet import Principal

bearer = HTTPBearer()


async def who(given: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> Principal:
    try:
        claims = jwt.decode(given.credentials, os.environ["SCHOOL_KEY"], algorithms=["EdDSA"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return Principal(claims={"sub": claims["sub"], "teaches": set(claims.get("teaches", []))})
