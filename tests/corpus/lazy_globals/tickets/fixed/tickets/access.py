import os
import secrets

from fastapi import HTTPException, Security
from fastapi.security import APIKeyHeader

header = APIKeyHeader(name="X-Agent-Key")


def agent(key: str = Security(header)) -> str:
    if not secrets.compare_digest(key, os.environ["AGENT_KEY"]):
        raise HTTPException(403)
    return "agent"
