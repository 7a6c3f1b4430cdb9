"""Reading as someone, on both engines: everyone sees exactly their part, and bad questions are refused before any I/O."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import pytest

from discreet import (
    BadCursor,
    BadKey,
    BadRequest,
    CallError,
    DeclarationError,
    Entity,
    Identifier,
    Key,
    Keyring,
    NotDisclosedError,
    NotFound,
    Principal,
    Table,
    above,
    anyone,
    at_least,
    at_most,
    begins_with,
    below,
    between,
    epoch_seconds,
    relation,
    role,
    stored_as,
    visible_to,
)
from discreet.dynamodb.expressions import Names
from discreet.entity import deciding, declaration_of, item
from discreet.key import Template
from discreet.policy import UNREADABLE, plan
from discreet.testing import load, recorded
from discreet.view.keys import asked_for

from ..engines import Engine
from .clinic import (
    BILLING,
    CANARY,
    EVERYONE,
    OPS,
    OTHER_OWNER,
    OWNER,
    STRANGER,
    VET,
    VET_ELSEWHERE,
    Account,
    Event,
    Measure,
    Pet,
    Secret,
    Visitation,
    fresh_table,
    pet,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """The clinic's table, with three pets, what lies below one of them, accounts and a secret."""
    made = fresh_table(engine)
    async with made:
        await made.create(Pet, Visitation, Account, Secret)
        await load(made, [pet("1"), pet("10", "u2"), pet("2", "u1"), pet("1", clinic_id="c2")])
        await load(made, [Visitation(clinic_id="c1", pet_id="1", visit_id="9")])
        await load(made, [Account(account_id="u1", email="u1@example.com", bio="hidden"), Secret(secret_id="s", value=CANARY)])
        await load(made, [Account(account_id="u2", email="u2@example.com", bio="shown", status="published", is_admin=True)])
        yield made


async def raw(table: Table, wire: dict[str, Any]) -> None:
    """Put what no declaration would write."""
    await table.store.put_all([wire])


SHOWN: dict[str, tuple[Principal, set[str]]] = {
    "stranger": (STRANGER, {"clinic_id", "pet_id", "name", "home"}),
    "owner": (OWNER, {"clinic_id", "pet_id", "name", "home", "owner_id", "diagnosis", "balance", "visits"}),
    "other owner": (OTHER_OWNER, {"clinic_id", "pet_id", "name", "home"}),
    "vet": (VET, {"clinic_id", "pet_id", "name", "home", "owner_id", "diagnosis", "visits", "wards"}),
    "vet elsewhere": (VET_ELSEWHERE, {"clinic_id", "pet_id", "name", "home"}),
    "billing": (BILLING, {"clinic_id", "pet_id", "name", "home", "owner_id", "balance"}),
}


@pytest.mark.parametrize("who", SHOWN)
async def test_everyone_sees_exactly_their_part(table: Table, who: str) -> None:
    """Alone and in lists, nested values included."""
    principal, shown = SHOWN[who]
    view = table.view(Pet, principal)
    alone = await view.get(clinic_id="c1", pet_id="1")
    listed = await view.query(clinic_id="c1")
    assert set(alone.data) == shown
    assert [each.data["pet_id"] for each in listed] == ["1", "10", "2"]
    assert listed.items[0].data == alone.data
    assert json.loads(alone.content) == alone.data


async def test_nested_values_are_decided_where_they_are(table: Table) -> None:
    """A vet sees findings of visits that are theirs; the street is the owner's."""
    vet = (await table.view(Pet, VET).get(clinic_id="c1", pet_id="1")).data
    assert vet["visits"] == [{"reason": "limping", "vet_id": "v1", "findings": f"{CANARY} one"}, {"reason": "check-up", "vet_id": "v2"}]
    assert vet["wards"] == {"w1": {"reason": "stay", "vet_id": "v1", "findings": f"{CANARY} ward"}}
    assert vet["home"] == {"city": "Ghent"}
    owner = (await table.view(Pet, OWNER).get(clinic_id="c1", pet_id="1")).data
    assert owner["visits"] == [{"reason": "limping"}, {"reason": "check-up"}]
    assert owner["home"] == {"city": "Ghent", "street": f"{CANARY} street"}


# Traps


def check_no_canary(content: bytes, canary: str = CANARY) -> None:
    """No hidden value left."""
    assert canary.encode() not in content


async def test_trap_01_hidden_nested_values_never_leave(table: Table) -> None:
    """Inside maps, lists and maps of models: nothing of what is hidden from someone is in their answer."""
    for principal in (STRANGER, OTHER_OWNER, VET_ELSEWHERE, BILLING, OPS):
        view = table.view(Pet, principal)
        check_no_canary((await view.get(clinic_id="c1", pet_id="1")).content)
        check_no_canary((await view.query(clinic_id="c1", pet_id="1")).content)
    check_no_canary((await table.view(Pet, VET).get(clinic_id="c1", pet_id="1")).content, f"{CANARY} two")


