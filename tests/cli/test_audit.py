"""`discreet audit` and `discreet explain` as their users run them: in a process of their own, on trees that are what they are.

The analysis is the small one of `stand_in.py`, but where a test says otherwise: what is tested here is what becomes of findings.
"""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

STAND_IN = [sys.executable, str(Path(__file__).parent / "stand_in.py")]
REAL = [str(Path(sys.executable).parent / "discreet")]
APP = """
async def read_user(user_id: str):
    item = table.get_item(Key={"id": user_id})["Item"]
    return item  # finds: whole-item-returned at GET /users/{user_id}


async def everyone():
    return table.scan()  # finds: scan-behind-route at GET /users
"""


def run(*arguments: str | Path, cwd: Path, command: list[str] = STAND_IN, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run to the end, in a folder."""
    return subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **environment},
        check=False,
    )


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """Standard output as JSON."""
    return json.loads(done.stdout)


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit 2, nothing on standard output, and one line that says what to do."""
    assert done.returncode == 2, done.stderr
    assert not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A service with a finding of high and one of medium severity."""
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    return folder


def test_findings_end_with_1(tree: Path) -> None:
    """And are told by route, with the line, the way there, the fix, and how many are suppressed."""
    done = run("audit", "service", cwd=tree.parent)
    assert done.returncode == 1
    for each in (
        "GET /users/{user_id}",
        "app.py:4:5",
        "return item",
        "^^^^",
        "read from DynamoDB",
        "0 suppressed",
        "2 findings on 2 routes",
    ):
        assert each in done.stdout
    assert not done.stderr
    assert "\x1b" not in done.stdout


def test_nothing_found_ends_with_0(tree: Path) -> None:
    """It is said."""
    (tree / "app.py").write_text("x = 1\n")
    done = run("audit", cwd=tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "nothing found in 1 file, 0 routes\n0 suppressed\n"


def test_one_file_can_be_audited(tree: Path) -> None:
    """Its paths are relative to its folder."""
    done = run("audit", tree / "app.py", "--format", "json", cwd=tree.parent)
    assert {each["path"] for each in document(done)["findings"]} == {"app.py"}


def test_json_and_sarif_go_to_standard_output_alone(tree: Path) -> None:
    """With a line for people beside it."""
    found = run("audit", ".", "--format", "json", cwd=tree)
    assert document(found)["summary"]["findings"] == 2
    assert found.stderr == "discreet: 2 findings, 0 suppressed, 0 problems\n"
    log = document(run("audit", ".", "--format", "sarif", cwd=tree))
    assert [each["ruleId"] for each in log["runs"][0]["results"]] == ["whole-item-returned", "scan-behind-route"]


def test_sarif_paths_begin_at_the_repository(tree: Path) -> None:
    """From where ever it runs."""
    (tree.parent / ".git").mkdir()
    for path, cwd in (("service", tree.parent), (".", tree), ("app.py", tree)):
        (first, _) = document(run("audit", path, "--format", "sarif", cwd=cwd))["runs"][0]["results"]
        assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "service/app.py"


@pytest.mark.parametrize(("severity", "code"), [("low", 1), ("medium", 1), ("high", 1), ("critical", 0)])
def test_fail_on_is_the_mildest_that_fails(tree: Path, severity: str, code: int) -> None:
    """Milder ones are told all the same."""
    done = run("audit", "--fail-on", severity, "--summary", cwd=tree)
    assert done.returncode == code
    assert "2 findings" in done.stdout


def test_rules_are_chosen(tree: Path) -> None:
    """Only those are looked for."""
    done = run("audit", "--rule", "scan-behind-route", "--format", "json", cwd=tree)
    assert [each["rule"] for each in document(done)["findings"]] == ["scan-behind-route"]
    assert list(document(done)["rules"]) == ["scan-behind-route"]


def test_paths_are_left_out(tree: Path) -> None:
    """By pattern; what is said in them is not asked for either."""
    (tree / "tests").mkdir()
    (tree / "tests/a.py").write_text(APP + "x = 1  # discreet: ignore[nonsense]\n")
    done = run("audit", "--exclude", "tests/*", "--format", "json", cwd=tree)
    assert document(done)["summary"]["files"] == 1
    assert not document(done)["problems"]


# --- ignores and baseline


def ignored(tree: Path, comment: str) -> Any:
    """The document of the tree with a comment above its first finding."""
    (tree / "app.py").write_text(APP.replace("    return item", f"    # {comment}\n    return item"))
    return document(run("audit", "--format", "json", cwd=tree))


def test_an_ignore_with_a_reason_sets_aside(tree: Path) -> None:
    """It is counted, with its reason."""
    told = ignored(tree, "discreet: ignore[whole-item-returned] its owner reads it")
    assert [each["rule"] for each in told["findings"]] == ["scan-behind-route"]
    assert told["suppressed"][0]["suppression"] == {"by": "ignore", "reason": "its owner reads it"}
    assert not told["problems"]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("discreet: ignore[whole-item-returned]", "gives no reason"),
        ("discreet: ignore[whole-item-return] why", "is no rule"),
        ("discreet: ignore why", "names no rule"),
    ],
)
def test_an_ignore_that_is_wrong_is_a_problem(tree: Path, comment: str, said: str) -> None:
    """And ignores nothing."""
    told = ignored(tree, comment)
    assert len(told["findings"]) == 2
    assert said in told["problems"][0]["message"]
    assert (told["problems"][0]["path"], told["problems"][0]["line"]) == ("app.py", 4)


def test_an_ignore_that_is_wrong_fails_a_clean_run(tree: Path) -> None:
    """Nobody should believe that it works."""
    (tree / "app.py").write_text("x = 1  # discreet: ignore[whole-item-returned]\n")
    done = run("audit", cwd=tree)
    assert done.returncode == 1
    assert "gives no reason" in done.stdout


def test_an_unused_ignore_is_said(tree: Path) -> None:
    """And fails nothing."""
    (tree / "app.py").write_text("x = 1  # discreet: ignore[whole-item-returned] why\n")
    done = run("audit", cwd=tree)
    assert done.returncode == 0
    assert "app.py:1: the ignore of `whole-item-returned` matches no finding" in done.stdout


def test_a_baseline_accepts_what_is_there(tree: Path) -> None:
    """What is new is held; lines may move; what is gone is said."""
    done = run("audit", "--write-baseline", "--reason", "before the audit", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert "2 by the baseline" in done.stdout
    assert "wrote discreet-baseline.json: 2 accepted" in done.stderr
    (tree / "app.py").write_text("\n\n\n" + APP.replace("scan-behind-route", "secret-in-source"))
    done = run("audit", "--baseline", "discreet-baseline.json", cwd=tree)
    assert done.returncode == 1
    assert "1 finding on 1 route" in done.stdout
    assert "1 suppressed: 1 by the baseline" in done.stdout
    assert "accepts `scan-behind-route` in `everyone`, which is not found any more" in done.stdout


def test_a_baseline_written_again_keeps_its_reasons(tree: Path) -> None:
    """Also where another place is named."""
    known = tree / "known.json"
    run("audit", "--write-baseline", "--baseline", known, "--reason", "first", "--rule", "scan-behind-route", cwd=tree)
    run("audit", "--write-baseline", "--baseline", known, cwd=tree)
    reasons = {each["rule"]: each["reason"] for each in json.loads(known.read_text())["accepted"]}
    assert reasons == {"scan-behind-route": "first", "whole-item-returned": "not judged yet"}


# --- settings


def test_settings_come_from_the_tree(tree: Path) -> None:
    """They are said, and left out when asked to be. The command line's own are added, or win."""
    (tree / "known.json").write_text('{"version": 1, "accepted": []}')
    (tree / "pyproject.toml").write_text(
        '[tool.discreet.audit]\nexclude = ["old/*"]\nfail_on = "critical"\nbaseline = "known.json"\n'
        '[tool.discreet.audit.severity]\nscan-behind-route = "low"\n'
    )
    (tree / "old").mkdir()
    (tree / "old/a.py").write_text(APP)
    done = run("audit", "service", cwd=tree.parent)
    assert done.returncode == 0
    assert "LOW scan-behind-route" in done.stdout
    assert "as pyproject.toml asks: exclude: old/*; fail_on: critical; severity: scan-behind-route = low" in done.stdout
    assert run("audit", "service", "--fail-on", "high", cwd=tree.parent).returncode == 1
    done = run("audit", "service", "--isolated", cwd=tree.parent)
    assert done.returncode == 1
    assert "4 findings" in done.stdout
    assert "pyproject" not in done.stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[tool.discreet", ["pyproject.toml", "no TOML", "--isolated"]),
        ("[tool.discreet.audit]\nrule = []", ["`rule` is not known", "rules"]),
        ("[tool.discreet.audit]\nrules = ['scan']", ["`scan` is no rule", "`scan-behind-route`"]),
        ("[tool.discreet.audit]\nbaseline = 'gone.json'", ["there is no baseline", "gone.json", "--write-baseline"]),
    ],
)
def test_settings_that_are_wrong_end_with_2(tree: Path, settings: str, words: list[str]) -> None:
    """In one line."""
    (tree / "pyproject.toml").write_text(settings)
    one_line(run("audit", cwd=tree), *words)


