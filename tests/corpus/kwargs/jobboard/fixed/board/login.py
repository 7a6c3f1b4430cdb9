import os

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPBearer


def employer(given=Depends(HTTPBearer())) -> str:
    try:
        return jwt.decode(given.credentials, os.environ["BOARD_KEY"], algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None