async def test_trap_01_broken_a_disclosure_that_stops_at_the_top_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Disclosing nested values whole fails the same check."""
    monkeypatch.setattr("discreet.policy.plan._disclose_nested", lambda step, nested, value, chain, wanted: value)
    with pytest.raises(AssertionError):
        check_no_canary((await table.view(Pet, VET).get(clinic_id="c1", pet_id="1")).content, f"{CANARY} two")


def check_projected(payloads: list[Any]) -> None:
    """Every read names what it wants, and names it by placeholders."""
    assert payloads
    for request in payloads:
        assert request.projection
        assert all(part.startswith("#") for path in request.payload["ProjectionExpression"].split(",") for part in path.split("."))


async def test_trap_04_every_read_projects(table: Table) -> None:
    """An empty projection is refused, never left out; hidden names are not asked for."""
    with recorded(table) as requests:
        await table.view(Pet, STRANGER).get(clinic_id="c1", pet_id="1")
        await table.view(Pet, OWNER).query(clinic_id="c1")
        await table.undisclosed(Pet).get(clinic_id="c1", pet_id="1")
    check_projected(requests)
    assert set(requests[0].projection) == {"pk", "sk", "clinic_id", "pet_id", "name", "home.city"}
    assert "chip" not in requests[1].projection
    with pytest.raises(ValueError, match="projection of nothing"):
        Names().projection([])


async def test_trap_04_broken_a_read_without_projection_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that leaves it out fails the check."""
    call = table.store._call

    async def leaving_out(operation: str, payload: Any) -> Any:
        for watcher in table.store._watchers:
            watcher(operation, {k: v for k, v in payload.items() if k != "ProjectionExpression"})
        return await call("DescribeTable", {"TableName": table.name})

    monkeypatch.setattr(table.store, "_call", leaving_out)
    with recorded(table) as requests, pytest.raises(NotFound):
        await table.view(Pet, STRANGER).get(clinic_id="c1", pet_id="1")
    with pytest.raises(AssertionError):
        check_projected(requests)


def check_names(ask: Callable[..., Any]) -> None:
    """No name but the key's attributes is taken, a physical one least of all."""
    declaration = declaration_of(Pet)
    for name in ("pk", "sk", "name", "chip"):
        with pytest.raises(CallError, match="clinic_id"):
            ask(declaration, declaration.key, {"clinic_id": "c1", "pet_id": "1", name: "CLINIC#c2"}, whole=True)


def test_trap_06_broken_ignoring_names_is_caught() -> None:
    """A reader that takes what it knows and lets the rest be fails the check that ours passes."""
    check_names(asked_for)

    def ignoring(declaration: Any, key: Any, given: Any, *, whole: bool) -> Any:
        return asked_for(declaration, key, {name: given[name] for name in key.names}, whole=whole)

    with pytest.raises(pytest.fail.Exception):
        check_names(ignoring)


@pytest.mark.parametrize("name", ["pk", "sk", "Pet", "name", "pet", "chip"])
async def test_trap_06_physical_keys_are_never_set_from_input(table: Table, name: str) -> None:
    """A physical key, or any name that is no key attribute, is refused before any I/O, listing the right ones."""
    with recorded(table) as requests:
        call: Any
        for call in (table.view(Pet, OWNER).get, table.view(Pet, OWNER).query, table.undisclosed(Pet).get):
            with pytest.raises(CallError, match="clinic_id") as raised:
                await call(**{"clinic_id": "c1", "pet_id": "1", name: "CLINIC#c2"})
            assert isinstance(raised.value, TypeError)
    assert not requests


async def check_refused_before_io(table: Table, call: Callable[[], Any]) -> None:
    """Raises, and nothing was sent."""
    with recorded(table) as requests:
        with pytest.raises((CallError, BadRequest)):
            await call()
        assert not requests


MISSING: list[dict[str, Any]] = [
    {},
    {"clinic_id": "c1"},
    {"pet_id": "1"},
    {"clinic_id": None, "pet_id": "1"},
    {"clinic_id": "c1", "pet_id": None},
    {"clinic_id": "", "pet_id": "1"},
    {"clinic_id": "c1", "pet_id": ""},
    {"clinic_id": begins_with("c"), "pet_id": "1"},
    {"clinic_id": "c1", "pet_id": begins_with("1")},
]


@pytest.mark.parametrize("key", MISSING, ids=str)
async def test_trap_07_a_missing_key_part_raises_before_any_io(table: Table, key: dict[str, Any]) -> None:
    """It never widens to a Scan or a prefix."""
    await check_refused_before_io(table, lambda: table.view(Pet, OWNER).get(**key))


async def test_trap_07_broken_widening_is_caught(table: Table) -> None:
    """A read that falls back to the partition fails the check."""
    with pytest.raises(pytest.fail.Exception):
        await check_refused_before_io(table, lambda: table.view(Pet, OWNER).query(clinic_id="c1"))


