import os

from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import JWTError, jwt


def keeper(token: str = Depends(OAuth2PasswordBearer(tokenUrl="token"))) -> dict:
    try:
        return jwt.decode(token, os.environ["SECRET"], algorithms=["HS256"])
    except JWTError:
        raise HTTPException(401, "who are you") from None
