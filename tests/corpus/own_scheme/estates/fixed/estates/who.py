"""A security scheme of its own, and the record of who asks."""

from dataclasses import dataclass
from typing import Any

import requests
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPBearer
from jose import JWTError, jwk, jwt
from jose.utils import base64url_decode

from estates.store import Store


@dataclass
class Presented:
    claims: dict[str, Any]
    header: dict[str, Any]
    signed: str
    signature: str


class Bearer(HTTPBearer):
    def __init__(self, keys: str):
        super().__init__()
        self.keys = {key["kid"]: key for key in requests.get(keys, timeout=5).json()["keys"]}

    def genuine(self, presented: Presented) -> bool:
        key = jwk.construct(self.keys[presented.header["kid"]])
        return key.verify(presented.signed.encode(), base64url_decode(presented.signature.encode()))

    async def __call__(self, request: Request) -> Presented:
        given = await super().__call__(request)
        signed, _, signature = given.credentials.rpartition(".")
        try:
            presented = Presented(
                jwt.get_unverified_claims(given.credentials), jwt.get_unverified_header(given.credentials), signed, signature
            )
        except JWTError:
            raise HTTPException(403, "no token") from None
        if not self.genuine(presented):
            raise HTTPException(403, "not genuine")
        return presented


bearer = Bearer("https://idp.example/keys")


def agent(presented: Presented = Depends(bearer)) -> dict:
    found = Store()["agents"].get_item(Key={"agent_id": presented.claims["sub"]}).get("Item")
    if found is None:
        raise HTTPException(403, "unknown")
    if not found.get("is_active"):
        raise HTTPException(403, "no longer with us")
    return found
