import functools
import os

import jwt
from fastapi import HTTPException


def login_required(handler):
    """Refuse who has no good token; the handler takes the request by keyword."""

    @functools.wraps(handler)
    def inner(*args, **kwargs):
        token = kwargs["request"].cookies.get("token", "")
        try:
            kwargs["request"].state.claims = jwt.decode(token, os.environ["COUPON_KEY"], algorithms=["HS256"])
        except jwt.PyJWTError:
            raise HTTPException(401) from None
        return handler(*args, **kwargs)

    return inner
