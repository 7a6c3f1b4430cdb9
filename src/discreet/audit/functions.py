"""Functions by their exact names: Python's own, and those of libraries that give what they were given in another form."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from discreet.audit import attributes, mapped, models, providers, web
from discreet.audit.calls import Arguments, Site
from discreet.audit.composed import merged_into
from discreet.audit.trace import Compared
from discreet.audit.values import (
    NO_MARKS,
    NONE,
    UNKNOWN,
    Constant,
    Instance,
    Kind,
    Made,
    Mapping,
    Mark,
    Partial,
    Sequence,
    Type,
    Value,
    Verdict,
    constant,
    deep_marks,
    fixed,
    join,
    join_all,
    made,
    of,
    remarked,
    sequence,
    settled,
)
from discreet.audit.verdicts import checked, proof

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["EXACT", "in_executor", "mapped_over", "part_of", "same", "through"]

# What tells nothing of what it was given.
FORGETS: Final = frozenset(
    [
        "builtins.isinstance",
        "builtins.hasattr",
        "builtins.print",
        "builtins.callable",
        "builtins.id",
        "builtins.hash",
        "builtins.any",
        "builtins.all",
        "builtins.issubclass",
        "builtins.abs",
        "builtins.range",
        "builtins.open",
    ]
)


def part_of(mark: Mark) -> Mark:
    """A mark of an item as that of some of it."""
    return mark.inside("?") if mark.whole else mark


def through(machine: Machine, args: Arguments, site: Site) -> Value:
    """`to_thread(f, *args)` and the like."""
    return machine.call(args.positional[0], args.without(1), site) if args.positional else UNKNOWN


def in_executor(machine: Machine, args: Arguments, site: Site) -> Value:
    """`loop.run_in_executor(executor, f, *args)`."""
    return machine.call(args.positional[1], args.without(2), site) if len(args.positional) > 1 else UNKNOWN


def _partial(machine: Machine, args: Arguments, site: Site) -> Value:
    return of(Partial(args.positional[0], args.positional[1:], args.keywords)) if args.positional else UNKNOWN


def _gather(machine: Machine, args: Arguments, site: Site) -> Value:
    return sequence(args.rest) if args.rest is not None else fixed(args.positional)


def same(machine: Machine, args: Arguments, site: Site) -> Value:
    """What gives what it was given."""
    return args.positional[0] if args.positional else next((value for _, value in args.keywords), UNKNOWN)


def _second(machine: Machine, args: Arguments, site: Site) -> Value:
    return args.positional[1] if len(args.positional) > 1 else UNKNOWN


def _flat(machine: Machine, args: Arguments, site: Site) -> Value:
    """Text of a structure."""
    value = args.positional[0] if args.positional else UNKNOWN
    found = models.dumped(value, Arguments()) if value.one(Instance) and any(shape.cls.model for shape in value.only(Instance)) else value
    if any(isinstance(shape, Instance | Mapping | Sequence) for shape in found.shapes):
        return of(Made("json.text", (("of", found),)), marks=deep_marks(found))
    return Value(tuple(shape for shape in found.shapes if not isinstance(shape, Constant)), deep_marks(found))


def _loads(machine: Machine, args: Arguments, site: Site) -> Value:
    value = args.positional[0] if args.positional else UNKNOWN
    held = next((shape.get("of") for shape in value.only(Made) if shape.path == "json.text"), None)
    return held if isinstance(held, Value) else _structured(value, site)


def _structured(value: Value, site: Site) -> Value:
    """What a client's text holds once it is read as JSON or as a table: what is in it has the client's names."""
    known = settled(Value((), deep_marks(value)), site.facts)
    return remarked(known, lambda mark: replace(mark, part=not mark.checked) if mark.kind is Kind.REQUEST else mark)


def _rows(machine: Machine, args: Arguments, site: Site) -> Value:
    """`csv.DictReader(file)`: a dict for each row."""
    return sequence(_structured(args.at(0, "f") or UNKNOWN, site))


def _writer(machine: Machine, args: Arguments, site: Site) -> Value:
    """`csv.writer(file)`, `csv.DictWriter(file, names)`: writes rows into a file."""
    return of(Made("csv.writer", (("file", args.at(0, "csvfile", "f") or UNKNOWN),), site.region))


def _str(machine: Machine, args: Arguments, site: Site) -> Value:
    value = args.positional[0] if args.positional else UNKNOWN
    constants = list(value.only(Constant))
    simple = bool(constants) and len(constants) == len(value.shapes)
    if simple and len(constants) == 1 and not value.marks and isinstance(constants[0].value, str | int):
        return constant(str(constants[0].value))
    return (
        value
        if simple
        else Value(tuple(each for each in value.shapes if not isinstance(each, Mapping | Sequence | Instance | Made)), deep_marks(value))
    )


def _converted(machine: Machine, args: Arguments, site: Site) -> Value:
    """`int(x)`, `UUID(x)`: raises for what it does not accept, so what it was made of is bounded from here on."""
    value = args.positional[0] if args.positional else UNKNOWN
    if site.frame is not None:
        site.frame.learn(checked(value))
    marks = frozenset(replace(mark, checked=True, plain=True) if mark.kind is Kind.REQUEST else mark for mark in deep_marks(value))
    return remarked(Value((), marks), part_of)


def _min(machine: Machine, args: Arguments, site: Site) -> Value:

    found = join_all(args.positional)
    if len(args.positional) > 1:
        return remarked(found, lambda mark: replace(mark, bounded=True) if mark.kind is Kind.REQUEST else mark)
    return attributes.element(machine, found, site)


def _max(machine: Machine, args: Arguments, site: Site) -> Value:
    found = join_all(args.positional)
    return found if len(args.positional) > 1 else attributes.element(machine, found, site)


def _matches(machine: Machine, args: Arguments, site: Site) -> Value:
    return proof(checked(args.at(1, "string") or (args.positional[0] if args.positional else UNKNOWN)))


def _schema(machine: Machine, args: Arguments, site: Site) -> Value:
    """`jsonschema.validate(data, schema)`: raises for what does not fit, so what is left does."""
    if site.frame is not None and args.positional:
        site.frame.learn(checked(args.positional[0]))
    return NONE


def _bool(machine: Machine, args: Arguments, site: Site) -> Value:
    value = args.positional[0] if args.positional else UNKNOWN
    return Value(tuple(value.only(Verdict)))


def _len(machine: Machine, args: Arguments, site: Site) -> Value:
    return of(
        Made(
            "len",
            (
                (
                    "of",
                    Value(
                        (),
                        frozenset(m for m in (deep_marks(args.positional[0]) if args.positional else NO_MARKS) if m.kind is Kind.REQUEST),
                    ),
                ),
            ),
        )
    )


def _dict(machine: Machine, args: Arguments, site: Site) -> Value:
    value = args.positional[0] if args.positional else of(Mapping())
    stored = value.one(Instance)
    if stored is not None:
        value = mapped.attributes_of(stored, value) if stored.cls.pynamo else models.dumped(value, Arguments())
    pairs = value.one(Sequence)
    if pairs is not None:
        inner = pairs.element.one(Sequence)
        if inner is not None and inner.fixed is not None and len(inner.fixed) == 2 and site.frame is not None:
            value = attributes.with_item(of(Mapping()), inner.fixed[0], inner.fixed[1], site.frame)
        else:
            value = of(Mapping((), pairs.element)) if pairs.fixed != () else of(Mapping())
    shape = merged_into(Mapping(), value)
    for name, held in args.keywords:
        shape = shape.put(name, held)
    if args.more is not None:
        shape = Mapping(shape.known, args.more if shape.rest is None else join(shape.rest, args.more), shape.dropped)
    return of(shape, marks=(mark for mark in value.marks if mark.kind is not Kind.ITEM))


def _list(machine: Machine, args: Arguments, site: Site) -> Value:
    value = args.positional[0] if args.positional else of(Sequence(UNKNOWN, ()))
    found = tuple(value.only(Sequence))
    return Value(found, value.marks) if found else sequence(attributes.element(machine, value, site))


def mapped_over(machine: Machine, args: Arguments, site: Site) -> Value:
    """`map(f, list)`."""
    if len(args.positional) < 2:
        return UNKNOWN
    inner = [attributes.element(machine, each, site) for each in args.positional[1:]]
    return sequence(machine.call(args.positional[0], Arguments(tuple(inner)), site))


def _filter(machine: Machine, args: Arguments, site: Site) -> Value:
    if len(args.positional) < 2:
        return UNKNOWN
    inner = attributes.element(machine, args.positional[1], site)
    machine.call(args.positional[0], Arguments((inner,)), site)
    return sequence(inner)


def _reduced(machine: Machine, args: Arguments, site: Site) -> Value:
    """`reduce(f, list, begun)`: what a step gives is given to the next."""
    if len(args.positional) < 2:
        return UNKNOWN
    function, listed, *begun = args.positional
    inner = attributes.element(machine, listed, site)
    first = machine.call(function, Arguments((begun[0] if begun else inner, inner)), site)
    return join(first, machine.call(function, Arguments((first, inner)), site))


def _grouped(machine: Machine, args: Arguments, site: Site) -> Value:
    """`groupby(list, key)`: pairs of a key and those that have it."""
    inner = attributes.element(machine, args.at(0, "iterable") or UNKNOWN, site)
    key = args.at(1, "key")
    named = machine.call(key, Arguments((inner,)), site) if key is not None else inner
    return sequence(fixed([named, sequence(inner)]))


def _with_factory(machine: Machine, args: Arguments, site: Site) -> Value:
    """`defaultdict(list)`: a dict that has something under any key."""
    factory = args.at(0, "default_factory")
    return of(Mapping((), machine.call(factory, Arguments(), site) if factory is not None else None))


def _any_of(machine: Machine, args: Arguments, site: Site) -> Value:
    """`random.choice(list)`: one of them."""
    return attributes.element(machine, args.at(0, "seq") or UNKNOWN, site)


def _some_of(machine: Machine, args: Arguments, site: Site) -> Value:
    """`nlargest(3, list)`: some of them."""
    return sequence(attributes.element(machine, args.at(1, "iterable") or UNKNOWN, site))


def _zip(machine: Machine, args: Arguments, site: Site) -> Value:
    return sequence(fixed(attributes.element(machine, each, site) for each in args.positional))


def _enumerate(machine: Machine, args: Arguments, site: Site) -> Value:
    return sequence(fixed([UNKNOWN, attributes.element(machine, args.positional[0], site)])) if args.positional else UNKNOWN


def _next(machine: Machine, args: Arguments, site: Site) -> Value:
    inner = attributes.element(machine, args.positional[0], site) if args.positional else UNKNOWN
    return join(inner, args.positional[1]) if len(args.positional) > 1 and args.positional[1].marks else inner


def _getattr(machine: Machine, args: Arguments, site: Site) -> Value:
    if len(args.positional) < 2 or not args.positional[1].texts:
        if len(args.positional) > 1 and any(shape.cls.pynamo for shape in args.positional[0].only(Type)):
            return web.condition_on(args.positional[1])
        return Value((), deep_marks(args.positional[0]) if args.positional else NO_MARKS)
    return join_all(attributes.get(machine, args.positional[0], name, site) for name in args.positional[1].texts)


def _setattr(machine: Machine, args: Arguments, site: Site) -> Value:
    if len(args.positional) == 3 and site.frame is not None and isinstance(args.nodes[0], ast.Name):
        target, name, value = args.positional
        shapes = []
        for shape in target.shapes:
            if isinstance(shape, Instance):
                texts = name.texts if name.texts and not name.marks else ()
                for text in texts:
                    shape = shape.put(text, value)
                if not texts:
                    shape = Instance(
                        shape.cls,
                        shape.fields,
                        value.marked(name.marks) if shape.rest is None else join(shape.rest, value.marked(name.marks)),
                    )
            shapes.append(shape)
        attributes.store(machine, args.nodes[0], Value(tuple(shapes), target.marks), site.frame, rebinds=False)
    return NONE


def _vars(machine: Machine, args: Arguments, site: Site) -> Value:
    return models.dumped(args.positional[0], Arguments()) if args.positional else UNKNOWN


def _key(machine: Machine, args: Arguments, site: Site) -> Value:
    """`Key(name)` and `Attr(name)`: the values they are compared with are parameters; a name may be the client's."""
    return web.condition_on(args.at(0, "name") or UNKNOWN, *args.positional[1:])


