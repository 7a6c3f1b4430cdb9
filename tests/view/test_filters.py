"""Filters, on both engines: decided on what is disclosed, whatever DynamoDB drops before; names that are not for someone are refused."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import reduce
from itertools import product
from operator import and_, eq, ge, gt, le, lt, ne, or_
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discreet import BadFilter, CallError, Principal, Table, attribute
from discreet.dynamodb.expressions import Compare
from discreet.entity.filters import Filter, holds, spelled
from discreet.policy.plan import Plan
from discreet.testing import load, recorded
from discreet.view import conditions, viewer

from ..engines import Engine
from .apps import finder
from .clinic import fresh_table
from .desk import AGENT, CANARY, LEAD, OPS, OTHER, OWNER, READER, STRANGER, Followup, Ticket, names, ticket
from .samples import MEMBERS, NULLABLE, ORDERED, POOL, VIEWERS, Sample, draw_item, means, values_of

pytestmark = pytest.mark.anyio

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


@pytest.fixture(scope="module")
async def samples(engine: Engine) -> AsyncIterator[Table]:
    """Fifty odd samples in one partition."""
    made = fresh_table(engine)
    async with made:
        await made.create(Sample)
        chance = random.Random(11)
        await made.store.put_all([draw_item(chance, f"s{n:02d}") for n in range(50)])
        yield made


SEEN: dict[tuple[str, Principal], dict[str, dict[str, Any]]] = {}


async def disclosed_to(table: Table, principal: Principal) -> dict[str, dict[str, Any]]:
    """All that someone sees of all samples, which stay as they are."""
    key = (table.name, principal)
    if key not in SEEN:
        SEEN[key] = {each.item.name: values_of(each.item) async for each in table.view(Sample, principal).each(at_most=1000)}
    return SEEN[key]


async def found_by(table: Table, principal: Principal, where: Filter) -> list[str]:
    """Which samples answer."""
    return [each.item.name async for each in table.view(Sample, principal).each(at_most=1000, where=where)]


# Every operator on every type


@pytest.mark.parametrize("name", POOL)
async def test_every_operator_on_every_type(samples: Table, name: str) -> None:
    """What is answered is what a filter means in plain Python, on the disclosed item, defaults filled."""
    principal = VIEWERS[1]
    everything = await disclosed_to(samples, principal)
    values = POOL[name] + ([None] if name in NULLABLE else [])
    some = 0
    for symbol, compare in OPERATORS.items():
        for value in values:
            if symbol not in ("==", "!=") and (value is None or name not in ORDERED):
                with pytest.raises(BadFilter):
                    await found_by(samples, principal, compare(attribute(name), value))
                continue
            where = compare(attribute(name), value)
            expected = [key for key, each in everything.items() if means(where, each)]
            assert await found_by(samples, principal, where) == expected, (symbol, value)
            some += bool(expected)
    assert some > 3


@pytest.mark.parametrize("name", [*MEMBERS, "title", "word"])
async def test_contains_finds_members_and_parts_of_text(samples: Table, name: str) -> None:
    """A member of a set or list, never a part of one; of a text, a part."""
    principal = VIEWERS[1]
    everything = await disclosed_to(samples, principal)
    for value in MEMBERS.get(name) or ["a", "b", "", "dfl"]:
        where = attribute(name).contains(value)
        expected = [key for key, each in everything.items() if means(where, each)]
        assert await found_by(samples, principal, where) == expected
    if name == "lines":
        assert await found_by(samples, principal, attribute(name).contains("x")) != await found_by(
            samples, principal, attribute(name).contains("xy")
        )


@pytest.mark.parametrize("name", [*POOL, *MEMBERS, "place", "place.city", "place.code", "name"])
async def test_what_is_missing_is_missing_for_whom_it_is(samples: Table, name: str) -> None:
    """Unset without a default, unreadable, or hidden: `is_missing` says so, and nothing compares."""
    for principal in VIEWERS[1:]:
        everything = await disclosed_to(samples, principal)
        where = attribute(name).is_missing()
        assert await found_by(samples, principal, where) == [key for key, each in everything.items() if means(where, each)]


async def test_nested_values_by_path(samples: Table) -> None:
    """Decided inside of what is disclosed of them."""
    for principal in VIEWERS[1:]:
        everything = await disclosed_to(samples, principal)
        for where in (
            attribute("place.city") == "nowhere",
            attribute("place.city") != "x",
            attribute("place.code") >= 1,
            attribute("place.code") == None,  # noqa: E711
            (attribute("place.code") == 1) | (attribute("place.city") == "y"),
        ):
            assert await found_by(samples, principal, where) == [key for key, each in everything.items() if means(where, each)]


async def test_key_attributes_may_be_asked_about(samples: Table) -> None:
    """DynamoDB refuses them in filters; they are decided here."""
    found = await found_by(samples, VIEWERS[0], (attribute("name") >= "s10") & (attribute("name") < "s12") & (attribute("name") != "s99"))
    assert found == ["s10", "s11"]


async def test_set_and_list_equality(samples: Table) -> None:
    """As Python compares them."""
    everything = await disclosed_to(samples, VIEWERS[1])
    for where in (attribute("tags") == {"std"}, attribute("numbers") == {1, 2}, attribute("lines") == ["x"], attribute("lines") != []):
        assert await found_by(samples, VIEWERS[1], where) == [key for key, each in everything.items() if means(where, each)]


# Pushdown


def _comparisons(name: str) -> st.SearchStrategy[Filter]:
    values = st.sampled_from(POOL[name] + ([None] if name in NULLABLE else []))
    symbols = st.sampled_from(list(OPERATORS) if name in ORDERED else ["==", "!="])
    return st.tuples(symbols, values).map(lambda drawn: OPERATORS[drawn[0] if drawn[1] is not None else "=="](attribute(name), drawn[1]))


LEAVES = st.one_of(
    st.sampled_from(list(POOL)).flatmap(_comparisons),
    st.sampled_from([(name, value) for name, pool in MEMBERS.items() for value in pool]).map(
        lambda drawn: attribute(drawn[0]).contains(drawn[1])
    ),
    st.sampled_from([*POOL, *MEMBERS, "place", "place.city"]).map(lambda name: attribute(name).is_missing()),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, min_size=2, max_size=4).flatmap(lambda each: st.sampled_from([reduce(and_, each), reduce(or_, each)])),
    max_leaves=8,
)


async def check_pushdown(table: Table, principal: Principal, where: Filter) -> None:
    """The answer is the same with pushdown and without, and what the filter means."""
    everything = await disclosed_to(table, principal)
    expected = [key for key, each in everything.items() if means(where, each)]
    try:
        assert await found_by(table, principal, where) == expected
        assert await table.view(Sample, principal).count(where=where) == len(expected)
    except BadFilter:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(viewer, "necessary", lambda *given: None)
        assert await found_by(table, principal, where) == expected


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(where=FILTERS, principal=st.sampled_from(VIEWERS))
async def test_pushdown_is_only_a_necessary_condition(samples: Table, where: Filter, principal: Principal) -> None:
    """It drops no item that answers, whatever is stored, and lets no other one through."""
    await check_pushdown(samples, principal, where)


async def check_several(table: Table) -> None:
    """Filters for which dropping too much, or too little, shows."""
    for where in (
        attribute("word") == "dflt",
        attribute("word") != "a",
        attribute("level") <= 3,
        attribute("count") != 0,
        attribute("tags").contains("std"),
        attribute("lines").contains("x"),
        attribute("title") != "a",
        (attribute("word") == "a") | attribute("count").is_missing(),
    ):
        for principal in VIEWERS:
            await check_pushdown(table, principal, where)


async def test_filters_are_what_they_mean(samples: Table) -> None:
    """The check that broken variants fail."""
    await check_several(samples)


async def test_broken_a_filter_that_is_not_decided_again_is_caught(samples: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB's `<>` is true of what is missing, and it compares what is hidden."""
    monkeypatch.setattr(viewer, "holds", lambda where, disclosed: True)
    with pytest.raises(AssertionError):
        await check_several(samples)


