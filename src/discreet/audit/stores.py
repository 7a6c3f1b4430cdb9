"""DynamoDB: where a table or client comes from, what each call reads, projects and writes, and what it answers.

Clients and tables are `Made` shapes whose path begins with `dynamodb.`; a library's own objects become those here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class
from discreet.audit.trace import Facts, StoreCall, open_
from discreet.audit.values import (
    MISSING,
    UNKNOWN,
    Constant,
    Instance,
    Kind,
    Made,
    Mapping,
    Mark,
    Missing,
    Named,
    Place,
    Sequence,
    Shape,
    Text,
    Type,
    Value,
    constant,
    deep_marks,
    fixed,
    inside,
    join,
    made,
    mapping,
    of,
    sequence,
)
from discreet.findings import Region

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = [
    "METHODS",
    "OPERATIONS",
    "asked_for",
    "attribute",
    "call",
    "element",
    "family",
    "is_index",
    "operate",
    "owners",
    "spelled",
    "typed",
]

READS: Final = frozenset(
    {
        "get_item",
        "query",
        "scan",
        "batch_get_item",
        "transact_get_items",
        "execute_statement",
        "batch_execute_statement",
        "execute_transaction",
    }
)
WRITES: Final = frozenset({"put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items"})
OPERATIONS: Final = READS | WRITES
PARAMETERS: Final = frozenset(
    [
        "Key",
        "TableName",
        "KeyConditionExpression",
        "FilterExpression",
        "Item",
        "UpdateExpression",
        "ExpressionAttributeValues",
        "ExpressionAttributeNames",
        "RequestItems",
        "Statement",
        "TransactItems",
        "ProjectionExpression",
        "IndexName",
        "ConditionExpression",
        "Keys",
        "ExclusiveStartKey",
        "Limit",
    ]
)
METHODS: Final = frozenset(
    [
        "get",
        "query",
        "scan",
        "save",
        "update",
        "delete",
        "refresh",
        "batch_get",
        "batch_write",
        "count",
        "parallel_scan",
        "rate_limited_scan",
        "get_batch",
        "to_dict",
        "to_simple_dict",
        "to_json",
        "serialize",
        "as_dict",
        "safe_get",
        "asdict",
        "dict",
        "model_dump",
        "json",
        "model_dump_json",
        "copy",
        "model_copy",
        "get_and_refresh",
        "create",
        "model_validate",
        "parse_obj",
        "from_orm",
    ]
)


def family(cls: Class) -> str:
    """The library whose methods a class has beyond its own."""
    if cls.pynamo:
        return "pynamodb()"
    if cls.dyntastic:
        return "dyntastic()"
    if cls.schema:
        return "schema()"
    return "entity()" if cls.entity else "model()" if cls.model else "?"


def is_index(value: Value) -> bool:
    """Whether a class-level value is an index of a PynamoDB model."""
    return any("Index" in path for shape in value.only(Instance) for path in shape.cls.libraries if path.startswith("pynamodb"))


# Where they come from


def typed(path: str) -> Value:
    """What an annotation of a library says a parameter is."""
    name = path.rpartition(".")[2]
    if path.startswith("discreet") and name == "Table":
        return made("discreet.Table")
    if path.startswith(
        ("mypy_boto3_dynamodb", "types_aiobotocore_dynamodb", "types_aioboto3", "types_boto3_dynamodb", "boto3", "aioboto3")
    ):
        return {
            "Table": made("dynamodb.table"),
            "DynamoDBServiceResource": made("dynamodb.resource"),
            "DynamoDBClient": made("dynamodb.client"),
        }.get(name, UNKNOWN)
    return UNKNOWN


def attribute(shape: Made, name: str) -> Value | None:
    """An attribute of one of ours that is no method."""
    match shape.path, name:
        case (("dynamodb.resource" | "dynamodb.table"), "meta"):
            return made("dynamodb.meta")
        case "dynamodb.meta", "client":
            return made("dynamodb.client")
        case (("dynamodb.client" | "dynamodb.resource"), "exceptions"):
            return of(Named("botocore.exceptions"))
        case "dynamodb.table", ("name" | "table_name"):
            return shape.get("name") or UNKNOWN
        case "pynamodb.results", "last_evaluated_key":
            return shape.get("position")
        case "aiodynamo.page", ("items" | "last_evaluated_key"):
            return shape.get(name)
        case "discreet.Disclosed", "item":
            return _entity(shape)
        case "discreet.Undisclosed", "item":
            return _entity(shape)
        case _:
            return None


def _entity(shape: Made) -> Value:
    held = shape.get("entity") or UNKNOWN
    found = held.one(Type)
    marks = (shape.get("marks") or UNKNOWN).marks
    return of(Instance(found.cls, (), Value((), marks)), marks=marks) if found is not None else Value((), marks)


def element(shape: Made, value: Value) -> Value:
    """What iterating over one of ours gives."""
    return shape.get("element") or Value((), value.marks)


def call(machine: Machine, path: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    """What a call gives, None when it has nothing to do with a store."""
    owner, _, name = path.rpartition(".")
    made_by = _MAKERS.get(path)
    if made_by is not None:
        return made_by(args, site)
    if owner in {"boto3", "dynamodb.session()", "aioboto3", "boto3.session", "aiobotocore.session"} and name in {
        "resource",
        "client",
        "create_client",
    }:
        return _service(name, args, site)
    if owner.startswith("dynamodb.") and name in {"__aenter__", "__enter__"}:
        return receiver
    if name == "enter_async_context" or name == "enter_context":
        return args.positional[0] if args.positional else UNKNOWN
    if owner == "dynamodb.resource()":
        return _of_resource(machine, name, args, site)
    if owner in {"dynamodb.table()", "dynamodb.client()", "dynamodb.batch()"}:
        return _of_store(machine, owner, name, receiver, args, site)
    if owner == "dynamodb.paginator()" and name == "paginate":
        return _paginated(machine, receiver, args, site)
    if owner == "dynamodb.pages()":
        return _pages(name, receiver)
    if path.startswith("discreet"):
        return _discreet(machine, path, name, receiver, args, site)
    if owner == "?" and name in OPERATIONS and _looks_ours(name, args, site):
        return operate(machine, name, UNKNOWN, args, site)
    return None


def _looks_ours(name: str, args: Arguments, site: Site) -> bool:
    """Whether a call on something unknown can be nothing but DynamoDB's: its parameters are named as only DynamoDB's are."""
    if any(key in PARAMETERS for key, _ in args.keywords):
        return True
    text = (
        ast.unparse(site.node.func.value).lower() if isinstance(site.node, ast.Call) and isinstance(site.node.func, ast.Attribute) else ""
    )
    return not args.positional and ("table" in text or "dynamo" in text or "ddb" in text) and (name == "scan" or args.more is not None)


def _session(args: Arguments, site: Site) -> Value:
    return made("dynamodb.session")


def _service(name: str, args: Arguments, site: Site) -> Value:
    service = args.at(0, "service_name")
    texts = service.texts if service is not None else ()
    if texts and "dynamodb" not in texts:
        return made(f"aws.{texts[0]}", site.region)
    return made("dynamodb.resource" if name == "resource" else "dynamodb.client")


_MAKERS: Final[dict[str, Callable[[Arguments, Site], Value]]] = {
    "boto3.Session": _session,
    "boto3.session.Session": _session,
    "aioboto3.Session": _session,
    "aioboto3.session.Session": _session,
    "aiobotocore.session.get_session": _session,
    "aiobotocore.session.AioSession": _session,
    "aiobotocore.get_session": _session,
    "botocore.session.get_session": _session,
}


def _of_resource(machine: Machine, name: str, args: Arguments, site: Site) -> Value:
    if name in {"Table", "create_table"}:
        label = args.at(0, "name", "TableName") or UNKNOWN
        return made("dynamodb.table", None, name=Value(label.shapes) if label.text else constant(_named_by(args, label)))
    return operate(machine, name, UNKNOWN, args, site) if name in OPERATIONS else UNKNOWN


def _named_by(args: Arguments, label: Value) -> str:
    """What a table is called when its name is not a constant: by the constant pieces of a text, else as it is written."""
    if pieces := _pieces(label):
        return pieces
    node = args.nodes[0] if args.nodes else next((node for key, node in args.keyword_nodes if key == "name"), None)
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node) if node is not None else ""


def _of_store(machine: Machine, owner: str, name: str, receiver: Value, args: Arguments, site: Site) -> Value:
    shape = receiver.one(Made)
    label = (shape.get("name") if shape else None) or UNKNOWN
    if name == "batch_writer":
        return made("dynamodb.batch", None, name=label)
    if name == "get_paginator":
        return made("dynamodb.paginator", site.region, operation=args.at(0, "operation_name") or UNKNOWN)
    if name in OPERATIONS:
        return operate(machine, name, label, _by_name(name, args), site, shape.site if shape else None)
    return receiver if name in {"__aenter__", "__enter__"} else UNKNOWN


def _by_name(operation: str, args: Arguments) -> Arguments:
    """What a batch takes by its place: an item to put, a key to delete."""
    name = {"put_item": "Item", "delete_item": "Key"}.get(operation)
    if name is None or not args.positional:
        return args
    given = args.without(1)
    return replace(given, keywords=(*given.keywords, (name, args.positional[0])))


# What they answer


def operate(machine: Machine, operation: str, table: Value, args: Arguments, site: Site, named: Region | None = None) -> Value:
    """Write down a call to the store, and give its answer. `named` is where its method was named, if elsewhere."""
    given = dict(args.keywords)
    if args.more is not None:
        for name in PARAMETERS - set(given):
            given[name] = join(inside(args.more, name), MISSING) if args.more.marks else MISSING
    names = given.get("TableName") or _spoken(given) or (table if _label(table) else constant(_receiver(site)))
    key = _key(operation, given)
    projection = _projection(operation, given, site.facts)
    machine.emit(
        StoreCall(
            site.region,
            site.function,
            (),
            operation,
            _label(names),
            tuple(given.items()),
            site.facts,
            key,
            projection is not None,
            "boto3",
            spelled(site),
            named,
        )
    )
    return _answer(operation, given, _item(site, key, projection), site)


def _spoken(given: dict[str, Value]) -> Value | None:
    """The table that a PartiQL statement names."""
    found = re.search(r"\b(?:from|into|update)\s+\"?([\w.-]+)", " ".join(_words(given.get("Statement") or UNKNOWN)), re.IGNORECASE)
    return constant(found.group(1)) if found else None


def spelled(site: Site) -> str:
    """A call's function as it is written."""
    return ast.unparse(site.node.func) if isinstance(site.node, ast.Call) else ""


