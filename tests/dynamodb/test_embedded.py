"""The embedded engine: on loopback only, in memory only, and gone with whoever started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from aiobotocore.session import get_session

from discreet.dynamodb import embedded
from discreet.dynamodb.embedded import embedded_engine
from discreet.errors import ConfigurationError

LISTENS = "0A"
PARENT = """
import time
from discreet.dynamodb.embedded import embedded_engine
with embedded_engine() as url:
    print(url, flush=True)
    time.sleep(60)
"""

linux = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc")


def child_of(parent: int, url: str) -> int:
    """The process of one engine: a test session has others of its own."""
    found = [int(each) for task in Path(f"/proc/{parent}/task").iterdir() for each in (task / "children").read_text().split()]
    return next(pid for pid in found if port_of(url) in {port for _, port in listening(pid)})


def listening(pid: int) -> set[tuple[bytes, int]]:
    """The addresses and ports that a process listens on."""
    own = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}
    rows = [row.split() for table in ("tcp", "tcp6") for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]]
    local = [row[1].split(":") for row in rows if row[3] == LISTENS and f"socket:[{row[9]}]" in own]
    return {(bytes.fromhex(address)[::-1], int(port, 16)) for address, port in local}


def port_of(url: str) -> int:
    """The port in an engine's URL."""
    return int(url.rpartition(":")[2])


def answers(url: str) -> bool:
    """Whether anything listens there. A connection that only waits in a queue is no refusal."""
    try:
        socket.create_connection(("127.0.0.1", port_of(url)), timeout=1).close()
    except ConnectionRefusedError:
        return False
    except TimeoutError:
        pass
    return True


def settle(url: str) -> None:
    """Wait for all that ministack starts in the background; its start-up, if it ran, ends with this answering 200."""
    try:
        urllib.request.urlopen(f"{url}/_ministack/ready", timeout=20).close()
    except urllib.error.HTTPError as never_started:
        never_started.close()


def becomes(condition: Callable[[], bool]) -> bool:
    """Whether something is so within ten seconds."""
    until = time.monotonic() + 10
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.anyio
async def test_answers_the_sdk() -> None:
    """A started engine is an empty DynamoDB."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "eu-central-1"}
    with embedded_engine() as url:
        async with get_session().create_client("dynamodb", endpoint_url=url, **keys) as client:
            assert (await client.list_tables())["TableNames"] == []


@linux
def test_listens_on_loopback_alone() -> None:
    """The engine's own start-up also opens 0.0.0.0:8883; nothing of it can be reached from outside."""
    with embedded_engine() as url:
        settle(url)
        assert listening(child_of(os.getpid(), url)) == {(b"\x7f\0\0\x01", port_of(url))}


@linux
def test_a_wider_listener_would_be_found() -> None:
    """The test above can fail: what listens on every address shows."""
    with socket.create_server(("", 0)) as wide:
        assert (b"\0\0\0\0", wide.getsockname()[1]) in listening(os.getpid())


@linux
def test_each_engine_is_told_from_another() -> None:
    """The tests here look at, and kill, the engine that they started and no other."""
    with embedded_engine() as one, embedded_engine() as other:
        assert child_of(os.getpid(), one) != child_of(os.getpid(), other)


@linux
def test_nothing_outlives_a_killed_parent() -> None:
    """A parent's kill -9 leaves no process, no port and no file."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        child = child_of(parent.pid, url)
        folder = Path(f"/proc/{child}/cwd").readlink()
        assert answers(url)
        assert folder.is_dir()
        parent.send_signal(signal.SIGKILL)
    assert becomes(lambda: not Path(f"/proc/{child}/fd").is_dir() or not any(Path(f"/proc/{child}/fd").iterdir()))
    assert becomes(lambda: not answers(url))
    assert not folder.exists()


@linux
def test_writes_no_files_and_keeps_no_state() -> None:
    """The engine's folder stays empty while it runs, and goes with it."""
    with embedded_engine() as url:
        folder = Path(f"/proc/{child_of(os.getpid(), url)}/cwd").readlink()
        settle(url)
        assert list(folder.iterdir()) == []
    assert not folder.exists()
    assert not answers(url)


@linux
def test_a_dead_engine_refuses() -> None:
    """A request to an engine that died fails at once: the parent does not hold its socket open."""
    with embedded_engine() as url:
        os.kill(child_of(os.getpid(), url), signal.SIGKILL)
        assert becomes(lambda: not answers(url))


def test_does_not_obey_the_machines_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine reads many variables; it is the same whatever they say."""
    for name, value in {"SERVICES": "s3", "PERSIST_STATE": "1", "AUTH": "true", "AWS_ACCESS_KEY_ID": "theirs"}.items():
        monkeypatch.setenv(name, value)
    told = embedded._environment("/folder")
    assert (told["SERVICES"], told["PERSIST_STATE"]) == ("dynamodb,dynamodbstreams", "0")
    assert not {"AUTH", "AWS_ACCESS_KEY_ID"} & told.keys()


def test_a_taken_port_is_named() -> None:
    """A port that somebody else has is an error that says so."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} is taken"), embedded_engine(port):
            pass


def test_an_impossible_port_is_not_called_taken() -> None:
    """Beyond the last port there is none."""
    with pytest.raises(ConfigurationError, match="port 70000 can not be used"), embedded_engine(70000):
        pass


def test_a_missing_engine_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services do not install the engine; the hint says how to."""
    monkeypatch.setattr(embedded, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'discreet\[demo\]'"), embedded_engine():
        pass


@pytest.mark.parametrize(("script", "why"), [("echo boom >&2; exit 1", "boom"), ("read -r _", "no answer within")])
def test_a_failed_start_says_why(script: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that dies or hangs at its start is an error in the parent, never a wait without end."""
    broken = tmp_path / "python"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    monkeypatch.setattr(embedded, "SECONDS", 0.5)
    with pytest.raises(ConfigurationError, match=why), embedded_engine():
        pass