def test_settings_that_are_no_text_end_with_2(tree: Path) -> None:
    """Binary, or a folder's name."""
    (tree / "pyproject.toml").write_bytes(b"\xff\xfe\x00")
    one_line(run("audit", cwd=tree), "pyproject.toml", "no UTF-8")


@pytest.mark.parametrize("way", ["../known.json", "inner/../../known.json", "linked.json"])
def test_a_tree_leads_no_baseline_outside_of_itself(tree: Path, way: str) -> None:
    """Neither to be read nor to be written: the tree may be anyone's. What the command line names is its caller's choice."""
    outside = tree.parent / "known.json"
    outside.write_text('{"version": 1, "accepted": []}')
    (tree / "linked.json").symlink_to(outside)
    (tree / "pyproject.toml").write_text(f"[tool.discreet.audit]\nbaseline = {way!r}\n")
    one_line(run("audit", cwd=tree), "outside of the audited tree", "--baseline")
    one_line(run("audit", "--write-baseline", cwd=tree), "outside of the audited tree", "--baseline")
    assert outside.read_text() == '{"version": 1, "accepted": []}'
    assert run("audit", "--write-baseline", "--baseline", "../known.json", cwd=tree).returncode == 0
    assert len(json.loads(outside.read_text())["accepted"]) == 2


