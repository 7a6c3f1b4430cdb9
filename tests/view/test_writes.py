"""Writing as someone, on both engines: nothing is stored that was not offered, and every decision holds when it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Annotated, Any
from uuid import uuid4

import pytest

from discreet import (
    Access,
    BadRequest,
    CallError,
    Change,
    Conflict,
    Embedded,
    Entity,
    Forbidden,
    Identifier,
    Index,
    Key,
    New,
    NotFound,
    PreconditionFailed,
    Principal,
    Refusal,
    Table,
    TooLarge,
    Transaction,
    anyone,
    attribute,
    increment,
    nobody,
    relation,
    state,
    visible_to,
    writable_by,
)
from discreet.entity import accepting
from discreet.testing import load, recorded
from discreet.view import theirs, writing
from discreet.view.tags import tag_of
from discreet.view.viewer import PrincipalViewer

from ..engines import Engine
from .clinic import fresh_table

pytestmark = pytest.mark.anyio

owner = relation(claim="sub", attribute="owner_id")
vet = relation(claim="vet_at", attribute="clinic_id")


class Address(Embedded):
    """One value inside another."""

    city: Annotated[str, visible_to(anyone), writable_by(owner)] = "unknown"
    street: Annotated[str | None, visible_to(owner), writable_by(owner)] = None


class Ward(Embedded):
    """One of a map."""

    reason: Annotated[str, visible_to(vet), writable_by(vet)]
    secret: Annotated[str | None, visible_to(nobody)] = None


class Visit(Embedded):
    """One of a list, of which a vet does not see all."""

    reason: Annotated[str, visible_to(vet), writable_by(vet)]
    fee: Annotated[Decimal | None, visible_to(owner), writable_by(create=vet)] = None


class Stay(Embedded):
    """What holds a list and a value of its own, and is itself held alone, or in a map."""

    room: Annotated[str, visible_to(anyone), writable_by(vet)] = ""
    visits: Annotated[list[Visit], visible_to(vet, owner), writable_by(vet)] = []
    last: Annotated[Visit | None, visible_to(vet, owner), writable_by(vet)] = None


class Remark(Embedded):
    """One of a list that anyone adds to, of which only an owner sees all."""

    text: Annotated[str, visible_to(anyone), writable_by(anyone)]
    private: Annotated[str | None, visible_to(owner), writable_by(owner)] = None


class Pet(Entity):
    """A patient."""

    key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="PET#{pet_id}"))
    access = Access(create=vet, delete=vet)
    clinic_id: Annotated[Identifier, visible_to(anyone)]
    pet_id: Annotated[Identifier, visible_to(anyone)]
    name: Annotated[str, visible_to(anyone), writable_by(owner, vet)]
    owner_id: Annotated[Identifier, visible_to(owner, vet)]
    diagnosis: Annotated[str | None, visible_to(owner, vet), writable_by(vet)] = None
    balance: Annotated[Decimal, visible_to(owner), writable_by(create=vet)] = Decimal(0)
    stock: Annotated[int, visible_to(anyone)] = 3
    home: Annotated[Address | None, visible_to(anyone), writable_by(owner)] = None
    wards: Annotated[dict[Identifier, Ward], visible_to(vet), writable_by(vet)] = {}
    visits: Annotated[list[Visit], visible_to(vet, owner), writable_by(vet)] = []
    stay: Annotated[Stay | None, visible_to(anyone), writable_by(vet)] = None
    stays: Annotated[dict[Identifier, Stay], visible_to(vet), writable_by(vet)] = {}
    remarks: Annotated[list[Remark], visible_to(anyone), writable_by(anyone)] = []
    tags: Annotated[set[str], visible_to(anyone), writable_by(vet)] = set()
    hidden: Annotated[str, visible_to(nobody)] = "-"


VET = Principal(claims={"sub": "v1", "vet_at": {"c1"}})
OWNER = Principal(claims={"sub": "u1"})
OTHER = Principal(claims={"sub": "u2"})
STRANGER = Principal()
KEY: dict[str, Any] = {"clinic_id": "c1", "pet_id": "p1"}


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """One pet of u1's."""
    made = fresh_table(engine)
    async with made:
        await made.create(Pet)
        visits = [Visit(reason="limping", fee=Decimal(5))]
        await load(
            made, [Pet(clinic_id="c1", pet_id="p1", name="Rex", owner_id="u1", wards={"w1": Ward(reason="r", secret="s")}, visits=visits)]
        )
        yield made


