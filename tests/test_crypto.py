"""The keyring: what it seals, what it opens, and where it comes from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discreet import ConfigurationError, Keyring, Table
from discreet.crypto import Unsealable, development_keyring

ring = Keyring(Keyring.new_key())


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_what_is_sealed_opens_for_the_same_purpose_alone(content: bytes, binding: bytes) -> None:
    """And reads back."""
    sealed = ring.seal(content, binding)
    assert ring.open(sealed, binding)[: len(content)] == content
    assert "=" not in sealed
    with pytest.raises(Unsealable):
        ring.open(sealed, binding + b"x")
    with pytest.raises(Unsealable):
        Keyring(Keyring.new_key()).open(sealed, binding)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_length_tells_only_of_length(one: bytes, other: bytes) -> None:
    """Contents of one length seal to one length."""
    other = other[: len(one)].ljust(len(one))
    assert len(ring.seal(one, b"a")) == len(ring.seal(other, b"a longer purpose"))


@pytest.mark.parametrize("key", ["", "short", "é", "x" * 44])
def test_malformed_keys_are_refused(key: str) -> None:
    """With the command that makes one, and without the key."""
    with pytest.raises(ConfigurationError) as raised:
        Keyring(key)
    assert "discreet keyring new" in str(raised.value)
    with pytest.raises(ConfigurationError):
        Keyring()


def test_a_keyring_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several keys, apart by commas or blanks."""
    old, new = Keyring.new_key(), Keyring.new_key()
    sealed = Keyring(old).seal(b"x", b"b")
    monkeypatch.setenv("DISCREET_KEYRING", f"{new}, {old}")
    found = Keyring.from_environment()
    assert found is not None
    assert found.open(sealed, b"b").startswith(b"x")
    monkeypatch.setenv("DISCREET_KEYRING", " ")
    assert Keyring.from_environment() is None


def test_workers_of_a_machine_share_the_development_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also when they make it at once; it is the user's alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: development_keyring(), range(16)))
    sealed = rings[0].seal(b"x", b"b")
    assert all(each.open(sealed, b"b").startswith(b"x") for each in rings)
    assert (tmp_path / "discreet" / "development.key").stat().st_mode & 0o077 == 0
    assert len(list((tmp_path / "discreet").iterdir())) == 1


def test_age_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old seal does not open."""
    key = Keyring.new_key()
    sealed = Keyring(key).seal(b"x", b"b")
    with pytest.raises(Unsealable):
        Keyring(key, max_age=timedelta(seconds=-1)).open(sealed, b"b")


@pytest.mark.anyio
async def test_without_a_keyring_only_loopback_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it is a mistake of configuration, told with the command that mends it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    async with Table("things", region="eu-west-1") as away:
        with pytest.raises(ConfigurationError, match="discreet keyring new"):
            await away.keyring()
    async with Table("things", region="eu-west-1", endpoint_url="http://localhost:9") as here:
        assert repr(await here.keyring()) == "<Keyring>"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    async with Table("things") as nowhere:
        with pytest.raises(ConfigurationError, match="region"):
            await nowhere.keyring()
