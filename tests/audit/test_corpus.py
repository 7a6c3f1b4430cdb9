"""The labelled corpus: what is there is found, and what is right is left alone. Our own examples are clean."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from discreet.audit import RULES, audit

ROOT = Path(__file__).parents[2]


def scorer() -> ModuleType:
    """`scripts/audit_score.py`, as a module."""
    spec = importlib.util.spec_from_file_location("audit_score", ROOT / "scripts" / "audit_score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["audit_score"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not (ROOT / "tests" / "corpus").is_dir(), reason="the corpus is not here")
def test_scores() -> None:
    """For each rule: recall of 0.95 or more, and at most 0.05 of what is found is wrong."""
    scores = scorer().score()
    for rule in RULES:
        each = scores[rule.name]
        assert each.right, rule.name
        assert each.recall >= 0.95, each.missed
        assert each.false_positives <= 0.05, each.wrong


def test_a_blind_audit_does_not_pass(tmp_path: Path) -> None:
    """The score falls when labels are not found, and when something is found where no label is."""
    app = tmp_path / "style" / "app"
    (app / "vulnerable").mkdir(parents=True)
    (app / "fixed").mkdir()
    (app / "vulnerable" / "app.py").write_text("x = 1  # finding: scan-behind-route\n")
    (app / "fixed" / "app.py").write_text(
        "import boto3\nfrom fastapi import FastAPI\napp = FastAPI()\n\n\n@app.get('/x')\ndef x():\n    boto3.resource('dynamodb').Table('t').scan()\n"
    )
    score = scorer().score(tmp_path)["scan-behind-route"]
    assert (score.right, len(score.missed), len(score.wrong)) == (0, 1, 1)


def test_examples_are_clean() -> None:
    """What this repository shows has no findings."""
    report = audit(ROOT / "examples")
    assert report.routes == 16
    assert not report.findings
    assert not report.unparsed