async def test_broken_pushdown_without_defaults_is_caught(samples: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unset and has a default answers as the default does."""
    real = conditions._compared

    def stored_alone(given: Any, operator: str, value: Any) -> Any:
        found = real(given, operator, value)
        return found if isinstance(found, Compare) or found is None else found.conditions[1]  # type: ignore[union-attr]

    monkeypatch.setattr(conditions, "_compared", stored_alone)
    with pytest.raises(AssertionError):
        await check_several(samples)


async def test_broken_pushdown_of_one_side_of_an_or_is_caught(samples: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alternative that can not be said to DynamoDB must not be left out."""
    monkeypatch.setattr(conditions, "_if_all", lambda given: conditions.any_of(each for each in given if each is not None))
    with pytest.raises(AssertionError):
        await check_several(samples)


async def test_dynamodb_drops_what_it_can(samples: Table) -> None:
    """A filter is pushed down where it can be said; values and names stand behind placeholders."""
    with recorded(samples) as requests:
        await found_by(samples, VIEWERS[0], (attribute("title") == "ab") & attribute("lines").contains("x"))
        await found_by(samples, VIEWERS[0], attribute("uuid") == POOL["uuid"][0])
    words = re.sub(r"[#:]\w+", "", requests[0].payload["FilterExpression"])
    assert set(re.findall(r"\w+", words)) == {"AND", "attribute_type", "contains"}
    assert {"S": "ab"} in requests[0].payload["ExpressionAttributeValues"].values()
    assert "FilterExpression" not in requests[-1].payload


# Large and odd filters


def many(count: int, join: Callable[[Filter, Filter], Filter]) -> Filter:
    """One that is joined of many."""
    return reduce(join, [attribute("title") == "ab", *(attribute("title") == ("ab" if join is and_ else f"t{n}") for n in range(count))])


@pytest.mark.parametrize("count", [140, 160, 320, 3000])
@pytest.mark.parametrize("join", [and_, or_])
async def test_filters_larger_than_dynamodb_takes_are_decided_here(samples: Table, count: int, join: Callable[..., Filter]) -> None:
    """More operators than it takes, or more text, are no error of the engine's."""
    assert await found_by(samples, VIEWERS[0], many(count, join)) == await found_by(samples, VIEWERS[0], attribute("title") == "ab")


@pytest.mark.parametrize(
    "value",
    ["x" * 300_000, "é" * 1_000_000, "\ud800", "\x00", "#0", ":0", "'; --", "😀" * 9],
    ids=lambda value: ascii(value[:9]) + str(len(value)),
)
async def test_hostile_values_find_nothing(samples: Table, value: str) -> None:
    """No error of the engine's, however large or odd."""
    for where in (
        attribute("title") == value,
        attribute("word").contains(value),
        attribute("tags").contains(value),
        attribute("members").contains(value),
    ):
        with suppress(BadFilter):
            assert await found_by(samples, VIEWERS[1], where) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", "many"),
        ("count", 1.5),
        ("count", []),
        ("level", None),
        ("amount", Decimal("NaN")),
        ("amount", Decimal("sNaN")),
        ("ratio", float("nan")),
        ("at", datetime(2024, 1, 1)),
        ("at", "yesterday"),
        ("uuid", "7"),
        ("size", "huge"),
        ("mode", "other"),
        ("flag", "perhaps"),
        ("title", 7),
        ("place", "x"),
        ("place.code", "x"),
        ("blob", 7),
    ],
    ids=str,
)
async def test_values_that_a_type_does_not_have_are_refused(samples: Table, name: str, value: Any) -> None:
    """Before anything is read, and without the value."""
    with recorded(samples) as requests, pytest.raises(BadFilter) as raised:
        await samples.view(Sample, VIEWERS[1]).query(where=attribute(name) == value)
    assert not requests
    assert raised.value.hint
    assert isinstance(raised.value, CallError)