def _receiver(site: Site) -> str:
    """What a table is called where nothing is known of it: as its receiver is written."""
    func = site.node.func if isinstance(site.node, ast.Call) else None
    return ast.unparse(func.value)[:60] if isinstance(func, ast.Attribute) else ""


def _pieces(value: Value) -> str:
    """The constant pieces of a text, where they say anything."""
    pieces = "".join(part for shape in value.only(Text) for part in shape.parts if isinstance(part, str))
    return pieces if pieces.strip("-_. ") else ""


def _label(value: Value) -> str:
    if value.text:
        return value.text
    if pieces := _pieces(value):
        return pieces
    named = [shape.path.rpartition(".")[2] for shape in value.only(Named)]
    return named[0] if named else ""


def _key(operation: str, given: dict[str, Value]) -> Value:
    """What chooses the items: a key, a key condition with the values it refers to, the keys of a batch."""
    if operation in {"get_item", "update_item", "delete_item"}:
        return given.get("Key", UNKNOWN)
    if operation == "query":
        return _conditioned(given)
    if operation in {"batch_get_item", "transact_get_items"}:
        return _batch_keys(given.get("RequestItems") or given.get("TransactItems") or UNKNOWN)
    if operation == "execute_statement":
        return fixed([given.get("Parameters", UNKNOWN), _choosing(given.get("Statement", UNKNOWN))])
    return UNKNOWN


