"""What programs read: our own JSON, by its published schema; and SARIF, by Microsoft's validator and by what GitHub makes of it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discreet.findings import Confidence, Finding, Region, Severity, Step
from discreet.report import Accepted, Baseline, Ignore, Outcome, as_json, as_sarif, renewed

from .sample import FINDINGS, RETURNED, SCAN, SCANNED, TOKEN, UNPARSED, WHOLE, moved, outcome

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((ROOT / "docs/audit-1.schema.json").read_text())
DOCUMENTS = jsonschema.Draft202012Validator(SCHEMA)
VALIDATORS = ROOT / ".engines/node_modules/@microsoft"
Log = dict[str, Any]


def full(findings: tuple[Finding, ...] = FINDINGS) -> Outcome:
    """All there is to say: held, ignored, accepted, wrong, stale, not read."""
    accepted = renewed(Baseline(), outcome([TOKEN]).findings, ran=[TOKEN.rule], reason="rotated").accepted
    stale = Accepted("gone:1", WHOLE.name, "app/users.py", None, "app.users.gone", "known")
    return outcome(
        findings,
        unparsed=UNPARSED,
        ignores=[
            Ignore("app/users.py", 8, 8, (SCAN.name,), "ten items at most"),
            Ignore("app/users.py", 2, 2, ("whole-itm",), "why"),
            Ignore("app/users.py", 3, 3, (WHOLE.name,), "why"),
        ],
        baseline=Baseline((*accepted, stale)),
    )


def sarif(found: Outcome, prefix: str = "") -> Log:
    """The log, read again."""
    log: Log = json.loads(as_sarif(found, release="0.1.0.dev0", prefix=prefix))
    return log


def results(log: Log) -> list[Any]:
    """Of its one run."""
    found: list[Any] = log["runs"][0]["results"]
    return found


@pytest.mark.parametrize("found", [full(), outcome([]), outcome()], ids=["full", "nothing", "findings"])
def test_the_document_keeps_to_its_schema(found: Outcome) -> None:
    """The one that is published."""
    document = json.loads(as_json(found, release="0.1.0"))
    DOCUMENTS.validate(document)
    assert document["summary"]["findings"] == len(document["findings"]) == len(found.findings)
    assert document["summary"]["suppressed"] == len(document["suppressed"])


def test_the_schema_refuses_what_is_no_document() -> None:
    """It says something: each name that is left out is missed, down to a step's line."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(as_json(full(), release="0.1.0"))
    for broken in _without_each(document):
        with pytest.raises(jsonschema.ValidationError):
            DOCUMENTS.validate(broken)


def _without_each(document: Log) -> Iterator[Log]:
    """The document without one of its names: of itself, its summary, its first finding, that one's first step, what it set aside."""
    places: list[Callable[[Log], Log]] = [
        lambda each: each,
        lambda each: each["summary"],
        lambda each: each["findings"][0],
        lambda each: each["findings"][0]["steps"][0],
        lambda each: each["suppressed"][0],
        lambda each: each["problems"][0],
    ]
    for place in places:
        for name in place(document):
            broken = json.loads(json.dumps(document))
            del place(broken)[name]
            yield broken


def test_the_document_of_an_outcome() -> None:
    """What was found, and why what is set aside is."""
    document = json.loads(as_json(full(), release="0.1.0"))
    (found,) = document["findings"]
    assert (found["rule"], found["path"], found["line"], found["route"]) == (WHOLE.name, "app/users.py", 4, "GET /users/{user_id}")
    assert {each["rule"]: each["suppression"] for each in document["suppressed"]} == {
        SCAN.name: {"by": "ignore", "reason": "ten items at most"},
        TOKEN.rule: {"by": "baseline", "reason": "rotated"},
    }
    assert document["rules"][WHOLE.name]["requirements"][0] == {
        "standard": "PCI DSS 4.0.1",
        "ids": ["3.4.1", "6.2.4"],
        "precondition": "card data in scope",
    }


# --- SARIF


def _validator() -> str:
    """Microsoft's validator, which holds the schema and the rules of GitHub. Where it can not run, that is said; in CI it fails."""
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform, "win32")
    binary = VALIDATORS / f"sarif-multitool-{system}" / "Sarif.Multitool"
    lacking = "" if binary.exists() else f"{binary.relative_to(ROOT)} is missing (make test fetches it, with npm)"
    if not lacking:
        try:
            subprocess.run([binary, "version"], capture_output=True, timeout=60, check=False)
        except OSError as error:
            lacking = str(error)
    if lacking:
        if os.environ.get("CI"):
            pytest.fail(f"SARIF can not be validated: {lacking}", pytrace=False)
        warnings.warn(f"NOT CHECKED with Microsoft's SARIF validator: {lacking}", stacklevel=1)
        pytest.skip(f"NOT CHECKED with Microsoft's SARIF validator: {lacking}")
    return str(binary)


