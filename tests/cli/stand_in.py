"""The command line with a small analysis in place of the real one: it finds what lines say of themselves.

A line with `# finds: rule` has that finding; `raise RuntimeError` in a file is a mistake of the analysis. So what becomes of
findings is tested apart from what is found. Run as `python stand_in.py audit PATH ...`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import discreet.audit
from discreet.audit.files import find, read
from discreet.findings import Confidence, Finding, Region, Report, Requirement, Rule, Severity, Step, Unparsed

PAGE = """# {0}

What it is about, in a sentence.

```python
return table.get_item(Key=key)["Item"]  # finding: {0}
```
"""


def rule(name: str, title: str, severity: Severity, *cwe: int) -> Rule:
    """A rule with one row of requirements."""
    row = (Requirement("PCI DSS 4.0.1", ("3.4.1", "6.2.4"), "card data in scope"),)
    return Rule(name, title, severity, cwe, ("API3",), row, PAGE.format(name))


RULES = (
    rule("whole-item-returned", "a whole item leaves in a response", Severity.HIGH, 201, 213, 359),
    rule("scan-behind-route", "a route scans its table", Severity.MEDIUM, 770),
    rule("secret-in-source", "a secret is in the source", Severity.CRITICAL, 798),
)


def audit(
    root: Path,
    *,
    jobs: int | None = None,
    exclude: Sequence[str] = (),
    rules: Collection[str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Find what lines say of themselves. A file `slow.py` takes a second and a half."""
    paths = list(find(root, exclude))
    findings: list[Finding] = []
    unparsed: list[Unparsed] = []
    for done, path in enumerate(paths, 1):
        source = read(root, path)
        if isinstance(source, Unparsed):
            unparsed.append(source)
            continue
        if "raise RuntimeError" in source.text:
            raise RuntimeError("the analysis is wrong")
        if path == "slow.py":
            print("sleeping", flush=True)
            time.sleep(1.5)
        progress(done, len(paths))
        findings += [each for each in _findings(path, source.text) if each.rule in (rules or ())]
    return Report(tuple(findings), tuple(unparsed), len(paths), sum(each.route is not None for each in findings))


def _findings(path: str, text: str) -> list[Finding]:
    found = []
    function = ""
    for number, line in enumerate(text.split("\n"), 1):
        if (defined := re.match(r"\s*(?:async )?def (\w+)", line)) is not None:
            function = defined[1]
        if (said := re.search(r"# finds: ([\w-]+)(?: at (\w+ \S+))?", line)) is not None:
            severity = next(each.severity for each in RULES if each.name == said[1])
            code = line.partition("  #")[0]
            region = Region(path, number, len(code) - len(code.lstrip()) + 1, number, len(code) + 1)
            steps = (Step(Region(path, max(1, number - 1), 1, max(1, number - 1), 2), "read from DynamoDB"), Step(region, "returned"))
            message, fix = f"`{function}` returns the whole item", 'return {"name": item["name"]}'
            found.append(Finding(said[1], message, region, severity, Confidence.HIGH, said[2], function, "return", steps, fix))
    return found


if __name__ == "__main__":
    discreet.audit.RULES = RULES  # type: ignore[misc]
    discreet.audit.audit = audit
    from discreet.cli import main

    main()
