"""A table's definition as a value, and `table.check`: on both engines, each difference by itself."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import pytest

from discreet import (
    Access,
    CallError,
    ConfigurationError,
    DeclarationError,
    Entity,
    Identifier,
    Index,
    Key,
    Kind,
    Table,
    TableDefinition,
    anyone,
    epoch_millis,
    epoch_seconds,
    nobody,
    relation,
    stored_as,
    visible_to,
)
from discreet.view import checking
from discreet.view.checking import differences, found_in, notes

from ..engines import Engine
from .clinic import fresh_table

pytestmark = pytest.mark.anyio

owner = relation(claim="sub", attribute="owner_id")


class Pet(Entity):
    """In an index that holds some of it, a local one, and an end."""

    key = Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")
    kind = Kind("type", "PET")
    access = Access(expires="until")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="PET#{pet_id}"), projects={"owner_id", "name", "until"})
    by_name = Index("by_name", Key(pk="CLINIC#{clinic_id}", lsi1sk="NAME#{name}"), projects="all", local=True)
    clinic_id: Annotated[Identifier, visible_to(anyone)]
    pet_id: Annotated[Identifier, visible_to(anyone)]
    owner_id: Annotated[Identifier, visible_to(owner), stored_as("ownerId")]
    name: Annotated[str, visible_to(owner)]
    until: Annotated[datetime | None, visible_to(nobody), stored_as("ttl", format=epoch_seconds)] = None


class Owner(Entity):
    """In the same index, with more."""

    key = Key(pk="CLINIC#{clinic_id}", sk="OWNER#{owner_id}")
    by_owner = Index("by_owner", Key(gsi1pk="OWNER#{owner_id}", gsi1sk="SELF#{clinic_id}"), projects={"email", "owner_id"})
    clinic_id: Annotated[Identifier, visible_to(anyone)]
    owner_id: Annotated[Identifier, visible_to(anyone)]
    email: Annotated[str, visible_to(owner)]


def one_entity(**standing: Any) -> type[Entity]:
    """An entity on a plain key, with a number to sort by, and whatever else stands in it."""
    attributes = {
        "user_id": Annotated[Identifier, visible_to(anyone)],
        "at": Annotated[int, visible_to(anyone)],
        "note": Annotated[str, visible_to(anyone)],
        "mail": Annotated[str, visible_to(anyone), stored_as("eMail")],
        "ends": Annotated[int, visible_to(anyone)],
        "other": Annotated[int, visible_to(anyone)],
        "millis": Annotated[datetime, visible_to(anyone), stored_as(format=epoch_millis)],
    }
    return type("Note", (Entity,), {"__module__": __name__, "__annotations__": attributes, "key": Key("user_id", "at"), **standing})


def defined(*entities: type[Entity]) -> TableDefinition:
    """Their definition, in a table of their own."""
    return Table("notes").definition(*entities)


def again(table: Table, engine: Engine) -> Table:
    """The same table, with nothing declared yet."""
    return Table(table.name, endpoint_url=engine.url, region="eu-west-1", credentials=engine.credentials)


@pytest.fixture
async def table(engine: Engine) -> AsyncIterator[Table]:
    """A table on each engine, not yet there."""
    table = fresh_table(engine)
    async with table:
        yield table


# The value


def test_a_definition_has_all_that_the_table_must_be() -> None:
    """Keys with their types, what entities that share an index project together, and the time to live."""
    request = Table("clinic").definition(Pet, Owner).create_table()
    assert request == {
        "TableName": "clinic",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gsi1pk", "gsi1sk", "lsi1sk")],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by_owner",
                "KeySchema": [{"AttributeName": "gsi1pk", "KeyType": "HASH"}, {"AttributeName": "gsi1sk", "KeyType": "RANGE"}],
                # the kind says which items are of the entity, though no attribute of it is called so
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": ["email", "name", "ownerId", "owner_id", "ttl", "type"],
                },
            }
        ],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "by_name",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "lsi1sk", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }
    assert Table("clinic").definition(Pet, Owner).time_to_live == "ttl"


def test_a_definition_is_a_value() -> None:
    """Equal where it means the same, and frozen."""
    assert defined(one_entity()) == defined(one_entity())
    assert hash(defined(one_entity())) == hash(defined(one_entity()))
    with pytest.raises(AttributeError):
        defined(one_entity()).name = "other"  # type: ignore[misc]


def test_keys_are_not_listed_among_what_an_index_projects() -> None:
    """They are in every index; and an index that then has nothing projects keys alone."""
    index = Index("by_note", Key("note"), projects={"note", "user_id", "at", "mail"})
    assert defined(one_entity(index=index)).indexes[0].projection == frozenset({"eMail"})
    alone = Index("by_note", Key("note"), projects={"note", "at"})
    assert defined(one_entity(index=alone)).indexes[0].projection == "keys"


def test_plain_keys_have_the_type_of_their_attribute() -> None:
    """A number is N."""
    assert defined(one_entity()).types == {"user_id": "S", "at": "N"}


def test_a_table_named_by_its_arn_has_a_name() -> None:
    """Templates take no ARN."""
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/notes"
    assert Table(arn).definition(one_entity()).name == "notes"


def test_milliseconds_are_no_time_to_live() -> None:
    """DynamoDB reads seconds: by milliseconds nothing would ever be deleted."""
    assert defined(one_entity(access=Access(expires="millis"))).expires == ()
    assert defined(one_entity(access=Access(expires="ends"))).expires == ("ends",)


async def test_of_several_attributes_none_is_for_time_to_live(table: Table) -> None:
    """DynamoDB takes one: the table is made without, and a check takes any of them, and no other."""

    class Note(Entity):
        """Ends otherwise than a Pet."""

        key = Key(pk="CLINIC#{clinic_id}", sk="NOTE#{note_id}")
        access = Access(expires="ends")
        clinic_id: Annotated[Identifier, visible_to(anyone)]
        note_id: Annotated[Identifier, visible_to(anyone)]
        text: Annotated[str, visible_to(anyone)]
        ends: Annotated[int, visible_to(anyone)]

    definition = table.definition(Pet, Note)
    assert (definition.expires, definition.time_to_live) == (("ends", "ttl"), None)
    await table.create()
    assert await table.store.time_to_live() is None
    for attribute in ("ends", "ttl"):
        assert not differences(definition, found_in(definition.create_table(), time_to_live=attribute))
    assert differences(definition, found_in(definition.create_table(), time_to_live="text"))
    await table.delete()


def test_one_index_of_two_keys_is_refused_when_its_entity_comes() -> None:
    """And so is a key attribute of two types."""

    class Other(Entity):
        """With an index of the same name."""

        key = Key(pk="CLINIC#{clinic_id}", sk="OTHER#{owner_id}")
        by_owner = Index("by_owner", Key(gsi2pk="OWNER#{owner_id}"))
        clinic_id: Annotated[Identifier, visible_to(anyone)]
        owner_id: Annotated[Identifier, visible_to(anyone)]
        email: Annotated[str, visible_to(owner)]

    table = Table("clinic")
    table.register(Pet)
    with pytest.raises(DeclarationError, match="`Other` declares index `by_owner`"):
        table.register(Other)
    assert table.entities == (Pet,)

    class Number(Entity):
        """Whose key is a name that is text elsewhere."""

        key = Key(pk="CLINIC#{clinic_id}", sk="NUMBER#{number_id}")
        by_number = Index("by_number", Key("gsi1pk"))
        clinic_id: Annotated[Identifier, visible_to(anyone)]
        number_id: Annotated[Identifier, visible_to(anyone)]
        gsi1pk: Annotated[int, visible_to(anyone)]

    with pytest.raises(DeclarationError, match="`gsi1pk` of table `clinic` has two types"):
        table.register(Number)


def test_a_definition_is_of_entities() -> None:
    """Of none there is none."""
    with pytest.raises(CallError):
        Table("notes").definition()


# The table


async def test_a_created_table_is_what_was_declared(table: Table) -> None:
    """With its time to live; both engines tell it back as it was asked for."""
    await table.create(Pet, Owner)
    await table.check()
    assert await table.store.time_to_live() == "ttl"
    described = await table.store.describe()
    assert described is not None
    found = found_in(described, time_to_live="ttl").definition
    assert set(found.indexes) == set(table.definition().indexes)
    assert found.key == table.definition().key
    await table.delete()


async def test_a_table_that_is_not_there_is_said(table: Table) -> None:
    """With what to do."""
    with pytest.raises(ConfigurationError, match="there is no table") as raised:
        await table.check(Pet)
    assert "discreet table" in str(raised.value)


async def test_every_difference_is_listed_at_once(table: Table, engine: Engine) -> None:
    """Key, missing index, index key, projection, locality and time to live: one error, a line for each."""
    has = one_entity(
        access=Access(expires="ends"),
        key=Key("user_id", "at"),
        one=Index("one", Key("note"), projects={"note", "mail", "ends"}),
        two=Index("two", Key("mail"), projects="all"),
        three=Index("three", Key("user_id", "other"), local=True),
    )
    wants = one_entity(
        access=Access(expires="other"),
        key=Key("user_id", "note"),
        one=Index("one", Key("note"), projects={"note", "mail", "other", "at"}),
        two=Index("two", Key("mail", "at")),
        three=Index("three", Key("user_id", "other")),
        four=Index("four", Key("ends")),
    )
    await table.create(has)
    declared = again(table, engine)
    async with declared:
        with pytest.raises(ConfigurationError) as raised:
            await declared.check(wants)
    lines = raised.value.message.splitlines()[1:]
    for line, start in zip(
        lines,
        [
            "the key is `user_id` (S, hash), `at` (N, range), and is declared as `user_id` (S, hash), `note` (S, range)",
            "index `one` projects `eMail`, `ends`, and lacks `other`",
            "index `two` has the key `eMail` (S, hash), and is declared with `eMail` (S, hash), `at` (N, range)",
            "index `three` is local, and is declared as global: say `local=True`",
            "index `four` is missing: add a global index with the key `ends` (N, hash) that projects everything",
            "time to live is on `ends`, and items expire by `other`",
        ],
        strict=True,
    ):
        assert start in line
    await table.delete()


async def test_a_wider_table_is_fine(table: Table, engine: Engine) -> None:
    """Projections that hold more, and indexes that nobody declares."""
    await table.create(one_entity(one=Index("one", Key("note")), more=Index("more", Key("mail"))))
    local = Index("one", Key("user_id", "note"), local=True)
    async with again(table, engine) as one, again(table, engine) as keys, again(table, engine) as other:
        await one.check(one_entity(one=Index("one", Key("note"), projects={"note", "mail"})))
        await keys.check(one_entity(one=Index("one", Key("note"), projects="keys")))
        with pytest.raises(ConfigurationError, match="index `one` is global, and is declared as local"):
            await other.check(one_entity(one=local))
    await table.delete()


async def test_a_key_of_another_type_is_a_difference(table: Table, engine: Engine) -> None:
    """The name alone is not the key."""

    class Text(Entity):
        """Sorted by text where the table has a number."""

        key = Key("user_id", "at")
        user_id: Annotated[Identifier, visible_to(anyone)]
        at: Annotated[str, visible_to(anyone)]

    await table.create(one_entity())
    declared = again(table, engine)
    async with declared:
        with pytest.raises(ConfigurationError, match=r"the key is `user_id` \(S, hash\), `at` \(N, range\)"):
            await declared.check(Text)
    await table.delete()


async def test_time_to_live_that_is_not_enabled_is_a_line_in_the_log(
    table: Table, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Expired items are hidden all the same. And so is one that no entity knows of: until DynamoDB comes, its items are shown."""
    plain, ending = one_entity(), one_entity(access=Access(expires="ends"))
    await table.create(plain)
    declared = again(table, engine)
    async with declared:
        with caplog.at_level(logging.WARNING, "discreet"):
            await declared.check(ending)
        assert "expire by `ends`, and its time to live is not enabled" in caplog.text
        caplog.clear()
        await table.store.enable_time_to_live("ends")
        with caplog.at_level(logging.WARNING, "discreet"):
            await table.check()
        assert "deletes items" in caplog.text
        caplog.clear()
        with caplog.at_level(logging.WARNING, "discreet"):
            await declared.check()
        assert not caplog.text
    await table.delete()


