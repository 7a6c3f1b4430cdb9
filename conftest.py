"""Every code block of the documentation runs: Python as it stands, in the order of its page."""

from __future__ import annotations

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()], patterns=["README.md", "docs/**/*.md", "docs/*.md"], fixtures=["discreet_engine"]
).pytest()
