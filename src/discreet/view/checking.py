"""What a table is, beside what its entities need: every difference, each with what to do about it.

DescribeTable, CreateTable and CloudFormation speak of tables in the same words, so one reader serves them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from discreet.view.definition import IndexDefinition, KeyAttribute, Projection, TableDefinition, spelled_key

__all__ = ["MISREAD", "Found", "differences", "found_in", "notes"]

MISREAD: Final = (AttributeError, KeyError, TypeError, ValueError)
"""What `found_in` raises for what is no table."""
IN_USE: Final = frozenset({"ACTIVE", "UPDATING"})


@dataclass(frozen=True, slots=True)
class Found:
    """A table as it was found. tells_expiry: whether what was read says anything of time to live.

    status and index_status: as DynamoDB tells them; empty for a table in a file.
    """

    definition: TableDefinition
    tells_expiry: bool
    status: str = "ACTIVE"
    index_status: Mapping[str, str] = field(default_factory=dict)


def found_in(described: Mapping[str, Any], *, tells_expiry: bool = True, time_to_live: str | None = None) -> Found:
    """Read what DescribeTable answers, CreateTable takes, or CloudFormation declares. Raises one of MISREAD for something else."""
    types = {each["AttributeName"]: each["AttributeType"] for each in described.get("AttributeDefinitions", ())}
    indexes = [
        (each, local)
        for name, local in (("GlobalSecondaryIndexes", False), ("LocalSecondaryIndexes", True))
        for each in _sequence(described.get(name))
    ]
    definition = TableDefinition(
        name=described.get("TableName", ""),
        key=_key(described["KeySchema"], types),
        indexes=tuple(
            IndexDefinition(each["IndexName"], _key(each["KeySchema"], types), _projection(each.get("Projection", {})), local)
            for each, local in indexes
        ),
        expires=() if time_to_live is None else (time_to_live,),
        billing=described.get("BillingMode") or described.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
    )
    statuses = {each["IndexName"]: each["IndexStatus"] for each, _ in indexes if "IndexStatus" in each}
    return Found(definition, tells_expiry, described.get("TableStatus", "ACTIVE"), statuses)


def _sequence(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _key(schema: Any, types: Mapping[str, str]) -> tuple[KeyAttribute, ...]:
    found = [KeyAttribute(each["AttributeName"], each["KeyType"], types.get(each["AttributeName"], "")) for each in _sequence(schema)]
    if not found:
        raise ValueError("no key")
    return tuple(sorted(found, key=lambda each: each.role))


def _projection(projection: Mapping[str, Any]) -> Projection:
    match projection.get("ProjectionType"):
        case "ALL":
            return "all"
        case "KEYS_ONLY":
            return "keys"
        case "INCLUDE":
            return frozenset(_sequence(projection.get("NonKeyAttributes")))
        case _:
            raise ValueError("no projection")


# The comparison


def differences(declared: TableDefinition, found: Found) -> list[str]:
    """Every difference that matters, one line each. Wider projections, further indexes and billing do not."""
    return [
        *_of_table(declared, found),
        *(line for each in declared.indexes for line in _of_index(declared, each, found)),
        *_of_expiry(declared, found),
    ]


def notes(declared: TableDefinition, found: Found) -> Iterator[str]:
    """What is worth a line in the log, and works all the same."""
    enabled = found.definition.time_to_live
    if declared.expires and enabled is None and found.tells_expiry:
        yield (
            f"items of table `{declared.name}` expire by {_names(declared.expires)}, and its time to live is not enabled: "
            "they are hidden, and stay stored"
        )
    if not declared.expires and enabled is not None:
        yield (
            f"DynamoDB deletes items of table `{declared.name}` by `{enabled}`, some days late, and no entity expires by it in seconds: "
            "until then they are shown; `Access(expires=...)` hides them"
        )


def _of_table(declared: TableDefinition, found: Found) -> Iterator[str]:
    if found.status not in IN_USE:
        yield f"the table is {found.status}: wait until it is ACTIVE"
    if found.definition.key != declared.key:
        yield (
            f"the key is {spelled_key(found.definition.key)}, and is declared as {spelled_key(declared.key)}: "
            "a key never changes, so declare the one that the table has, or make a new table"
        )


def _of_index(declared: TableDefinition, index: IndexDefinition, found: Found) -> Iterator[str]:
    where = f"index `{index.name}`"
    other = next((each for each in found.definition.indexes if each.name == index.name), None)
    if other is None:
        what = f"a {_place(index)} index with the key {spelled_key(index.key)} that projects {_held(index.projection)}"
        yield f"{where} is missing: add {what}" + ("; a local index is made together with its table" if index.local else "")
        return
    if other.local != index.local:
        leave = "say `local=True`" if other.local else "leave `local=True` out"
        yield f"{where} is {_place(other)}, and is declared as {_place(index)}: {leave}, or make another index"
    if other.key != index.key:
        yield (
            f"{where} has the key {spelled_key(other.key)}, and is declared with {spelled_key(index.key)}: "
            "declare the one that it has, or make another index"
        )
    lacking = _lacking(index.projection, other.projection, {each.name for key in (found.definition.key, other.key) for each in key})
    if lacking:
        yield (
            f"{where} projects {_held(other.projection)}, and lacks {lacking}: a projection never changes, "
            "so declare `projects=` as it is, or make another index"
        )
    status = found.index_status.get(index.name, "ACTIVE")
    if status not in IN_USE:
        yield f"{where} is {status}: wait until it is ACTIVE"


def _place(index: IndexDefinition) -> str:
    return "local" if index.local else "global"


def _lacking(declared: Projection, found: Projection, keys: set[str]) -> str | None:
    if found == "all" or declared == "keys":
        return None
    if declared == "all":
        return "the others"
    lacking = declared - keys - (found if isinstance(found, frozenset) else frozenset())
    return _names(sorted(lacking)) if lacking else None


def _held(projection: Projection) -> str:
    match projection:
        case "all":
            return "everything"
        case "keys":
            return "keys alone"
        case names:
            return _names(sorted(names))


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _of_expiry(declared: TableDefinition, found: Found) -> Iterator[str]:
    enabled = found.definition.time_to_live
    if declared.expires and enabled is not None and enabled not in declared.expires:
        yield (
            f"time to live is on `{enabled}`, and items expire by {_names(declared.expires)}: "
            "enable it there instead, or let `Access(expires=...)` name that attribute"
        )
