import os
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

scheme = OAuth2PasswordBearer("/token")


class TokenUser(BaseModel):
    id: str
    admin: bool = False


def token_user(token: Annotated[str, Depends(scheme)]) -> TokenUser:
    try:
        claims = jwt.decode(token, os.environ["PROFILE_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return TokenUser(id=claims["sub"], admin=claims.get("admin", False))


CurrentUser = Annotated[TokenUser, Depends(token_user)]