def complaints(folder: Path, log: Log) -> set[str]:
    """The rules that a log breaks: of the schema (JSON...) and of GitHub (GH...)."""
    path, said = folder / "log.sarif", folder / "said.sarif"
    path.write_text(json.dumps(log))
    options = ["--rule-kind", "Ghas", "--level", "Error;Warning;Note", "--output", str(said)]
    done = subprocess.run([_validator(), "validate", str(path), *options], capture_output=True, text=True, timeout=120, check=False)
    assert said.exists(), done.stdout + done.stderr
    run = json.loads(said.read_text("utf-8-sig"))["runs"][0]
    assert run["invocations"][0]["executionSuccessful"]
    return {each["ruleId"] for each in run["results"]}


@pytest.mark.parametrize("found", [full(), outcome([])], ids=["full", "nothing"])
def test_the_validator_has_no_complaint(tmp_path: Path, found: Outcome) -> None:
    """By the schema of SARIF 2.1.0, and by the rules of GitHub code scanning."""
    assert complaints(tmp_path, sarif(found)) == set()


def broken_schema(log: Log) -> None:
    """A name that SARIF does not have."""
    results(log)[0]["severity"] = "high"


def broken_location(log: Log) -> None:
    """A result that is nowhere."""
    results(log)[0]["locations"] = []


def broken_rule(log: Log) -> None:
    """A rule that explains nothing."""
    del log["runs"][0]["tool"]["driver"]["rules"][0]["help"]


@pytest.mark.parametrize(("breaking", "complaint"), [(broken_schema, "JSON1005"), (broken_location, "GH1015"), (broken_rule, "GH2012")])
def test_the_validator_complains_of_what_is_broken(tmp_path: Path, breaking: Callable[[Log], None], complaint: str) -> None:
    """So its silence says something."""
    log = sarif(full())
    breaking(log)
    assert complaint in complaints(tmp_path, log)


