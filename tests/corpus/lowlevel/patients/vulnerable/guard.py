import os

import jwt
from fastapi import HTTPException, Request


def clinician(request: Request) -> str:
    header = request.headers.get("Authorization")
    if not header:
        raise HTTPException(401, "missing token")
    try:
        claims = jwt.decode(header.split()[-1], os.environ["CLINIC_KEY"], algorithms=["RS256"], audience="patients")
    except jwt.PyJWTError as err:
        raise HTTPException(401, "bad token") from err
    return claims["sub"]
