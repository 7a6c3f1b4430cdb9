"""The tree that is audited, as the command line reads it beside the analysis: settings, ignore comments, lines to show."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from discreet.audit.files import LARGEST, find
from discreet.errors import ConfigurationError
from discreet.report import Ignore, Settings, lines_of, parse_settings, read_ignores

__all__ = ["Tree", "read_text"]


def read_text(path: Path, what: str) -> str:
    """The text of a file that has to be there. Raises ConfigurationError where it can not be read as UTF-8."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{what} `{path}` could not be read: {(error.strerror or 'unknown error').lower()}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{what} `{path}` is no UTF-8 text", hint="write it anew") from None


@dataclass(slots=True)
class Tree:
    """A folder, or one file. Lines are kept of the one file that was read last: findings come sorted."""

    root: Path
    _last: tuple[str, list[str]] = field(default=("", []), repr=False)

    @property
    def folder(self) -> Path:
        """What paths are relative to."""
        return self.root if self.root.is_dir() else self.root.parent

    @property
    def prefix(self) -> str:
        """The way from the repository's root to the audited one; nothing outside of a repository."""
        folder = self.folder.resolve()
        for above in (folder, *folder.parents):
            if (above / ".git").exists():
                return "" if above == folder else folder.relative_to(above).as_posix()
        return ""

    def settings(self, rules: Collection[str]) -> Settings:
        """What the pyproject.toml beside the audited files says."""
        path = self.folder / "pyproject.toml"
        return parse_settings(str(path), read_text(path, "the settings in"), rules) if path.is_file() else Settings()

    def ignores(self, exclude: Sequence[str]) -> Iterator[Ignore]:
        """Every ignore comment of the files that are audited."""
        for path in find(self.root, exclude):
            text = self._text(path)
            if text is not None:
                yield from read_ignores(path, text)

    def line(self, path: str, number: int) -> str | None:
        """A line to show; None where it can not be read."""
        if self._last[0] != path:
            self._last = (path, lines_of(self._text(path) or ""))
        lines = self._last[1]
        return lines[number - 1] if 0 < number <= len(lines) else None

    def _text(self, path: str) -> str | None:
        """What the analysis would have read; None where it could not. No pipe is waited for, and no device read to its end."""
        place = self.folder / path
        try:
            if not place.is_file():
                return None
            with place.open("rb") as file:
                raw = file.read(LARGEST + 1)
            encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
            return None if len(raw) > LARGEST else raw.decode(encoding, "replace")
        except (OSError, LookupError, SyntaxError):
            return None
