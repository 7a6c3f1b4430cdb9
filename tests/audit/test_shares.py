"""Routes judged by several processes come out as by one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from discreet.audit import RULES, audit, shares
from discreet.audit.service import Tables

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"

IN_SHARES = """
import sys
from pathlib import Path
from discreet.audit import audit, shares
from discreet.audit.shares import _workers

shares.FEW = 1
root = Path(sys.argv[1])
assert _workers(10, 3) == 3
assert audit(root, jobs=3) == audit(root, jobs=1)
print(audit(root, jobs=3).routes)
"""

IN_FAILING_SHARES = """
import os
import sys
from pathlib import Path
from discreet.audit import audit, shares

one = audit(Path(sys.argv[1]), jobs=1)
shares.FEW = 1
whole = shares._share


def dies(machine, routes, checks, ask):
    if os.getpid() != parent and sys.argv[2] == "at once":
        os._exit(3)
    if os.getpid() != parent:
        ask(shares.Tables())
        raise RuntimeError("half way")
    return whole(machine, routes, checks, ask)


parent = os.getpid()
shares._share = dies
assert audit(Path(sys.argv[1]), jobs=3) == one
print(one.routes)
"""


def alone(script: str, *arguments: str) -> str:
    """Run a script in a process without threads, which forks safely; what it prints."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks here")
@pytest.mark.parametrize(
    "app", ["layered/orders/vulnerable", "middleware_auth/devices/vulnerable", "owner_dependency/documents/vulnerable"]
)
def test_shares_find_what_one_process_finds(app: str) -> None:
    """Also what is asked of the whole service: whether items belong to someone, what exception handlers answer."""
    assert int(alone(IN_SHARES, str(CORPUS / app))) > 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks here")
@pytest.mark.parametrize("when", ["at once", "half way"])
def test_a_process_that_dies_costs_no_finding(when: str) -> None:
    """Its share is judged in the first process then."""
    assert int(alone(IN_FAILING_SHARES, str(CORPUS / "layered/orders/vulnerable"), when)) > 2


def test_owners_are_asked_of_the_whole_service(tmp_path: Path) -> None:
    """A share that kept to itself would miss whose a table is: with no one telling it, this finding is lost."""
    (tmp_path / "app.py").write_text(
        """
import boto3
import jwt
from fastapi import Depends, FastAPI, Header, HTTPException

app = FastAPI()
things = boto3.resource("dynamodb").Table("things")


def me(authorization: str = Header()) -> str:
    try:
        return jwt.decode(authorization, "k", algorithms=["HS256"])["sub"]
    except jwt.PyJWTError:
        raise HTTPException(401) from None


@app.get("/things/{thing}")
def read(thing: int, who: str = Depends(me)):
    return {"size": things.get_item(Key={"thing": thing})["Item"]["size"]}


@app.post("/things")
def add(who: str = Depends(me)):
    things.put_item(Item={"thing": 1, "owner_id": who})
    return {"ok": True}
"""
    )
    found = audit(tmp_path, jobs=1, rules={"unowned-item"}).findings
    assert [each.route for each in found] == ["GET /things/{thing}"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shares, "told", lambda service: Tables())
        assert not audit(tmp_path, jobs=1, rules={"unowned-item"}).findings


def test_every_rule_is_run() -> None:
    """The list of rules is not empty, and each has its name once."""
    assert len({rule.name for rule in RULES}) == len(RULES) == 13
