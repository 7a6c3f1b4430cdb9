"""Keys: templates, the text they write, and conditions on it. Keys never collide, and sort as their values do.

The delimiter is `#`. Every character of a component from U+0000 to `$` is written `$` + chr(0x30 + code): what is
left is above `$`, which is above `#`, so a component's end sorts before its continuation and order is kept.
Stored formats never change meaning.
"""

from discreet.key.conditions import (
    Above,
    AtLeast,
    AtMost,
    BeginsWith,
    Below,
    Between,
    Condition,
    above,
    at_least,
    at_most,
    begins_with,
    below,
    between,
)
from discreet.key.keys import HASH_LIMIT, RANGE_LIMIT, Index, Key, KeyPart, Plain, Templated
from discreet.key.template import Component, Span, Template
from discreet.key.text import KeyValue, component_text, escape, parse_component, unescape

__all__ = [
    "HASH_LIMIT",
    "RANGE_LIMIT",
    "Above",
    "AtLeast",
    "AtMost",
    "BeginsWith",
    "Below",
    "Between",
    "Component",
    "Condition",
    "Index",
    "Key",
    "KeyPart",
    "KeyValue",
    "Plain",
    "Span",
    "Template",
    "Templated",
    "above",
    "at_least",
    "at_most",
    "begins_with",
    "below",
    "between",
    "component_text",
    "escape",
    "parse_component",
    "unescape",
]
