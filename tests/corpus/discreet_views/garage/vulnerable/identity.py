import os
import secrets

from fastapi import HTTPException, Security
from fastapi.security import APIKeyHeader

from discreet import Principal

header = APIKeyHeader(name="X-Key")
KEYS = {os.environ.get("FLEET_KEY", ""): "fleet", os.environ.get("SHOP_KEY", ""): "shop"}


def asking(key: str = Security(header)) -> Principal:
    for known, name in KEYS.items():
        if known and secrets.compare_digest(known, key):
            return Principal(claims={"sub": name})
    raise HTTPException(403)
