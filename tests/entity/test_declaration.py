"""Every mistake that can be known at import raises there, with a hint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, computed_field, field_serializer, model_serializer
from typing_extensions import TypeAliasType, TypeVar

from discreet import (
    Access,
    DeclarationError,
    Embedded,
    Entity,
    Identifier,
    Index,
    Key,
    Kind,
    NotDisclosedError,
    Principal,
    Table,
    anyone,
    epoch_seconds,
    iso8601,
    nobody,
    relation,
    role,
    state,
    stored_as,
    text,
    visible_to,
    writable_by,
)
from discreet.entity import Declaration, declaration_of
from discreet.entity.shape import schema_of, whole

Public = Annotated[str, visible_to(anyone)]
T = TypeVar("T")
Shown = TypeAliasType("Shown", Annotated[T, visible_to(anyone)], type_params=(T,))


make_class: Any = type(Entity)


def declare(annotation: Any = Public, default: Any = ..., **namespace: Any) -> type[Entity]:
    """An entity with one attribute of a given annotation beside its key. more: annotations of further ones."""
    annotations = {"id": Annotated[Identifier, visible_to(anyone)], "value": annotation, **namespace.pop("more", {})}
    body: dict[str, Any] = {"__annotations__": annotations, "__module__": __name__, "key": Key("id"), **namespace}
    if default is not ...:
        body["value"] = default
    made: type[Entity] = make_class("Thing", (Entity,), body)
    return made


def check_refused(make: Callable[[], Any], word: str) -> None:
    """Declaring raises, says what, and says what to do."""
    with pytest.raises(DeclarationError) as raised:
        make()
    assert word in str(raised.value)
    assert raised.value.hint


def test_trap_15_an_attribute_without_an_audience_is_an_import_error() -> None:
    """Undeclared is never visible by default: it does not come to be."""
    check_refused(lambda: declare(str), "declares no audience")
    check_refused(lambda: declare(Annotated[str, writable_by(anyone)]), "declares no audience")
    check_refused(lambda: declare(Annotated[str, visible_to(anyone)] | None), "declares no audience")


def test_trap_15_broken_a_default_audience_is_caught() -> None:
    """A check that takes a declared attribute for the undeclared one fails."""
    with pytest.raises(pytest.fail.Exception):
        check_refused(lambda: declare(Public), "declares no audience")


def test_empty_is_nobody() -> None:
    """`visible_to()` shows an attribute to nobody."""
    assert declaration_of(declare(Annotated[str, visible_to()])).attributes["value"].audience == nobody


def masked(value: str) -> str:
    """Hide most of a number."""
    return "****" + value[-4:]


class Loose(BaseModel):
    """A model that declares nothing."""

    a: str


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: declare(Annotated[str, PlainSerializer(masked), visible_to(anyone)]), "PlainSerializer"),
        (lambda: declare(Annotated[list[Annotated[str, PlainSerializer(masked)]], visible_to(anyone)]), "PlainSerializer"),
        (lambda: declare(Annotated[str, Field(exclude=True), visible_to(anyone)]), "exclude"),
        (lambda: declare(shown=computed_field(return_type=str)(property(lambda self: "x"))), "computed_field"),
        (lambda: declare(write=field_serializer("value")(lambda self, value: value)), "field_serializer"),
        (lambda: declare(write=model_serializer()(lambda self: {})), "model_serializer"),
        (lambda: declare(model_config=ConfigDict(extra="allow")), "undeclared attributes"),
        (lambda: declare(model_config=ConfigDict(json_encoders={str: masked})), "json_encoders"),
        (lambda: declare(Annotated[str, Field(serialization_alias="other"), visible_to(anyone)]), "one direction"),
    ],
    ids=["serializer", "inner serializer", "exclude", "computed", "field", "model", "extra", "encoders", "alias"],
)
@pytest.mark.filterwarnings("ignore:.*json_encoders")
def test_trap_30_what_answers_would_bypass_raises(make: Callable[[], Any], word: str) -> None:
    """A masked card number would leave whole, for the answer is not written by Pydantic."""
    check_refused(make, word)


def test_trap_30_broken_a_declaration_that_lets_serializers_be_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check, the same declaration stands."""
    monkeypatch.setattr("discreet.entity.codecs.refuse_serializer", lambda metadata, where: None)
    with pytest.raises(pytest.fail.Exception):
        check_refused(lambda: declare(Annotated[str, PlainSerializer(masked), visible_to(anyone)]), "PlainSerializer")


