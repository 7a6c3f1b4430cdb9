from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse
import jwt

PUBLIC_PATHS = ["/api/v1/public"]


class AuthMiddleware(BaseHTTPMiddleware):
    def __init__(self, app, exempt=None):
        super().__init__(app)
        self.exempt = exempt or []

    async def dispatch(self, request, call_next):
        if request.url.path in PUBLIC_PATHS:
            return await call_next(request)
        header = request.headers.get("authorization", "")
        try:
            payload = jwt.decode(header.replace("Bearer ", ""), "k", algorithms=["HS256"])
        except Exception:
            return JSONResponse(status_code=401, content={"detail": "unauthorized"})
        request.state.user_id = payload["sub"]
        return await call_next(request)
