"""The command line as its users run it: in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from discreet import Keyring, Table
from tests.engines import Engine
from tests.view.clinic import Pet

DISCREET = [str(Path(sys.executable).parent / "discreet")]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run(
        [*DISCREET, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "120", **environment},
        check=False,
    )


def left(folder: Path) -> list[str]:
    """What is left of engines that lived in a folder: it holds their own folders, which their processes name."""
    found = [str(each) for each in folder.iterdir()]
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(folder).encode() in each.read_bytes():
                found.append(each.parent.name)
    return found


def test_the_tour_shows_who_sees_what(tmp_path: Path) -> None:
    """`--once` takes the tour and ends with 0; each caller sees their part, and what stayed behind is named."""
    done = run("demo", "--once", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    text, article = done.stdout.split("GET /users/u123")
    text = text.split("\nWriting ")[0]
    anonymous, owner, vet, outsider = re.split(r"─ (?:owner|vet|outsider \(a vet elsewhere\)) ─", text)
    assert "diagnosis" in anonymous.split("stayed behind")[1]
    assert "10000/10000" in text
    assert '"balance"' in owner
    assert '"findings"' not in owner
    assert '"findings"' in vet
    assert '"balance"' not in vet
    assert '"diagnosis"' not in outsider
    assert "chip_secret" in vet.split("stayed behind")[1]
    stranger, user, support = re.split(r"─ (?:the user|support) ─", article)
    assert '"email"' not in stranger
    assert '"email"' in user
    assert '"support_notes"' not in user
    assert '"support_notes"' in support
    for each in (stranger, user, support):
        assert "password_hash" in each.split("stayed behind")[1]
    assert not left(tmp_path)


def test_the_tour_shows_who_writes_what() -> None:
    """Each attempt with what was sent for it, on what condition, and its answer."""
    done = run("demo", "--once", COLUMNS="1000")
    assert done.returncode == 0, done.stderr
    panels = re.split(r"─ (\w+) ─+╮", done.stdout.split("\nWriting ", 1)[1])
    names, diagnoses, masses, handover = (
        list(zip(panels[start:end:2], panels[start + 1 : end : 2], strict=True)) for start, end in ((1, 7), (7, 13), (13, 17), (17, 21))
    )

    def answers(attempts: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(who, re.findall(r"answer (\d+)", panel)[0]) for who, panel in attempts]

    assert answers(names) == [("anonymous", "422"), ("owner", "200"), ("vet", "200")]
    assert answers(diagnoses) == [("anonymous", "422"), ("owner", "422"), ("vet", "200")]
    assert answers(masses) == [("owner", "422"), ("vet", "422")]
    assert '"owner_id": "c0001-o1"' in masses[0][1]
    assert '"pk"' in masses[1][1]
    for _, panel in [names[0], diagnoses[0], diagnoses[1], *masses]:
        assert re.search(r"sent +nothing", panel)
        assert "UpdateItem" not in panel
    # What has to hold goes along with the write: for its owner the pet's own attribute, for a vet the clinic in its key.
    conditions = [re.findall(r"only if +(.*)", panel) for _, panel in (names[1], names[2])]
    assert 'owner_id IN ("c0001-o0")' in conditions[0][0]
    assert "owner_id" not in conditions[1][0]
    assert re.search(r'UpdateItem .*SET name = "Duchess"', names[1][1])
    assert answers(handover) == [("owner", "204"), ("owner", "403")]
    assert re.findall(r"^│ +(Update|ConditionCheck|Put) ", handover[0][1], re.MULTILINE) == ["Update", "ConditionCheck", "Put"]
    assert "HANDOVER#p2#" in handover[0][1]
    # The last attempt was sent as a condition, and refused by it.
    assert 'owner_id IN ("c0001-o0")' in handover[1][1]


def test_the_demo_serves_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ready tokens, documentation, and no process, folder or port afterwards."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)}
    child = subprocess.Popen([*DISCREET, "demo", "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert child.stdout is not None
        lines: list[str] = []
        while not (lines and lines[-1].startswith("  curl http")):
            line = child.stdout.readline()
            assert line, "".join(lines)
            lines.append(line)
        text = "".join(lines)
        base = re.search(r"http://127\.0\.0\.1:\d+(?=   documentation)", text)
        tokens = re.findall(r"Bearer ([\w.-]+)'", text)
        assert base
        assert len(set(tokens)) == 5
        for at in ("", "/article"):
            page = fetch(base.group() + at + "/docs").decode()
            described = re.search(r"url: '([^']+)'", page)
            assert described
            assert described[1] == at + "/openapi.json"
            assert b'"openapi"' in fetch(base.group() + described[1])
        assert b'"email"' not in fetch(base.group() + "/article/users/u123")
        assert b'"email"' in fetch(base.group() + "/article/users/u123", tokens[3])
        assert b'"balance"' not in fetch(base.group() + "/clinics/c0001/pets")
        assert b'"balance"' in fetch(base.group() + "/clinics/c0001/pets", tokens[0])
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(base.group() + "/clinics/c0001/pets", tokens[0][:-2])
        assert refused.value.code == 401
        refused.value.close()
    finally:
        child.send_signal(signal.SIGINT)
        rest, _ = child.communicate(timeout=20)
    assert "Traceback" not in rest
    assert child.returncode == 0
    until = time.monotonic() + 5
    while left(tmp_path) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left(tmp_path)


def fetch(url: str, token: str | None = None) -> bytes:
    """One request, as the printed lines make it."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    until = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return bytes(answer.read())
        except ConnectionError:
            if time.monotonic() > until:
                raise


