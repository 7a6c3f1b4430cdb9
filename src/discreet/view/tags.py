"""Entity tags (RFC 9110): of what is disclosed, so that one changes only when its viewer could see that something did."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

__all__ = ["tag_matches", "tag_of"]

_TAG: Final = re.compile(r'(W/)?("[^"]*")')


def tag_of(content: bytes) -> str:
    """The strong entity tag of an answer."""
    return f'"{urlsafe_b64encode(sha256(content).digest()[:18]).decode()}"'


def tag_matches(if_match: str, content: bytes) -> bool:
    """Whether an If-Match names this content: by its tag, in a list of tags, or as `*`. Weak tags match nothing."""
    if if_match.strip() == "*":
        return True
    return any(not weak and tag == tag_of(content) for weak, tag in _TAG.findall(if_match))
