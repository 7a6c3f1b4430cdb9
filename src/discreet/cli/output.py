"""Where a command's text goes: standard output, or a file that is either whole or as it was."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from discreet.errors import ConfigurationError

__all__ = ["check_writable", "emit", "write"]


def check_writable(path: Path) -> None:
    """Raise ConfigurationError where `write` could not succeed, before any work is done for it."""
    if path.is_dir():
        raise ConfigurationError(f"`{path}` is a folder", hint="name a file to write")
    if not path.parent.is_dir():
        raise ConfigurationError(f"there is no folder `{path.parent}` to write in", hint="make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise _not_written(path, os.strerror(errno.EACCES))


def write(path: Path, text: str) -> None:
    """Replace a file in one step, so that nobody reads half of it. Pipes and devices are written to as they are."""
    content = text.encode("utf-8", "backslashreplace")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)  # where it is a link, the file that it leads to
    except OSError as error:
        raise _not_written(path, error.strerror) from None


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def emit(text: str) -> None:
    """Write to standard output. A reader that has seen enough and closed the pipe is no failure; a full disk is."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] # so it is where a process was started without one
        raise ConfigurationError("there is no standard output", hint="name a file with --output")
    try:
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
    except OSError as error:
        _silence()
        raise _not_written("standard output", error.strerror) from None


def _silence() -> None:
    """What is still buffered would fail again when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _not_written(path: Path | str, reason: str | None) -> ConfigurationError:
    named = f"`{path}`" if isinstance(path, Path) else path
    return ConfigurationError(f"{named} could not be written: {(reason or 'unknown error').lower()}", hint="write elsewhere with --output")