def test_the_demo_runs_on_another_engine(engine: Engine) -> None:
    """`--endpoint-url`: the tables are made there, and removed."""
    for _ in range(2):
        done = run("demo", "--once", "--endpoint-url", engine.url)
        assert done.returncode == 0, done.stderr


@pytest.mark.anyio
async def test_the_demo_removes_only_what_it_made(ministack: Engine) -> None:
    """An engine of one's own may have a table `users`: it stays, and the demo says why it can not run."""
    async with Table("users", endpoint_url=ministack.url, region="us-east-1") as table:
        await table.create(Pet)
        one_line(run("demo", "--once", "--endpoint-url", ministack.url), "is there already", "`users`")
        await table.check()
        await table.delete()
    done = run("demo", "--once", "--endpoint-url", ministack.url)
    assert done.returncode == 0, done.stderr


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit 2, and one line that says what to do."""
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in done.stderr


def test_a_taken_port_is_said_in_one_line() -> None:
    """Before anything is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        one_line(run("demo", "--port", port), f"port {port} is taken", "--port")


def test_an_unreachable_endpoint_is_said_in_one_line() -> None:
    """With what to do."""
    one_line(run("demo", "--once", "--endpoint-url", "http://127.0.0.1:9"), "no DynamoDB engine answers", "--endpoint-url")
    for nonsense in ("nonsense", "http://", "http://[::1", "http://127.0.0.1:99999", "http://127.0.0.1:x", "http://a b", "ftp://x", ""):
        one_line(run("demo", "--once", "--endpoint-url", nonsense), "is no URL", "--endpoint-url")


class Page(BaseHTTPRequestHandler):
    """A web server that answers everything, and is no DynamoDB."""

    def do_POST(self) -> None:
        """Answer with a page."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_an_endpoint_that_is_no_dynamodb_is_said_in_one_line() -> None:
    """And so is a profile of AWS's that is not there."""
    with HTTPServer(("127.0.0.1", 0), Page) as other:
        thread = Thread(target=other.serve_forever)
        thread.start()
        try:
            done = run("demo", "--once", "--endpoint-url", f"http://127.0.0.1:{other.server_port}")
        finally:
            other.shutdown()
            thread.join()
    one_line(done, "NotDynamoDB")
    one_line(run("demo", "--once", "--endpoint-url", "http://127.0.0.1:9", AWS_PROFILE="none"), "AWS_PROFILE")


def test_a_missing_engine_is_said_in_one_line(tmp_path: Path) -> None:
    """Where the extra is not installed."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\nfind = util.find_spec\nutil.find_spec = lambda name, *more: None if name == 'ministack' else find(name, *more)\n"
    )
    one_line(run("demo", "--once", PYTHONPATH=str(tmp_path)), "not installed", "discreet[demo]")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["demo", "--help"], ["keyring"], ["keyring", "new", "--help"]])
def test_help_teaches(arguments: list[str]) -> None:
    """Every verb says what it does."""
    done = run(*arguments)
    assert "Usage" in done.stdout + done.stderr
    assert len((done.stdout + done.stderr).splitlines()) > 5


def test_a_new_key_is_a_keyring() -> None:
    """And not the same twice."""
    keys = [run("keyring", "new").stdout.strip() for _ in range(2)]
    assert keys[0] != keys[1]
    assert repr(Keyring(*keys)) == "<Keyring>"