def _type(machine: Machine, args: Arguments, site: Site) -> Value:
    """`type(x)`: the classes of objects of the project."""
    value = args.positional[0] if len(args.positional) == 1 else UNKNOWN
    return of(*(Type(shape.cls) for shape in value.only(Instance)))


def _named_tuple(machine: Machine, args: Arguments, site: Site) -> Value:
    """`namedtuple("Pair", "item count")`: a class with those fields."""
    names = args.at(1, "field_names") or UNKNOWN
    listed = names.one(Sequence)
    fields = [text for each in listed.fixed or () for text in each.texts] if listed else (names.text or "").replace(",", " ").split()
    return of(Type(machine.unnamed_class((args.at(0, "typename") or UNKNOWN).text or "Tuple", site, fields, "NamedTuple")))


def _model(machine: Machine, args: Arguments, site: Site) -> Value:
    """`create_model("Out", title=(str, ...))`: a model with those fields, and those of its `__base__`."""
    if args.more is not None:
        return UNKNOWN
    base = (args.named("__base__") or UNKNOWN).one(Type)
    fields = [name for name, _ in args.keywords if not name.startswith("__")]
    inherited = list(base.cls.fields) if base is not None else []
    return of(Type(machine.unnamed_class((args.at(0, "model_name") or UNKNOWN).text or "Model", site, [*inherited, *fields], "BaseModel")))