class Keyed(Entity):
    """A base; it has no key, so it is none."""

    access = Access(also=role("admin"))
    rank: Public


def inherit_default() -> Any:
    """An attribute whose name is our object's in the base."""

    class Bad(Keyed):
        key = Key("id")
        id: Public
        access: Public  # type: ignore[assignment]

    return Bad


@pytest.mark.filterwarnings("ignore:Field name:UserWarning")
def test_trap_38_reserved_names_raise() -> None:
    """`key: str` or `scan: str` would silently be a field, with our object as its default where a base has one."""
    for name in ("key", "scan", "limit", "where", "index"):
        namespace: dict[str, Any] = {"__annotations__": {"id": Public, name: Public}, "__module__": __name__, "primary": Key("id")}
        check_refused(lambda namespace=namespace: make_class("Bad", (Entity,), namespace), name)  # type: ignore[misc]
    check_refused(inherit_default, "default is the Access of a base")


def test_trap_38_broken_without_the_check_it_is_a_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """The silent field is what the check catches."""
    monkeypatch.setattr("discreet.entity.declare.RESERVED", frozenset())
    namespace: dict[str, Any] = {"__annotations__": {"id": Public, "scan": Public}, "__module__": __name__, "primary": Key("id")}
    made = make_class("Bad", (Entity,), namespace)
    assert "scan" in made.model_fields


mine = Annotated[str, visible_to(relation(claim="sub", attribute="owner"))]
owned: dict[str, Any] = {"more": {"owner": Annotated[str, visible_to(nobody)]}}
ending: dict[str, Any] = {"more": {"until": Annotated[int, visible_to(nobody)]}}


def wide(count: int) -> type[Entity]:
    """An entity of so many attributes."""
    more = {f"a{n}": Annotated[str | None, visible_to(anyone)] for n in range(count - 2)}
    return declare(more=more, **dict.fromkeys(more))


def test_shared_physical_keys_and_wide_entities_that_are_fine() -> None:
    """One template under one name, in whichever keys and places; a thousand attributes."""
    shared = declare(
        key=Key(pk="A#{id}", sk="B"),
        a=Index("by_a", Key(sk="B", pk="A#{id}")),
        b=Index("by_b", Key(g="{value}", pk="A#{id}")),
        c=Index("by_c", Key(g="{value}", h="{id}")),
        d=Index("by_d", Key("value", "id")),
    )
    assert len(declaration_of(shared).indexes) == 4
    assert len(declaration_of(wide(1000)).attributes) == 1000