async def stored(table: Table, **key: str) -> dict[str, Any]:
    """The whole item."""
    return dict((await table.undisclosed(Pet).get(**(key or KEY))).item.__dict__)


def change(**values: Any) -> Change[Pet]:
    """A body."""
    return Change[Pet](values)


def new(**values: Any) -> New[Pet]:
    """A body."""
    return New[Pet](values)


async def test_an_item_is_made_of_a_body_and_the_servers_own(table: Table) -> None:
    """By those whom the entity admits; the answer is what its maker may see."""
    made = await table.view(Pet, VET).create(new(name="Bo", tags=["a"]), clinic_id="c1", pet_id="p2", owner_id="u2")
    assert made.data["name"] == "Bo"
    assert "balance" not in made.data
    assert (await table.view(Pet, OTHER).query(index="by_owner", owner_id="u2")).data["items"][0]["pet_id"] == "p2"
    for who in (STRANGER, OWNER):
        with pytest.raises(Forbidden):
            await table.view(Pet, who).create(new(name="Bo"), clinic_id="c1", pet_id="p3", owner_id="u1")
    with pytest.raises(Forbidden):
        await table.view(Pet, VET).create(new(name="Bo"), clinic_id="c2", pet_id="p3", owner_id="u1")
    with pytest.raises(Conflict):
        await table.view(Pet, VET).create(new(name="Bo"), clinic_id="c1", pet_id="p1", owner_id="u1")
    with pytest.raises(CallError, match="owner_id"):
        await table.view(Pet, VET).create(new(name="Bo"), clinic_id="c1", pet_id="p3")


MASS: list[dict[str, Any]] = [
    {"owner_id": "u9"},
    {"pk": "CLINIC#c2"},
    {"pet_id": "p9"},
    {"version": 1},
    {"hidden": "x"},
    {"stock": 5},
    {"wards": {"w9": {"reason": "r", "secret": "x"}}},
    {"wards": {"w9": {"unknown": "x"}}},
]


@pytest.mark.parametrize("body", MASS, ids=repr)
async def test_trap_16_what_was_not_offered_is_refused_on_create_and_on_change(table: Table, body: dict[str, Any]) -> None:
    """Unknown and unwritable names alike, at every depth, before any I/O."""
    view = table.view(Pet, VET)
    with recorded(table) as requests:
        errors = []
        calls: list[Callable[[], Any]] = [
            lambda: view.update(change(**body), **KEY),
            lambda: view.create(new(name="x", **body), clinic_id="c1", pet_id="p7", owner_id="u1"),
        ]
        for call in calls:
            with pytest.raises(BadRequest) as raised:
                await call()
            errors.append(raised.value.errors)
    assert not requests
    assert errors == [({"loc": ["body", "…"], "type": "not_writable", "msg": "Not to be set here"},)] * 2


async def test_trap_16_broken_a_mask_for_changes_alone_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without masks on create, mass assignment goes through."""
    monkeypatch.setattr(accepting._Intake, "model", lambda self, attributes, body, *_: dict(body))
    made = await table.view(Pet, VET).create(new(name="x", stock=99), clinic_id="c1", pet_id="p7", owner_id="u1")
    assert made.data["stock"] == 99


async def test_trap_19_a_refused_write_raises_and_nothing_is_stored(table: Table) -> None:
    """404 where nothing is, 403 on what is seen and not theirs, 422 for what they could never write."""
    assert (await table.view(Pet, OWNER).update(change(name="Rexy"), **KEY)).data["name"] == "Rexy"
    assert (await table.view(Pet, VET).update(change(diagnosis="flu"), **KEY)).data["diagnosis"] == "flu"
    with pytest.raises(Forbidden):
        await table.view(Pet, OTHER).update(change(name="x"), **KEY)
    with pytest.raises(BadRequest):
        await table.view(Pet, OWNER).update(change(diagnosis="x"), **KEY)
    with pytest.raises(NotFound):
        await table.view(Pet, OWNER).update(change(name="x"), clinic_id="c1", pet_id="p9")
    assert (await stored(table))["name"] == "Rexy"


async def test_trap_19_broken_a_condition_that_is_left_out_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deciding yes to everything, in both forms, lets another owner write."""
    monkeypatch.setattr(writing.Writer, "direct", lambda self, intent: None)
    monkeypatch.setattr(writing.Writer, "_decide", lambda *_: None)
    await table.view(Pet, OTHER).update(change(name="taken"), **KEY)
    assert (await stored(table))["name"] == "taken"


