import os

import jwt
from fastapi import Cookie, HTTPException


async def author(session: str = Cookie()) -> str:
    try:
        return jwt.decode(session, os.environ["BLOG_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
