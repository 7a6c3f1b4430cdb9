"""`[tool.discreet.audit]` in the pyproject.toml of what is audited: what a project says once for every run."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from discreet.errors import ConfigurationError
from discreet.findings import Severity
from discreet.report.names import nearest

__all__ = ["Settings", "parse_settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project says. None and empty: nothing."""

    exclude: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    fail_on: Severity | None = None
    baseline: str | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict[str, Severity])

    def said(self) -> str:
        """What of it makes a run look at less, or think less of it: the reader of an outcome has to know."""
        parts = {
            "exclude": ", ".join(self.exclude),
            "rules": ", ".join(self.rules),
            "fail_on": self.fail_on or "",
            "severity": ", ".join(f"{rule} = {severity}" for rule, severity in self.severity.items()),
        }
        return "; ".join(f"{name}: {value}" for name, value in parts.items() if value)


def parse_settings(name: str, text: str, rules: Collection[str]) -> Settings:
    """Read a pyproject.toml; `rules` names those that there are. Raises ConfigurationError that says what is wrong with `name`."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"`{name}` is no TOML: {error}", hint="mend it, or leave it out with --isolated") from None
    table = data
    for part in ("tool", "discreet", "audit"):
        table = table.get(part, {})
        if not isinstance(table, dict):
            raise ConfigurationError(f"`{part}` of `{name}` is no table", hint="[tool.discreet.audit]")
    return _Reader(name, table, rules).settings()


@dataclass(frozen=True, slots=True)
class _Reader:
    """The table and what its errors need to say."""

    name: str
    table: Mapping[str, Any]
    rules: Collection[str]

    def settings(self) -> Settings:
        known = [each.name for each in fields(Settings)]
        for key in self.table:
            if key not in known:
                raise self._error(f"`{key}` is not known", f"there are {', '.join(known)}")
        return Settings(
            exclude=self._texts("exclude"),
            rules=tuple(self._rule(each) for each in self._texts("rules")),
            fail_on=self._severity("fail_on", self.table["fail_on"]) if "fail_on" in self.table else None,
            baseline=self._text("baseline", self.table["baseline"]) if "baseline" in self.table else None,
            severity=self._severities(),
        )

    def _severities(self) -> dict[str, Severity]:
        given = self.table.get("severity", {})
        if not isinstance(given, dict):
            raise self._error("`severity` is no table", 'whole-item-returned = "high" under [tool.discreet.audit.severity]')
        return {self._rule(rule): self._severity(f"severity.{rule}", value) for rule, value in given.items()}

    def _texts(self, key: str) -> tuple[str, ...]:
        given = self.table.get(key, [])
        if not isinstance(given, list):
            raise self._error(f"`{key}` is no list", f'{key} = ["..."]')
        return tuple(self._text(key, each) for each in given)

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self._error(f"`{key}` holds {value!r}, which is no text", f'{key} = "..."')
        return value

    def _rule(self, name: str) -> str:
        if name not in self.rules:
            raise self._error(f"`{name}` is no rule", nearest(name, self.rules))
        return name

    def _severity(self, key: str, value: object) -> Severity:
        try:
            return Severity(value)  # type: ignore[arg-type]
        except ValueError:
            raise self._error(f"`{key}` is {value!r}, which is no severity", f"there are {', '.join(Severity)}") from None

    def _error(self, message: str, hint: str) -> ConfigurationError:
        return ConfigurationError(f"[tool.discreet.audit] of `{self.name}`: {message}", hint=hint)