async def test_the_direct_form_reads_nothing_first(table: Table) -> None:
    """And what can not be said as a condition is observed."""
    with recorded(table) as requests:
        await table.view(Pet, OWNER).update(change(name="a"), **KEY)
        await table.view(Pet, OWNER).update(change(home={"city": "Ghent"}), **KEY)
    assert [each.operation for each in requests] == ["UpdateItem", "GetItem", "GetItem", "UpdateItem", "GetItem"]


async def test_trap_09_no_write_asks_for_values_back(table: Table) -> None:
    """Answers come from a projected read."""
    with recorded(table) as requests:
        await table.view(Pet, VET).create(new(name="x"), clinic_id="c1", pet_id="p2", owner_id="u1")
        await table.view(Pet, VET).update(change(name="y"), **KEY)
        async with table.transaction() as tx:
            tx.update(table.view(Pet, VET), change(name="z"), **KEY)
        await table.view(Pet, VET).delete(**KEY)
    for each in requests:
        assert each.payload.get("ReturnValues", "NONE") == "NONE"
        assert "ALL" not in repr(each.payload.get("ReturnValuesOnConditionCheckFailure", ""))
        if each.operation == "GetItem":
            assert each.projection


async def test_nested_values_are_changed_where_they_are(table: Table) -> None:
    """One alone by its names, entries of a map by their keys; what is hidden in them stays."""
    view = table.view(Pet, OWNER)
    await view.update(change(home={"city": "Ghent"}), **KEY)
    assert (await view.update(change(home={"street": "S"}), **KEY)).data["home"] == {"city": "Ghent", "street": "S"}
    await table.view(Pet, VET).update(change(wards={"w1": {"reason": "new"}, "w2": {"reason": "r2"}}), **KEY)
    wards = (await stored(table))["wards"]
    assert (wards["w1"].reason, wards["w1"].secret) == ("new", "s")
    assert set(wards) == {"w1", "w2"}
    assert (await view.update(change(home=None), **KEY)).data["home"] is None


async def test_trap_31_what_is_hidden_in_a_nested_value_is_not_overwritten(table: Table) -> None:
    """A list is replaced whole, by those who see and may change all of it; an entry is taken away likewise."""
    with pytest.raises(Forbidden):
        await table.view(Pet, VET).update(change(visits=[{"reason": "mine"}]), **KEY)
    with pytest.raises(Forbidden):
        await table.view(Pet, VET).update(change(wards={"w1": None}), **KEY)
    assert (await stored(table))["visits"][0].fee == Decimal(5)
    await table.view(Pet, VET).update(change(wards={"w2": {"reason": "r2"}}), **KEY)
    await table.view(Pet, VET).update(change(wards={"w2": None}), **KEY)
    assert set((await stored(table))["wards"]) == {"w1"}


@pytest.mark.parametrize("inside", [{"visits": []}, {"visits": [{"reason": "mine"}]}, {"last": None}])
@pytest.mark.parametrize("whose", ["stay", "stays"])
async def test_trap_31_nor_is_what_is_hidden_deeper_down(table: Table, inside: dict[str, Any], whose: str) -> None:
    """The same inside of a value that is held alone, and of an entry of a map: what is beside it can be changed still."""
    held = Stay(visits=[Visit(reason="r", fee=Decimal(5))], last=Visit(reason="r", fee=Decimal(6)))
    await load(table, [Pet(clinic_id="c1", pet_id="deep", name="Bo", owner_id="u1", stay=held, stays={"s": held})])
    body = {"s": inside} if whose == "stays" else inside
    with pytest.raises(Forbidden):
        await table.view(Pet, VET).update(change(**{whose: body}), clinic_id="c1", pet_id="deep")
    beside = {"s": {"room": "r7"}} if whose == "stays" else {"room": "r7"}
    await table.view(Pet, VET).update(change(**{whose: beside}), clinic_id="c1", pet_id="deep")
    found = (await table.undisclosed(Pet).get(clinic_id="c1", pet_id="deep")).item
    kept = found.stay if whose == "stay" else found.stays["s"]
    assert kept is not None and kept.last is not None
    assert (kept.room, kept.visits[0].fee, kept.last.fee) == ("r7", Decimal(5), Decimal(6))


