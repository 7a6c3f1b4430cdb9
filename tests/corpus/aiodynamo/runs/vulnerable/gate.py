import os

import jwt
from fastapi import Header, HTTPException


def athlete(authorization: str = Header()) -> str:
    try:
        return jwt.decode(authorization.removeprefix("Bearer "), os.environ["SECRET"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