def _choosing(statement: Value) -> Value:
    """What of a statement chooses items: the order of those that were chosen does not."""
    shapes: list[Shape] = []
    for shape in statement.shapes:
        if isinstance(shape, Text):
            ends = (
                place
                for place, part in enumerate(shape.parts)
                if isinstance(part, str) and re.search(r"\border\s+by\b", part, re.IGNORECASE)
            )
            shape = Text(shape.parts[: next(ends, len(shape.parts)) + 1])
        shapes.append(shape)
    return Value(tuple(shapes), statement.marks if not any(isinstance(shape, Text) for shape in shapes) else frozenset())


def _conditioned(given: dict[str, Value]) -> Value:
    condition = given.get("KeyConditionExpression") or given.get("KeyConditions") or UNKNOWN
    values = given.get("ExpressionAttributeValues") or UNKNOWN
    words = set(re.findall(r":\w+", " ".join(_words(condition))))
    found = [condition]
    for shape in values.only(Mapping):
        found += [held for name, held in shape.known if name in words]
        if shape.rest is not None and any(name not in dict(shape.known) for name in words):
            found.append(shape.rest)
    return fixed(found)


def _words(value: Value) -> Iterator[str]:
    for shape in value.shapes:
        if isinstance(shape, Constant) and isinstance(shape.value, str):
            yield shape.value
        elif isinstance(shape, Text):
            yield from (part if isinstance(part, str) else " ".join(_words(part)) for part in shape.parts)


