import os

from fastapi import HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jose import JWTError, jwt

scheme = HTTPBearer(auto_error=True)


async def reader(credentials: HTTPAuthorizationCredentials = Security(scheme)) -> str:
    try:
        return jwt.decode(credentials.credentials, os.environ["KEY"], algorithms=["HS256"])["sub"]
    except JWTError:
        raise HTTPException(status_code=401, detail="sign in, please") from None
