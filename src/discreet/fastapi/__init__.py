"""Floor 4: FastAPI. Views as dependencies, disclosures as answers, and the protection of an app."""

from discreet.fastapi.bearer import bearer
from discreet.fastapi.disclosed import Cursor, Disclosed, Page
from discreet.fastapi.exits import undisclosed_exit
from discreet.fastapi.protect import protect
from discreet.fastapi.view import View, view_of

__all__ = ["Cursor", "Disclosed", "Page", "View", "bearer", "protect", "undisclosed_exit", "view_of"]
