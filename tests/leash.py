"""Run a command for as long as standard input is open: whatever ends the process that holds the other end, ends it too.

python leash.py FOLDER COMMAND...      FOLDER is removed at the end
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading


def main(folder: str, *command: str) -> None:
    """Hold on until the other end lets go, or the command ends by itself."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def let_go() -> None:
        while sys.stdin.buffer.read(1024):
            pass
        child.kill()

    threading.Thread(target=let_go, daemon=True).start()
    child.wait()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
