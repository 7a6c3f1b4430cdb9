from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from app.api.routes import api_router
from app.core.middleware import AuthMiddleware

app = FastAPI()
app.add_middleware(AuthMiddleware, exempt=["/health", "/auth/login"])
app.include_router(api_router, prefix="/api/v1")


@app.exception_handler(Exception)
async def all_errors(request: Request, exc: Exception):
    return JSONResponse(status_code=500, content={"error": str(exc)})  # finding: exception-text-returned
