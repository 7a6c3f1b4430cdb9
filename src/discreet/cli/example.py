"""Where the example app is: in the installed package, or in the checkout."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import discreet
from discreet.errors import ConfigurationError

__all__ = ["import_example"]


def import_example(name: str) -> ModuleType:
    """Import a module of the examples, such as `clinic.app`. Raises ConfigurationError where there are none."""
    package = Path(discreet.__file__).parent
    for folder in (package / "_examples", package.parents[1] / "examples"):
        if (folder / name.partition(".")[0]).is_dir():
            if str(folder) not in sys.path:
                sys.path.insert(0, str(folder))
            return import_module(name)
    raise ConfigurationError("the examples are not installed", hint="pip install 'discreet[demo]', or run from a checkout")