def _batch_keys(value: Value) -> Value:
    found: list[Value] = []
    for shape in value.shapes:
        if isinstance(shape, Mapping):
            for name, held in shape.known:
                found.append(held if name in {"Keys", "Key"} else _batch_keys(held))
            if shape.rest is not None:
                found.append(_batch_keys(shape.rest) if shape.rest.shapes else shape.rest)
        elif isinstance(shape, Sequence):
            found.append(_batch_keys(shape.element) if shape.element.one(Mapping) else shape.element)
    return fixed(found) if found else Value((), value.marks)


Projection = tuple[tuple[str, ...], bool]


def _projection(operation: str, given: dict[str, Value], facts: Facts) -> Projection | None:
    """The attributes that are asked for, and whether those are all known. None: the whole item (perhaps only on some way), or what the
    client asks for, which is any of it.
    """
    if operation == "execute_statement":
        return _selected(given.get("Statement") or UNKNOWN, facts)
    value = given.get("ProjectionExpression") or given.get("AttributesToGet")
    if value is None and operation in {"batch_get_item", "transact_get_items"}:
        value = _find(given.get("RequestItems") or given.get("TransactItems") or UNKNOWN, "ProjectionExpression")
    if value is None or any(isinstance(each, Missing) or (isinstance(each, Constant) and not each.value) for each in value.shapes):
        return None
    names = given.get("ExpressionAttributeNames") or UNKNOWN
    if asked_for(value, facts) or any(asked_for(name, facts) for name in _placed(value, names)):
        return None
    listed = value.one(Sequence)
    if listed is not None:
        return tuple(text for each in listed.fixed or () for text in each.texts), listed.fixed is not None
    words = [word.strip() for text in _words(value) for word in text.split(",") if word.strip()]
    known = [_resolved(word, names) for word in words]
    complete = all(isinstance(each, Constant) for each in value.shapes) and bool(value.shapes) and all(known)
    return tuple(each for each in known if each), complete


def _find(value: Value, name: str, depth: int = 0) -> Value | None:
    for shape in value.shapes if depth < 5 else ():
        inner: list[Value] = []
        if isinstance(shape, Mapping):
            held = next((each for key, each in shape.known if key == name), None)
            if held is not None:
                return held
            inner = [each for _, each in shape.known] + ([shape.rest] if shape.rest is not None else [])
        elif isinstance(shape, Sequence):
            inner = [shape.element]
        for each in inner:
            found = _find(each, name, depth + 1)
            if found is not None:
                return found
    return None


