import os
from dataclasses import dataclass

import jwt
from fastapi import Header, HTTPException


@dataclass(frozen=True)
class Caller:
    id: str


async def caller(authorization: str = Header()) -> Caller:
    _, _, token = authorization.partition(" ")
    try:
        return Caller(jwt.decode(token, os.environ["VAULT_KEY"], algorithms=["HS256"])["sub"])
    except jwt.PyJWTError:
        raise HTTPException(401, "unknown caller") from None
