"""The embedded engine: ministack in a process of its own, on loopback and in memory, for demos and quick tests.

The child lives as long as its standard input is open, so whatever ends the parent ends it too.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from discreet.errors import ConfigurationError

__all__ = ["embedded_engine"]


@contextmanager
def embedded_engine(port: int = 0) -> Generator[str]:
    """Run the engine while the context lasts; gives its URL. `port` 0 takes a free one.

    Raises ConfigurationError where ministack is not installed, the port is taken, or the engine does not start.
    """
    for package in ("ministack", "hypercorn"):
        if find_spec(package) is None:
            raise ConfigurationError(f"the embedded engine is not installed: no `{package}`", hint="pip install 'discreet[demo]'")
    with tempfile.TemporaryDirectory(prefix="discreet-engine-", ignore_cleanup_errors=True) as folder, _listening(port) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        child = subprocess.Popen(
            [sys.executable, "-m", "discreet.dynamodb.embedded", str(listening.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[listening.fileno()],
            cwd=folder,
            env={**os.environ, **_settings(folder)},
            start_new_session=True,  # a terminal's Ctrl-C is for the parent, which then ends the child
        )
        try:
            if child.stdout is None or child.stdout.readline().strip() != b"ready":
                raise ConfigurationError("the embedded engine did not start", hint="python -m discreet.dynamodb.embedded shows why")
            yield url
        finally:
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
            try:
                child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _listening(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise ConfigurationError(f"port {port} is taken", hint="name another one, or 0 for any that is free") from None
    return listening


def _settings(folder: str) -> dict[str, str]:
    return {
        "SERVICES": "dynamodb,dynamodbstreams",
        "LOG_LEVEL": "ERROR",
        "PERSIST_STATE": "0",
        "BIND_HOST": "127.0.0.1",
        "HOME": folder,
        "TMPDIR": folder,
    }


async def _serve(descriptor: int) -> None:
    """The child: serve until standard input ends."""
    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.errorlog = config.accesslog = None
    config.keep_alive_timeout = 3600
    served = asyncio.create_task(serve(app, config, shutdown_trigger=_parent_gone))
    print("ready", flush=True)
    await served


async def _parent_gone(*_: Any) -> None:
    import asyncio

    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    shutil.rmtree(Path.cwd(), ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    import asyncio

    asyncio.run(_serve(int(sys.argv[1])))
