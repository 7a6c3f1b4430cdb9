"""`app.models:table`: what a user's module holds, imported as that user's app would be."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from discreet.entity import Entity
from discreet.errors import ConfigurationError, DiscreetError

__all__ = ["entities_defined_in", "imported", "imported_entity"]

T = TypeVar("T")


def imported(reference: str, kind: type[T], example: str) -> tuple[ModuleType, T]:
    """The module and the object that `module:name` names. Raises ConfigurationError, in one line, for whatever goes wrong."""
    module_name, _, path = reference.partition(":")
    if not module_name or not path:
        raise ConfigurationError(f"`{reference}` names nothing to import", hint=f"a module and a name in it: {example}")
    module = _module(module_name)
    found: Any = module
    for name in path.split("."):
        if not hasattr(found, name):
            raise ConfigurationError(f"`{module_name}` has no `{path}`", hint=f"a module and a name in it: {example}")
        found = getattr(found, name)
    if not isinstance(found, kind):
        raise ConfigurationError(f"`{reference}` is a {type(found).__name__}, and no {kind.__name__}", hint=example)
    return module, found


def imported_entity(reference: str) -> type[Entity]:
    """The entity that `module:name` names."""
    example = "--entity app.models:Pet"
    _, found = imported(reference, type, example)
    if not issubclass(found, Entity):
        raise ConfigurationError(f"`{reference}` is no Entity", hint=example)
    return found


def entities_defined_in(module: ModuleType) -> list[type[Entity]]:
    """The entities whose classes stand in a module."""
    classes = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Entity)]
    return [each for each in dict.fromkeys(classes) if each.__module__ == module.__name__ and each.__declaration__ is not None]


def _module(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(name)
    except DiscreetError:
        raise  # says what and where itself
    except ModuleNotFoundError as error:
        missing = error.name or name
        problem = f"there is no module `{missing}`"
    except (Exception, SystemExit) as error:
        problem = f"importing `{name}` failed: {type(error).__name__}"
    raise ConfigurationError(problem, hint=f"run where `python -c 'import {name}'` works")