class Inner(Embedded):
    """Something inside."""

    text: Public
    by: Annotated[str, visible_to(nobody), stored_as("author")] = ""


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: declare(Annotated[str, visible_to(anyone), visible_to(nobody)]), "twice"),
        (lambda: declare(Annotated[str | int, visible_to(anyone)]), "does not store"),
        (lambda: declare(Annotated[SecretStr, visible_to(anyone)]), "does not store"),
        (lambda: declare(Annotated[Loose, visible_to(anyone)]), "holds the model `Loose`"),
        (lambda: declare(Annotated[set[bool], visible_to(anyone)]), "set"),
        (lambda: declare(Annotated[dict[int, str], visible_to(anyone)]), "keys are not text"),
        (lambda: declare(Annotated[Literal[1, "a"], visible_to(anyone)]), "mixed"),
        (lambda: declare(Annotated[str, visible_to(relation(claim="sub", attribute="nothing"))]), "not declared"),
        (lambda: declare(Annotated[int, visible_to(state(attribute="value", equals="a"))]), "never equal"),
        (lambda: declare(Annotated[set[str], visible_to(state(attribute="value", equals="a"))]), "several"),
        (lambda: declare(Annotated[dict[str, str], visible_to(relation(claim="a", attribute="value"))]), "more than values"),
        (lambda: declare(Annotated[dict[str, str] | None, visible_to(relation(claim="a", attribute="value"))]), "more than values"),
        (lambda: declare(Annotated[Any | None, visible_to(relation(claim="a", attribute="value"))]), "more than values"),
        (lambda: declare(Annotated[list[list[str]], visible_to(relation(claim="a", attribute="value"))]), "more than values"),
        (lambda: declare(Annotated[list[dict[str, str]], visible_to(relation(claim="a", attribute="value"))]), "more than values"),
        (lambda: declare(Annotated[list[Any], visible_to(relation(claim="a", attribute="value"))]), "more than values"),
        (lambda: declare(Annotated[int, visible_to(anyone)], "x"), "not of its type"),
        (lambda: declare(Annotated[str, stored_as(format=epoch_seconds), visible_to(anyone)]), "epoch_seconds"),
        (lambda: declare(Annotated[str, stored_as("id"), visible_to(anyone)]), "stored name"),
        (lambda: declare(key=Key("nothing")), "not declared"),
        (lambda: declare(Annotated[str | None, visible_to(anyone)], key=Key("value")), "may be None"),
        (lambda: declare(Annotated[bool, visible_to(anyone)], key=Key("value")), "can not be a key"),
        (lambda: declare(Annotated[Decimal, visible_to(anyone)], key=Key(pk="A#{value}")), "key template"),
        (lambda: declare(Annotated[int, visible_to(anyone)], key=Key(pk="A#{value}")), "width"),
        (lambda: declare(key=Key(pk="A#{value:04d}")), "no int"),
        (lambda: declare(Annotated[str, stored_as("pk"), visible_to(anyone)], key=Key(pk="A#{id}")), "physical"),
        (lambda: declare(other=Key("id")), "more than one Key"),
        (lambda: declare(access=Access(expires="value")), "no epoch attribute"),
        (lambda: declare(kind=Kind("value", "x")), "Kind"),
        (lambda: declare(a=Index("by_x", Key("id")), b=Index("by_x", Key("value"))), "one index twice"),
        (lambda: declare(key=Key(pk="A#{id}"), a=Index("by_a", Key(pk="B#{value}"))), "write `pk` as `A#{id}` and `B#{value}`"),
        (lambda: declare(key=Key(pk="A#{id}", sk="B"), a=Index("by_a", Key(sk="{value}", pk="A#{id}"))), "write `sk`"),
        (lambda: declare(a=Index("by_a", Key(g="A#{id}")), b=Index("by_b", Key(g="B#{id}"))), "write `g`"),
        (lambda: declare(a=Index("by_a", Key(g="A", h="{value}")), b=Index("by_b", Key(h="{id}", g="A"))), "write `h`"),
        (lambda: declare(key=Key(pk="A#{id}"), kind=Kind("pk", "x")), "which its Kind writes too"),
        (lambda: declare(a=Index("by_a", Key(g="A#{id}")), kind=Kind("g", "x")), "which its Kind writes too"),
        (lambda: declare(Annotated[str, stored_as("g"), visible_to(anyone)], a=Index("by_a", Key(g="A#{id}"))), "physical"),
        (lambda: declare(a=Index("by_a", Key("nothing"))), "not declared"),
        (lambda: declare(a=Index("by_a", Key("value"), projects={"value", "nothing"})), "projects `nothing`"),
        (lambda: declare(a=Index("by_a", Key(g="A#{value}"), projects="keys")), "does not project `value`"),
        (lambda: declare(a=Index("by_a", Key("value", "id"), local=True)), "is local"),
        (lambda: declare(key=Key("id", "value"), a=Index("by_a", Key("id"), local=True)), "is local"),
        (lambda: declare(Annotated[bool, visible_to(anyone)], a=Index("by_a", Key("value"))), "can not be a key"),
        (lambda: declare(Annotated[set[str], visible_to(anyone)], a=Index("by_a", Key(g="{value}"))), "key template"),
        (lambda: declare(Annotated[int | None, visible_to(anyone)], a=Index("by_a", Key(g="{value}"))), "width"),
        (lambda: declare(a=Index("by_a", Key("value"), projects="keys"), kind=Kind("type", "x")), "projects keys alone"),
        (lambda: declare(mine, a=Index("by_a", Key("id"), projects="keys"), **owned), "does not project `owner`"),
        (lambda: declare(mine, a=Index("by_a", Key("id"), projects={"value"}), **owned), "does not project `owner`"),
        # That a role sees it anyhow is no help to its owner.
        (
            lambda: declare(mine, a=Index("by_a", Key("id"), projects={"value"}), access=Access(also=role("ops")), **owned),
            "does not project `owner`",
        ),
        (
            lambda: declare(a=Index("by_a", Key("id"), projects="keys"), access=Access(expires="until"), **ending),
            "does not project `until`",
        ),
        (lambda: wide(1001), "one read can name 1000"),
        (lambda: declare(Annotated[list[Inner], visible_to(anyone)], [Inner(text="x")]), "something in it"),
        (lambda: declare(Annotated[Inner, visible_to(anyone)], {}), "something in it"),
        (lambda: declare(Annotated[Inner, visible_to(anyone), Field(default_factory=dict)]), "something in it"),
        (lambda: declare(access=Access(within=relation(claim="a", attribute="typo"), exists_for=anyone)), "not declared"),
        (lambda: declare(access=Access(also=relation(claim="a", attribute="typo"))), "not declared"),
        (lambda: declare(Annotated[int, stored_as(format=text), visible_to(anyone)], key=Key("id", "value")), "keep its order"),
        (lambda: declare(Annotated[datetime, stored_as(format=iso8601), visible_to(anyone)], key=Key("id", "value")), "keep its order"),
        (lambda: role("a") and role("b"), "neither true nor false"),
        (lambda: Access(within="ops"), "no audience"),  # type: ignore[arg-type]
        (lambda: visible_to("ops"), "takes audiences"),  # type: ignore[arg-type]
        (lambda: state(attribute="a", equals=""), "constant"),
        (lambda: stored_as(), "says nothing"),
        (lambda: stored_as(epoch_seconds), "takes a name first"),  # type: ignore[arg-type]
        (lambda: stored_as(""), "takes a name first"),
        (lambda: stored_as(format="epoch"), "is no format"),  # type: ignore[arg-type]
        (lambda: Table("things").view(Keyed, Principal()), "has no key"),
    ],
)
def test_mistakes_raise_at_import(make: Callable[[], Any], word: str) -> None:
    """Each of them, with a hint."""
    check_refused(make, word)


