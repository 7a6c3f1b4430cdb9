"""The pytest plugin: an embedded engine for a whole test session."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

__all__ = ["discreet_engine"]

VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB"


@pytest.fixture(scope="session")
def discreet_engine() -> Iterator[str]:
    """The URL of an engine for this session, which tables without an endpoint use meanwhile.

    An engine of your own is used where AWS_ENDPOINT_URL_DYNAMODB names one.
    """
    if os.environ.get(VARIABLE):
        yield os.environ[VARIABLE]
        return
    # Imported here: the plugin is loaded in every test run of an environment that has discreet.
    from discreet.dynamodb.embedded import embedded_engine

    with embedded_engine() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, url)
        yield url