async def test_trap_08_exact_is_exact(table: Table) -> None:
    """`1` is not `10`."""
    found = await table.view(Pet, OWNER).query(clinic_id="c1", pet_id="1")
    assert [each.data["pet_id"] for each in found] == ["1"]
    prefix = await table.view(Pet, OWNER).query(clinic_id="c1", pet_id=begins_with("1"))
    assert [each.data["pet_id"] for each in prefix] == ["1", "10"]


async def test_trap_08_broken_a_prefix_for_an_exact_key_is_caught(table: Table) -> None:
    """Asked as a prefix, `1` finds `10` too."""
    prefix = await table.view(Pet, OWNER).query(clinic_id="c1", pet_id=begins_with("1"))
    with pytest.raises(AssertionError):
        assert [each.data["pet_id"] for each in prefix] == ["1"]


async def test_trap_13_an_attribute_not_disclosed_raises_when_read(table: Table) -> None:
    """`is_admin` of a projected item does not read False, not even through `getattr` with a default."""
    mine = (await table.view(Account, OWNER).get(account_id="u1")).item
    assert mine.email == "u1@example.com"
    reads: list[Callable[[], Any]] = [lambda: mine.is_admin, lambda: getattr(mine, "is_admin", False), lambda: hasattr(mine, "is_admin")]
    for read in reads:
        with pytest.raises(NotDisclosedError):
            read()
    visit = (await table.view(Pet, OWNER).get(clinic_id="c1", pet_id="1")).item.visits[0]
    with pytest.raises(NotDisclosedError):
        _ = visit.findings
    with pytest.raises(NotDisclosedError):
        await load(table, [mine])


async def test_trap_13_broken_defaults_that_fill_in_are_caught() -> None:
    """An item that Pydantic fills answers for what was withheld."""
    filled = Account.model_construct(account_id="u1", email="x")
    with pytest.raises(pytest.fail.Exception), pytest.raises(NotDisclosedError):
        _ = filled.is_admin


async def exists(table: Table, principal: Principal, account_id: str) -> str:
    """What someone is told of an account, in full."""
    try:
        return str((await table.view(Account, principal).get(account_id=account_id)).content)
    except NotFound as error:
        return f"{error!r}{error.__cause__!r}"


async def test_trap_20_absent_and_forbidden_are_the_same(table: Table) -> None:
    """An item that does not exist for someone is told of as one that does not exist."""
    assert await exists(table, STRANGER, "u1") == await exists(table, STRANGER, "nobody") == await exists(table, OTHER_OWNER, "u1")
    assert "u1@" in await exists(table, OWNER, "u1")
    assert (await table.view(Account, STRANGER).get(account_id="u2")).data == {"account_id": "u2", "bio": "shown"}


async def test_trap_26_a_deeper_item_is_no_pet(table: Table) -> None:
    """`PET#1#VISIT#9` is not read as a pet, by key or in a list."""
    assert [each.data["pet_id"] for each in await table.view(Pet, VET).query(clinic_id="c1")] == ["1", "10", "2"]
    with pytest.raises(NotFound):
        await table.view(Pet, VET).get(clinic_id="c1", pet_id="1#VISIT#9")