async def test_what_is_outside_of_an_attributes_bounds_compares_too(samples: Table) -> None:
    """A number larger than any that is stored is larger."""
    everyone = [key for key, each in (await disclosed_to(samples, VIEWERS[1])).items() if each.get("count") is not None]
    assert await found_by(samples, VIEWERS[1], attribute("count") < 10**60) == everyone
    assert await found_by(samples, VIEWERS[1], attribute("amount") > Decimal("1E+400")) == []


def test_filters_are_joined_by_operators_alone() -> None:
    """`and`, `or`, `not`, `in`, a chain of comparisons, an attribute by itself: each raises, and says what to do."""
    a, b = attribute("a") == 1, attribute("b") == 2
    wrong: list[Callable[[], Any]] = [
        lambda: bool(a) and b,
        lambda: not a,
        lambda: bool(attribute("a")),
        lambda: "x" in attribute("a"),
        lambda: 1 < attribute("a") < 5,
        lambda: attribute("a") == attribute("b"),
        lambda: attribute("a").contains(b),
        lambda: attribute(""),
        lambda: attribute(7),  # type: ignore[arg-type]
    ]
    for each in wrong:
        with pytest.raises(CallError) as raised:
            each()
        assert raised.value.hint
    for other in (True, "a", None):
        with pytest.raises(TypeError):
            _ = a & other  # type: ignore[operator]


