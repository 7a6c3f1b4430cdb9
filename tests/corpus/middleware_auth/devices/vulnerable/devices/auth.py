import os

import jwt
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

OPEN = ("/health", "/docs", "/openapi.json")


class TokenMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.url.path in OPEN:
            return await call_next(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            request.state.user = jwt.decode(token, os.environ["DEVICE_KEY"], algorithms=["HS256"])["sub"]
        except jwt.PyJWTError as e:
            return JSONResponse({"detail": f"authentication failed: {e}"}, status_code=401)  # finding: exception-text-returned
        return await call_next(request)
