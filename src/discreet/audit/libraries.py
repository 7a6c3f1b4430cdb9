"""What calls of libraries give: those that the analysis must understand; any other is opaque and keeps the marks of its arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from discreet.audit import aiodynamo, attributes, mapped, methods, models, records, stores, web
from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class
from discreet.audit.composed import merged_into
from discreet.audit.trace import Compared
from discreet.audit.values import (
    NO_MARKS,
    NONE,
    UNKNOWN,
    Closure,
    Constant,
    Instance,
    Kind,
    Made,
    Mapping,
    Mark,
    Marks,
    Partial,
    Place,
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

__all__ = ["call", "opaque", "subclassed", "typed"]

KEEPS: Final = re.compile(
    r"dump|load|json|serial|decod|encod|convert|clean|pars|from_|to_|marshal|dict|replace|copy|sort|list|tuple|chain|filter|revers|enumerate|zip|iter|next|cast|quote|str|repr|pickle|normal|frame",
    re.IGNORECASE,
)
VERIFIES: Final = re.compile(
    r"verif|authenticat|introspect|get_user$|validate_token|decode_token|check_token|current_user|parse_id_token|get_signing_key|unsign",
    re.IGNORECASE,
)
UNVERIFIED: Final = re.compile(r"unverified", re.IGNORECASE)
SEALS: Final = re.compile(
    r"\b(encrypt|decrypt|sign|unsign|dumps_signed|seal|unseal|hmac|digest|hexdigest|sha\d+|md5|blake2\w*|hash|hashpw|encode_jwt)\b",
    re.IGNORECASE,
)
SIGNED: Final = re.compile(
    r"fernet|itsdangerous|hmac|hashlib|nacl|cryptography|bcrypt|passlib|argon2|jwt|jose|hashids|signer|URLSafe\w*Serializer",
    re.IGNORECASE,
)
# What a container is asked with a class, for an object of it.
RESOLVES: Final = frozenset({"resolve", "get", "aget", "provide", "get_instance", "Injected", "Inject"})
FORGETS: Final = frozenset(
    [
        "builtins.len",
        "builtins.bool",
        "builtins.isinstance",
        "builtins.hasattr",
        "builtins.print",
        "builtins.callable",
        "builtins.id",
        "builtins.hash",
        "builtins.type",
        "builtins.any",
        "builtins.all",
        "builtins.issubclass",
        "builtins.abs",
        "builtins.range",
        "builtins.open",
        "builtins.vars_",
    ]
)


def typed(path: str) -> Value:
    """Any value of a library's type."""
    if path in {"fastapi.Request", "starlette.requests.Request", "fastapi.requests.Request"}:
        return made("fastapi.Request")
    if path in {"fastapi.FastAPI", "fastapi.applications.FastAPI"}:
        return made("fastapi.app")
    if path.endswith("fastapi_jwt_auth.AuthJWT"):
        return made("fastapi_jwt_auth.AuthJWT")
    return aiodynamo.typed(path) if path.startswith("aiodynamo") else stores.typed(path)


def subclassed(cls: Class, args: Arguments, site: Site) -> Value | None:
    """An object of a class that extends what the analysis knows of a library."""
    last = {path.rpartition(".")[2] for path in cls.libraries if path.startswith(("fastapi", "starlette"))}
    if last & {"JSONResponse", "Response", "ORJSONResponse", "StreamingResponse"} and cls.method("__init__") is None:
        return of(
            Made(
                "fastapi.Response",
                (("content", args.at(0, "content") or UNKNOWN), ("status", args.at(1, "status_code") or UNKNOWN)),
                site.region,
            )
        )
    return None


def opaque(marks: Marks, args: Arguments, *, keeps: bool = True) -> Value:
    """What something unknown gives: it may hold whatever it was given, but hardly an item as a whole unless it converts."""
    found = remarked(Value((), marks | args.marks), _changed)
    return found if keeps else remarked(found, _part)


def _changed(mark: Mark) -> Mark:
    """What something unknown made of a part of a request: whether there are names in it is not known."""
    return replace(mark, part=False) if mark.part else mark


def _part(mark: Mark) -> Mark:
    return mark.inside("?") if mark.whole else mark


