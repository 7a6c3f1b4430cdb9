"""Floor 4: FastAPI. Views as dependencies, disclosures as answers, and the protection of an app."""

from discreet.entity import Change, New
from discreet.fastapi.bearer import bearer
from discreet.fastapi.disclosed import Cursor, Disclosed, IdempotencyKey, IfMatch, Page
from discreet.fastapi.exits import undisclosed_exit
from discreet.fastapi.protect import protect
from discreet.fastapi.view import View, view_of

__all__ = [
    "Change",
    "Cursor",
    "Disclosed",
    "IdempotencyKey",
    "IfMatch",
    "New",
    "Page",
    "View",
    "bearer",
    "protect",
    "undisclosed_exit",
    "view_of",
]