def test_filters_joined_alike_are_alike() -> None:
    """However they were put together: cursors are bound to what is asked, not to parentheses."""
    a, b, c = (attribute(name) == 1 for name in "abc")
    assert spelled((a & b) & c) == spelled(a & (b & c))
    assert spelled((a | b) & c) != spelled(a | (b & c))
    assert holds((a | b) & c, {"a": 1, "c": 1})


async def test_where_takes_a_filter(samples: Table) -> None:
    """Anything else is a mistake, before anything is read."""
    with recorded(samples) as requests:
        for where in ("title = 'x'", {"title": "x"}, Filter(), attribute("title"), lambda item: True, True):
            with pytest.raises(CallError):
                await samples.view(Sample, VIEWERS[1]).query(where=where)  # type: ignore[arg-type]
    assert not requests


# Names that are not for someone


@pytest.fixture
async def desk(engine: Engine) -> AsyncIterator[Table]:
    """Tickets of two owners, some published."""
    made = fresh_table(engine)
    async with made:
        await made.create(Ticket, Followup)
        await load(
            made,
            [
                ticket(f"t{n}", f"u{n % 3}", note=f"{CANARY} {n % 2}", status="published" if n % 4 == 0 else "open", rank=n)
                for n in range(12)
            ],
        )
        yield made


FORBIDDEN = [
    "secret",
    "nothing",
    "pk",
    "sk",
    "gsi1pk",
    "note",
    "owner_id",
    "team",
    "replies",
    "replies.text",
    "contact.phone",
    "contact.nothing",
]
FORBIDDEN += ["title.x", "tags.x", "", ".", "title.", "__class__", "Title", "title ", "é", "\ud800", "x" * 5000]


async def check_refused(table: Table, name: str) -> None:
    """A stranger may not ask, is told nothing, and nothing is read."""
    told: set[str] = set()
    view = table.view(Ticket, STRANGER)
    with recorded(table) as requests:
        makes: list[Callable[[Any], Filter]] = [lambda a: a == "x", lambda a: a.is_missing(), lambda a: a.contains("x"), lambda a: a > 3]
        for make in makes:
            where = make(attribute(name)) & (attribute("title") == "x")
            for ask in (view.query, view.count):
                with pytest.raises((BadFilter, CallError)) as raised:
                    await ask(desk="d1", where=where)
                told.add(str(raised.value.detail) if isinstance(raised.value, BadFilter) else "call")
    assert not requests
    assert len(told) == 1


@pytest.mark.parametrize("name", [name for name in FORBIDDEN if name], ids=lambda name: ascii(name[:20]))
async def test_trap_03_a_forbidden_filter_is_refused_with_nothing_read(desk: Table, name: str) -> None:
    """Unknown, hidden from everyone, hidden from them, inside of what has no parts: never dropped, always alike."""
    await check_refused(desk, name)


