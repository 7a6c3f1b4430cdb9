"""Gateways in front of a service: whether its infrastructure as code declares an authorizer that asks who calls."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

__all__ = ["authorized"]

LARGEST: Final = 300_000
MOST: Final = 4_000
FILES: Final = re.compile(
    r"^(template|serverless|sam|cdk|cloudformation|openapi|main|api\w*|stack\w*).*\.(ya?ml|json|tf|ts)$"
    r"|\.tf$|stack\.(ts|py)$",
    re.IGNORECASE,
)
AUTHORIZER: Final = re.compile(
    r"DefaultAuthorizer\s*:|CognitoUserPoolsAuthorizer|HttpJwtAuthorizer|HttpUserPoolAuthorizer|COGNITO_USER_POOLS|^\s*authorizer\s*:|"
    r"aws_api_gateway_authorizer|aws_apigatewayv2_authorizer|x-amazon-apigateway-authorizer",
    re.MULTILINE,
)
SKIPPED: Final = frozenset({"node_modules", "site-packages", "cdk.out", "dist", "build"})


def authorized(root: Path) -> bool:
    """Whether a file below a root declares an API gateway's authorizer."""
    if not root.is_dir():
        return False
    return any(_declares(path) for path in islice(_candidates(root), MOST))


def _candidates(root: Path) -> Iterator[Path]:
    for folder, names, found in os.walk(root):
        names[:] = [name for name in names if name not in SKIPPED and not name.startswith(".")]
        yield from (Path(folder) / name for name in found if FILES.search(name))


def _declares(path: Path) -> bool:
    try:
        return path.stat().st_size <= LARGEST and AUTHORIZER.search(path.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False
