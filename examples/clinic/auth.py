"""Who is asking: bearer tokens of this process, each for one principal. Any dependency that gives a `Principal` would do."""

import secrets
from typing import Annotated

from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from discreet import Principal
from fastapi import Depends, HTTPException

bearer = HTTPBearer(auto_error=False)
_tokens: dict[str, Principal] = {}


def issue(principal: Principal) -> str:
    """Make a token for a principal. It is random, and gone when the process ends."""
    token = secrets.token_urlsafe(24)
    _tokens[token] = principal
    return token


async def current_principal(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Principal:
    """The principal of a request: anonymous without a token, 401 with one that is none of ours."""
    if given is None:
        return Principal()
    if given.credentials not in _tokens:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return _tokens[given.credentials]