async def test_who_sees_and_changes_all_of_a_list_replaces_it_whatever_decides_that(table: Table) -> None:
    """What decides about the inside of a nested value is read, though nothing else asks for it."""
    await load(table, [Pet(clinic_id="c1", pet_id="talk", name="Bo", owner_id="u1", remarks=[Remark(text="a", private="p")])])
    key: dict[str, Any] = {"clinic_id": "c1", "pet_id": "talk"}
    with pytest.raises(Forbidden):
        await table.view(Pet, OTHER).update(change(remarks=[{"text": "b"}]), **key)
    assert (await table.view(Pet, OWNER).update(change(remarks=[{"text": "b"}]), **key)).data["remarks"] == [{"text": "b", "private": None}]


async def test_of_many_mistakes_the_first_are_told(table: Table) -> None:
    """An answer does not grow beyond what it answers."""
    with pytest.raises(BadRequest) as refused:
        await table.view(Pet, VET).update(change(wards={f"w{n}": 1 for n in range(5000)}), **KEY)
    assert len(refused.value.errors) == 100


async def test_trap_31_broken_looking_at_the_top_alone_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look inside, a hidden fee is gone with the list that holds it."""
    await load(table, [Pet(clinic_id="c1", pet_id="deep", name="Bo", owner_id="u1", stay=Stay(visits=[Visit(reason="r", fee=Decimal(5))]))])
    real = theirs.keeps_whole
    monkeypatch.setattr(theirs, "keeps_whole", lambda *given: True)
    monkeypatch.setattr(writing, "keeps_whole", real)
    await table.view(Pet, VET).update(change(stay={"visits": []}), clinic_id="c1", pet_id="deep")
    found = (await table.undisclosed(Pet).get(clinic_id="c1", pet_id="deep")).item
    assert found.stay is not None and found.stay.visits == []


async def test_trap_31_broken_replacing_what_is_not_seen_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look at what is stored, a hidden fee is gone."""
    monkeypatch.setattr(theirs, "_keeps_one", lambda *_: True)
    await table.view(Pet, VET).update(change(visits=[{"reason": "mine"}]), **KEY)
    assert (await stored(table))["visits"][0].fee is None


async def test_the_servers_own_needs_an_audience_and_rebuilds_indexes(table: Table) -> None:
    """`by` says who may do this; the index follows in the same write."""
    with pytest.raises(CallError, match="by="):
        await table.view(Pet, VET).update(server_set={"owner_id": "u2"}, **KEY)
    with pytest.raises(BadRequest):
        await table.view(Pet, STRANGER).update(change(), server_set={"owner_id": "u2"}, **KEY)
    with pytest.raises(Forbidden):
        await table.view(Pet, OTHER).update(server_set={"owner_id": "u2"}, by=owner, **KEY)
    await table.view(Pet, OWNER).update(server_set={"owner_id": "u2"}, by=owner, **KEY)
    assert [len(await table.view(Pet, who).query(index="by_owner", owner_id=sub)) for who, sub in ((OWNER, "u1"), (OTHER, "u2"))] == [0, 1]


async def test_when_and_increment(table: Table) -> None:
    """A stock never goes below zero, whoever buys at once; a state asks for the stored value."""
    view = table.view(Pet, VET)

    async def buy() -> bool:
        try:
            await view.update(server_set={"stock": increment(-1)}, by=vet, when=attribute("stock") >= 1, **KEY)
        except Conflict:
            return False
        return True

    assert sum(await asyncio.gather(*(buy() for _ in range(12)))) == 3
    assert (await stored(table))["stock"] == 0
    with pytest.raises(Conflict):
        await view.update(change(name="x"), when=state(attribute="owner_id", equals="u9"), **KEY)
    for part in (0.5, Decimal("0.5")):  # a part of one would be cut off, and the write do nothing in silence
        with pytest.raises(CallError, match="can not grow"):
            await view.update(server_set={"stock": increment(part)}, by=vet, **KEY)


