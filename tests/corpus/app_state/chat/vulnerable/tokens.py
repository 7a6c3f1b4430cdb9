import os
from typing import Annotated

import jwt
from fastapi import Header, HTTPException


async def caller(authorization: Annotated[str | None, Header()] = None) -> str:
    if authorization is None or not authorization.startswith("Bearer "):
        raise HTTPException(401, "token?")
    try:
        claims = jwt.decode(authorization[7:], os.environ["CHAT_KEY"], algorithms=["ES256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401, "token!") from None
    return str(claims["sub"])
