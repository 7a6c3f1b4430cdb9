"""What findings come to: held, or set aside for a reason; and what the reader of a run must know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from discreet.findings import Severity
from discreet.report import Accepted, Baseline, By, Ignore, Settings, Suppression, renewed

from .sample import FINDINGS, RETURNED, SCAN, SCANNED, TOKEN, UNPARSED, WHOLE, moved, outcome

HERE = Ignore("app/users.py", 4, 4, (WHOLE.name,), "the caller's own item")


def test_the_worst_comes_first() -> None:
    """By severity, then by place."""
    assert [each.finding for each in outcome().judged] == [TOKEN, RETURNED, SCANNED]


def test_an_ignore_sets_its_finding_aside() -> None:
    """That one, with its reason."""
    found = outcome(ignores=[HERE])
    assert [(each.finding, each.suppression) for each in found.suppressed] == [(RETURNED, Suppression(By.IGNORE, "the caller's own item"))]
    assert [each.finding for each in found.findings] == [TOKEN, SCANNED]
    assert not found.problems


@pytest.mark.parametrize(
    ("ignore", "said"),
    [
        (replace(HERE, reason=""), "gives no reason"),
        (replace(HERE, rules=("whole-itm-returned",)), "`whole-itm-returned`, which is no rule"),
        (replace(HERE, rules=(WHOLE.name, "nonsense")), "`nonsense`, which is no rule"),
        (replace(HERE, rules=()), "names no rule"),
    ],
)
def test_an_ignore_that_is_wrong_ignores_nothing_and_fails_the_run(ignore: Ignore, said: str) -> None:
    """Whatever else is found."""
    found = outcome([RETURNED], ignores=[ignore])
    assert not found.suppressed
    assert said in found.problems[0].message
    assert (found.problems[0].path, found.problems[0].line) == ("app/users.py", 4)
    assert outcome([], ignores=[ignore]).fails(Severity.CRITICAL)


def test_a_rule_that_is_nearly_right_is_named() -> None:
    """The hint has it."""
    assert "`whole-item-returned`" in outcome(ignores=[replace(HERE, rules=("whole-itm-returned",))]).problems[0].hint


@pytest.mark.parametrize("ignore", [replace(HERE, covers=5), replace(HERE, rules=(SCAN.name,)), replace(HERE, path="app/other.py")])
def test_an_ignore_that_matches_nothing_is_said(ignore: Ignore) -> None:
    """And fails nothing."""
    found = outcome([RETURNED], ignores=[ignore])
    assert not found.suppressed
    assert "matches no finding" in found.problems[0].message
    assert not found.problems[0].fails


def test_an_ignore_of_two_rules_is_judged_for_each() -> None:
    """One is used, the other is said."""
    found = outcome([RETURNED], ignores=[replace(HERE, rules=(WHOLE.name, SCAN.name))])
    assert len(found.suppressed) == 1
    assert ["scan-behind-route" in each.message for each in found.problems] == [True]


def test_what_was_not_looked_for_is_not_unused() -> None:
    """A rule that did not run, a file that was not read: neither an ignore nor a baseline is blamed."""
    entry = Accepted("gone:1", WHOLE.name, "app/old.py", None, "f", "why")
    assert not outcome([], rules=[SCAN], ignores=[HERE], baseline=Baseline((entry,))).problems
    ignore = replace(HERE, path="app/old.py")
    assert not outcome([], unparsed=UNPARSED, ignores=[ignore], baseline=Baseline((entry,))).problems
    assert len(outcome([], ignores=[ignore], baseline=Baseline((entry,))).problems) == 2


def test_a_baseline_sets_aside_what_it_knows_wherever_it_moved() -> None:
    """And nothing that is new."""
    baseline = renewed(Baseline(), outcome([RETURNED]).findings, ran=[WHOLE.name], reason="known")
    found = outcome([moved(RETURNED, 40), SCANNED], baseline=baseline)
    assert [(each.finding.rule, each.suppression) for each in found.suppressed] == [(WHOLE.name, Suppression(By.BASELINE, "known"))]
    assert [each.finding for each in found.findings] == [SCANNED]


def test_the_same_twice_is_two_findings() -> None:
    """A baseline of one accepts no second: what it means is the same, its number is not."""
    baseline = renewed(Baseline(), outcome([RETURNED]).findings, ran=[WHOLE.name], reason="known")
    found = outcome([RETURNED, moved(RETURNED, 2)], baseline=baseline)
    assert len({each.identity for each in found.judged}) == 2
    assert len(found.findings) == len(found.suppressed) == 1


def test_a_stale_entry_is_said() -> None:
    """Where it was."""
    baseline = renewed(Baseline(), outcome([RETURNED]).findings, ran=[WHOLE.name], reason="known")
    found = outcome([], baseline=baseline)
    assert "`whole-item-returned` in `app.users.read_user`, which is not found any more" in found.problems[0].message
    assert not found.fails(Severity.LOW)


def test_an_ignore_is_told_before_the_baseline() -> None:
    """Both are used: neither is said to be stale."""
    baseline = renewed(Baseline(), outcome([RETURNED]).findings, ran=[WHOLE.name], reason="known")
    found = outcome([RETURNED], ignores=[HERE], baseline=baseline)
    assert [each.suppression and each.suppression.by for each in found.judged] == [By.IGNORE]
    assert not found.problems


def test_severities_are_the_settings() -> None:
    """Of the finding and of its rule."""
    found = outcome(settings=Settings(severity={WHOLE.name: Severity.LOW}))
    assert {each.finding.rule: each.finding.severity for each in found.judged}[WHOLE.name] is Severity.LOW
    assert {each.name: each.severity for each in found.rules}[WHOLE.name] is Severity.LOW
    assert "whole-item-returned = low" in found.settings


@pytest.mark.parametrize("severity", Severity)
def test_a_run_fails_from_a_severity_on(severity: Severity) -> None:
    """Only findings that are held count."""
    assert outcome([SCANNED]).fails(severity) == (severity in {Severity.LOW, Severity.MEDIUM})
    assert outcome(FINDINGS).fails(severity)
    assert not outcome([RETURNED], ignores=[HERE]).fails(severity)
