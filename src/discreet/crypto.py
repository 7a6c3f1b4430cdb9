"""The keyring, and sealing with it: the one door to `cryptography`.

A seal is Fernet (AES-128-CBC and HMAC-SHA256, with the time inside what is authenticated). What it is bound to
is authenticated beside the content, so a seal opens for one purpose only. The first key seals, every key opens.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from discreet.errors import ConfigurationError

__all__ = ["Keyring", "Unsealable", "development_keyring", "new_signing_key"]

VARIABLE: Final = "DISCREET_KEYRING"
_HINT: Final = "make one with `discreet keyring new`, and set DISCREET_KEYRING to it (several, newest first, joined by commas)"


class Unsealable(ValueError):
    """What was given is no seal of this keyring for this purpose, or it is too old. Says no more on purpose."""


class Keyring:
    """Rotating keys that seal cursors: the first seals, every one opens.

    keys: texts of 32 random bytes in URL-safe base64, as `discreet keyring new` prints them.
    max_age: how long a seal opens. Raises ConfigurationError for no key or one that is malformed.
    """

    __slots__ = ("_fernet", "_secret", "max_age")

    def __init__(self, *keys: str, max_age: timedelta = timedelta(days=1)) -> None:
        if not keys:
            raise ConfigurationError("a keyring without a key", hint=_HINT)
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except (ValueError, TypeError):
            raise ConfigurationError("a key of the keyring is malformed", hint=_HINT) from None
        self._secret = hashlib.sha256(b"digest:" + keys[0].encode()).digest()
        self.max_age = max_age

    @classmethod
    def of(cls, text: str) -> Keyring:
        """The keyring written in a text, keys apart by commas or white space."""
        return cls(*text.replace(",", " ").split())

    @classmethod
    def from_environment(cls) -> Keyring | None:
        """The keyring in DISCREET_KEYRING; None where that is not set."""
        text = os.environ.get(VARIABLE, "").strip()
        return cls.of(text) if text else None

    @staticmethod
    def new_key() -> str:
        """A fresh random key."""
        return Fernet.generate_key().decode()

    def seal(self, content: bytes, binding: bytes) -> str:
        """Seal content for what `binding` says. The length depends on the content's length alone."""
        # 47 modulo 48 makes the whole a multiple of three bytes: no `=` at its end, and one spelling in base64.
        body = hashlib.sha256(binding).digest() + content
        body += bytes(-(len(body) + 1) % 48)
        return self._fernet.encrypt(body).decode()

    def open(self, sealed: str, binding: bytes) -> bytes:
        """What was sealed for `binding`, with zero bytes after it. Raises Unsealable, always alike."""
        try:
            token = sealed.encode("ascii")
            if urlsafe_b64encode(urlsafe_b64decode(token)) != token:
                raise Unsealable
            body = self._fernet.decrypt(token, ttl=int(self.max_age.total_seconds()))
        except (ValueError, InvalidToken):
            raise Unsealable from None
        if not hmac.compare_digest(body[:32], hashlib.sha256(binding).digest()):
            raise Unsealable
        return body[32:]

    def digest(self, content: bytes) -> str:
        """A text of 43 characters that only this keyring's newest key makes of this content, and that tells nothing of it."""
        return urlsafe_b64encode(hmac.digest(self._secret, content, "sha256")).decode().rstrip("=")

    def __repr__(self) -> str:
        return "<Keyring>"


def development_keyring() -> Keyring:
    """A keyring for loopback endpoints, kept in a file of the user's so that all workers of the machine share it."""
    for folder in _folders():
        path = folder / "development.key"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid != _user():
                continue
            _write_once(path)
            return Keyring.of(path.read_text())
        except OSError:
            continue
    raise ConfigurationError("no place to keep a development key", hint=_HINT)


def _folders() -> Iterable[Path]:
    cache = os.environ.get("XDG_CACHE_HOME")
    with suppress(RuntimeError):  # a user without a home
        yield (Path(cache) if cache else Path.home() / ".cache") / "discreet"
    yield Path(tempfile.gettempdir()) / f"discreet-{_user()}"


def _write_once(path: Path) -> None:
    """Write a key unless there is one. Linking is atomic: a reader sees a whole key, and of two writers one wins."""
    if path.exists():
        return
    handle, fresh = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(Keyring.new_key())
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        Path(fresh).unlink()


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def new_signing_key() -> str:
    """A fresh private key on P-256, for ES256, as PEM text."""
    made = generate_private_key(SECP256R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