async def test_trap_26_broken_prefix_parsing_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that takes what begins alike lists the visit as a pet."""
    whole = Template.parse_text
    monkeypatch.setattr(
        Template, "parse_text", lambda self, text, types: whole(self, "#".join(text.split("#")[: len(self.segments)]), types)
    )
    await raw(table, {"pk": {"S": "CLINIC#c1"}, "sk": {"S": "PET#7#VISIT#9"}})
    found = [each.data["pet_id"] for each in await table.view(Pet, VET).query(clinic_id="c1")]
    assert found != ["1", "10", "2"]


class Vetted(Entity):
    """Declared the wrong way: a role held everywhere, and a claim of several clinics."""

    key = Key("item_id")
    item_id: Annotated[Identifier, visible_to(anyone)]
    clinic_id: Annotated[str, visible_to(anyone)]
    tied: Annotated[str, visible_to(relation(claim="vet_at", attribute="clinic_id"))] = "x"
    loose: Annotated[str, visible_to(role("vet") & relation(claim="clinics", attribute="clinic_id"))] = "x"


async def check_tied(engine: Engine, name: str) -> None:
    """A vet in one clinic, and a client of another, sees an attribute in their own clinic alone."""
    async with fresh_table(engine) as table:
        await table.create(Vetted)
        await load(table, [Vetted(item_id="a", clinic_id="c1"), Vetted(item_id="b", clinic_id="c2")])
        person = Principal(roles={"vet"}, claims={"sub": "p", "clinics": {"c1", "c2"}, "vet_at": {"c1"}})
        assert name in (await table.view(Vetted, person).get(item_id="a")).data
        assert name not in (await table.view(Vetted, person).get(item_id="b")).data


async def test_trap_27_a_claim_of_places_ties_role_and_place(engine: Engine) -> None:
    """`vet_at` lists where someone is a vet."""
    await check_tied(engine, "tied")


async def test_trap_27_broken_a_role_beside_a_place_is_caught(engine: Engine) -> None:
    """A role held everywhere and a claim of several clinics: a vet in one reads the other."""
    with pytest.raises(AssertionError):
        await check_tied(engine, "loose")


async def test_trap_28_the_physical_key_is_the_authority(table: Table) -> None:
    """A stored copy of a key component that disagrees grants nothing: the item does not exist."""
    copy = {"pk": {"S": "CLINIC#c1"}, "sk": {"S": "PET#8"}, "name": {"S": CANARY}, "owner_id": {"S": "u1"}}
    await raw(table, {**copy, "clinic_id": {"S": "c2"}, "pet_id": {"S": "8"}})
    for principal in EVERYONE:
        with pytest.raises(NotFound):
            await table.view(Pet, principal).get(clinic_id="c1", pet_id="8")
    await raw(table, copy)
    assert (await table.view(Pet, VET).get(clinic_id="c1", pet_id="8")).data["clinic_id"] == "c1"


def check_authority(identify: Callable[[Any, Any], Any]) -> None:
    """An item whose stored copy says otherwise than its key is none."""
    wire = {"pk": {"S": "CLINIC#c1"}, "sk": {"S": "PET#8"}, "clinic_id": {"S": "c2"}, "pet_id": {"S": "8"}}
    assert identify(declaration_of(Pet), wire) is None


def test_trap_28_broken_trusting_the_copy_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that lets the stored copy win fails the check."""
    check_authority(item.identify)
    real = item._parse_part

    def trusting(declaration: Any, part: Any, wire: Any, found: Any) -> dict[str, Any]:
        return {**(real(declaration, part, wire, found) or {}), **{name: found[name] for name in part.names if name in found}}

    monkeypatch.setattr(item, "_parse_part", trusting)
    with pytest.raises(AssertionError):
        check_authority(item.identify)