def test_an_entity_is_final() -> None:
    """Shared attributes come from bases without a key."""
    thing = declare()

    def derive() -> Any:
        class More(thing):  # type: ignore[valid-type, misc]
            pass

        return More

    check_refused(derive, "final")


def test_shadowing_what_decides_raises() -> None:
    """A nested attribute named like one that a relation names would change what it means."""

    def make() -> Any:
        class Note(Embedded):
            owner_id: Annotated[str, visible_to(anyone)]

        class Thing(Entity):
            key = Key("id")
            id: Public
            owner_id: Annotated[str, visible_to(relation(claim="sub", attribute="owner_id"))]
            notes: Annotated[list[Note], visible_to(relation(claim="sub", attribute="owner_id"))]

        return Thing

    check_refused(make, "shadows")


def test_aliases_are_unwrapped() -> None:
    """A PEP 695 alias hides its metadata from Pydantic, and not from us."""
    declared = declaration_of(declare(Shown[str]))
    assert declared.attributes["value"].audience == anyone


def test_within_and_also_bound_and_widen() -> None:
    """`also` is added to every audience but nobody, and `within` bounds them all."""
    admin, staff = role("admin"), role("staff")

    class Thing(Entity):
        key = Key("id")
        access = Access(within=staff, also=admin)
        id: Annotated[Identifier, visible_to(anyone)]
        hidden: Annotated[str, visible_to(nobody)] = ""
        shown: Annotated[str, visible_to(role("vet"))] = ""

    policy = declaration_of(Thing).policy.attributes
    assert policy["id"].audience == staff
    assert policy["hidden"].audience == nobody
    assert policy["shown"].audience == (role("vet") | admin) & staff


