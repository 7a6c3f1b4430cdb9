"""Key text: injective, order-preserving, and the same forever. Laws take the implementation that they judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discreet import BadKey, CallError, DeclarationError, Index, Key, above, at_least, at_most, begins_with, below, between
from discreet.key import Condition, Template, component_text, escape, parse_component, unescape

GOLDEN = Path(__file__).parent / "golden" / "key_text.json"

texts = st.text(st.one_of(st.sampled_from("#$% \x00ab1é😀\uffff"), st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6)
instants = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]))
numbers = st.integers(0, 10**12 - 1)

Join = Callable[[Sequence[str]], str]


class Size(Enum):
    """A component that is an Enum."""

    SMALL = "small"
    LARGE = "large #1"


def joined(parts: Sequence[str]) -> str:
    """Ours: components as a template writes them."""
    return Template.parse("#".join(f"{{c{n}}}" for n in range(len(parts)))).build({f"c{n}": part for n, part in enumerate(parts)})


def check_injective(join: Join, one: Sequence[str], other: Sequence[str]) -> None:
    """Different components, different keys."""
    assert (join(one) == join(other)) == (list(one) == list(other))


def check_order(join: Join, one: Sequence[str], other: Sequence[str]) -> None:
    """Keys sort as their components do, as bytes too."""
    expected = list(one) < list(other)
    assert (join(one) < join(other)) == expected
    assert (join(one).encode() < join(other).encode()) == expected


tuples = st.lists(texts, min_size=2, max_size=2)


@given(st.lists(texts, min_size=1, max_size=3), st.lists(texts, min_size=1, max_size=3))
def test_trap_05_composite_keys_never_collide(one: list[str], other: list[str]) -> None:
    """`x#y` + `z` is not `x` + `y#z`, whatever stands in the components."""
    check_injective(joined, one, other)
    check_injective(joined, ["x#y", "z"], ["x", "y#z"])


@pytest.mark.parametrize("broken", ["#".join, lambda parts: joined([part.lower() for part in parts])], ids=["unescaped", "case folded"])
def test_trap_05_broken_joining_is_caught(broken: Join) -> None:
    """Joining without escaping collides, and so does folding case."""
    with pytest.raises(AssertionError):
        check_injective(broken, ["x#y", "z"], ["x", "y#z"])
        check_injective(broken, ["A", "z"], ["a", "z"])


@given(tuples, tuples)
def test_trap_39_key_text_keeps_order(one: list[str], other: list[str]) -> None:
    """Escaping keeps the order of components, and of what they begin with."""
    check_order(joined, one, other)


@given(instants, instants, numbers, numbers)
def test_trap_39_times_and_numbers_sort_by_value(a: datetime, b: datetime, m: int, n: int) -> None:
    """Instants sort by time whatever their zone, padded ints by value."""
    assert (component_text(a) < component_text(b)) == (a < b)
    assert (component_text(m, 12) < component_text(n, 12)) == (m < n)


def test_trap_39_broken_encodings_are_caught() -> None:
    """Percent escapes, ISO text of changing width and unpadded ints all break order."""
    with pytest.raises(AssertionError):
        check_order(lambda parts: "#".join(quote(part) for part in parts), ["\x7f", "b"], ["A", "b"])
    early, late = datetime(2024, 1, 1, 12, tzinfo=UTC), datetime(2024, 1, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    assert early < late
    assert component_text(early) < component_text(late)
    assert not early.isoformat().replace("+00:00", "Z") < late.isoformat().replace("+00:00", "Z")
    assert component_text(9, 3) < component_text(10, 3)
    assert not str(9) < str(10)


# Conditions


def check_prefix(
    span_of: Callable[[Template, dict[str, Any], Condition | None], tuple[str | None, str | None]], key: str, other: str
) -> None:
    """Asking for one key's items never reaches another key that begins alike."""
    template = Template.parse("PET#{pet}#VISIT#{visit}")
    low, high = span_of(template, {"pet": key}, None)
    inside = template.build({"pet": other, "visit": "v"})
    assert not ((low or "") <= inside and (high is None or inside <= high))


def ours(template: Template, values: dict[str, Any], condition: Condition | None) -> tuple[str | None, str | None]:
    """The bounds of our span."""
    span = template.span(values, condition)
    return span.low, span.high


def test_trap_08_a_prefix_ends_at_the_delimiter() -> None:
    """`1` never finds `10`, and a whole key is exact."""
    check_prefix(ours, "1", "10")
    assert Template.parse("PET#{pet}").span({"pet": "1"}).exact
    with pytest.raises(AssertionError):
        check_prefix(lambda t, v, c: (t.span(v).low[:-1], None), "1", "10")  # type: ignore[index]


conditions = st.one_of(
    texts.map(begins_with),
    st.tuples(texts, texts).map(lambda pair: between(*sorted(pair))),
    texts.map(above),
    texts.map(below),
    texts.map(at_least),
    texts.map(at_most),
)


@given(st.lists(st.tuples(texts, texts), max_size=8), conditions, texts, st.booleans())
def test_bounds_and_recheck_are_the_condition(pairs: list[tuple[str, str]], condition: Any, first: str, deep: bool) -> None:
    """What lies in the bounds, parses and holds is exactly what the condition is about; bounds lose nothing."""
    template = Template.parse("A#{a}#{b}") if deep else Template.parse("A#{a}")
    known = {"a": first} if deep else {}
    asked = "b" if deep else "a"
    span = template.span(known, condition)
    values = [{"a": first if n % 2 else a, "b": b} for n, (a, b) in enumerate(pairs)]
    expected = [v for v in values if condition.holds(v[asked]) and (not deep or v["a"] == first)]
    keys = [(template.build(v), v) for v in values]
    within = [v for key, v in keys if (span.low is None or span.low <= key) and (span.high is None or key <= span.high)]
    assert [v for v in within if condition.holds(v[asked]) and (not deep or v["a"] == first)] == expected


