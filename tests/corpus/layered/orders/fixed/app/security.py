import os

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

oauth2 = OAuth2PasswordBearer(tokenUrl="/token")


def get_current_user(token: str = Depends(oauth2)) -> dict:
    try:
        payload = jwt.decode(token, os.environ["SECRET_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "could not validate credentials") from None
    return {"id": payload["sub"], "roles": payload.get("roles", [])}