# What no engine here answers


def described(**more: Any) -> dict[str, Any]:
    """What DescribeTable tells of a table of Pets and Owners."""
    request = Table("clinic").definition(Pet, Owner).create_table()
    request["GlobalSecondaryIndexes"][0] |= more
    return request


def test_an_index_that_is_being_made_is_a_difference() -> None:
    """Until it is ACTIVE a query of it fails, or leaves out what is not yet copied; one whose throughput changes works."""
    declared = Table("clinic").definition(Pet, Owner)
    assert differences(declared, found_in(described(IndexStatus="CREATING"), time_to_live="ttl")) == [
        "index `by_owner` is CREATING: wait until it is ACTIVE"
    ]
    assert not differences(declared, found_in(described(IndexStatus="UPDATING"), time_to_live="ttl"))
    deleting = found_in({**described(), "TableStatus": "DELETING"}, time_to_live="ttl")
    assert differences(declared, deleting) == ["the table is DELETING: wait until it is ACTIVE"]


def test_an_index_with_a_key_of_several_attributes_is_no_other() -> None:
    """DynamoDB's newer indexes: told as they are, and not taken for the first of them."""
    declared = Table("clinic").definition(Pet, Owner)
    several = described()
    several["GlobalSecondaryIndexes"][0]["KeySchema"].insert(1, {"AttributeName": "region", "KeyType": "HASH"})
    (line,) = differences(declared, found_in(several, time_to_live="ttl"))
    assert "`gsi1pk` (S, hash), `region` (hash), `gsi1sk` (S, range)" in line