def _resolved(word: str, names: Value) -> str | None:
    """A projected name: placeholders are looked up; of a path, the whole of it."""
    parts = [re.sub(r"\[\d+\]", "", part) for part in word.split(".")]
    found: list[str] = []
    for part in parts:
        if not part.startswith("#"):
            found.append(part)
            continue
        held = next((value for shape in names.only(Mapping) for key, value in shape.known if key == part), None)
        if held is None or held.text is None:
            return None
        found.append(held.text)
    return ".".join(found)


def asked_for(value: Value, facts: Facts) -> bool:
    """Whether the client says what is read: text of theirs that nothing bounds."""
    return any(open_(mark, facts, plain=False) for mark in deep_marks(value))


def _placed(value: Value, names: Value) -> Iterator[Value]:
    """The names that stand for a projection's placeholders."""
    text = " ".join(_words(value))
    for shape in names.only(Mapping):
        yield from (held for name, held in shape.known if name in text)
        if shape.rest is not None and value.text is None:
            yield shape.rest


def _columns(statement: Value) -> Iterator[Value]:
    """What a statement's list of columns is put together from."""
    for shape in statement.only(Text):
        for part in shape.parts:
            if isinstance(part, Value):
                yield part
            elif re.search(r"\bfrom\b", part, re.IGNORECASE):
                break


def _selected(statement: Value, facts: Facts) -> Projection | None:
    if any(asked_for(columns, facts) for columns in _columns(statement)):
        return None
    text = " ".join(_words(statement))
    match = re.match(r"\s*select\s+(.*?)\s+from\b", text, re.IGNORECASE | re.DOTALL)
    if match is None or match.group(1).strip() == "*" or "*" in match.group(1):
        return None
    return tuple(word.strip().strip('"') for word in match.group(1).split(",")), statement.text is not None


def _item(site: Site, key: Value, projection: Projection | None) -> Value:
    """An item as it is read: all of it, or what was projected. What a principal's own key finds is the principal's."""
    extra = owners(key, site)
    at = site.region
    if projection is None:
        return of(Mapping((), Value((), frozenset({Mark(Kind.ITEM, "*", at)}) | extra)), marks=extra)
    names, complete = projection
    tops = {name.partition(".")[0]: name for name in names}
    known = tuple((top, Value((), frozenset({Mark(Kind.ITEM, name, at)}) | extra)) for top, name in tops.items())
    rest = None if complete else Value((), frozenset({Mark(Kind.ITEM, "?", at)}) | extra)
    return of(Mapping(known, rest), marks=extra)


def owners(key: Value, site: Site) -> frozenset[Mark]:
    """Whose an item is that is found by a key: the principal's, where the key is theirs."""
    marks = deep_marks(key)
    if any(mark.kind is Kind.PRINCIPAL or mark.place is Place.CREDENTIAL for mark in marks):
        return frozenset({Mark(Kind.PRINCIPAL, "item", site.region)})
    return frozenset()


def _answer(operation: str, given: dict[str, Value], item: Value, site: Site) -> Value:
    position = Value(MISSING.shapes, frozenset({Mark(Kind.POSITION, operation, site.region)}))
    rest = (("ResponseMetadata", UNKNOWN), ("ConsumedCapacity", UNKNOWN))
    counts = (("Count", UNKNOWN), ("ScannedCount", UNKNOWN), ("LastEvaluatedKey", position))
    select = given.get("Select")
    if select is not None and select.text == "COUNT":
        return mapping((*counts, *rest))
    if operation == "get_item":
        return mapping((("Item", join(item, MISSING)), *rest))
    if operation in {"query", "scan"}:
        return mapping((("Items", sequence(item)), *counts, *rest))
    if operation in {"execute_statement", "batch_execute_statement", "execute_transaction"}:
        held = sequence(item) if operation == "execute_statement" else sequence(mapping((("Item", item),)))
        return mapping((("Items", held), ("Responses", held), ("LastEvaluatedKey", position), ("NextToken", position), *rest))
    if operation == "batch_get_item":
        return mapping((("Responses", mapping((), sequence(item))), ("UnprocessedKeys", EMPTY_MAP), *rest))
    if operation == "transact_get_items":
        return mapping((("Responses", sequence(mapping((("Item", item),)))), *rest))
    return mapping((*_returned(operation, given, item), *rest))