def test_bounds_that_nothing_lies_between_are_empty() -> None:
    """DynamoDB refuses BETWEEN with its bounds the wrong way round."""
    assert Template.parse("A#{a}").span({}, between("z", "b")).empty
    assert not Template.parse("A#{a}").span({}, between("b", "z")).empty


# Text and back


@given(texts)
def test_escaping_reads_back(text: str) -> None:
    """What was escaped is read back, and holds no delimiter."""
    assert unescape(escape(text)) == text
    assert "#" not in escape(text)


@pytest.mark.parametrize("text", ["a b", "a#b", "$", "a$", "$z", "$\x00"])
def test_only_what_is_written_is_read(text: str) -> None:
    """A text that escaping would not write is refused: one value has one key."""
    with pytest.raises(ValueError):
        unescape(text)


@given(st.one_of(texts, instants, st.dates(), st.uuids()))
def test_components_read_back(value: Any) -> None:
    """Every kind of component reads back as it was."""
    assert parse_component(component_text(value), type(value)) == value


def test_ints_and_enums_read_back() -> None:
    """Padded ints and Enums too."""
    assert parse_component(component_text(7, 4), int, 4) == 7
    assert parse_component(component_text(Size.LARGE), Size) is Size.LARGE
    with pytest.raises(ValueError):
        parse_component("7", int, 4)
    for text in ("2024-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"):
        with pytest.raises(ValueError):
            parse_component(text, datetime)


@pytest.mark.parametrize(
    ("value", "width"),
    [("", None), (True, 4), (7, None), (-1, 4), (12345, 4), (datetime(2024, 1, 1), None), (Decimal(1), None), (1.5, None), (b"x", None)]
    + [("\ud800", None), (datetime.fromisoformat("0001-01-01T00:00:00+05:00"), None)]
    + [(datetime.fromisoformat("9999-12-31T23:59:59-05:00"), None)],
)
def test_what_has_no_key_text_is_refused(value: Any, width: int | None) -> None:
    """Empty, negative, too wide, naive, inexact: refused, and the message holds no value."""
    template = Template.parse("A#{a}" if width is None else f"A#{{a:0{width}d}}")
    with pytest.raises(BadKey) as raised:
        template.build({"a": value})
    assert str(value) not in str(raised.value) or value == ""


READ: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "UUID": UUID,
}


def test_golden_vectors() -> None:
    """Stored formats never change meaning: these keys stand in tables."""
    types: dict[str, Any] = {"str": str, "int": int, "datetime": datetime, "date": date, "UUID": UUID}
    vectors = json.loads(GOLDEN.read_text())
    assert len(vectors) >= 30
    for kind, written, width, text in vectors:
        value = READ[kind](written)
        assert component_text(value, width) == text
        assert parse_component(text, types[kind], width) == value


# Templates and keys


@pytest.mark.parametrize(
    "text", ["", "#", "A#", "A{b}", "{a}{b}", "{}", "A b", "A$", "{a:5}", "{a:0d}", "{a}#{a}", "A#{1a}", "{a", "a}", "{a:{b}}"]
)
def test_templates_that_can_not_be_read_back_are_refused(text: str) -> None:
    """Each with a hint, when the module is imported."""
    with pytest.raises(DeclarationError) as raised:
        Key(pk=text)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("PET#{a}", "PET#{b}", True),
        ("PET#{a}", "OWNER#{a}", False),
        ("PET#{a}", "PET#{a}#VISIT#{b}", False),
        ("{kind}#{a}", "PET#{a}", True),
        ("N#{n:04d}", "N#1234", True),
        ("N#{n:04d}", "N#12345", False),
        ("N#{n:04d}", "N#{n:05d}", False),
        ("N#{n:04d}", "N#{a}", True),
    ],
)
def test_templates_are_told_apart(one: str, other: str, overlap: bool) -> None:
    """Two templates overlap iff one key could be of both."""
    assert Template.parse(one).overlaps(Template.parse(other)) is overlap
    assert Template.parse(other).overlaps(Template.parse(one)) is overlap


def test_trap_26_a_deeper_key_does_not_parse() -> None:
    """`PET#1#VISIT#9` is no pet."""
    assert Template.parse("PET#{pet}").parse_text("PET#1#VISIT#9", {"pet": str}) is None
    assert Template.parse("PET#{pet}").parse_text("PET#1", {"pet": str}) == {"pet": "1"}


@pytest.mark.parametrize(
    "make", [lambda: Key(), lambda: Key("a", b="B"), lambda: Key("a", "b", "c"), lambda: Key("a", "a"), lambda: Key("")]
)
def test_keys_that_are_none(make: Callable[[], Key]) -> None:
    """One or two parts, all of a kind."""
    with pytest.raises(DeclarationError):
        make()


def test_indexes_are_checked() -> None:
    """A name, a key, and a projection that is one."""
    with pytest.raises(DeclarationError):
        Index("", Key("a"))
    with pytest.raises(DeclarationError):
        Index("by_a", Key("a"), projects="some")
    assert Index("by_a", Key("a"), projects={"b"}).projects == frozenset({"b"})


def test_conditions_take_values() -> None:
    """Not None, not each other."""
    wrong: Any
    for wrong in (None, above("a")):
        with pytest.raises(CallError):
            at_least(wrong)
    with pytest.raises(CallError):
        begins_with(1)  # type: ignore[arg-type]
