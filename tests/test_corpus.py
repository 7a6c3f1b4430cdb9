"""The corpus is sound: every file is Python, every label a rule, every rule well covered, every fixed twin unlabelled."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from .corpus_labels import CORPUS, RULES, App, apps, labels

APPS = apps()


def _name(app: App) -> str:
    return f"{app.style}/{app.name}/{app.twin}"


@pytest.mark.parametrize("app", APPS, ids=_name)
def test_an_app_is_python(app: App) -> None:
    """An app has files, and each of them compiles."""
    files = sorted(app.root.rglob("*.py"))
    assert files
    for path in files:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)


@pytest.mark.parametrize("app", APPS, ids=_name)
def test_labels_name_rules(app: App) -> None:
    """A label names a rule of ours; and whatever looks like a label is read as one."""
    assert {label.rule for label in labels(app)} <= RULES
    for path in app.root.rglob("*.py"):
        for line in path.read_text().splitlines():
            if re.search(r"#.*(finding|arguable)\b", line):
                assert re.search(r"# (finding|arguable): [a-z]", line), f"{path}: {line}"


@pytest.mark.parametrize("app", [app for app in APPS if app.twin != "vulnerable"], ids=_name)
def test_right_apps_are_unlabelled(app: App) -> None:
    """What is fixed or clean holds no remark, arguable or not."""
    assert labels(app) == []


@pytest.mark.parametrize("app", [app for app in APPS if app.twin == "vulnerable"], ids=_name)
def test_vulnerable_apps_are_labelled(app: App) -> None:
    """A vulnerable twin has defects; no label stands twice on a line, or is right and arguable at once."""
    found = labels(app)
    assert any(not label.arguable for label in found)
    counted = Counter((label.path, label.line, label.rule) for label in found)
    assert [place for place, times in counted.items() if times > 1] == []


def test_every_rule_is_covered() -> None:
    """Each rule has at least twelve labels, in at least four styles."""
    places: dict[str, list[str]] = defaultdict(list)
    for app in APPS:
        for label in labels(app):
            if not label.arguable:
                places[label.rule].append(app.style)
    short = {rule: (len(places[rule]), len(set(places[rule]))) for rule in RULES if len(places[rule]) < 12 or len(set(places[rule])) < 4}
    assert short == {}


def test_the_corpus_is_broad() -> None:
    """At least forty apps, a fixed twin for each vulnerable one, at least ten clean ones."""
    assert len({(app.style, app.name) for app in APPS}) >= 40
    assert len([app for app in APPS if app.twin == "clean"]) >= 10
    assert CORPUS.joinpath("README.md").is_file()
