import os

from fastapi import HTTPException, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

_sessions = URLSafeTimedSerializer(os.environ.get("SESSION_SECRET", "development"))


def session_user(request: Request) -> dict:
    try:
        return _sessions.loads(request.cookies.get("session", ""), max_age=86400)
    except BadSignature:
        raise HTTPException(401, "sign in") from None