def test_a_link_of_the_tree_is_not_written_through(tree: Path) -> None:
    """The file of the usual name may be a link to someone's own."""
    outside = tree.parent / "precious.txt"
    outside.write_text("precious")
    (tree / "discreet-baseline.json").symlink_to(outside)
    one_line(run("audit", "--write-baseline", cwd=tree), "outside of the audited tree")
    assert outside.read_text() == "precious"


# --- what cannot be done


def test_a_path_that_is_not_there_ends_with_2(tree: Path) -> None:
    """Also one that is no file and no folder: nothing is waited for."""
    one_line(run("audit", "nowhere", cwd=tree), "there is no `nowhere`")
    os.mkfifo(tree / "pipe")
    one_line(run("audit", "pipe", cwd=tree), "neither a file nor a folder")
    one_line(run("audit", "/dev/zero", cwd=tree), "neither a file nor a folder")


def test_a_pipe_in_the_tree_is_not_waited_for(tree: Path) -> None:
    """Nor a link to a device, nor a link to nowhere."""
    os.mkfifo(tree / "pipe.py")
    (tree / "zero.py").symlink_to("/dev/zero")
    (tree / "gone.py").symlink_to("nowhere.py")
    (tree / "loop").symlink_to(tree)
    done = run("audit", cwd=tree)
    assert done.returncode == 1
    assert "2 findings" in done.stdout
    assert "pipe.py: a pipe or a device" in done.stdout


def test_an_unknown_rule_ends_with_2(tree: Path) -> None:
    """With the nearest."""
    one_line(run("audit", "--rule", "whole-item", cwd=tree), "no rule `whole-item`", "`whole-item-returned`")


