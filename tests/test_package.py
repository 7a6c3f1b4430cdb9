"""The package: every public name is there, and none of them costs an import before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import discreet

HEAVY = ("aiobotocore", "aiohttp", "botocore", "cryptography", "fastapi", "pydantic", "starlette", "uvicorn")


def imported_by(statement: str) -> set[str]:
    """What of the heavy libraries a fresh process has imported after a statement."""
    script = f"{statement}\nimport sys\nprint(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_command_line_starts_light() -> None:
    """Neither `--help` nor an audit waits for the AWS SDK, for the web or for cryptography."""
    assert not imported_by("import discreet.cli")
    assert not imported_by("import discreet, discreet.audit")


def test_what_is_used_is_imported() -> None:
    """The one above can fail: a name that needs a library brings it."""
    assert "cryptography" in imported_by("from discreet import Keyring")
    assert "aiobotocore" in imported_by("from discreet import Table")


def test_every_public_name_is_there() -> None:
    """Each is what its home holds, also after `import *`; what is not there is said."""
    for name in discreet.__all__:
        assert getattr(discreet, name).__module__.startswith(("discreet.", "builtins"))
    everything: dict[str, object] = {}
    exec("from discreet import *", everything)
    assert set(discreet.__all__) <= set(everything)
    assert set(discreet.__all__) <= set(dir(discreet))
    with pytest.raises(AttributeError, match="no attribute `Tabel`"):
        _ = discreet.Tabel  # type: ignore[attr-defined]