def test_a_base_gives_attributes_and_access() -> None:
    """`Key`, `Access` and the others are found by type, in bases too, and under any name."""

    class Thing(Keyed):
        primary = Key("id")
        id: Public

    declared: Declaration = declaration_of(Thing)
    assert declared.access.also == role("admin")
    assert list(declared.attributes) == ["rank", "id"]


class Doc(Entity):
    """With something of everything in its schema."""

    key = Key("doc_id")
    access = Access(exists_for=anyone)
    doc_id: Annotated[Identifier, visible_to(anyone)]
    title: Annotated[str, visible_to(anyone), Field(description="What it is called.")] = "untitled"
    body: Annotated[str, visible_to(anyone)]
    draft: Annotated[str, visible_to(role("editor"))] = ""
    secret: Annotated[str, visible_to(nobody)] = ""
    made: Annotated[datetime, visible_to(anyone), Field(alias="madeAt")]
    inner: Annotated[Inner | None, visible_to(anyone)] = None


def test_trap_24_the_schema_names_only_what_someone_may_see() -> None:
    """Optional where not always; never what nobody may see; JSON's names."""
    schema = schema_of(declaration_of(Doc), whole(declaration_of(Doc)))
    assert set(schema["properties"]) == {"doc_id", "title", "body", "draft", "madeAt", "inner"}
    assert schema["required"] == ["doc_id", "title"]
    assert "secret" not in str(schema)
    assert "author" not in str(schema)
    assert schema["properties"]["title"]["description"] == "What it is called."


def doc() -> Doc:
    """A whole one."""
    return Doc(doc_id="a", body="canary", made=datetime(2024, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "leak",
    [
        lambda item: item.model_dump(),
        lambda item: item.model_dump_json(),
        dict,
        lambda item: __import__("pickle").dumps(item),
        lambda item: __import__("pydantic").TypeAdapter(Any).dump_python(item),
        lambda item: __import__("fastapi.encoders").encoders.jsonable_encoder({"a": item}),
    ],
)
def test_trap_18_whole_items_refuse_to_be_serialised(leak: Callable[[Doc], Any]) -> None:
    """Whatever tries: Pydantic, FastAPI's encoder, pickle, `dict`."""
    with pytest.raises((NotDisclosedError, ValueError)) as raised:
        leak(doc())
    assert "canary" not in str(raised.value)


def test_items_print_no_value() -> None:
    """Names, and nothing of what they hold."""
    assert "canary" not in repr(doc()) + str(doc())
    assert "body" in repr(doc())


def test_principals_are_frozen_values() -> None:
    """Hashable, equal by what they hold, printed without claims' values, and checked when made."""
    one, other = Principal(claims={"sub": "u1", "at": ["a", "b"]}), Principal(claims={"at": {"b", "a"}, "sub": "u1"})
    assert one == other
    assert hash(one) == hash(other)
    assert one.id == "u1"
    assert Principal().id is None
    issued = [Principal(claims={"sub": "u", "iss": issuer}).id for issuer in ("a", "b")]
    assert len({*issued, "u"}) == 3
    named = [Principal(claims={"sub": subject}).id for subject in (7, "7", 8, UUID(int=7), UUID(int=8))]
    assert len({*named, None}) == 6
    assert all(Principal(claims={"sub": no_one}).id is None for no_one in (None, "", set(), {"u"}))
    with pytest.raises(TypeError):
        Principal(id=UUID(int=7))  # type: ignore[arg-type]
    assert "b" not in repr(Principal(claims={"at": "b"})).replace("<", "").split("claims=")[1]
    with pytest.raises(TypeError):
        Principal(roles="ops")
    with pytest.raises(TypeError):
        Principal(claims={"realm": {"roles": ["a"]}})
    with pytest.raises(AttributeError):
        one.id = "u2"  # type: ignore[misc]