def test_a_file_that_can_not_be_read_ends_with_2(tree: Path) -> None:
    """Where it is all there is to audit. In a folder it is said, and the rest is audited."""
    (tree / "image.py").write_bytes(b"\x89PNG\x00\xff")
    done = run("audit", "image.py", cwd=tree)
    assert done.returncode == 2
    assert "could not be read: binary" in done.stderr
    assert "nothing found" not in done.stdout
    done = run("audit", cwd=tree)
    assert done.returncode == 1
    assert "image.py: binary" in done.stdout
    told = run("audit", "--format", "json", cwd=tree)
    assert "1 of 2 files could not be read in whole" in told.stderr
    assert [each["path"] for each in document(told)["unparsed"]] == ["image.py"]


def test_a_folder_of_which_nothing_can_be_read_ends_with_2(tmp_path: Path) -> None:
    """It is not clean: nothing of it was seen."""
    (tmp_path / "app.py").write_text("def f(:\n")
    done = run("audit", cwd=tmp_path)
    assert done.returncode == 2
    assert "app.py: line 1" in done.stdout
    assert "no file in `.` could be read in whole" in done.stderr


def test_no_python_is_said(tmp_path: Path) -> None:
    """A wrong folder is not a clean one."""
    done = run("audit", cwd=tmp_path)
    assert done.returncode == 0
    assert "no Python file" in done.stderr


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 99, "accepted": []}', '{"version": 1, "accepted": [{}]}'])
def test_a_baseline_that_is_wrong_ends_with_2(tree: Path, content: str) -> None:
    """One of another version too; it is never overwritten unread."""
    (tree / "b.json").write_text(content)
    one_line(run("audit", "--baseline", "b.json", cwd=tree), "`b.json`", "--write-baseline")
    assert run("audit", "--baseline", "b.json", "--write-baseline", cwd=tree).returncode == 2
    assert (tree / "b.json").read_text() == content


@pytest.mark.parametrize(
    ("output", "said"), [("folder", "is a folder"), ("gone/x.json", "there is no folder"), ("app.py/x.json", "no folder")]
)
def test_an_output_that_can_not_be_written_ends_with_2(tree: Path, output: str, said: str) -> None:
    """Before any work is done."""
    (tree / "folder").mkdir()
    one_line(run("audit", "--output", output, "--format", "json", cwd=tree), said)


def test_an_output_is_whole_or_as_it_was(tree: Path) -> None:
    """A link's target is replaced, its mode stays, and nothing is left beside it. When the audit fails it is not touched."""
    out = tree / "real.json"
    out.write_text("before")
    out.chmod(0o640)
    (tree / "link.json").symlink_to("real.json")
    done = run("audit", "--format", "json", "--output", "link.json", cwd=tree)
    assert done.returncode == 1
    assert not done.stdout
    assert "wrote link.json" in done.stderr
    assert json.loads(out.read_text())["summary"]["findings"] == 2
    assert (tree / "link.json").is_symlink()
    assert out.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in tree.iterdir()) == ["app.py", "link.json", "real.json"]
    (tree / "wrong.py").write_text("raise RuntimeError\n")
    before = out.read_text()
    assert run("audit", "--format", "json", "--output", "link.json", cwd=tree).returncode == 2
    assert out.read_text() == before


def test_an_output_without_room_leaves_nothing(tree: Path) -> None:
    """A limit on the size of files stands for a full disk."""
    (tree / "out.json").write_text("before")
    limited = ["bash", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "bash", *STAND_IN]
    done = run("audit", "--format", "json", "--output", "out.json", cwd=tree, command=limited)
    assert done.returncode == 2
    assert "could not be written" in done.stderr
    assert (tree / "out.json").read_text() == "before"
    assert sorted(each.name for each in tree.iterdir()) == ["app.py", "out.json"]


