"""What calls of libraries give: those that the analysis must understand; any other is opaque and keeps the marks of its arguments."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from discreet.audit import aiodynamo, attributes, functions, mapped, methods, models, providers, records, stores, web
from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class
from discreet.audit.trace import Compared
from discreet.audit.values import (
    NONE,
    UNKNOWN,
    Closure,
    Instance,
    Kind,
    Made,
    Mapping,
    Mark,
    Marks,
    Partial,
    Place,
    Type,
    Value,
    deep_marks,
    fixed,
    join,
    made,
    of,
    remarked,
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
    return found if keeps else remarked(found, functions.part_of)


def _changed(mark: Mark) -> Mark:
    """What something unknown made of a part of a request: whether there are names in it is not known."""
    return replace(mark, part=False) if mark.part else mark


def call(machine: Machine, path: str, receiver: Value, args: Arguments, site: Site) -> Value:
    """What calling something of a library gives. `receiver` is the object, for methods."""
    for known in (stores.call, mapped.call, aiodynamo.call, records.call, web.call):
        found = known(machine, path, receiver, args, site)
        if found is not None:
            return found
    exact = functions.EXACT.get(path)
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


def _context(machine: Machine, name: str, receiver: Value, args: Arguments) -> Value:
    """A context variable: what is set anywhere may be got anywhere."""
    shape = receiver.one(Made)
    key = f"context {shape.site}" if shape is not None else ""
    if name == "set" and args.positional:
        known = machine.registry.state.get(key)
        machine.registry.state[key] = args.positional[0] if known is None else join(known, args.positional[0])
        return UNKNOWN
    return machine.registry.state.get(key, UNKNOWN)


def _buffered(machine: Machine, name: str, receiver: Value, args: Arguments) -> Value:
    """A file in memory, or what writes rows into one: what is written on the way may be read back."""
    shape = receiver.one(Made)
    held = shape.get("file") if shape is not None else None
    file = held.one(Made) if held is not None else shape
    key = str(file.site) if file is not None else ""
    known = machine.buffers.get(key, UNKNOWN)
    if not name.startswith("write"):
        return known
    machine.buffers[key] = Value((), deep_marks(known) | frozenset().union(*(deep_marks(each) for each in args.all)))
    return UNKNOWN


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
        return providers.provide(machine, receiver, args, site)
    if path.startswith("boto3.condition()."):
        held = tuple((f"#{place}", each) for place, each in enumerate(args.positional))
        shape = receiver.one(Made)
        return of(Made("boto3.condition", (*(shape.given if shape else ()), *held)), marks=receiver.marks)
    if path.startswith("pydantic.adapter().validate"):
        shape = receiver.one(Made)
        type_ = machine.type_from((shape.get("type") if shape else None) or UNKNOWN)
        return models.conform(machine, args.positional[0] if args.positional else UNKNOWN, type_)
    name = path.rpartition(".")[2]
    if path.startswith("fastapi_users.") and name == "current_user":
        told = next((each for each in ("optional", "superuser") if (args.named(each) or UNKNOWN).truth), "user")
        return made(f"fastapi_users.current_{told}", site.region)
    if path.startswith("fastapi_jwt_auth.AuthJWT()."):
        return _jwt_auth(machine, name, site)
    if name in {"run_in_executor"}:
        return functions.in_executor(machine, args, site)
    if (name == "map" and "Executor" in path) or path.startswith("multiprocessing"):
        return functions.mapped_over(machine, args, site)
    if (
        name == "submit"
        and args.positional
        and any(isinstance(shape, Closure | Partial | Type) or shape.__class__.__name__ == "Bound" for shape in args.positional[0].shapes)
    ):
        return functions.through(machine, args, site)
    if path.startswith("re.compile()"):
        return proof(checked(args.positional[0] if args.positional else UNKNOWN))
    if path.startswith("exception."):
        return UNKNOWN if path == "exception.RequestValidationError().errors" else Value((), receiver.marks)
    if path in {"contextvars.ContextVar().set", "contextvars.ContextVar().get"}:
        return _context(machine, name, receiver, args)
    if path.startswith(("io.StringIO().", "io.BytesIO().", "csv.writer().")):
        return _buffered(machine, name, receiver, args)
    if path == "operator.itemgetter()":
        return _picked(machine, receiver, args, site)
    if name == "deserialize" and "Deserializer" in path:
        return _deserialized(functions.same(machine, args, site))
    if path.startswith("json.text()"):
        return receiver
    return None