def what_github_needs(log: Log) -> list[str]:
    """What is wrong for GitHub that the validator does not know of: the rest of FACTS, by hand."""
    wrong: list[str] = []

    def need(holds: object, what: str) -> None:
        if not holds:
            wrong.append(what)

    need(log["version"] == "2.1.0", "version")
    need(log["$schema"].endswith("sarif-2.1.0.json"), "schema")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    need(driver["name"], "name")
    for rule in driver["rules"]:
        properties = rule["properties"]
        texts = [rule["shortDescription"]["text"], rule["fullDescription"]["text"], rule["help"]["text"], rule["help"]["markdown"]]
        need(all(texts) and max(map(len, texts[:2])) <= 1024, "descriptions")
        need(isinstance(properties["security-severity"], str) and 0 < float(properties["security-severity"]) <= 10, "security-severity")
        need(properties["precision"] in {"very-high", "high", "medium", "low"}, "precision")
        need(len(properties["tags"]) <= 10 and "security" in properties["tags"], "tags")
    for result in run["results"]:
        need(result["message"]["text"], "message")
        need(len(result["locations"]) == 1, "one location")
        steps = [each["location"] for flow in result.get("codeFlows", ()) for each in flow["threadFlows"][0]["locations"]]
        for location in (*result["locations"], *steps):
            physical = location["physicalLocation"]
            region = physical["region"]
            need(set(region) == {"startLine", "startColumn", "endLine", "endColumn"}, "a full region")
            need(region.get("startLine") == region.get("endLine"), "one line")
            need(region.get("endColumn", 0) > region.get("startColumn", 0), "a region that is not empty")
            need(physical["artifactLocation"]["uriBaseId"] == "%SRCROOT%", "a base")
            uri = physical["artifactLocation"]["uri"]
            need(uri.isascii() and not uri.startswith("/") and ":" not in uri and "\\" not in uri and ".." not in uri, "a relative path")
        need(result["partialFingerprints"].get("primaryLocationLineHash"), "fingerprint")
        need(driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"], "the rule at its index")
    return sorted(set(wrong))


def test_github_gets_what_it_needs() -> None:
    """All of it."""
    assert what_github_needs(sarif(full(), "services/api")) == []


@pytest.mark.parametrize(
    ("breaking", "complaint"),
    [
        (lambda log: results(log)[0]["partialFingerprints"].clear(), "fingerprint"),
        (lambda log: results(log)[0]["locations"][0]["physicalLocation"]["region"].update(endLine=99), "one line"),
        (lambda log: results(log)[0]["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="/srv/a.py"), "a relative path"),
        (lambda log: log["runs"][0]["tool"]["driver"]["rules"][0]["properties"].update({"security-severity": 8.0}), "security-severity"),
        (lambda log: log["runs"][0]["tool"]["driver"]["rules"][0]["properties"].update(tags=["security"] * 11), "tags"),
    ],
)
def test_what_github_needs_is_missed(breaking: Callable[[Log], None], complaint: str) -> None:
    """When it is not there."""
    log = sarif(full())
    breaking(log)
    assert complaint in what_github_needs(log)


words = st.text(max_size=12)
regions = st.builds(
    lambda path, line, column, length: Region(path, line, column, line, column + length),
    st.text(min_size=1, max_size=12).filter(lambda each: "\0" not in each and each.strip("/. ")),
    st.integers(1, 10**6),
    st.integers(1, 500),
    st.integers(0, 80),
)
findings = st.builds(
    Finding,
    st.sampled_from([WHOLE.name, SCAN.name, TOKEN.rule]),
    words,
    regions,
    st.sampled_from(Severity),
    st.sampled_from(Confidence),
    st.none() | words,
    words,
    words,
    st.lists(st.builds(Step, regions, words), max_size=3).map(tuple),
    words,
)


@given(st.lists(findings, max_size=5))
def test_any_finding_makes_documents(found: list[Finding]) -> None:
    """Whatever stands in a tree: both formats are JSON in ASCII, by our schema and with what GitHub needs but for odd paths."""
    told = outcome(found)
    for text in (as_json(told, release="1"), as_sarif(told, release="1")):
        assert text.isascii()
    DOCUMENTS.validate(json.loads(as_json(told, release="1")))
    assert set(what_github_needs(sarif(told))) <= {"a relative path"}


def test_a_fingerprint_stays_when_lines_move() -> None:
    """GitHub then knows the alert again; another function is another alert."""
    hashes = [
        results(sarif(outcome([each])))[0]["partialFingerprints"]["primaryLocationLineHash"]
        for each in (RETURNED, moved(RETURNED, 12), replace(RETURNED, function="app.users.other"), replace(RETURNED, message="said anew"))
    ]
    assert hashes[0] == hashes[1] == hashes[3] != hashes[2]


def test_paths_begin_at_the_root_of_the_repository() -> None:
    """Also those of steps; what is odd in a URI is escaped."""
    finding = replace(TOKEN, region=Region("app/a b#1%ü\udcff.py", 1, 1, 1, 2))
    uri = results(sarif(outcome([finding]), "services/api"))[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "services/api/app/a%20b%231%25%C3%BC%FF.py"


def test_what_is_set_aside_is_in_it_with_its_reason() -> None:
    """In the source by an ignore, outside of it by the baseline; what is held has none."""
    found = {each["ruleId"]: each.get("suppressions") for each in results(sarif(full()))}
    assert found == {
        WHOLE.name: None,
        SCAN.name: [{"kind": "inSource", "status": "accepted", "justification": "ten items at most"}],
        TOKEN.rule: [{"kind": "external", "status": "accepted", "justification": "rotated"}],
    }


def test_what_was_not_read_is_said_in_it() -> None:
    """With the problems of the run. A run that read nothing did not succeed."""
    (invocation,) = sarif(full())["runs"][0]["invocations"]
    said = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert said[0] == "Could not be read in whole: line 3: invalid syntax."
    assert len(said) == 4
    assert invocation["executionSuccessful"]
    nothing_read = replace(outcome([], unparsed=UNPARSED), files=1)
    assert not sarif(nothing_read)["runs"][0]["invocations"][0]["executionSuccessful"]


def test_severity_and_confidence_become_githubs() -> None:
    """Level and score by severity; rank and precision by confidence, a rule's by its least certain finding."""
    log = sarif(outcome([RETURNED, replace(RETURNED, function="g", confidence=Confidence.LOW), SCANNED]))
    rules = {each["id"]: each["properties"] for each in log["runs"][0]["tool"]["driver"]["rules"]}
    assert (rules[WHOLE.name]["security-severity"], rules[WHOLE.name]["precision"]) == ("8.0", "low")
    assert (rules[SCAN.name]["security-severity"], rules[SCAN.name]["precision"]) == ("5.5", "medium")
    assert [(each["level"], each["rank"]) for each in results(log)] == [("error", 90.0), ("error", 30.0), ("warning", 60.0)]


def test_requirements_are_no_tags() -> None:
    """Ten tags are kept: standards stand in the properties and in the help, with their precondition."""
    many = replace(WHOLE, cwe=tuple(range(200, 220)))
    (rule,) = sarif(outcome([RETURNED], rules=[many]))["runs"][0]["tool"]["driver"]["rules"]
    assert len(rule["properties"]["tags"]) == 10
    assert rule["properties"]["tags"][:3] == ["security", "external/owasp/api3-2023", "external/cwe/cwe-200"]
    assert rule["properties"]["requirements"][1] == {
        "standard": "GDPR",
        "ids": ["5(1)(c)", "25(2)"],
        "precondition": "personal data in scope",
    }
    assert "| GDPR | 5(1)(c), 25(2) | personal data in scope |" in rule["help"]["markdown"]


def test_an_upload_is_never_refused_for_its_size() -> None:
    """25,000 results at most, the worst kept, and what is left out is said; well under 10 MB as gzip."""
    many = [replace(SCANNED, function=f"f{number}") for number in range(25_001)]
    text = as_sarif(outcome([*many, RETURNED]), release="1")
    log = json.loads(text)
    assert len(results(log)) == 25_000
    assert results(log)[0]["ruleId"] == WHOLE.name
    assert "2 results are left out" in log["runs"][0]["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert len(gzip.compress(text.encode())) < 10_000_000


def test_no_line_of_the_source_is_in_them() -> None:
    """Nor so what a line would give away; places are."""
    for text in (as_json(full(), release="1"), as_sarif(full(), release="1")):
        assert "canary" not in text
        assert "app/config.py" in text
