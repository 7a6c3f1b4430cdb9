"""A table's definition as a value: keys, indexes, billing and time to live, derived from the entities that share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from discreet.entity import Declaration
from discreet.entity.annotations import Format
from discreet.errors import DeclarationError
from discreet.key import Index, Key
from discreet.view.keys import physical_name, tag_of

__all__ = ["IndexDefinition", "KeyAttribute", "Projection", "TableDefinition", "definition_of", "spelled_key"]

Projection = Literal["all", "keys"] | frozenset[str]
"""What an index holds beside keys: everything, nothing, or these attributes by their stored names."""

ON_DEMAND: Final = "PAY_PER_REQUEST"
ROLES: Final[tuple[Literal["HASH", "RANGE"], ...]] = ("HASH", "RANGE")


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """One attribute of a key: its stored name, its place in the key, and its DynamoDB type (S, N, B; "" where it is not said)."""

    name: str
    role: Literal["HASH", "RANGE"]
    type: str

    def __str__(self) -> str:
        return f"`{self.name}` ({', '.join(each for each in (self.type, self.role.lower()) if each)})"


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """One secondary index, as the table has or needs it."""

    name: str
    key: tuple[KeyAttribute, ...]
    projection: Projection
    local: bool


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """What a table has to be for its entities. Made by `table.definition`; `create_table()` is the request that makes it.

    expires: the attributes by which items expire, in seconds: DynamoDB's time to live takes one.
    billing: what a new table is made with; `table.check` leaves it to you.
    """

    name: str
    key: tuple[KeyAttribute, ...]
    indexes: tuple[IndexDefinition, ...] = ()
    expires: tuple[str, ...] = ()
    billing: str = ON_DEMAND

    @property
    def types(self) -> Mapping[str, str]:
        """The DynamoDB type of every attribute that is in a key, by name: the table's first."""
        return {each.name: each.type for key in (self.key, *(index.key for index in self.indexes)) for each in key}

    @property
    def time_to_live(self) -> str | None:
        """The attribute for DynamoDB's time to live; None where items do not expire, or by several attributes."""
        return self.expires[0] if len(self.expires) == 1 else None

    def create_table(self) -> dict[str, Any]:
        """The request of CreateTable. Time to live is not part of it: that is a request of its own, UpdateTimeToLive."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeySchema": _schema(self.key),
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": type} for name, type in self.types.items()],
            "BillingMode": self.billing,
        }
        for name, local in (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True)):
            indexes = [_index(each) for each in self.indexes if each.local is local]
            if indexes:
                request[name] = indexes
        return request


def _schema(key: Iterable[KeyAttribute]) -> list[dict[str, str]]:
    return [{"AttributeName": each.name, "KeyType": each.role} for each in key]


def _index(index: IndexDefinition) -> dict[str, Any]:
    return {"IndexName": index.name, "KeySchema": _schema(index.key), "Projection": _projection(index.projection)}


def _projection(projection: Projection) -> dict[str, Any]:
    match projection:
        case "all":
            return {"ProjectionType": "ALL"}
        case "keys":
            return {"ProjectionType": "KEYS_ONLY"}
        case names:
            return {"ProjectionType": "INCLUDE", "NonKeyAttributes": sorted(names)}


def spelled_key(key: Iterable[KeyAttribute]) -> str:
    """A key for people: `pk` (S, hash), `sk` (S, range)."""
    return ", ".join(str(each) for each in key)


# From declarations


def definition_of(name: str, declarations: Iterable[Declaration]) -> TableDefinition:
    """What a table has to be for entities that share it. Raises DeclarationError where they want different things of it."""
    declarations = tuple(declarations)
    indexes: dict[str, IndexDefinition] = {}
    for declaration in declarations:
        for index in declaration.indexes.values():
            wanted = IndexDefinition(index.name, _key(declaration, index.key), _held(declaration, index), index.local)
            indexes[index.name] = _merged(name, declaration, indexes.get(index.name), wanted)
    definition = TableDefinition(
        name=name.rpartition("table/")[2],  # an ARN ends in it
        key=_key(declarations[0], declarations[0].key),
        indexes=tuple(indexes.values()),
        expires=tuple(sorted({stored for each in declarations for stored in _expiring(each)})),
    )
    _refuse_two_types(name, definition)
    return definition


def _key(declaration: Declaration, key: Key) -> tuple[KeyAttribute, ...]:
    parts = zip(key.parts, ROLES, strict=False)
    return tuple(KeyAttribute(physical_name(declaration, part), role, tag_of(declaration, part)) for part, role in parts)


def _held(declaration: Declaration, index: Index) -> Projection:
    """What an index has to hold: what it projects, and the attribute that says which items are of the entity.

    What decides is in `projects` already: a declaration without it raises. Keys are in every index, and DynamoDB
    takes neither them nor nothing at all in a list of attributes.
    """
    if isinstance(index.projects, str):
        return index.projects
    kind = set() if declaration.kind is None else {declaration.kind.attribute}
    keys = {each.name for key in (declaration.key, index.key) for each in _key(declaration, key)}
    held = frozenset({declaration.attributes[name].stored for name in index.projects} | kind) - keys
    return held or "keys"


def _merged(table: str, declaration: Declaration, one: IndexDefinition | None, other: IndexDefinition) -> IndexDefinition:
    if one is None:
        return other
    if one.key != other.key or one.local != other.local:
        raise DeclarationError(
            f"`{declaration.name}` declares index `{one.name}` of table `{table}` otherwise than an entity before it",
            hint=f"{spelled_key(one.key)} and {spelled_key(other.key)}: an index has one key, and is local or not; or name it otherwise",
        )
    return IndexDefinition(one.name, one.key, _wider(one.projection, other.projection), one.local)


def _wider(one: Projection, other: Projection) -> Projection:
    if one == "all" or other == "all":
        return "all"
    names = frozenset(name for each in (one, other) if not isinstance(each, str) for name in each)
    return names or "keys"


def _expiring(declaration: Declaration) -> Iterator[str]:
    """The stored name of what items expire by, where DynamoDB can read it: it takes seconds, and milliseconds never come."""
    if declaration.access.expires is not None:
        attribute = declaration.attributes[declaration.access.expires]
        if attribute.format is not Format.EPOCH_MILLIS:
            yield attribute.stored


def _refuse_two_types(table: str, definition: TableDefinition) -> None:
    types: dict[str, str] = {}
    for key in (definition.key, *(index.key for index in definition.indexes)):
        for each in key:
            if types.setdefault(each.name, each.type) != each.type:
                raise DeclarationError(
                    f"the key attribute `{each.name}` of table `{table}` has two types: {types[each.name]} and {each.type}",
                    hint="one name has one type in all keys of a table: name one of the two otherwise",
                )
