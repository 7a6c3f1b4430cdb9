"""The tests' own engine leaves nothing behind, however a run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .engines import ROOT

RUN = """
import sys, time
from tests.engines import leashed
child = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]
with leashed(child, sys.argv[1]):
    time.sleep(60)
"""


def runs(process: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGINT], ids=lambda sent: sent.name)
def test_an_engine_ends_with_the_run_that_started_it(tmp_path: Path, sent: signal.Signals) -> None:
    """Also where a signal ends the run at once, and nothing of it is cleaned up."""
    folder = tmp_path / "engine"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True
    ) as run:
        assert run.stdout is not None
        engine = int(run.stdout.readline())
        assert runs(engine)
        run.send_signal(sent)
        run.wait(timeout=20)
        until = time.monotonic() + 20
        while (runs(engine) or folder.exists()) and time.monotonic() < until:
            time.sleep(0.05)
    assert not runs(engine)
    assert not folder.exists()