async def test_trap_32_a_tag_changes_only_with_what_is_disclosed(table: Table) -> None:
    """A hidden change is no reason for a 412, a visible one is."""
    view = table.view(Pet, OWNER)
    tag = tag_of((await view.get(**KEY)).content)
    await table.undisclosed(Pet).update(server_set={"hidden": "changed"}, **KEY)
    await view.update(change(name="b"), if_match=tag, **KEY)
    for bad in (tag, f"W/{tag}", "nonsense"):
        with pytest.raises(PreconditionFailed):
            await view.update(change(name="c"), if_match=bad, **KEY)
    await view.update(change(name="d"), if_match="*", **KEY)


async def test_trap_32_broken_a_tag_of_what_is_stored_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would tell of hidden changes."""
    seen: list[bytes] = []

    def everything(self: Any, plan: Any, item: dict[str, Any]) -> bytes:
        seen.append(repr(sorted(item.items())).encode())
        return seen[-1]

    monkeypatch.setattr(PrincipalViewer, "content", everything)
    monkeypatch.setattr(writing.Writer, "_needed", lambda self, *_: frozenset((name,) for name in self.declaration.attributes))
    view = table.view(Pet, OWNER)
    with pytest.raises(Conflict):
        await view.update(change(name="x"), if_match="*", when=attribute("stock") == 99, **KEY)
    tag = tag_of(seen[-1])
    await table.undisclosed(Pet).update(server_set={"hidden": "changed"}, **KEY)
    with pytest.raises(PreconditionFailed):
        await view.update(change(name="b"), if_match=tag, **KEY)


async def test_of_many_that_change_what_they_saw_one_wins_each_round(table: Table) -> None:
    """None is lost: as many changes as rounds, and each loser is told."""
    view = table.view(Pet, OWNER)
    for _ in range(3):
        tag = tag_of((await view.get(consistent=True, **KEY)).content)

        async def once(number: int, tag: str = tag) -> int:
            try:
                await view.update(change(name=f"{tag}{number}"), if_match=tag, **KEY)
            except PreconditionFailed:
                return 0
            return 1

        assert sum(await asyncio.gather(*(once(n) for n in range(15)))) == 1


@pytest.mark.parametrize("form", ["direct", "observed"])
async def test_an_old_owner_never_writes_after_the_pet_is_given_away(table: Table, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In both forms the decision holds at the moment of the write."""
    if form == "observed":
        monkeypatch.setattr(writing.Writer, "direct", lambda self, intent: None)
    await asyncio.gather(
        table.undisclosed(Pet).update(server_set={"owner_id": "u2", "name": "given"}, **KEY),
        *(table.view(Pet, OWNER).update(change(name="old"), **KEY) for _ in range(5)),
        return_exceptions=True,
    )
    found = await stored(table)
    assert (found["owner_id"], found["name"]) == ("u2", "given")


async def test_a_transaction_is_all_or_nothing(table: Table) -> None:
    """The refusal of one is the refusal of all; a check is a condition on another item."""
    view = table.view(Pet, VET)
    with pytest.raises(Conflict):
        async with table.transaction() as tx:
            tx.update(view, change(name="both"), **KEY)
            tx.create(view, new(name="x"), clinic_id="c1", pet_id="p1x", owner_id="u1")
            tx.check(view, when=attribute("stock") == 99, clinic_id="c1", pet_id="p2")
            await table.undisclosed(Pet).create(clinic_id="c1", pet_id="p2", name="n", owner_id="u1")
    assert (await stored(table))["name"] == "Rex"
    with pytest.raises(Forbidden):
        async with table.transaction() as tx:
            tx.update(table.view(Pet, OTHER), change(name="x"), **KEY)
    async with table.transaction() as tx:
        tx.update(view, change(name="both"), **KEY)
        tx.delete(view, clinic_id="c1", pet_id="p2")
    assert (await stored(table))["name"] == "both"