def call(machine: Machine, path: str, receiver: Value, args: Arguments, site: Site) -> Value:
    """What calling something of a library gives. `receiver` is the object, for methods."""
    for known in (stores.call, mapped.call, aiodynamo.call, records.call, web.call):
        found = known(machine, path, receiver, args, site)
        if found is not None:
            return found
    exact = _EXACT.get(path)
    if exact is not None:
        return exact(machine, args, site)
    owner, _, name = path.rpartition(".")
    found = _of_model(machine, owner, name, receiver, args, site)
    if found is None and owner in {"dict", "list", "str", "?"}:
        found = methods.call(machine, owner, name, receiver, args, site)
    if found is None:
        found = _method_of_made(machine, path, receiver, args, site)
    return found if found is not None else _known(machine, path, owner, name, receiver, args, site)


# Models and objects


def _of_model(machine: Machine, owner: str, name: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    if owner == "object" and name == "__init__":
        return _base_init(receiver, args, site)
    if name == "__new__" and owner in {"object", "builtins.object"}:
        return of(*(Instance(shape.cls) for shape in (args.positional[0] if args.positional else receiver).only(Type)))
    if owner not in {"model()", "entity()", "dyntastic()", "?", "dict", "list"}:
        return None
    if name in {"dict", "model_dump", "asdict", "to_dict", "_asdict"} and (receiver.has(Instance) or not receiver.shapes):
        return models.dumped(receiver, args)
    if name in {"json", "model_dump_json"} and receiver.has(Instance):
        dumped = models.dumped(receiver, args)
        return of(Made("json.text", (("of", dumped),)), marks=deep_marks(dumped))
    shape = receiver.one(Type)
    if shape is not None and name in {"model_validate", "parse_obj", "from_orm", "validate", "construct", "model_construct", "from_dict"}:
        given = args.at(0, "obj")
        if given is None and args.keywords:
            return models.construct(machine, shape.cls, args, site)
        return models.conform(machine, given or UNKNOWN, machine.class_type(shape.cls))
    if shape is not None and name in {"parse_raw", "model_validate_json"}:
        return models.conform(machine, Value((), args.marks), machine.class_type(shape.cls))
    return None


def _base_init(receiver: Value, args: Arguments, site: Site) -> Value:
    """`super().__init__` of a library's base: what it is given stays with the object."""
    shape = receiver.one(Instance)
    frame = site.frame
    if shape is not None and frame is not None and frame.first is not None and args.all:
        held = frame.names.get(frame.first, receiver).one(Instance) or shape
        for name, value in args.keywords:
            held = held.put(name, value)
        frame.names[frame.first] = of(held.put("args", fixed(args.positional)) if args.positional else held)
    return NONE


# Verification, sealing, the rest


def _known(machine: Machine, path: str, owner: str, name: str, receiver: Value, args: Arguments, site: Site) -> Value:
    marks = args.marks
    everything = marks | deep_marks(receiver)
    credential = any(mark.place is Place.CREDENTIAL for mark in everything)
    if name[:1].isupper() and not path.endswith("()"):
        return Value((Made(path, (), site.region),), opaque(deep_marks(receiver), args, keeps=bool(KEEPS.search(name))).marks)
    if UNVERIFIED.search(path):
        return Value((), frozenset(_believed(mark) for mark in everything))
    if path in {"jwt.decode", "jose.jwt.decode", "jwt.api_jwt.decode", "authlib.jose.jwt.decode"} or (credential and VERIFIES.search(name)):
        return _verified(machine, path, everything, args, site)
    if credential and owner.startswith(("aws.", "httpx", "requests", "aiohttp", "firebase_admin", "google", "supabase", "cognitojwt")):
        return _verified(machine, path, everything, args, site)
    if credential and SIGNED.search(path) and re.search(r"load|unsign|decrypt|decode|verify", name):
        return _verified(machine, path, everything, args, site)
    if SIGNED.search(path) or SEALS.search(name):
        return _sealed(everything, site)
    if Kind.PRINCIPAL in {mark.kind for mark in everything} and re.search(
        r"enforce|authoriz|authoris|permission|allow|can_|check|require", name, re.IGNORECASE
    ):
        machine.emit(Compared(site.region, site.function, (), everything, f"{name} role"))
    if path.endswith("()"):
        return Value((), everything)
    keeps = bool(KEEPS.search(name)) or owner in {"?", "dict", "list", "str"}
    return opaque(deep_marks(receiver), args, keeps=keeps)


def _believed(mark: Mark) -> Mark:

    return replace(mark, place=Place.HEADER) if mark.place is Place.CREDENTIAL else mark


def _verified(machine: Machine, path: str, marks: Marks, args: Arguments, site: Site) -> Value:
    options = args.named("options")
    off = args.named("verify")
    for held in ([off] if off is not None else []) + [
        each for shape in (options.only(Mapping) if options else ()) for key, each in shape.known if key.startswith("verify_sig")
    ]:
        if held.truth is False:
            return Value((), frozenset(_believed(mark) for mark in marks))
    web.asks(machine, site, path, sure=False)
    return Value((), frozenset({Mark(Kind.PRINCIPAL, path.rpartition(".")[2], site.region)}))


def _sealed(marks: Marks, site: Site) -> Value:
    """What is encrypted, signed or hashed: it tells a client nothing, and a client cannot have made it."""
    kept = frozenset(mark for mark in marks if mark.kind is Kind.PRINCIPAL)
    kept |= {replace(mark, checked=True, plain=True) for mark in marks if mark.place is Place.CREDENTIAL}  # a key that is kept as a digest
    return Value((), kept | {Mark(Kind.SEALED, "", site.region)})


def _through(machine: Machine, args: Arguments, site: Site) -> Value:
    """`to_thread(f, *args)` and the like."""
    return machine.call(args.positional[0], args.without(1), site) if args.positional else UNKNOWN


def _executor(machine: Machine, args: Arguments, site: Site) -> Value:
    return machine.call(args.positional[1], args.without(2), site) if len(args.positional) > 1 else UNKNOWN


def _partial(machine: Machine, args: Arguments, site: Site) -> Value:
    return of(Partial(args.positional[0], args.positional[1:], args.keywords)) if args.positional else UNKNOWN


def _gather(machine: Machine, args: Arguments, site: Site) -> Value:
    return sequence(args.rest) if args.rest is not None else fixed(args.positional)


def _same(machine: Machine, args: Arguments, site: Site) -> Value:
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
    return remarked(Value((), marks), _part)


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


def _map(machine: Machine, args: Arguments, site: Site) -> Value:
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


def _provider(machine: Machine, args: Arguments, site: Site) -> Value:
    return of(
        Made(
            "provider",
            (
                ("function", args.positional[0] if args.positional else UNKNOWN),
                *((f"#{i}", each) for i, each in enumerate(args.positional[1:])),
                *args.keywords,
            ),
        )
    )


def _constant_provider(machine: Machine, args: Arguments, site: Site) -> Value:
    return of(Made("provider", (("value", args.positional[0] if args.positional else UNKNOWN),)))


def _provide(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    shape = receiver.one(Made)
    if shape is None:
        return UNKNOWN
    held = shape.get("value")
    if held is not None:
        return held
    resolved = [(key, _resolved(machine, value, site)) for key, value in shape.given if key != "function"]
    positional = tuple(value for key, value in resolved if key.startswith("#"))
    keywords = tuple((key, value) for key, value in resolved if not key.startswith("#"))
    return machine.call(shape.get("function") or UNKNOWN, args.after(positional, keywords), site)


def _resolved(machine: Machine, value: Value, site: Site) -> Value:
    return (
        join_all(
            _provide(machine, of(shape), Arguments(), site)
            if isinstance(shape, Made) and shape.path == "provider"
            else of(shape, marks=value.marks)
            for shape in value.shapes
        )
        if value.shapes
        else value
    )


def _cast(machine: Machine, args: Arguments, site: Site) -> Value:
    return _second(machine, args, site)


def _nothing(machine: Machine, args: Arguments, site: Site) -> Value:
    return UNKNOWN


_EXACT: Final[dict[str, Callable[[Machine, Arguments, Site], Value]]] = {
    **dict.fromkeys(
        [
            "asyncio.to_thread",
            "anyio.to_thread.run_sync",
            "starlette.concurrency.run_in_threadpool",
            "fastapi.concurrency.run_in_threadpool",
            "asgiref.sync.sync_to_async()",
            "builtins.apply",
        ],
        _through,
    ),
    **dict.fromkeys(["functools.partial"], _partial),
    **dict.fromkeys(["asyncio.gather"], _gather),
    **dict.fromkeys(
        [
            "asyncio.wait_for",
            "asyncio.create_task",
            "asyncio.shield",
            "asyncio.run",
            "copy.copy",
            "copy.deepcopy",
            "builtins.iter",
            "builtins.reversed",
            "builtins.frozenset_",
            "asyncio.ensure_future",
            "functools.lru_cache()",
            "functools.cache",
            "functools.lru_cache",
            "functools.wraps()",
            "contextlib.asynccontextmanager",
            "contextlib.contextmanager",
            "asgiref.sync.sync_to_async",
            "contextlib.closing",
        ],
        _same,
    ),
    **dict.fromkeys(
        ["json.dumps", "orjson.dumps", "simplejson.dumps", "ujson.dumps", "json.JSONEncoder().encode", "dynamodb_json.json_util.dumps"],
        _flat,
    ),
    **dict.fromkeys(["json.loads", "orjson.loads", "simplejson.loads", "ujson.loads"], _loads),
    "csv.DictReader": _rows,
    "collections.namedtuple": _named_tuple,
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
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.zip": _zip,
    "builtins.enumerate": _enumerate,
    **dict.fromkeys(["builtins.next", "builtins.anext"], _next),
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    **dict.fromkeys(["builtins.vars", "dataclasses.asdict"], _vars),
    **dict.fromkeys(
        [
            "boto3.dynamodb.conditions.Key",
            "boto3.dynamodb.conditions.Attr",
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
        _provider,
    ),
    **dict.fromkeys(["dependency_injector.providers.Object"], _constant_provider),
    **dict.fromkeys(["typing.cast"], _cast),
    **dict.fromkeys(sorted(FORGETS - {"builtins.bool", "builtins.len", "builtins.type"}), _nothing),
}


def _context(machine: Machine, name: str, receiver: Value, args: Arguments) -> Value:
    """A context variable: what is set anywhere may be got anywhere."""
    shape = receiver.one(Made)
    key = f"context {shape.site}" if shape is not None else ""
    if name == "set" and args.positional:
        known = machine.registry.state.get(key)
        machine.registry.state[key] = args.positional[0] if known is None else join(known, args.positional[0])
        return UNKNOWN
    return machine.registry.state.get(key, UNKNOWN)


def _picked(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    """What `itemgetter(...)` picks."""
    shape = receiver.one(Made)
    keys = [value for _, value in shape.given] if shape is not None else []
    found = [attributes.item(machine, args.positional[0] if args.positional else UNKNOWN, key, site) for key in keys]
    return found[0] if len(found) == 1 else fixed(found)


def _deserialized(value: Value) -> Value:
    """A typed value without its tag."""
    shape = value.one(Mapping)
    if shape is not None and len(shape.known) == 1 and shape.known[0][0] in attributes.TAGS:
        return shape.known[0][1]
    return value


def _jwt_auth(machine: Machine, name: str, site: Site) -> Value:
    """fastapi-jwt-auth: a method asks for a token, others say whose it is."""
    if name.endswith("required"):
        web.asks(machine, site, f"AuthJWT.{name}")
    return Value((), frozenset({Mark(Kind.PRINCIPAL, name, site.region)}))


def _method_of_made(machine: Machine, path: str, receiver: Value, args: Arguments, site: Site) -> Value | None:
    wanted = args.positional[0].one(Type) if len(args.positional) == 1 else None
    if wanted is not None and path.rpartition(".")[2] in RESOLVES:
        return machine.typed(machine.class_type(wanted.cls))
    if path in {"provider()", "provider().provided", "provider().__call__"}:
        return _provide(machine, receiver, args, site)
    if path.startswith("boto3.condition()."):
        held = tuple((f"#{place}", each) for place, each in enumerate(args.positional))
        shape = receiver.one(Made)
        return of(Made("boto3.condition", (*(shape.given if shape else ()), *held)), marks=receiver.marks)
    if path.startswith("pydantic.adapter().validate"):
        shape = receiver.one(Made)
        type_ = machine.type_from((shape.get("type") if shape else None) or UNKNOWN)
        return models.conform(machine, args.positional[0] if args.positional else UNKNOWN, type_)
    name = path.rpartition(".")[2]
    if path.startswith("fastapi_jwt_auth.AuthJWT()."):
        return _jwt_auth(machine, name, site)
    if name in {"run_in_executor"}:
        return _executor(machine, args, site)
    if (name == "map" and "Executor" in path) or path.startswith("multiprocessing"):
        return _map(machine, args, site)
    if (
        name == "submit"
        and args.positional
        and any(isinstance(shape, Closure | Partial | Type) or shape.__class__.__name__ == "Bound" for shape in args.positional[0].shapes)
    ):
        return _through(machine, args, site)
    if path.startswith("re.compile()"):
        return proof(checked(args.positional[0] if args.positional else UNKNOWN))
    if path.startswith("exception."):
        return UNKNOWN if path == "exception.RequestValidationError().errors" else Value((), receiver.marks)
    if path in {"contextvars.ContextVar().set", "contextvars.ContextVar().get"}:
        return _context(machine, name, receiver, args)
    if path == "operator.itemgetter()":
        return _picked(machine, receiver, args, site)
    if name == "deserialize" and "Deserializer" in path:
        return _deserialized(_same(machine, args, site))
    if path.startswith("json.text()"):
        return receiver
    return None
