import os
from uuid import UUID

import jwt
from fastapi import Depends, Header, HTTPException

from docs_api.repo import Documents, documents


def user(authorization: str = Header()):
    try:
        return jwt.decode(authorization[7:], os.environ["DOCS_KEY"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401) from None


def document(document_id: UUID, repo: Documents = Depends(documents), me: dict = Depends(user)) -> dict:
    """The document asked for, if the caller owns it."""
    found = repo.by_id(str(document_id))
    if found is None or found.get("owner_id") != me["sub"]:
        raise HTTPException(404)
    return found