async def test_trap_03_broken_dropping_a_forbidden_filter_is_caught(desk: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that leaves out what it may not decide returns everyone's items."""
    monkeypatch.setattr(viewer.Viewer, "checked", lambda self, where, scanning=False: attribute("title") != "")
    with pytest.raises(pytest.fail.Exception):
        await check_refused(desk, "secret")


async def test_trap_03_refusals_are_byte_identical_over_http(desk: Table) -> None:
    """Forbidden, unknown, and of the wrong type: one answer."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(finder(desk)), base_url="http://test") as client:
        with recorded(desk) as requests:
            answers = {
                (answer.status_code, answer.content, tuple(answer.headers.raw))
                for name, value in [
                    *((name, "x") for name in FORBIDDEN if name and name != "\ud800"),
                    ("rank", "many"),
                    ("opened", "never"),
                ]
                for answer in [await client.get("/tickets", params={"name": name, "value": value})]
            }
        assert not requests
        assert len(answers) == 1
        ((status, content, _),) = answers
        assert status == 422
        assert CANARY.encode() not in content
        assert (await client.get("/tickets", params={"name": "title", "value": "title t3"})).json()["items"][0]["ticket_id"] == "t3"
        assert (await client.get("/tickets", params={"name": "note", "value": f"{CANARY} 0", "who": "u1"})).json()["items"]


# Twins


async def twins(engine: Engine) -> tuple[Table, Table]:
    """Two databases that differ in what a stranger and a reader may not see: notes, owners, teams, secrets, phones, sizes."""
    made = (fresh_table(engine), fresh_table(engine))
    for number, table in enumerate(made):
        await table.create(Ticket, Followup)
        await load(
            table,
            [
                ticket(
                    f"t{n:02d}",
                    f"x{n % (2 + number)}",
                    status="published" if n % 3 == 0 else "open",
                    note=f"seen {n}" if n % 3 == 0 else f"hidden {number} " + "y" * number * 9000,
                    team=None if number else "red",
                    rank=n,
                    secret=f"s{number}",
                    replies=[],
                )
                for n in range(30)
            ],
        )
        await load(table, [Followup(desk="d1", ticket_id="t03", number=n) for n in range(number * 7)])
    return made


async def everything_asked(table: Table, principal: Principal) -> list[Any]:
    """Filters, keys, sorts, counts and pages: all that is answered."""
    view = table.view(Ticket, principal)
    filters: list[Filter | None] = [
        None,
        attribute("note") != "seen 3",
        attribute("note") >= "hidden",
        attribute("note").is_missing(),
        attribute("note") == None,  # noqa: E711
        attribute("note").contains("hidden 1"),
        attribute("contact.phone").is_missing(),
        (attribute("note") == "seen 3") | (attribute("rank") == 4),
        attribute("owner_id") == "x1",
        attribute("team") == "red",
        attribute("secret") == "s0",
    ]
    lists: list[tuple[str | None, dict[str, Any]]] = [
        (None, {"desk": "d1"}),
        ("by_rank", {"desk": "d1"}),
        ("by_team", {"team": "red"}),
        ("by_owner", {"owner_id": "x1"}),
    ]
    told: list[Any] = []
    for where, (index, key) in product(filters, lists):
        after = None
        try:
            for _ in range(3):
                page = await view.query(index=index, where=where, limit=4, after=after, **key)
                told.append((page.data["items"], page.next and len(page.next)))
                after = page.next
                if after is None:
                    break
            told.append(await view.count(index=index, where=where, **key))
        except BadFilter as refused:
            told.append(str(refused.detail))
    return told


async def check_twins(engine: Engine) -> None:
    """Nobody of these can tell the two apart."""
    one, other = await twins(engine)
    async with one, other:
        for principal in (STRANGER, READER):
            assert await everything_asked(one, principal) == await everything_asked(other, principal)
        assert await everything_asked(one, LEAD) != await everything_asked(other, LEAD)


async def test_trap_02_twin_databases_answer_alike(engine: Engine) -> None:
    """By filter, key, sort and count, on what is hidden from someone."""
    await check_twins(engine)


async def test_trap_02_broken_filters_on_stored_values_are_caught(ministack: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What DynamoDB lets through, taken as it is, tells of hidden notes."""
    monkeypatch.setattr(viewer, "holds", lambda where, disclosed: True)
    with pytest.raises(AssertionError):
        await check_twins(ministack)


async def test_trap_02_broken_names_that_are_not_checked_are_caught(ministack: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter decided on the whole item answers yes and no about what is hidden."""
    monkeypatch.setattr(viewer, "_discloses", lambda steps, path: True)
    monkeypatch.setattr(Plan, "disclose", lambda self, item, wanted: dict(item))
    with pytest.raises(AssertionError):
        await check_twins(ministack)


async def test_everyone_filters_their_own_world(desk: Table) -> None:
    """The same question of several principals, each answered on what they see."""
    where = attribute("note").contains(CANARY)
    assert names(await desk.view(Ticket, OWNER).query(desk="d1", where=where)) == ["t1", "t10", "t4", "t7"]
    assert names(await desk.view(Ticket, OTHER).query(desk="d1", where=where)) == ["t11", "t2", "t5", "t8"]
    assert names(await desk.view(Ticket, READER).query(desk="d1", where=where)) == ["t0", "t4", "t8"]
    assert names(await desk.view(Ticket, AGENT).query(desk="d1", where=attribute("owner_id") == "u2")) == ["t11", "t2", "t5", "t8"]
    assert names(await desk.view(Ticket, OPS).query(desk="d1", where=where)) == []
    with pytest.raises(BadFilter):
        await desk.view(Ticket, STRANGER).query(desk="d1", where=where)