def test_devices_are_written_as_they_are(tree: Path) -> None:
    """Not replaced."""
    assert run("audit", "--format", "json", "--output", "/dev/null", cwd=tree).returncode == 1
    assert Path("/dev/null").is_char_device()
    done = run("audit", "--format", "json", "--output", "/dev/stdout", cwd=tree)
    assert document(done)["summary"]["findings"] == 2


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A line of a shell; `AUDIT` is the command."""
    line = command.replace("AUDIT", " ".join(STAND_IN) + " audit")
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, cwd=cwd, check=False)


def test_a_reader_that_has_seen_enough_is_no_failure(tree: Path) -> None:
    """`| head`: no traceback, and the code says what was found."""
    (tree / "app.py").write_text(APP * 400)
    done = shell("AUDIT | head -n 1; echo ${PIPESTATUS[0]}", tree)
    assert done.stdout.splitlines()[-1] == "1"
    assert not done.stderr


def test_a_full_or_closed_output_ends_with_2(tree: Path) -> None:
    """What was found did not arrive: one line says so."""
    done = shell("AUDIT > /dev/full; echo $?", tree)
    assert done.stdout == "2\n"
    assert "standard output could not be written: no space left on device" in done.stderr
    done = shell("AUDIT >&-; echo $? >&2", tree)
    assert done.stderr.splitlines()[-1] == "2"
    assert "Traceback" not in done.stderr


def test_a_mistake_of_our_own_ends_with_2(tree: Path) -> None:
    """Python's own 1 would say that something was found."""
    (tree / "wrong.py").write_text("raise RuntimeError\n")
    done = run("audit", cwd=tree)
    assert done.returncode == 2
    assert "mistake of discreet's own" in done.stderr


def test_ctrl_c_is_no_finding(tree: Path) -> None:
    """130, as shells say it."""
    (tree / "slow.py").write_text("x = 1\n")
    child = subprocess.Popen([*STAND_IN, "audit"], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while child.stdout and child.stdout.readline() != "sleeping\n":
        pass
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "Traceback" not in said


# --- what people see


def in_a_terminal(*arguments: str, cwd: Path, **environment: str) -> str:
    """What a terminal of 60 columns shows."""
    ours, theirs = pty.openpty()
    surroundings = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    surroundings |= {"COLUMNS": "60", "TERM": "xterm-256color", **environment}
    with subprocess.Popen([*STAND_IN, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=surroundings) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        child.wait(timeout=60)
    os.close(ours)
    return shown.decode()


def test_a_terminal_has_colours_unless_it_says_no(tree: Path) -> None:
    """NO_COLOR, and a dumb one."""
    assert "\x1b[" in in_a_terminal("audit", cwd=tree)
    assert "\x1b[" not in in_a_terminal("audit", cwd=tree, NO_COLOR="1")
    assert "\x1b[" not in in_a_terminal("audit", cwd=tree, TERM="dumb")


def test_progress_is_shown_after_a_second(tree: Path) -> None:
    """Where somebody watches; quick work shows none."""
    assert "auditing" not in in_a_terminal("audit", cwd=tree)
    (tree / "slow.py").write_text("x = 1\n")
    (tree / "zzz.py").write_text("x = 1\n")
    assert "auditing" in in_a_terminal("audit", cwd=tree)
    assert "auditing" not in run("audit", cwd=tree).stderr


def test_explain_lists_the_rules(tree: Path) -> None:
    """And shows the page of one, as a terminal does or as it is written."""
    listed = run("explain", cwd=tree).stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["whole-item-returned", "scan-behind-route", "secret-in-source"]
    shown = run("explain", "scan-behind-route", cwd=tree).stdout
    assert "CWE-770" in shown
    assert "```" not in shown
    written = run("explain", "scan-behind-route", "--format", "markdown", cwd=tree).stdout
    assert written.startswith("# scan-behind-route\n")
    assert "| PCI DSS 4.0.1 | 3.4.1, 6.2.4 | card data in scope |" in written


def test_explain_knows_what_is_near(tree: Path) -> None:
    """Exit 2."""
    one_line(run("explain", "scan-behind-rout", cwd=tree), "no rule `scan-behind-rout`", "`scan-behind-route`")
    one_line(run("explain", "xyz", cwd=tree), "`discreet explain` lists the rules")


def test_help_says_all_of_it(tree: Path) -> None:
    """Every option, and what the codes mean."""
    done = run("audit", "--help", cwd=tree, COLUMNS="140")
    text = re.sub(r"\s+", " ", done.stdout)
    for each in ("--format", "--output", "--rule", "--exclude", "--fail-on", "--baseline", "--write-baseline", "--jobs", "Ends with 0"):
        assert each in text


def test_the_real_command_has_both(tree: Path) -> None:
    """With the real analysis."""
    (tree / "app.py").write_text("x = 1\n")
    assert run("audit", cwd=tree, command=REAL).returncode == 0
    assert run("explain", cwd=tree, command=REAL).returncode == 0