async def test_trap_29_plans_hold_no_claim_values(table: Table) -> None:
    """1,000 requests of interleaved principals at once: each gets their own answer, none is lost."""
    view = {name: table.view(Pet, principal) for name, (principal, _) in SHOWN.items()}
    slots = asyncio.Semaphore(100)  # a slow machine's connections time out in a longer queue

    async def ask(name: str) -> tuple[str, set[str]]:
        async with slots:
            return name, set((await view[name].get(clinic_id="c1", pet_id="1")).data)

    answers = await asyncio.gather(*(ask(name) for n in range(1000 // len(SHOWN) + 1) for name in SHOWN))
    assert len(answers) >= 1000
    assert all(shown == SHOWN[name][1] for name, shown in answers)


async def test_trap_29_broken_a_plan_cached_with_its_values_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values cached by conditions give one owner's answer to another."""
    first: dict[Any, Any] = {}
    real = deciding.wanted_by
    monkeypatch.setattr("discreet.view.viewer.wanted_by", lambda d, p: first.setdefault((d.name, frozenset(p.claims)), real(d, p)))
    await table.view(Pet, OWNER).get(clinic_id="c1", pet_id="1")
    assert "diagnosis" in (await table.view(Pet, OTHER_OWNER).get(clinic_id="c1", pet_id="1")).data


NEVER = [Principal(claims={"sub": value}) for value in (None, "", frozenset({"", None}), 7, True)]


@pytest.mark.parametrize("principal", NEVER, ids=repr)
async def test_trap_34_none_and_empty_claims_meet_nothing(table: Table, principal: Principal) -> None:
    """Not an absent attribute, not NULL, not an empty text, not another type."""
    base = {"pk": {"S": "CLINIC#c1"}, "name": {"S": "x"}, "diagnosis": {"S": CANARY}}
    held: list[dict[str, Any]] = [
        {},
        {"owner_id": {"NULL": True}},
        {"owner_id": {"N": "7"}},
        {"owner_id": {"BOOL": True}},
        {"owner_id": {"S": ""}},
    ]
    for number, owner_id in enumerate(held):
        await raw(table, {**base, "sk": {"S": f"PET#n{number}"}, **owner_id})
        check_no_canary((await table.view(Pet, principal).get(clinic_id="c1", pet_id=f"n{number}")).content)


async def test_trap_34_broken_a_missing_attribute_that_equals_none_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing with what `get` gives for an absent attribute lets None in."""
    monkeypatch.setattr(Principal, "values_of", lambda self, claim: frozenset({self.claims.get(claim)}))
    monkeypatch.setattr("discreet.entity.deciding._converted", lambda codec, values: values)
    monkeypatch.setattr(plan, "_holds", lambda r, chain, wanted: chain[0].get(r.path[-1]) in wanted[r])
    await raw(table, {"pk": {"S": "CLINIC#c1"}, "sk": {"S": "PET#n"}, "name": {"S": "x"}, "diagnosis": {"S": CANARY}})
    with pytest.raises(AssertionError):
        check_no_canary((await table.view(Pet, NEVER[0]).get(clinic_id="c1", pet_id="n")).content)


# No read where nothing can be seen


async def test_nothing_visible_causes_no_read(table: Table) -> None:
    """A principal for whom nothing can be left is answered without a read, alone and in lists."""
    with recorded(table) as requests:
        for principal in EVERYONE:
            with pytest.raises(NotFound):
                await table.view(Secret, principal).get(secret_id="s")
            assert (await table.view(Secret, principal).query(secret_id="s")).data == {"items": [], "next": None}
        assert not requests
    assert (await table.undisclosed(Secret).get(secret_id="s")).item.value == CANARY


async def test_the_key_in_hand_narrows_the_read(table: Table) -> None:
    """A vet elsewhere asks no more of this clinic than a stranger who is no vet."""
    with recorded(table) as requests:
        await table.view(Pet, VET_ELSEWHERE).get(clinic_id="c1", pet_id="1")
        await table.view(Pet, Principal(claims={"sub": "v9"})).get(clinic_id="c1", pet_id="1")
    assert requests[0].projection == requests[1].projection


class Shift(Entity):
    """Whoever works it is part of the key, and not everyone's to know."""

    key = Key(pk="WARD#{ward}", sk="SHIFT#{nurse}")
    ward: Annotated[str, visible_to(anyone)]
    nurse: Annotated[str, visible_to(relation(claim="sub", attribute="nurse"), role("planner"))]
    text: Annotated[str, visible_to(anyone)] = "x"


async def test_an_item_answers_a_query_only_if_its_whole_key_is_disclosed(engine: Engine) -> None:
    """A list tells neither what it is sorted by nor how many there are; where no key can be shown, nothing is read."""
    async with fresh_table(engine) as table:
        await table.create(Shift)
        await load(table, [Shift(ward="a", nurse=name) for name in ("u1", "u2", "u3")])
        asked: list[tuple[Principal, list[str]]] = [(Principal(roles={"planner"}), ["u1", "u2", "u3"]), (OWNER, ["u1"])]
        for principal, expected in asked:
            found = await table.view(Shift, principal).query(ward="a")
            assert [each.data.get("nurse") for each in found] == expected
        with recorded(table) as requests:
            assert (await table.view(Shift, STRANGER).query(ward="a")).data == {"items": [], "next": None}
            assert (await table.view(Shift, OWNER).query(ward="a", nurse="u2")).data == {"items": [], "next": None}
        assert not requests
        assert (await table.view(Shift, STRANGER).get(ward="a", nurse="u1")).data == {"ward": "a", "text": "x"}


async def test_stored_keys_that_the_entity_does_not_take_are_no_items(table: Table) -> None:
    """A component is validated by the attribute's own type, also when it comes from the table."""
    for component in ("x" * 129, "a\u007fb", "tab$9"):
        await raw(table, {"pk": {"S": "CLINIC#c1"}, "sk": {"S": f"PET#{component}"}, "name": {"S": CANARY}})
    assert [each.data["pet_id"] for each in await table.view(Pet, VET).query(clinic_id="c1")] == ["1", "10", "2"]


@pytest.mark.parametrize(
    ("until", "gone"),
    [(None, False), (0, True), (10**11, False), (Decimal("0.5"), True), (Decimal(10**11), False), (UNREADABLE, True)]
    + [(datetime(2020, 1, 1, tzinfo=UTC), True), (datetime(2999, 1, 1, tzinfo=UTC), False)],
)
def test_times_to_live_are_read_strictly(until: Any, gone: bool) -> None:
    """In seconds or as a time; one that can not be read is past."""
    assert item.expired(declaration_of(Account), {} if until is None else {"until": until}, datetime.now(UTC)) is gone


# Pages and cursors


async def pages(table: Table, principal: Principal, **more: Any) -> list[list[str]]:
    """Every page's pets, following cursors."""
    found: list[list[str]] = []
    after = None
    while True:
        page = await table.view(Pet, principal).query(clinic_id="c9", after=after, **more)
        found.append([each.data["pet_id"] for each in page])
        after = page.next
        if after is None:
            return found


async def test_pages_are_whole_and_end(table: Table) -> None:
    """Every item once and in order, both ways; a page that ends exactly has no next."""
    names = [f"{n:03d}" for n in range(25)]
    await load(table, [pet(name, clinic_id="c9") for name in names])
    assert await pages(table, STRANGER, limit=10) == [names[:10], names[10:20], names[20:]]
    assert await pages(table, STRANGER, limit=25) == [names]
    assert await pages(table, STRANGER, limit=5, reverse=True) == [names[::-1][n : n + 5] for n in range(0, 25, 5)]
    assert await pages(table, STRANGER, limit=2, pet_id=between("003", "006")) == [["003", "004"], ["005", "006"]]
    assert sum(await pages(table, STRANGER, pet_id=above("020")), []) == names[21:]
    assert sum(await pages(table, STRANGER, pet_id=at_least("020")), []) == names[20:]
    assert sum(await pages(table, STRANGER, pet_id=below("003")), []) == names[:3]
    assert sum(await pages(table, STRANGER, pet_id=between("9", "1")), []) == []


def check_opaque(cursor: str, words: list[bytes]) -> None:
    """Nothing readable in it, however it is decoded."""
    decoded = base64.urlsafe_b64decode(cursor)
    for word in words:
        assert word not in decoded
        assert word not in cursor.encode()


async def test_trap_10_cursors_are_sealed_and_bound(table: Table) -> None:
    """No plaintext, one length, and good for one principal and one question."""
    await load(
        table, [pet(f"{n:03d}", clinic_id="clinic-nine") for n in range(9)] + [pet("x" * 100, clinic_id="c8"), pet("y", clinic_id="c8")]
    )
    view = table.view(Pet, OWNER)
    cursor = (await view.query(clinic_id="clinic-nine", limit=2)).next
    assert cursor
    check_opaque(cursor, [b"clinic-nine", b"001", b"PET", b"CLINIC"])
    other = (await view.query(clinic_id="c8", limit=1)).next
    assert other
    assert len(other) == len(cursor)
    replays: list[Callable[[], Any]] = [
        lambda: table.view(Pet, OTHER_OWNER).query(clinic_id="clinic-nine", after=cursor),
        lambda: table.view(Pet, STRANGER).query(clinic_id="clinic-nine", after=cursor),
        lambda: view.query(clinic_id="c8", after=cursor),
        lambda: view.query(clinic_id="clinic-nine", after=cursor, reverse=True),
        lambda: view.query(clinic_id="clinic-nine", after=cursor, pet_id=above("0")),
        lambda: table.undisclosed(Pet).query(clinic_id="clinic-nine", after=cursor),
        lambda: table.view(Visitation, OWNER).query(clinic_id="clinic-nine", after=cursor),
        lambda: Table(table.name + "x", region="x1", keyring=table._keyring).view(Pet, OWNER).query(clinic_id="clinic-nine", after=cursor),
        lambda: view.query(clinic_id="clinic-nine", after=""),
        lambda: view.query(clinic_id="clinic-nine", after="é"),
        lambda: view.query(clinic_id="clinic-nine", after=cursor[:-4]),
        lambda: view.query(clinic_id="clinic-nine", after=cursor + "AAAA"),
    ]
    told: set[str] = set()
    with recorded(table) as requests:
        for replay in replays:
            with pytest.raises(BadCursor) as raised:
                await replay()
            told.add(str(raised.value))
    assert len(told) == 1
    assert not requests
    assert len(await view.query(clinic_id="clinic-nine", after=cursor, limit=5)) == 5
    same_person = Principal(roles={"new"}, claims={"sub": "u1", "more": "x"})
    assert len(await table.view(Pet, same_person).query(clinic_id="clinic-nine", after=cursor)) == 7


async def test_trap_10_every_flipped_byte_is_refused(table: Table) -> None:
    """Each character of a cursor matters."""
    await load(table, [pet(f"{n}", clinic_id="c9") for n in range(3)])
    view = table.view(Pet, OWNER)
    cursor = (await view.query(clinic_id="c9", limit=1)).next
    assert cursor
    for at in range(len(cursor)):
        for other in "Aa-9":
            if other != cursor[at]:
                with pytest.raises(BadCursor):
                    await view.query(clinic_id="c9", after=cursor[:at] + other + cursor[at + 1 :])


async def test_trap_10_broken_a_cursor_in_clear_is_caught() -> None:
    """Keys in base64 fail the check that ours pass."""
    with pytest.raises(AssertionError):
        check_opaque(base64.urlsafe_b64encode(b'{"pk": "CLINIC#c9", "sk": "PET#001"}').decode(), [b"c9"])


async def test_cursors_expire_and_keys_rotate(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old cursor is refused like any bad one; a cursor under the key before the newest still opens."""
    await load(table, [pet(f"{n}", clinic_id="c9") for n in range(3)])
    old, new = Keyring.new_key(), Keyring.new_key()
    table._keyring = Keyring(old)
    cursor = (await table.view(Pet, OWNER).query(clinic_id="c9", limit=1)).next
    table._keyring = Keyring(new, old)
    assert len(await table.view(Pet, OWNER).query(clinic_id="c9", after=cursor)) == 2
    table._keyring = Keyring(new, old, max_age=timedelta(seconds=-1))
    with pytest.raises(BadCursor):
        await table.view(Pet, OWNER).query(clinic_id="c9", after=cursor)
    table._keyring = Keyring(new)
    with pytest.raises(BadCursor):
        await table.view(Pet, OWNER).query(clinic_id="c9", after=cursor)


@pytest.mark.parametrize("limit", [0, -1, 101, 10**9, True, "5", 2.0, None])
async def test_limits_out_of_bounds_are_refused(table: Table, limit: Any) -> None:
    """Not clamped, and before any I/O."""
    await check_refused_before_io(table, lambda: table.view(Pet, OWNER).query(clinic_id="c1", limit=limit))


async def test_a_bound_on_work_ends_a_page_and_the_next_goes_on(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where few of many items answer, a page is short, with a cursor; following it finds them all."""
    monkeypatch.setattr("discreet.view.reading.EVALUATED", 20)
    await load(
        table,
        [Visitation(clinic_id="c9", pet_id=f"{n:03d}", visit_id="v") for n in range(95)]
        + [pet("050", clinic_id="c9"), pet("090", clinic_id="c9")],
    )
    found = await pages(table, STRANGER, limit=5)
    assert sum(found, []) == ["050", "090"]
    assert len(found) > 2


# Other keys, other items


async def test_plain_keys_kinds_and_stored_names(engine: Engine) -> None:
    """A table that another service writes: its own key attributes, a type attribute, its own names."""
    async with fresh_table(engine) as table:
        await table.create(Event)
        await load(table, [Event(topic="a", seq=seq, note=f"n{seq}") for seq in (2, 10, 9)])
        await raw(table, {"topic": {"S": "a"}, "seq": {"N": "3"}, "theNote": {"S": CANARY}})
        await raw(table, {"topic": {"S": "a"}, "seq": {"N": "4"}, "type": {"S": "OTHER"}, "theNote": {"S": CANARY}})
        view = table.view(Event, STRANGER)
        assert [each.data["seq"] for each in await view.query(topic="a")] == [2, 9, 10]
        assert [each.data["seq"] for each in await view.query(topic="a", seq=above(2), reverse=True)] == [10, 9]
        assert (await view.get(topic="a", seq=9)).data == {"topic": "a", "seq": 9, "note": "n9"}
        page = await view.query(topic="a", limit=1)
        assert [each.data["seq"] for each in await view.query(topic="a", after=page.next)] == [9, 10]
        for seq in (3, 4, 5):
            with pytest.raises(NotFound):
                await view.get(topic="a", seq=seq)


async def test_expired_items_do_not_exist(table: Table) -> None:
    """Before DynamoDB has removed them."""
    now = datetime.now(UTC)
    for name, until in (("past", now - timedelta(hours=1)), ("future", now + timedelta(hours=1))):
        await load(table, [Account(account_id=name, email="x@example.com", until=until)])
    assert (await table.view(Account, Principal(claims={"sub": "future"})).get(account_id="future")).data["email"]
    with pytest.raises(NotFound):
        await table.view(Account, Principal(claims={"sub": "past"})).get(account_id="past")


async def test_values_of_another_type_are_absent(table: Table) -> None:
    """What is stored otherwise than declared is not answered, and decides nothing."""
    await raw(
        table,
        {
            "pk": {"S": "CLINIC#c1"},
            "sk": {"S": "PET#odd"},
            "name": {"N": "7"},
            "home": {"S": "x"},
            "visits": {"L": [{"S": "x"}, {"M": {"reason": {"S": "y"}}}]},
        },
    )
    found = await table.view(Pet, VET).get(clinic_id="c1", pet_id="odd")
    assert found.data["visits"] == [{"reason": "y"}]
    assert "name" not in found.data


async def test_entities_that_can_not_be_told_apart_raise(engine: Engine) -> None:
    """When they are registered, before anything is read."""

    class Cat(Entity):
        key = Key(pk="CLINIC#{clinic_id}", sk="PET#{cat_id}")
        clinic_id: Annotated[Identifier, visible_to(anyone)]
        cat_id: Annotated[Identifier, visible_to(anyone)]

    class Elsewhere(Entity):
        key = Key(hash="X#{x}")
        x: Annotated[Identifier, visible_to(anyone)]

    table = fresh_table(engine)
    table.view(Pet, STRANGER)
    for entity in (Cat, Elsewhere):
        with pytest.raises(DeclarationError) as raised:
            table.view(entity, STRANGER)
        assert raised.value.hint


HOSTILE = ["#", "1#", "%", "%00", "\x00", "\n", "x" * 2049, "é" * 3000, "😀", "../..", "$", "$S", "\ud800", " ", "'; --", "{pet_id}"]


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
async def test_hostile_keys_are_refused_or_find_nothing(table: Table, value: str) -> None:
    """Never an error of the engine's, and never another item."""
    keys: list[dict[str, Any]] = [{"clinic_id": value, "pet_id": "1"}, {"clinic_id": "c1", "pet_id": value}]
    for key in keys:
        with pytest.raises((NotFound, BadKey)) as raised:
            await table.view(Pet, VET).get(**key)
        assert value not in str(raised.value) or value in " #$%'"
    with suppress(BadKey):
        assert not (await table.view(Pet, VET).query(clinic_id=value)).items


async def test_numbers_are_numbers(table: Table) -> None:
    """A Decimal is a JSON string, exactly as it is stored."""
    await load(table, [pet("d", balance=Decimal("0.10"))])
    assert (await table.view(Pet, BILLING).get(clinic_id="c1", pet_id="d")).data["balance"] in ("0.1", "0.10")


@pytest.mark.parametrize("length", [1015, 1020, 1024, 1030, 5000])
async def test_bounds_longer_than_a_key_are_no_error_of_the_engines(table: Table, length: int) -> None:
    """A bound is a few characters longer than the value: DynamoDB takes 1,024 bytes, and what is longer bounds no key."""
    view = table.view(Pet, STRANGER)
    for condition in (begins_with, above, below, at_least, at_most):
        value = "y" * length
        with suppress(BadKey):
            expected = [] if condition in (begins_with, above, at_least) else ["1", "10", "2"]
            assert [each.data["pet_id"] for each in await view.query(clinic_id="c1", pet_id=condition(value))] == expected
    with pytest.raises(BadKey):
        await view.query(clinic_id="c1", pet_id=begins_with("\ud800"))


@pytest.mark.parametrize("number", ["0E-5000", f"0.1{'0' * 11_000}1", f"0.1{'0' * 9_000}", "9" * 39, "1E+400", "1E-400", "-0"], ids=len)
async def test_numbers_that_dynamodb_can_not_hold_are_no_error_of_the_engines(engine: Engine, number: str) -> None:
    """A number of too many digits is refused and not rounded; the same one with other zeros is found."""
    async with fresh_table(engine) as table:
        await table.create(Measure)
        await load(table, [Measure(group="a", amount=Decimal(0)), Measure(group="a", amount=Decimal("0.1"))])
        view = table.view(Measure, STRANGER)
        value = Decimal(number)
        if value in (0, Decimal("0.1")):
            assert (await view.get(group="a", amount=value)).item.amount == value
            return
        for call in (view.get, view.query):
            with pytest.raises(BadKey):
                await call(group="a", amount=value)


async def test_stored_keys_that_no_value_has_are_no_items(table: Table) -> None:
    """A time that UTC has no date for, another spelling of one, none: others in the list still answer."""
    for text in ("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "2024-01-01T00:00:00Z", "never", ""):
        key = {"pk": {"S": "MOMENTS"}, "sk": {"S": f"AT#{text}"}}
        await raw(table, {**key, "text": {"S": CANARY}})
    await load(table, [Timed(at=datetime(2024, 1, 1, tzinfo=UTC), text="x")])
    assert [each.data["text"] for each in await table.view(Timed, STRANGER).query()] == ["x"]


class Timed(Entity):
    """All in one partition, by time."""

    key = Key(pk="MOMENTS", sk="AT#{at}")
    at: Annotated[datetime, visible_to(anyone)]
    text: Annotated[str, visible_to(anyone)]


class Tick(Entity):
    """Sorted by a time that the table holds more coarsely."""

    key = Key("name", "at")
    name: Annotated[str, visible_to(anyone)]
    at: Annotated[datetime, visible_to(anyone), stored_as(format=epoch_seconds)]


async def test_conditions_finer_than_what_is_stored_lose_nothing(engine: Engine) -> None:
    """Below half past six is six, though the bound is stored as six."""
    base = datetime(2024, 1, 1, tzinfo=UTC)

    def second(number: float) -> datetime:
        return base + timedelta(seconds=number)

    async with fresh_table(engine) as table:
        await table.create(Tick)
        await load(table, [Tick(name="a", at=second(number)) for number in (5, 6, 7)])
        view = table.view(Tick, STRANGER)
        asked: list[tuple[Any, list[float]]] = [
            (below(second(6.5)), [5, 6]),
            (at_most(second(6.5)), [5, 6]),
            (above(second(6.5)), [7]),
            (at_least(second(6.5)), [7]),
            (between(second(5.5), second(6.5)), [6]),
            (second(6.5), []),
            (above(second(6)), [7]),
            (below(second(6)), [5]),
        ]
        for condition, expected in asked:
            assert [each.item.at for each in await view.query(name="a", at=condition)] == [second(number) for number in expected]


class Sealed(Entity):
    """Of which a role alone sees anything."""

    key = Key(pk="SEALED#{name}", sk="AT#{at}")
    name: Annotated[str, visible_to(role("ops"))]
    at: Annotated[datetime, visible_to(role("ops"))]


async def test_a_key_that_no_item_can_have_is_refused_alike_for_those_who_see_nothing(engine: Engine) -> None:
    """Before it is known whether there is anything to see: else 404 or 422 tells what a principal could see."""
    async with fresh_table(engine) as table:
        await table.create(Sealed)
        keys: list[dict[str, Any]] = [
            {"name": "é" * 1100, "at": datetime(2024, 1, 1, tzinfo=UTC)},
            {"name": "a", "at": datetime(2024, 1, 1)},
        ]
        with recorded(table) as requests:
            for principal in (STRANGER, Principal(roles={"ops"})):
                view = table.view(Sealed, principal)
                for key in keys:
                    for call in (view.get, view.exists, view.query):
                        with pytest.raises(BadKey):
                            await call(**key)
        assert not requests
