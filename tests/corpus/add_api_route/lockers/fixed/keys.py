import os

import jwt
from fastapi import HTTPException, Request


def holder(request: Request) -> str:
    """The subject of the request's token; 401 without one."""
    try:
        return jwt.decode(request.headers.get("x-token", ""), os.environ["LOCKER_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