async def test_two_actions_on_one_item_are_refused_at_once(table: Table) -> None:
    """DynamoDB would refuse the whole transaction."""
    with pytest.raises(CallError, match="one item"):
        async with table.transaction() as tx:
            tx.update(table.view(Pet, VET), change(name="x"), **KEY)
            tx.delete(table.view(Pet, VET), **KEY)


async def test_trap_33_a_token_is_its_principals_own(table: Table) -> None:
    """The same writes under one token happen once; another principal's use of it is another."""
    sent = []
    for who in (OWNER, OWNER, VET):
        with recorded(table) as requests:
            async with table.transaction("t") as tx:
                tx.update(table.view(Pet, who), server_set={"stock": increment(-1)}, by=owner | vet, **KEY)
        sent.append(requests[0].payload["ClientRequestToken"])
    assert sent[0] == sent[1] != sent[2]
    assert all(each != "t" and len(each) <= 36 for each in sent)
    assert (await stored(table))["stock"] == 1


async def test_trap_33_broken_a_token_as_it_came_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another's use of it would show."""

    async def as_it_came(self: Any, token: str) -> str:
        return token

    monkeypatch.setattr(Transaction, "_sealed", as_it_came)
    token = uuid4().hex
    async with table.transaction(token) as tx:
        tx.update(table.view(Pet, OWNER), server_set={"stock": increment(-1)}, by=owner, **KEY)
    with pytest.raises(Conflict):
        async with table.transaction(token) as tx:
            tx.update(table.view(Pet, VET), server_set={"stock": increment(-1)}, by=vet, **KEY)


async def test_taking_away(table: Table) -> None:
    """By whom the entity admits; 403 to who sees it, 404 where nothing is."""
    with pytest.raises(Forbidden):
        await table.view(Pet, OWNER).delete(**KEY)
    await table.view(Pet, VET).delete(**KEY)
    for who in (VET, OWNER):
        with pytest.raises((NotFound, Forbidden)):
            await table.view(Pet, who).delete(**KEY)


BAD: list[dict[str, Any]] = [
    {"name": 7},
    {"name": None},
    {"tags": ["a", "a"]},
    {"tags": "a"},
    {"balance": 0.1},
    {"balance": "1" * 60},
    {"balance": "NaN"},
    {"wards": []},
    {"wards": {"\x00": {"reason": "x"}}},
    {"visits": {"0": {}}},
    {"home": 3},
]


@pytest.mark.parametrize("body", BAD, ids=repr)
async def test_bad_values_are_refused_and_nothing_is_written(table: Table, body: dict[str, Any]) -> None:
    """Each is a 4xx."""
    before = await stored(table)
    with pytest.raises(Refusal) as raised:
        await table.view(Pet, VET).create(new(**{"name": "x", **body}), clinic_id="c1", pet_id="p5", owner_id="u1")
    assert 400 <= raised.value.status < 500
    with pytest.raises(NotFound):
        await table.undisclosed(Pet).get(clinic_id="c1", pet_id="p5")
    assert repr(before) == repr(await stored(table))


async def test_numbers_of_38_digits_and_items_of_400_kb(table: Table) -> None:
    """The one is exact; the other is too large."""
    number = "1234567890123456789012345678.9012345678"
    await table.view(Pet, VET).create(new(name="x", balance=number), clinic_id="c1", pet_id="p6", owner_id="u1")
    assert (await table.view(Pet, OWNER).get(clinic_id="c1", pet_id="p6")).data["balance"] == number
    with pytest.raises(TooLarge):
        await table.view(Pet, VET).update(change(name="x" * 450_000), **KEY)


async def test_loading_goes_on_where_it_was_interrupted(table: Table) -> None:
    """Without loss or duplication, and a key that comes twice keeps what came last."""
    items = [Pet(clinic_id="c9", pet_id=f"{n % 60:03d}", name=f"n{n}", owner_id="u1") for n in range(70)]
    counts: list[int] = []

    def interrupted(count: int) -> None:
        counts.append(count)
        if sum(counts) >= 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await table.load(items, written=interrupted)
    await table.load(items, skip=sum(counts), written=counts.append)
    assert sum(counts) == 70
    found = [each.item async for each in table.undisclosed(Pet).each(clinic_id="c9", at_most=1000)]
    assert [each.name for each in found] == [f"n{n + 60 if n < 10 else n}" for n in range(60)]
