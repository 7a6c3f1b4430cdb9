"""How values stand in DynamoDB and in JSON, type by type, and how claims meet them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discreet import Entity, Key, Principal, anyone, epoch_millis, epoch_seconds, iso8601, nobody, number, relation, text, visible_to
from discreet.entity import declaration_of
from discreet.entity.codec import MALFORMED
from discreet.entity.codecs import codec_for
from discreet.entity.deciding import wanted_by


class Colour(Enum):
    """Of text."""

    RED = "red"


NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
ID = UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff")


def stored(wire: Any) -> Any:
    """A request's value as an answer would hold it: bytes in base64."""
    return json.loads(json.dumps(wire, default=lambda held: base64.b64encode(held).decode()))


@pytest.mark.parametrize(
    ("kind", "value", "wire", "answer"),
    [
        (str, "é#", {"S": "é#"}, "é#"),
        (int, 7, {"N": "7"}, 7),
        (float, 1.5, {"N": "1.5"}, 1.5),
        (Decimal, Decimal("12.50"), {"N": "12.50"}, "12.50"),
        (bool, True, {"BOOL": True}, True),
        (bytes, b"\xff\x00", {"B": b"\xff\x00"}, "/wA="),
        (datetime, NOON, {"S": "2024-01-01T12:00:00.000000Z"}, "2024-01-01T12:00:00Z"),
        (date, date(2024, 2, 29), {"S": "2024-02-29"}, "2024-02-29"),
        (UUID, ID, {"S": str(ID)}, str(ID)),
        (Colour, Colour.RED, {"S": "red"}, "red"),
        (Literal["a", "b"], "a", {"S": "a"}, "a"),
        (set[str], {"b", "a"}, {"SS": ["a", "b"]}, ["a", "b"]),
        (frozenset[int], frozenset({10, 9}), {"NS": ["9", "10"]}, [9, 10]),
        (set[bytes], {b"a"}, {"BS": [b"a"]}, ["YQ=="]),
        (list[int], [1, 2], {"L": [{"N": "1"}, {"N": "2"}]}, [1, 2]),
        (dict[str, bool], {"a": True}, {"M": {"a": {"BOOL": True}}}, {"a": True}),
        (str | None, None, {"NULL": True}, None),
        (dict[str, Any], {"a": [Decimal(1), "x", None]}, {"M": {"a": {"L": [{"N": "1"}, {"S": "x"}, {"NULL": True}]}}}, {"a": ["1", "x", None]}),
    ],
)  # fmt: skip
def test_values_stand_as_they_should(kind: Any, value: Any, wire: Any, answer: Any) -> None:
    """Stored, read back, and answered."""
    codec = codec_for(kind, "`Thing.value`")
    assert codec.encode(value) == wire
    assert codec.decode(stored(wire)) == value
    assert codec.jsonable(value) == answer


@pytest.mark.parametrize(
    ("kind", "format", "value", "wire"),
    [
        (datetime, epoch_seconds, NOON, {"N": "1704110400"}),
        (datetime, epoch_millis, NOON, {"N": "1704110400000"}),
        (datetime, iso8601, NOON, {"S": "2024-01-01T12:00:00.000000Z"}),
        (int, text, 7, {"S": "7"}),
        (Decimal, text, Decimal("1.5"), {"S": "1.5"}),
        (bool, text, False, {"S": "false"}),
        (bool, number, True, {"N": "1"}),
        (str, number, "42", {"N": "42"}),
    ],
)
def test_formats_of_existing_tables(kind: Any, format: Any, value: Any, wire: Any) -> None:
    """As the table has it, and read back."""
    codec = codec_for(kind, "`Thing.value`", format)
    assert codec.encode(value) == wire
    assert codec.decode(stored(wire)) == value


@pytest.mark.parametrize(
    ("kind", "wire"),
    [
        (str, {"N": "7"}),
        (int, {"S": "7"}),
        (int, {"N": "7.5"}),
        (bool, {"BOOL": "true"}),
        (bool, {"N": "1"}),
        (bytes, {"B": "not base64!"}),
        (datetime, {"S": "yesterday"}),
        (Colour, {"S": "blue"}),
        (set[str], {"S": "a"}),
        (list[int], {"L": [{"S": "1"}]}),
        (str, {"NULL": True}),
        (str, {"S": "a", "N": "1"}),
    ],
)
def test_values_of_another_type_do_not_decode(kind: Any, wire: Any) -> None:
    """What is stored otherwise than declared raises, so that it counts as unreadable."""
    with pytest.raises(MALFORMED):
        codec_for(kind, "`Thing.value`").decode(wire)


def check_strict(convert: Any, wrong: Any) -> None:
    """A claim of another type does not convert."""
    with pytest.raises(MALFORMED):
        convert(wrong)


STRICT: list[tuple[Any, Any]] = [
    (int, "7"),
    (int, True),
    (str, 7),
    (bool, 1),
    (Decimal, "7"),
    (Decimal, True),
    (UUID, "6f9619ff8b86d011b42d00cf4fc964ff"),
    (Colour, "RED"),
    (bytes, "x"),
    (date, NOON),
]


@pytest.mark.parametrize(("kind", "wrong"), STRICT)
def test_trap_34_claims_convert_strictly(kind: Any, wrong: Any) -> None:
    """`"7"` never meets 7, nor True 1."""
    check_strict(codec_for(kind, "`Thing.value`").convert, wrong)


def test_trap_34_broken_lax_conversion_is_caught() -> None:
    """Python's own conversions are lax."""
    with pytest.raises(pytest.fail.Exception):
        check_strict(int, "7")


@pytest.mark.parametrize(
    ("kind", "value", "met"), [(UUID, str(ID), ID), (Colour, "red", Colour.RED), (Decimal, 7, Decimal(7)), (str, "a", "a")]
)
def test_claims_convert_to_the_type(kind: Any, value: Any, met: Any) -> None:
    """JSON has no UUIDs and no Enums, so their text converts."""
    assert codec_for(kind, "`Thing.value`").convert(value) == met


class Clinic(Entity):
    """Decided on a text and on a number."""

    key = Key("clinic_id")
    clinic_id: Annotated[str, visible_to(anyone)]
    floor: Annotated[int, visible_to(nobody)] = 0
    text: Annotated[str, visible_to(relation(claim="at", attribute="clinic_id"))] = ""
    note: Annotated[str, visible_to(relation(claim="floor", attribute="floor"))] = ""


def test_an_enums_member_meets_what_its_value_meets() -> None:
    """Roles and places are often Enums in an app, and texts in a table; strictly, still."""
    declared = declaration_of(Clinic)
    met = {r.condition: values for r, values in wanted_by(declared, Principal(claims={"at": Colour.RED, "floor": Colour.RED})).items()}
    assert {getattr(condition, "claim", None): set(values) for condition, values in met.items()} == {"at": {"red"}, "floor": set()}


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_numbers_are_stored_exactly_or_refused(value: Decimal) -> None:
    """38 digits and DynamoDB's magnitudes; nothing is rounded."""
    codec = codec_for(Decimal, "`Thing.value`")
    try:
        wire = codec.encode(value)
    except MALFORMED:
        assert not value.is_finite() or len(value.as_tuple().digits) > 38 or not -130 <= value.adjusted() <= 125
        return
    assert codec.decode(wire) == value
