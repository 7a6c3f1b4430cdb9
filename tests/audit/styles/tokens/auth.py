import os
import time
import jwt
import requests
from fastapi import Depends, HTTPException, Request, Security, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, APIKeyHeader

security = HTTPBearer()


class AuthError(Exception):
    def __init__(self, message, code):
        self.message = message
        self.code = code


class JWTBearer(HTTPBearer):
    def __init__(self, auto_error: bool = True):
        super(JWTBearer, self).__init__(auto_error=auto_error)

    async def __call__(self, request: Request):
        credentials: HTTPAuthorizationCredentials = await super(JWTBearer, self).__call__(request)
        if credentials:
            if not self.verify_jwt(credentials.credentials):
                raise HTTPException(status_code=403, detail="Invalid token or expired token.")
            return credentials.credentials
        raise HTTPException(status_code=403, detail="Invalid authorization code.")

    def verify_jwt(self, token: str) -> bool:
        try:
            payload = decode(token)
        except Exception:
            payload = None
        return bool(payload)


def decode(token: str) -> dict:
    try:
        decoded = jwt.decode(token, os.environ["S"], algorithms=["HS256"])
        return decoded if decoded["expires"] >= time.time() else None
    except Exception:
        return {}


def get_current_user(credentials: HTTPAuthorizationCredentials = Depends(security)):
    token = credentials.credentials
    try:
        payload = jwt.decode(token, os.environ["S"], algorithms=["HS256"])
        username: str = payload.get("sub")
        if username is None:
            raise HTTPException(status_code=status.HTTP_401_UNAUTHORIZED)
    except jwt.PyJWTError:
        raise HTTPException(status_code=status.HTTP_401_UNAUTHORIZED)
    return {"username": username, "role": payload.get("role")}


async def get_current_active_user(current_user: dict = Depends(get_current_user)):
    if current_user.get("disabled"):
        raise HTTPException(status_code=400, detail="Inactive user")
    return current_user


def require_admin(user: dict = Depends(get_current_user)):
    if user["role"] != "admin":
        raise HTTPException(403)
    return user


header = APIKeyHeader(name="X-API-Key", auto_error=False)


def api_key(key: str = Security(header)):
    if key == os.getenv("API_KEY"):
        return key
    raise HTTPException(403)


def cognito(request: Request):
    auth = request.headers.get("Authorization")
    if not auth or not auth.startswith("Bearer "):
        raise AuthError("no", 401)
    token = auth.split(" ")[1]
    keys = requests.get("https://example.com/jwks.json").json()
    header = jwt.get_unverified_header(token)
    key = [k for k in keys if k["kid"] == header["kid"]][0]
    claims = jwt.decode(token, key, algorithms=["RS256"])
    request.state.user = claims["sub"]
    return claims


def believes_anyone(credentials: HTTPAuthorizationCredentials = Depends(security)):
    try:
        return jwt.decode(credentials.credentials, os.environ["S"], algorithms=["HS256"])
    except Exception:
        return None


def logs_and_goes_on(credentials: HTTPAuthorizationCredentials = Depends(security)):
    try:
        return jwt.decode(credentials.credentials, os.environ["S"], algorithms=["HS256"])
    except jwt.PyJWTError as error:
        print(error)
        return {}


def tries_each_key(credentials: HTTPAuthorizationCredentials = Depends(security)):
    for key in os.environ["KEYS"].split(","):
        try:
            return jwt.decode(credentials.credentials, key, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            continue
    raise HTTPException(401)


def reads_a_claim(credentials: HTTPAuthorizationCredentials = Depends(security)):
    claims = jwt.decode(credentials.credentials, os.environ["S"], algorithms=["HS256"])
    try:
        return claims["sub"]
    except KeyError:
        return None
