"""aiodynamo: its calls are DynamoDB's with arguments of its own, and answer items themselves rather than responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from discreet.audit.calls import Arguments, Site
from discreet.audit.stores import operate
from discreet.audit.values import UNKNOWN, Constant, Made, Mapping, Named, Value, constant, fixed, made, of

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["call", "typed"]

CLIENTS: Final = frozenset({"aiodynamo.client.Client", "aiodynamo.Client"})
TABLES: Final = frozenset({"aiodynamo.client.Table", "aiodynamo.Table"})
NAMES: Final = {
    "projection": "ProjectionExpression",
    "filter_expression": "FilterExpression",
    "condition": "ConditionExpression",
    "start_key": "ExclusiveStartKey",
    "limit": "Limit",
    "index": "IndexName",
    "key": "Key",
    "item": "Item",
    "key_condition": "KeyConditionExpression",
    "update_expression": "UpdateExpression",
}

# The operation of each method, and its positional arguments.
METHODS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "get_item": ("get_item", ("Key",)),
    "delete_item": ("delete_item", ("Key",)),
    "put_item": ("put_item", ("Item",)),
    "update_item": ("update_item", ("Key", "UpdateExpression")),
    "query": ("query", ("KeyConditionExpression",)),
    "query_single_page": ("query", ("KeyConditionExpression",)),
    "count": ("query", ("KeyConditionExpression",)),
    "scan": ("scan", ()),
    "scan_single_page": ("scan", ()),
    "scan_count": ("scan", ()),
}


def typed(path: str) -> Value:
    """What an annotation of aiodynamo's says a parameter is."""
    return made("aiodynamo.client") if path in CLIENTS else made("aiodynamo.table") if path in TABLES else UNKNOWN


def call(machine: Machine, path: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    """What a call gives, None when it is nothing of aiodynamo's."""
    if path in CLIENTS:
        return made("aiodynamo.client")
    owner, _, name = path.rpartition(".")
    if owner == "aiodynamo.client()" and name == "table":
        return made("aiodynamo.table", None, name=args.at(0, "name") or UNKNOWN)
    if owner == "aiodynamo.client()":
        return _operated(machine, name, args.at(0, "table") or UNKNOWN, args.without(1), site)
    if owner == "aiodynamo.table()":
        shape = receiver.one(Made)
        return _operated(machine, name, (shape.get("name") if shape else None) or UNKNOWN, args, site)
    return None


def _operated(machine: Machine, name: str, table: Value, args: Arguments, site: Site) -> Value:
    if name not in METHODS:
        return UNKNOWN
    operation, positional = METHODS[name]
    given = dict(zip(positional, args.positional, strict=False))
    given |= {NAMES[key]: value for key, value in args.keywords if key in NAMES}
    if "ProjectionExpression" in given:
        given["ProjectionExpression"] = _projection(given["ProjectionExpression"])
    returned = args.named("return_values")
    if returned is not None and any("all_" in shape.path for shape in returned.only(Named)):
        given["ReturnValues"] = constant("ALL_NEW")
    if name.endswith("count"):
        given["Select"] = constant("COUNT")
    answer = operate(machine, operation, table, Arguments((), tuple(given.items())), site)
    return _own(name, answer.one(Mapping) or Mapping())


def _projection(value: Value) -> Value:
    """`F("a") & F("b")` as a list of names."""
    names = [of(Constant(name, "str")) for shape in value.only(Made) for name in _named(shape)]
    return fixed(names) if names else value


def _named(shape: Made) -> Iterator[str]:
    for key, held in shape.given:
        if key == "name":
            yield from held.texts
        for inner in held.only(Made):
            yield from _named(inner)


def _own(name: str, answer: Mapping) -> Value:
    """What aiodynamo makes of DynamoDB's answer."""
    if name == "get_item":
        return answer.get("Item") or UNKNOWN
    if name in {"put_item", "update_item", "delete_item"}:
        return answer.get("Attributes") or UNKNOWN
    if name.endswith("count"):
        return UNKNOWN
    items = answer.get("Items") or UNKNOWN
    if name.endswith("single_page"):
        return of(Made("aiodynamo.page", (("items", items), ("last_evaluated_key", answer.get("LastEvaluatedKey") or UNKNOWN))))
    return items
