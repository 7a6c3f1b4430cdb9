"""The embedded engine: ministack in a process of its own, on loopback and in memory, for demos and quick tests.

The child lives as long as its standard input is open, so whatever ends the parent ends it too.
"""

from __future__ import annotations

import asyncio
import errno
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from discreet.errors import ConfigurationError

__all__ = ["embedded_engine", "listening_on"]

INSTALL = "pip install 'discreet[demo]'"
SECONDS = 30


@contextmanager
def embedded_engine(port: int = 0) -> Generator[str]:
    """Run the engine while the context lasts; gives its URL. `port` 0 takes a free one.

    Raises ConfigurationError where ministack is not installed, the port is taken, or the engine does not start.
    """
    for package in ("ministack", "hypercorn"):
        if find_spec(package) is None:
            raise ConfigurationError(f"the embedded engine is not installed: no `{package}`", hint=INSTALL)
    with tempfile.TemporaryDirectory(prefix="discreet-engine-", ignore_cleanup_errors=True) as folder:
        # The socket is bound here and then the child's alone: its port is known at once, and dies with it.
        with listening_on(port) as listening:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            child = _start(listening, folder)
        try:
            _wait(child)
            yield url
        finally:
            _end(child)


def listening_on(port: int) -> socket.socket:
    """A listening socket on loopback; 0 takes a free port. Raises ConfigurationError for a port that is taken or none."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(256)
    except (OSError, OverflowError) as error:
        listening.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise ConfigurationError(
            f"port {port} is taken" if taken else f"port {port} can not be used",
            hint="give another one; `--port 0` takes any that is free",
        ) from None
    return listening


def _start(listening: socket.socket, folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "discreet.dynamodb.embedded", str(listening.fileno()), folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[listening.fileno()],
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,  # a terminal's Ctrl-C is for the parent, which then ends the child
    )


def _environment(folder: str) -> dict[str, str]:
    """What the child is told. Of the machine's own variables only the paths: ministack obeys many, such as `AUTH`."""
    return {
        **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": folder,
        "TMPDIR": folder,
        "STATE_DIR": folder,
        "SERVICES": "dynamodb,dynamodbstreams",
        "LOG_LEVEL": "ERROR",
        "PERSIST_STATE": "0",
    }


def _wait(child: subprocess.Popen[bytes]) -> None:
    if child.stdout is None or child.stderr is None:  # pragma: no cover
        raise AssertionError("the child has pipes")
    answered, _, _ = select.select([child.stdout], [], [], SECONDS)
    if answered and child.stdout.readline() == b"ready\n":
        return
    child.kill()
    said = child.stderr.read().decode(errors="replace").split("\n")
    last = next((line for line in reversed(said) if line.strip()), f"no answer within {SECONDS} s")
    raise ConfigurationError(f"the embedded engine did not start: {last}", hint=f"{INSTALL} brings the versions that are known to work")


def _end(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _serve(descriptor: int, folder: str) -> None:
    """The child: answer requests on a listening socket until standard input ends."""
    threading.Thread(target=_end_with_parent, args=[folder], daemon=True).start()
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    async def requests_only(scope: Any, receive: Any, send: Any) -> None:
        # INVARIANT: ministack's own start-up never runs. Its `_handle_lifespan` executes the scripts it finds in
        # /docker-entrypoint-initaws.d and /etc/localstack, removes Docker containers, and listens on 0.0.0.0:8883.
        if scope["type"] == "http":
            await app(scope, receive, send)

    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.errorlog = config.accesslog = None
    config.keep_alive_timeout = 3600
    print("ready", flush=True)  # requests wait in the socket's queue from here on
    with Path(os.devnull).open("wb") as nothing:  # nobody reads the pipes any longer: a full one would stop the engine
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    asyncio.run(serve(requests_only, config, shutdown_trigger=_never))


def _end_with_parent(folder: str) -> None:
    while os.read(0, 1024):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


async def _never(*_: Any) -> None:
    await asyncio.Event().wait()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), sys.argv[2])
