import os

import jwt
from fastapi import Cookie, HTTPException


def customer(bank_session: str = Cookie()) -> str:
    try:
        return jwt.decode(bank_session, os.environ["BANK_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