def test_what_says_nothing_of_time_to_live_is_not_said_to_lack_it() -> None:
    """CreateTable has no word for it."""
    declared = Table("clinic").definition(Pet, Owner)
    silent = found_in(described(), tells_expiry=False)
    assert not differences(declared, silent)
    assert not list(notes(declared, silent))
    assert list(notes(declared, found_in(described())))


# Broken on purpose: a check that takes any projection, or any type, would pass the tests above if they did not look


@pytest.mark.parametrize(
    ("broken", "change"),
    [
        ("_lacking", {"Projection": {"ProjectionType": "KEYS_ONLY"}}),
        ("_lacking", {"Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name", "ownerId"]}}),
    ],
)
def test_a_projection_that_lacks_what_decides_is_found(monkeypatch: pytest.MonkeyPatch, broken: str, change: dict[str, Any]) -> None:
    """Without `type` or `ttl` an index would list what is not of the entity, or is past; a check that does not look lets it pass."""
    declared = Table("clinic").definition(Pet, Owner)
    found = found_in(described(**change), time_to_live="ttl")
    (line,) = differences(declared, found)
    assert "`type`" in line.split("lacks")[1]
    assert "`ttl`" in line.split("lacks")[1]
    monkeypatch.setattr(checking, broken, lambda *_: None)
    assert not differences(declared, found)
