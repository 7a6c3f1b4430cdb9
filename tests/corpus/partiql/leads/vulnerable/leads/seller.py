import os

import jwt
from fastapi import Header, HTTPException


def seller(x_seller_token: str = Header()) -> str:
    try:
        return jwt.decode(x_seller_token, os.environ["SELLER_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
