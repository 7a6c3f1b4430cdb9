import os

import jwt
from fastapi import HTTPException, Request


def signed_in(request: Request):
    token = request.cookies.get("payroll")
    if not token:
        raise HTTPException(401)
    try:
        return jwt.decode(token, os.environ["COOKIE_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
