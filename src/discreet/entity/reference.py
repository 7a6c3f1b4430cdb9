"""Standing for an entity inside a generic type, where a web framework must not find the entity itself.

FastAPI puts every model that it finds in an annotation into the documentation, whole.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from discreet.entity.declared import Declared
from discreet.errors import CallError

__all__ = ["Reference", "reference", "referred"]


class Reference:
    """Stands for a class: `model`."""

    model: type[Declared]


def reference(of: Any, *kinds: type[Declared]) -> Any:
    """What stands for a class of these kinds; anything else (a TypeVar) as it is."""
    return _made(of) if isinstance(of, type) and issubclass(of, kinds) else of


@cache
def _made(model: type[Declared]) -> type[Reference]:
    return type(model.__name__, (Reference,), {"model": model, "__module__": model.__module__})


def referred(source: Any, name: str) -> type[Declared]:
    """The class that a generic alias is of. Raises CallError for a bare or foreign one."""
    arguments = get_args(source)
    if len(arguments) != 1 or not (isinstance(arguments[0], type) and issubclass(arguments[0], Reference)):
        raise CallError(f"`{name}` without its entity", hint=f"`{name}[Pet]`")
    return arguments[0].model