def _namespace(machine: Machine, args: Arguments, site: Site) -> Value:
    """`SimpleNamespace(a=...)`: an object of a class that nothing else is of."""
    return of(Instance(machine.unnamed_class("SimpleNamespace", site), args.keywords, args.more))


def _digests(machine: Machine, args: Arguments, site: Site) -> Value:
    marks = args.marks
    if marks:
        machine.emit(Compared(site.region, site.function, (), marks, "compare_digest"))
    return proof(frozenset().union(*(checked(each) for each in args.positional)))


def _sum(machine: Machine, args: Arguments, site: Site) -> Value:
    """A number made of many: it tells nothing of one, but what was read past the policy stays so."""
    return Value((), frozenset(mark for mark in args.marks if mark.kind is Kind.UNDISCLOSED))


def _traceback(machine: Machine, args: Arguments, site: Site) -> Value:
    return Value((), frozenset({Mark(Kind.FAILURE, "traceback", site.region)}))


def _getter(machine: Machine, args: Arguments, site: Site) -> Value:
    return of(Made("operator.itemgetter", tuple((f"#{place}", each) for place, each in enumerate(args.positional))))


def _adapter(machine: Machine, args: Arguments, site: Site) -> Value:
    return of(Made("pydantic.adapter", (("type", args.positional[0] if args.positional else UNKNOWN),)))


