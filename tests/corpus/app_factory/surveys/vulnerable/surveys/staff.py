import os
from secrets import compare_digest

from fastapi import Depends, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials


def staff(given: HTTPBasicCredentials = Depends(HTTPBasic())) -> str:
    if not compare_digest(given.password.encode(), os.environ["STAFF_PASSWORD"].encode()):
        raise HTTPException(401)
    return given.username
