"""What a protected request carries: who put it under protection, and what its answer has to be."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from discreet.errors import ConfigurationError

__all__ = ["Guarded", "guarded"]

KEY: Final = "discreet"


@dataclass(slots=True)
class Guarded:
    """principal_dependent: a view took part. disclosed: the answer was a `Disclosed` or a `Page`."""

    principal_dependent: bool = False
    disclosed: bool = False


def guarded(scope: MutableMapping[str, Any]) -> Guarded:
    """The guard of a request. Raises ConfigurationError in an app that is not protected."""
    found = scope.get(KEY)
    if not isinstance(found, Guarded):
        raise ConfigurationError("a view is used in an app that is not protected", hint="protect(app), of `discreet.fastapi`")
    return found
