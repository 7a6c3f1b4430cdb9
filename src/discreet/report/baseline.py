"""The baseline: findings that were there and are accepted, each with a reason, so that only new ones fail a run.

A JSON file, made to be read and reviewed. An entry is about what a finding means and not about its line: see
`Finding.fingerprint`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Final, Protocol

from discreet.errors import ConfigurationError
from discreet.findings import Finding

__all__ = ["NOT_JUDGED", "Accepted", "Baseline", "parse_baseline", "renewed"]

VERSION: Final = 1
NOT_JUDGED: Final = "not judged yet"
ANEW: Final = "write it anew with --write-baseline"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that is accepted. What is beside `fingerprint` and `reason` is for its readers."""

    fingerprint: str
    rule: str
    path: str
    route: str | None
    function: str
    reason: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """All that are accepted, in the order of their paths."""

    accepted: tuple[Accepted, ...] = ()

    def dump(self) -> str:
        """The text of its file."""
        return json.dumps({"version": VERSION, "accepted": [asdict(each) for each in self.accepted]}, indent=2) + "\n"


class Identified(Protocol):
    """A finding with the identity that a baseline knows it by."""

    @property
    def finding(self) -> Finding:
        """The finding."""
        ...

    @property
    def identity(self) -> str:
        """Its fingerprint, numbered."""
        ...


def renewed(old: Baseline, found: Iterable[Identified], *, ran: Collection[str], reason: str) -> Baseline:
    """A baseline of what is found now. Known entries keep their reason; those of rules that did not run stay."""
    reasons = {each.fingerprint: each.reason for each in old.accepted}
    accepted = [each for each in old.accepted if each.rule not in ran]
    for each in found:
        finding = each.finding
        accepted.append(
            Accepted(each.identity, finding.rule, finding.region.path, finding.route, finding.function, reasons.get(each.identity, reason))
        )
    return Baseline(tuple(sorted(accepted, key=lambda each: (each.path, each.rule, each.function, each.fingerprint))))


def parse_baseline(name: str, text: str) -> Baseline:
    """Read the text of a baseline's file. Raises ConfigurationError that says what is wrong with `name`."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"the baseline `{name}` is no JSON: {error}", hint=ANEW) from None
    except RecursionError:
        raise ConfigurationError(f"the baseline `{name}` is nested too deeply", hint=ANEW) from None
    if not isinstance(data, dict) or "version" not in data:
        raise ConfigurationError(f"`{name}` is no baseline of discreet's", hint=ANEW)
    if data["version"] != VERSION:
        raise ConfigurationError(f"the baseline `{name}` is of version {data['version']!r}, and this discreet reads {VERSION}", hint=ANEW)
    entries = data.get("accepted")
    if not isinstance(entries, list):
        raise ConfigurationError(f"the baseline `{name}` has no list `accepted`", hint=ANEW)
    return Baseline(tuple(_entry(name, number, each) for number, each in enumerate(entries, 1)))


def _entry(name: str, number: int, entry: object) -> Accepted:
    names = [each.name for each in fields(Accepted)]
    if not isinstance(entry, dict) or set(entry) != set(names):
        raise ConfigurationError(f"entry {number} of the baseline `{name}` does not have just {', '.join(names)}", hint=ANEW)
    for key in names:
        if not (isinstance(entry[key], str) or (key == "route" and entry[key] is None)):
            raise ConfigurationError(f"`{key}` of entry {number} of the baseline `{name}` is no text", hint=ANEW)
    if not entry["reason"].strip():
        raise ConfigurationError(f"entry {number} of the baseline `{name}` gives no reason", hint="say in `reason` why it is accepted")
    return Accepted(**entry)
