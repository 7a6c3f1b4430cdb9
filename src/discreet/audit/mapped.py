"""Models that are items: those of PynamoDB, of pydynox, whose models are alike, and of dyntastic. They read, write and hold attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discreet.audit import models
from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class
from discreet.audit.stores import READS, asked_for, owners, spelled
from discreet.audit.trace import StoreCall
from discreet.audit.values import (
    UNKNOWN,
    Constant,
    Instance,
    Kind,
    Made,
    Mapping,
    Mark,
    Sequence,
    Type,
    Value,
    deep_marks,
    fixed,
    of,
    sequence,
)

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["attributes_of", "call"]

# What a method of a model asks of DynamoDB, and its parameters in order.
METHODS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "get": ("get_item", ("hash_key", "range_key", "consistent_read", "attributes_to_get")),
    "query": ("query", ("hash_key", "range_key_condition", "filter_condition")),
    "scan": ("scan", ("filter_condition",)),
    "parallel_scan": ("scan", ("total_segments",)),
    "rate_limited_scan": ("scan", ("filter_condition",)),
    "count": ("query", ("hash_key", "range_key_condition", "filter_condition")),
    "batch_get": ("batch_get_item", ("items",)),
    "save": ("put_item", ("condition",)),
    "update": ("update_item", ("actions", "condition")),
    "delete": ("delete_item", ("condition",)),
}
# The parameters that choose items (pydynox's, too).
KEYS: Final = frozenset(
    {"hash_key", "range_key", "range_key_condition", "partition_key", "sort_key", "sort_key_condition", "items", "keys"}
)


def call(machine: Machine, path: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    """What a method of a model gives; None for any other."""
    owner, _, name = path.rpartition(".")
    if owner in {"pynamodb()", "pynamodb.index()"}:
        return _pynamo(machine, name, receiver, args, site)
    return _dyntastic(machine, name, receiver, args, site) if owner == "dyntastic()" else None


def _pynamo(machine: Machine, name: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    cls = _model(receiver)
    if cls is None:
        return None
    name = name.removeprefix("sync_").removeprefix("async_")
    if name not in METHODS:
        return _pynamo_other(name, receiver, cls)
    operation, parameters = METHODS[name]
    if name == "count" and not args.positional and args.named("hash_key") is None:
        return UNKNOWN  # what DescribeTable says
    named = {**dict(zip(parameters, args.positional, strict=False)), **dict(args.keywords)}
    columns = named.get("attributes_to_get") or named.get("fields")
    names = None if columns is not None and asked_for(columns, site.facts) else _listed(columns)
    key = fixed([value for each, value in named.items() if each in KEYS or (name == "get" and each in cls.fields)])
    if name in {"update", "delete"}:
        key = fixed(held for shape in receiver.only(Instance) for each, held in shape.fields if models.keyed(cls, each))
    given = _pynamo_arguments(name, receiver, named, key)
    machine.emit(
        StoreCall(site.region, site.function, (), operation, cls.name, given, site.facts, key, names is not None, "pynamodb", spelled(site))
    )
    found = _item(cls, site, owners(key, site), names)
    if "as_dict" in named and (held := found.one(Instance)) is not None:
        found = attributes_of(held, found)
    if name == "get":
        return found
    if name in {"query", "scan", "parallel_scan", "rate_limited_scan", "batch_get"}:
        position = Value((), frozenset({Mark(Kind.POSITION, name, site.region)}))
        return of(Made("pynamodb.results", (("element", found), ("position", position))))
    return UNKNOWN


def _listed(value: Value | None) -> tuple[str, ...] | None:
    if value is None or any(isinstance(shape, Constant) and shape.value is None for shape in value.shapes):
        return None
    shape = value.one(Sequence)
    return tuple(text for each in (shape.fixed or ()) for text in each.texts) if shape is not None else ()


def _pynamo_arguments(name: str, receiver: Value, named: dict[str, Value], key: Value) -> tuple[tuple[str, Value], ...]:
    given: list[tuple[str, Value]] = [("Key", key)]
    for ours, theirs in (
        ("last_evaluated_key", "ExclusiveStartKey"),
        ("limit", "Limit"),
        ("filter_condition", "FilterExpression"),
        ("condition", "ConditionExpression"),
        ("attributes_to_get", "ProjectionExpression"),
    ):
        if ours in named:
            given.append((theirs, named[ours]))
    if name == "save":
        shape = receiver.one(Instance)
        given.append(("Item", of(Mapping(shape.fields, shape.rest)) if shape else UNKNOWN))
    if name == "update":
        given.append(("ExpressionAttributeValues", Value((), deep_marks(named.get("actions") or UNKNOWN))))
    return tuple(given)


def _item(cls: Class, site: Site, extra: frozenset[Mark], names: tuple[str, ...] | None) -> Value:
    """An item as an object of its model."""
    wanted = [name for name in cls.fields if names is None or not names or name in names]
    fields = tuple((name, Value((), frozenset({Mark(Kind.ITEM, name, site.region)}) | extra)) for name in wanted)
    whole = frozenset({Mark(Kind.ITEM, "*", site.region)}) if names is None else frozenset[Mark]()
    return of(Instance(cls, fields, None), marks=whole | extra)


def _pynamo_other(name: str, receiver: Value, cls: Class) -> Value | None:
    shape = receiver.one(Instance)
    if shape is not None and name in {"to_dict", "to_simple_dict", "to_dynamodb_dict", "serialize", "_serialize"}:
        return attributes_of(shape, receiver)
    if shape is not None and name == "to_json":
        held = attributes_of(shape, receiver)
        return of(Made("json.text", (("of", held),)), marks=deep_marks(held))
    if name == "get_table" or name == "exists":
        return UNKNOWN
    return UNKNOWN if name in {"refresh", "create_table", "set", "add", "batch_write", "Meta"} else None


def attributes_of(shape: Instance, value: Value) -> Value:
    """The attributes of a PynamoDB object, as a dict."""
    whole = frozenset(mark for mark in value.marks if mark.whole)
    rest = Value((), whole) if whole else None
    return of(Mapping(shape.fields, rest), marks=value.marks - whole)


def _model(receiver: Value) -> Class | None:
    for shape in receiver.shapes:
        if isinstance(shape, Type | Instance):
            return shape.cls
        if isinstance(shape, Made) and (held := shape.get("model")) is not None and (found := held.one(Type)) is not None:
            return found.cls
    return None


def _dyntastic(machine: Machine, name: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    cls = _model(receiver)
    operation = {
        "get": "get_item",
        "safe_get": "get_item",
        "query": "query",
        "scan": "scan",
        "scan_page": "scan",
        "query_page": "query",
        "batch_get": "batch_get_item",
        "save": "put_item",
        "delete": "delete_item",
        "update": "update_item",
    }.get(name)
    if cls is None or operation is None:
        return None
    key = fixed(args.positional[:2])
    item = Value((receiver.shapes[0],)) if receiver.one(Instance) else UNKNOWN
    given = (("Key", key), *((("Item", _instance_dict(item)),) if name == "save" else ()))
    machine.emit(StoreCall(site.region, site.function, (), operation, cls.name, given, site.facts, key, False, "dyntastic", spelled(site)))
    at = site.region
    fields = tuple((field, Value((), frozenset({Mark(Kind.ITEM, field, at)}) | owners(key, site))) for field in cls.fields)
    found = of(Instance(cls, fields))
    return found if operation == "get_item" else sequence(found) if operation in READS else UNKNOWN


def _instance_dict(value: Value) -> Value:
    shape = value.one(Instance)
    return of(Mapping(shape.fields, shape.rest)) if shape is not None else UNKNOWN
