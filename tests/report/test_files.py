"""What a project writes down: the baseline, and its settings. Whatever is wrong with them is said in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discreet.errors import ConfigurationError
from discreet.findings import Severity
from discreet.report import NOT_JUDGED, Accepted, Baseline, Settings, parse_baseline, parse_settings, renewed

from .sample import RULES, SCAN, WHOLE, outcome

NAMES = [each.name for each in RULES]
ENTRY = {"fingerprint": "ab:1", "rule": WHOLE.name, "path": "a.py", "route": None, "function": "f", "reason": "known"}
texts = st.text(max_size=20)
entries = st.builds(Accepted, texts, texts, texts, st.none() | texts, texts, texts.filter(str.strip))


@given(st.lists(entries).map(tuple))
def test_a_baseline_survives_its_file(accepted: tuple[Accepted, ...]) -> None:
    """Whatever it holds."""
    assert parse_baseline("b.json", Baseline(accepted).dump()).accepted == accepted


def test_a_renewed_baseline_keeps_its_reasons() -> None:
    """New entries say that nobody has judged them yet; entries of rules that did not run stay."""
    found = outcome().findings
    old = renewed(Baseline(), found[:1], ran=NAMES, reason="known")
    other = Accepted("cd:1", "raw-cursor", "b.py", None, "g", "later")
    new = renewed(Baseline((*old.accepted, other)), found, ran=NAMES, reason=NOT_JUDGED)
    reasons = {each.rule: each.reason for each in new.accepted}
    assert reasons == {"secret-in-source": "known", "raw-cursor": "later", WHOLE.name: NOT_JUDGED, SCAN.name: NOT_JUDGED}
    assert [each.path for each in new.accepted] == sorted(each.path for each in new.accepted)
    assert renewed(new, [], ran=NAMES, reason="x").accepted == (other,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "is no baseline"),
        ("{}", "is no baseline"),
        ('{"version": 2, "accepted": []}', "is of version 2, and this discreet reads 1"),
        ('{"version": "1"}', "is of version '1'"),
        ('{"version": 1}', "no list `accepted`"),
        ('{"version": 1, "accepted": [3]}', "entry 1"),
        (json.dumps({"version": 1, "accepted": [ENTRY, {**ENTRY, "more": 1}]}), "entry 2"),
        (json.dumps({"version": 1, "accepted": [{**ENTRY, "path": 7}]}), "`path` of entry 1"),
        (json.dumps({"version": 1, "accepted": [{**ENTRY, "reason": " "}]}), "gives no reason"),
    ],
)
def test_what_is_wrong_with_a_baseline_is_said(content: str, said: str) -> None:
    """With its name, and with what to do."""
    with pytest.raises(ConfigurationError) as raised:
        parse_baseline("b.json", content)
    assert "`b.json`" in raised.value.message
    assert said in raised.value.message
    assert raised.value.hint
    assert "\n" not in raised.value.message


def parse(content: str) -> Settings:
    """Settings from the text of a pyproject.toml."""
    return parse_settings("pyproject.toml", content, NAMES)


def test_settings_say_what_a_project_wants() -> None:
    """Each of them."""
    content = """
    [tool.discreet.audit]
    exclude = ["tests/*"]
    rules = ["scan-behind-route"]
    fail_on = "high"
    baseline = "known.json"
    [tool.discreet.audit.severity]
    whole-item-returned = "critical"
    """
    expected = Settings(("tests/*",), (SCAN.name,), Severity.HIGH, "known.json", {WHOLE.name: Severity.CRITICAL})
    assert parse(content) == expected
    assert expected.said() == "exclude: tests/*; rules: scan-behind-route; fail_on: high; severity: whole-item-returned = critical"


@pytest.mark.parametrize("content", ["", "[tool.other]\nx = 1", "[tool.discreet]\n", "[project]\nname = 'x'"])
def test_no_settings_are_none(content: str) -> None:
    """Other tables are other tools'."""
    assert parse(content) == Settings()
    assert Settings().said() == ""


@pytest.mark.parametrize(
    ("content", "said", "hint"),
    [
        ("[tool", "is no TOML", "--isolated"),
        ("tool = 1", "`tool` of `pyproject.toml` is no table", "[tool.discreet.audit]"),
        ("[tool.discreet]\naudit = 1", "`audit` of `pyproject.toml` is no table", "[tool.discreet.audit]"),
        ("[tool.discreet.audit]\nexlude = []", "`exlude` is not known", "exclude"),
        ("[tool.discreet.audit]\nexclude = 'x'", "`exclude` is no list", "exclude = ["),
        ("[tool.discreet.audit]\nexclude = [1]", "`exclude` holds 1", "exclude = "),
        ("[tool.discreet.audit]\nrules = ['scan']", "`scan` is no rule", "`scan-behind-route`"),
        ("[tool.discreet.audit]\nfail_on = 'bad'", "`fail_on` is 'bad'", "critical"),
        ("[tool.discreet.audit]\nbaseline = 3", "`baseline` holds 3", "baseline = "),
        ("[tool.discreet.audit]\nseverity = 'low'", "`severity` is no table", "[tool.discreet.audit.severity]"),
        ("[tool.discreet.audit.severity]\nnope = 'low'", "`nope` is no rule", "discreet explain"),
        ("[tool.discreet.audit.severity]\nscan-behind-route = []", "`severity.scan-behind-route` is []", "medium"),
    ],
)
def test_what_is_wrong_with_settings_is_said(content: str, said: str, hint: str) -> None:
    """With the file's name, and with what to do."""
    with pytest.raises(ConfigurationError) as raised:
        parse(content)
    assert said in raised.value.message
    assert "`pyproject.toml`" in raised.value.message
    assert hint in str(raised.value.hint)


@given(st.text())
def test_no_text_breaks_either(content: str) -> None:
    """It is read, or it is said what is wrong."""
    readers: list[Callable[[], object]] = [lambda: parse(content), lambda: parse_baseline("b.json", content)]
    for reader in readers:
        with suppress(ConfigurationError):
            reader()