EMPTY_MAP: Final = Value((Mapping(),))


def _returned(operation: str, given: dict[str, Value], item: Value) -> tuple[tuple[str, Value], ...]:
    """`Attributes`, where a write asks for all of them."""
    asked = given.get("ReturnValues")
    if asked is None or not any(text in {"ALL_NEW", "ALL_OLD"} for text in asked.texts):
        return (("Attributes", UNKNOWN),) if asked is not None else ()
    return (("Attributes", item),)


# Paginators


def _paginated(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    shape = receiver.one(Made)
    operation = ((shape.get("operation") if shape else None) or UNKNOWN).text
    if operation not in OPERATIONS:
        return UNKNOWN
    settings = args.named("PaginationConfig")
    start = next((shape.get("StartingToken") for shape in settings.only(Mapping)), None) if settings is not None else None
    more = (("ExclusiveStartKey", start),) if start is not None else ()
    page = operate(
        machine,
        operation,
        UNKNOWN,
        Arguments((), (*args.keywords, *more, *_sizes(settings)), None, args.more),
        site,
        shape.site if shape else None,
    )
    return made("dynamodb.pages", None, element=page)


def _sizes(settings: Value | None) -> Iterator[tuple[str, Value]]:
    """How much a paginator is told to read."""
    for shape in settings.only(Mapping) if settings is not None else ():
        for name in ("PageSize", "MaxItems"):
            held = shape.get(name)
            if held is not None:
                yield name, held


def _pages(name: str, receiver: Value) -> Value:
    shape = receiver.one(Made)
    page = (shape.get("element") if shape else None) or UNKNOWN
    if name == "build_full_result":
        found = page.one(Mapping)
        position = found.get("LastEvaluatedKey") if found else None
        return Value((found.put("NextToken", position),)) if found and position is not None else page
    if name in {"search", "result_key_iters"}:
        found = page.one(Mapping)
        return (found.get("Items") if found else None) or UNKNOWN
    return sequence(page)


# discreet's own


def _discreet(machine: Machine, path: str, name: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    entity = args.at(0, "entity") or UNKNOWN
    owner = path.rpartition(".")[0]
    if name == "Table" and "()" not in path:
        return made("discreet.Table", site.region)
    if owner == "discreet.Table()" and name == "undisclosed":
        return made("discreet.reader", site.region, (), entity=entity)
    if owner == "discreet.Table()" and name == "view":
        return made("discreet.View", None, (), entity=entity)
    if name == "view_of":
        return made("discreet.view_of", None, (), entity=entity)
    shape = receiver.one(Made)
    held = (shape.get("entity") if shape else None) or UNKNOWN
    if path == "discreet.view_of()":
        return made("discreet.View", None, (), entity=held)
    if owner == "discreet.reader()" and shape is not None and shape.site is not None:
        return _read_undisclosed(machine, name, shape, held, site)
    if owner == "discreet.View()":
        found = made("discreet.Disclosed", None, (), entity=held)
        return (
            sequence(found)
            if name in {"batch_get", "each"}
            else made("discreet.Page", None, (), element=found)
            if name in {"query", "scan"}
            else found
        )
    return UNKNOWN if "()" in path else None


def _read_undisclosed(machine: Machine, name: str, shape: Made, entity: Value, site: Site) -> Value:
    mark = Mark(Kind.UNDISCLOSED, "*", shape.site or site.region)
    machine.emit(StoreCall(site.region, site.function, (), "undisclosed", "", (), site.facts, UNKNOWN, False, "discreet", spelled(site)))
    marks = Value((), frozenset({mark}))
    found = of(Made("discreet.Undisclosed", (("entity", entity), ("marks", marks))), marks={mark})
    if name == "query":
        return of(Made("discreet.UndisclosedPage", (("element", found),)), marks={mark})
    return sequence(found).marked({mark}) if name in {"each", "scan", "batch_get"} else found