def _private(machine: Machine, args: Arguments, site: Site) -> Value:
    """`PrivateAttr(default_factory=...)`: what the attribute holds."""
    factory = args.named("default_factory")
    return machine.call(factory, Arguments(), site) if factory is not None else args.at(0, "default") or UNKNOWN


def _parsed_as(machine: Machine, args: Arguments, site: Site) -> Value:
    """`parse_obj_as(list[Item], data)`."""
    return models.conform(machine, args.at(1, "obj") or UNKNOWN, machine.type_from(args.at(0, "type_") or UNKNOWN))


def _cast(machine: Machine, args: Arguments, site: Site) -> Value:
    return _second(machine, args, site)


def _nothing(machine: Machine, args: Arguments, site: Site) -> Value:
    return UNKNOWN


EXACT: Final[dict[str, Callable[[Machine, Arguments, Site], Value]]] = {
    **dict.fromkeys(
        [
            "asyncio.to_thread",
            "anyio.to_thread.run_sync",
            "starlette.concurrency.run_in_threadpool",
            "fastapi.concurrency.run_in_threadpool",
            "asgiref.sync.sync_to_async()",
            "builtins.apply",
        ],
        through,
    ),
    **dict.fromkeys(["functools.partial"], _partial),
    **dict.fromkeys(["asyncio.gather"], _gather),
    **dict.fromkeys(
        [
            "asyncio.wait_for",
            "asyncio.create_task",
            "asyncio.TaskGroup().create_task",
            "asyncio.get_running_loop().create_task",
            "asyncio.get_event_loop().create_task",
            "asyncio.shield",
            "asyncio.run",
            "copy.copy",
            "copy.deepcopy",
            "builtins.iter",
            "builtins.reversed",
            "asyncio.ensure_future",
            "functools.lru_cache()",
            "functools.cache",
            "functools.lru_cache",
            "functools.wraps()",
            "contextlib.asynccontextmanager",
            "contextlib.contextmanager",
            "asgiref.sync.sync_to_async",
            "contextlib.closing",
            "types.MappingProxyType",
            "random.sample",
            "random.choices",
        ],
        same,
    ),
    **dict.fromkeys(
        ["json.dumps", "orjson.dumps", "simplejson.dumps", "ujson.dumps", "json.JSONEncoder().encode", "dynamodb_json.json_util.dumps"],
        _flat,
    ),
    **dict.fromkeys(["json.loads", "orjson.loads", "simplejson.loads", "ujson.loads"], _loads),
    "csv.DictReader": _rows,
    **dict.fromkeys(["csv.writer", "csv.DictWriter"], _writer),
    "collections.namedtuple": _named_tuple,
    "pydantic.create_model": _model,
    **dict.fromkeys(["builtins.str", "builtins.repr", "builtins.format"], _str),
    **dict.fromkeys(
        [
            "builtins.int",
            "builtins.float",
            "uuid.UUID",
            "decimal.Decimal",
            "datetime.datetime.fromisoformat",
            "datetime.date.fromisoformat",
            "datetime.datetime.strptime",
        ],
        _converted,
    ),
    "builtins.min": _min,
    "builtins.max": _max,
    **dict.fromkeys(["re.match", "re.fullmatch", "re.search", "regex.match", "regex.fullmatch"], _matches),
    **dict.fromkeys(["re.compile().match", "re.compile().fullmatch", "re.compile().search"], _matches),
    "re.compile": lambda machine, args, site: made("re.compile"),
    **dict.fromkeys(["jsonschema.validate", "fastjsonschema.validate"], _schema),
    "builtins.bool": _bool,
    "builtins.sum": _sum,
    "builtins.len": _len,
    "builtins.dict": _dict,
    **dict.fromkeys(
        ["builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "builtins.sorted", "itertools.islice"], _list
    ),
    "builtins.map": mapped_over,
    "builtins.filter": _filter,
    "builtins.zip": _zip,
    "functools.reduce": _reduced,
    "itertools.groupby": _grouped,
    "collections.defaultdict": _with_factory,
    "random.choice": _any_of,
    **dict.fromkeys(["heapq.nlargest", "heapq.nsmallest"], _some_of),
    "builtins.enumerate": _enumerate,
    **dict.fromkeys(["builtins.next", "builtins.anext"], _next),
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    **dict.fromkeys(["builtins.vars", "dataclasses.asdict"], _vars),
    **dict.fromkeys(
        [
            "boto3.dynamodb.conditions.Key",
            "boto3.dynamodb.conditions.Attr",
            "pynamodb.expressions.operand.Path",
            "aiodynamo.expressions.F",
            "aiodynamo.expressions.HashKey",
            "aiodynamo.expressions.RangeKey",
        ],
        _key,
    ),
    "builtins.type": _type,
    **dict.fromkeys(["types.SimpleNamespace", "argparse.Namespace"], _namespace),
    **dict.fromkeys(["hmac.compare_digest", "secrets.compare_digest"], _digests),
    **dict.fromkeys(["traceback.format_exc", "traceback.format_exception", "traceback.format_tb", "sys.exc_info"], _traceback),
    "operator.itemgetter": _getter,
    "pydantic.PrivateAttr": _private,
    "pydantic.TypeAdapter": _adapter,
    **dict.fromkeys(["pydantic.parse_obj_as", "pydantic.tools.parse_obj_as", "pydantic.v1.parse_obj_as"], _parsed_as),
    **dict.fromkeys(
        [
            "dependency_injector.providers.Singleton",
            "dependency_injector.providers.Factory",
            "dependency_injector.providers.Callable",
            "dependency_injector.providers.Resource",
            "dependency_injector.providers.ThreadSafeSingleton",
            "dependency_injector.providers.Coroutine",
        ],
        providers.provider,
    ),
    **dict.fromkeys(["dependency_injector.providers.Object"], providers.constant_provider),
    **dict.fromkeys(["typing.cast"], _cast),
    **dict.fromkeys(sorted(FORGETS), _nothing),
}
