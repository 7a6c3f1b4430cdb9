"""Fixtures of the whole suite: both engines, and a fresh table on each."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import settings

from discreet.testing import embedded_engine

from .engines import Engine, dynamodb_local, missing

settings.register_profile("default", deadline=None, print_blob=True, max_examples=100, derandomize=bool(os.environ.get("CI")))
settings.load_profile("default")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """AWS's SDK needs asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def ministack() -> Iterator[Engine]:
    """The embedded engine."""
    with embedded_engine() as url:
        yield Engine("ministack", url)


@pytest.fixture(scope="session")
def reference() -> Iterator[Engine]:
    """DynamoDB Local. Where it can not run, its tests are skipped and say so; in CI they fail."""
    lacking = missing()
    if lacking is not None:
        if os.environ.get("CI"):
            pytest.fail(f"DynamoDB Local can not run: {lacking} is missing", pytrace=False)
        warnings.warn(f"NOT CHECKED on DynamoDB Local: {lacking} is missing", stacklevel=1)
        pytest.skip(f"NOT CHECKED on DynamoDB Local: {lacking} is missing")
    with dynamodb_local() as engine:
        yield engine


@pytest.fixture(scope="session", params=["ministack", "reference"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


@pytest.fixture(autouse=True, scope="session")
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No configuration of the machine's takes part, and nothing is written into the user's folders."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "DISCREET_"))]:
            patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
