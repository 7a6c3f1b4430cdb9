import os

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

oauth2 = OAuth2PasswordBearer(tokenUrl="token", scopes={"orders:read": "", "catalogue:write": ""})


def principal(scopes: SecurityScopes, token: str = Depends(oauth2)) -> dict:
    try:
        claims = jwt.decode(token, os.environ["SHOP_KEY"], algorithms=["HS256"])
    except jwt.ExpiredSignatureError:
        raise HTTPException(401, "the token is too old") from None
    except jwt.PyJWTError:
        raise HTTPException(401, "the token is none of ours") from None
    if not set(scopes.scopes) <= set(claims.get("scope", "").split()):
        raise HTTPException(403, "not enough scope")
    return claims
