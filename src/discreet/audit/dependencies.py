"""Dependencies: a route's parameters as FastAPI would fill them, each dependency called once."""

from __future__ import annotations

import ast
import re
from typing import Any, Final

from discreet.audit import attributes, libraries, models, web
from discreet.audit.calls import Arguments, Site, parameters
from discreet.audit.classes import Class
from discreet.audit.credentials import principal
from discreet.audit.frames import Frame
from discreet.audit.machine import Machine
from discreet.audit.project import Module, region
from discreet.audit.trace import Compared, Guarded
from discreet.audit.types import ANY, Metadata, TypeRef, bounds
from discreet.audit.values import (
    UNKNOWN,
    Bound,
    Closure,
    Instance,
    Kind,
    Made,
    Mark,
    Named,
    Partial,
    Place,
    Sequence,
    Type,
    Value,
    deep_marks,
    join_all,
    made,
    of,
)
from discreet.findings import Region

__all__ = ["Call"]

AUTHENTICATES: Final = re.compile(
    r"auth|current_?(\w+_)?(super)?user|verify|login|jwt|cognito|require|bearer|principal|azure_scheme|token|current_?active|oidc|api_?key",
    re.IGNORECASE,
)
ADMINS: Final = re.compile(
    r"admin|superuser|moderator|operator|internal|require_role|has_role|has_permission|require_permission|"
    r"(require|ensure|check|assert|must_be|only|is|verify)_?staff|staff_?(only|required|member_required)",
    re.IGNORECASE,
)
SENT: Final = frozenset(f"builtins.{name}" for name in ("str", "int", "float", "bytes", "dict", "list"))
INJECTED: Final = frozenset({"FromDishka", "Inject", "Injected", "FromComponent"})
FORMS: Final = frozenset({"OAuth2PasswordRequestForm", "OAuth2PasswordRequestFormStrict"})


class Call:
    """One call of a route: its dependencies are called once each."""

    def __init__(self, machine: Machine, path: str) -> None:
        self.machine = machine
        self.names = set(re.findall(r"\{(\w+)", path))
        self.principal = False
        self._held: dict[object, Value] = {}
        self._open: list[object] = []

    def receiver(self, handler: Value, closure: Closure) -> Value | None:
        """The object of a class-based view, with its dependencies. None for what needs none, or is bound already."""
        if closure.owner is None or any(isinstance(shape, Bound) for shape in handler.shapes):
            return None
        if any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in closure.node.decorator_list):
            return None
        found = self._made(closure.owner)
        shape = found.one(Instance)
        if shape is None:
            return found
        for each in reversed(closure.owner.lineage):
            for node in each.node.body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    type_ = self.machine.type_of(node.annotation, each.module)
                    value = self._parameter(node.target.id, type_, node.value, each.module, None, node)
                    shape = shape.put(node.target.id, value)
                elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call):
                    held = self.machine.class_frame(each).names.get(node.targets[0].id, UNKNOWN)
                    if any(isinstance(inner, Made) and inner.path == "fastapi.depends" for inner in held.shapes):
                        shape = shape.put(node.targets[0].id, self.depend(held, ANY))
        return of(shape)

    def given(self, node: Any, module: Module, frame: Frame | None, *, skip: bool = False, owner: Class | None = None) -> dict[str, Value]:
        """The values of a function's parameters. What annotates a method's may be a name of its class."""
        around = self.machine.class_frame(owner) if owner is not None and frame is None else None
        found: dict[str, Value] = {}
        for place, (arg, default) in enumerate(parameters(node)):
            if skip and place == 0:
                continue
            scope = frame or around or self.machine.load(module)
            type_ = self.machine.type_in(arg.annotation, scope) if arg.annotation is not None else ANY
            found[arg.arg] = self._parameter(arg.arg, type_, default, module, frame or around, arg)
        return found

    def _parameter(self, name: str, type_: TypeRef, default: ast.expr | None, module: Module, frame: Frame | None, node: ast.AST) -> Value:
        scope = Frame(module, name, outer=frame)
        for metadata in (*type_.metadata, *type_.bare.metadata):
            if metadata.name in {"Depends", "Security"}:
                inner = frame if frame is not None and metadata.module is module else None
                value = self.machine.evaluate(metadata.node, Frame(metadata.module, name, outer=inner))
                return self.depend(value, type_)
        if isinstance(default, ast.Call | ast.Subscript | ast.Name):
            value = self.machine.evaluate(default, scope)
            if any(isinstance(shape, Made) and shape.path in {"fastapi.depends", "fastapi.scheme"} for shape in value.shapes):
                return self.depend(value, type_)
        return self._asked(name, type_, default, module, node)

    def _asked(self, name: str, type_: TypeRef, default: ast.expr | None, module: Module, node: ast.AST) -> Value:
        at = region(module, node)
        bare = type_.bare
        if bare.name in {"Request", "HTTPConnection", "WebSocket"}:
            return made("fastapi.Request", at)
        if bare.name in {"Response", "BackgroundTasks", "SecurityScopes"} and bare.cls is None:
            return made(f"fastapi.{bare.name}Parameter", at)
        held = bare.args[0].bare if bare.name in INJECTED and bare.args else bare
        if held.cls is not None and not held.cls.model and not held.cls.enum and not held.cls.libraries & SENT:
            return self._made(held.cls)  # no request can bring it: a container that the analysis does not know does
        metadata = (Metadata(default, module),) if isinstance(default, ast.Call) else ()
        place = self._place(name, type_, metadata)
        extra = bounds(type_, metadata)
        mark = Mark(Kind.REQUEST, name, at, place, extra.checked, extra.plain, extra.bounded)
        return models.asked(self.machine, type_, mark)

    def _place(self, name: str, type_: TypeRef, metadata: tuple[Metadata, ...]) -> Place:
        if name in self.names:
            return Place.PATH
        if name.lower() in web.ASKED_FOR:
            return Place.CREDENTIAL
        for each in (*metadata, *type_.metadata, *type_.bare.metadata):
            if each.name in {"Header", "Cookie"}:
                alias = each.keyword("alias")
                called = str(alias.value) if isinstance(alias, ast.Constant) else name
                return Place.CREDENTIAL if each.name == "Cookie" or web.is_credential(called) else Place.HEADER
            if each.name in {"Body", "Form", "File"}:
                return Place.BODY
            if each.name == "Query":
                return Place.QUERY
        bare = type_.bare
        sent = (bare.cls is not None and bare.cls.model) or bare.name in models.DICTS or bare.name in models.LISTS
        return Place.BODY if sent else Place.QUERY

    # Dependencies

    def depend(self, value: Value, type_: TypeRef) -> Value:
        """What a dependency gives."""
        found: list[Value] = []
        for shape in value.shapes:
            if isinstance(shape, Made) and shape.path == "fastapi.depends":
                inner = shape.get("dependency")
                text = (shape.get("text") or UNKNOWN).text or ""
                if inner is not None and not inner.shapes and AUTHENTICATES.search(text):
                    found.append(self._outside(text, shape.site))
                else:
                    found.append(self._resolve(inner, type_) if inner is not None else self._of_type(type_))
            elif isinstance(shape, Made) and shape.path == "fastapi.scheme":
                found.append(self._resolve(of(shape), type_))
        return join_all(found)

    def _of_type(self, type_: TypeRef) -> Value:
        if type_.bare.name in FORMS and type_.bare.cls is None:
            return made("fastapi.form", web.NOWHERE)
        return self._made(type_.bare.cls) if type_.bare.cls is not None else libraries.typed(type_.bare.path)

    def _resolve(self, value: Value, type_: TypeRef) -> Value:
        if value not in self._held:
            if value in self._open:
                return UNKNOWN
            self._open.append(value)
            begun = len(self.machine.trace)
            found = join_all(self._called(shape, type_) for shape in value.shapes) if value.shapes else self._of_type(type_)
            self._open.pop()
            found = principal(found, self.machine.trace[begun:])
            self.principal = self.principal or any(mark.kind is Kind.PRINCIPAL and mark.name != "role" for mark in deep_marks(found))
            self._held[value] = found
        return self._held[value]

    def _called(self, shape: object, type_: TypeRef) -> Value:
        match shape:
            case Closure(node=node) if id(node) in self.machine.registry.overrides and node not in self._open:
                self._open.append(node)
                found = join_all(self._called(each, type_) for each in self.machine.registry.overrides[id(node)].shapes)
                self._open.pop()
                return found
            case Closure():
                return self._function(of(shape), shape, shape)
            case Bound(function=function, receiver=receiver):
                closure = function.one(Closure)
                return self._function(of(shape), closure, closure, bound=True) if closure else self._library(function, receiver)
            case Type(cls=cls):
                return self._made(cls)
            case Instance(cls=cls) if cls.method("__call__"):
                node, owner = cls.method("__call__") or (None, cls)
                site = Site(owner.module, node, cls.name)  # type: ignore[arg-type]
                bound = attributes.get(self.machine, of(shape), "__call__", site)
                return self._function(bound, None, Closure(node, owner.module, owner), bound=True)
            case Instance(cls=cls) if kind := web.scheme_of(cls):
                return web.presented(self.machine, kind, region(cls.module, cls.node))
            case Made(path="fastapi.scheme"):
                return self._scheme(shape)
            case Made(path="provider"):
                return libraries.call(self.machine, "provider()", of(shape), Arguments(), Site(self._module(), ast.Pass(), ""))
            case Made(path=path) if path.startswith("discreet."):
                return libraries.call(self.machine, f"{path}()", of(shape), Arguments(), Site(self._module(), ast.Pass(), ""))
            case Made(path=path, site=at):
                return self._outside(path, at)
            case Named(path=path):
                return self._outside(path, None)
            case Partial(function=function):
                closure = web.function_of(function)
                return self._function(of(shape), closure, closure) if closure else UNKNOWN
            case _:
                pass
        return UNKNOWN

    def _module(self) -> Module:
        return next(iter(self.machine.project.modules.values()))

    def _library(self, function: Value, receiver: Value) -> Value:
        named = function.one(Named)
        shape = receiver.one(Made)
        return self._outside(named.path if named else "", shape.site if shape else None)

    def _outside(self, path: str, at: Region | None) -> Value:
        """A dependency of a library: by its name it may ask who calls."""
        if not AUTHENTICATES.search(path) or "optional" in path.rpartition(".")[2]:
            return UNKNOWN
        where = at or web.NOWHERE
        self.machine.emit(Guarded(where, "", (), path))
        self._ask_role(path.rpartition(".")[2], "", where)
        return Value((), frozenset({Mark(Kind.PRINCIPAL, path.rpartition(".")[2], where)}))

    def _ask_role(self, name: str, function: str, at: Region) -> None:
        """Write down that a dependency asks for a role, where its name says so."""
        if ADMINS.search(name):
            self.machine.emit(Compared(at, function, (), frozenset({Mark(Kind.PRINCIPAL, "role", at)}), "role"))

    def _scheme(self, shape: Made) -> Value:
        kind = next((each.path for each in (shape.get("kind") or UNKNOWN).only(Named)), "")
        silent = (shape.get("auto_error") or UNKNOWN).truth is False
        return web.presented(self.machine, kind, shape.site or web.NOWHERE, silent=silent)

    def _function(self, function: Value, closure: Closure | None, signature: Closure | None, *, bound: bool = False) -> Value:
        signed = (signature.wraps or signature) if signature is not None else None
        if signed is None:
            return UNKNOWN
        given = self.given(signed.node, signed.module, signed.frame, skip=bound, owner=signed.owner)
        self._ask_role(signed.name, signed.name, region(signed.module, signed.node))
        found = self.machine.call(function, Arguments((), tuple(given.items())), Site(signed.module, signed.node, signed.name))
        if _generates(signed.node):
            return join_all(shape.element for shape in found.only(Sequence)) if found.one(Sequence) else found
        return found

    def _made(self, cls: Class) -> Value:
        """An object of a class that is a dependency: its constructor's parameters are those of the request."""
        found = cls.method("__init__")
        if cls.model and found is None:
            fields = tuple((name, self._field(cls, name)) for name in cls.fields)
            return of(Instance(cls, fields))
        if found is None or cls in self._open:
            return self.machine.typed(TypeRef(cls=cls))
        self._open.append(cls)
        given = self.given(found[0], found[1].module, None, skip=True)
        self._open.pop()
        return self.machine.instantiate(cls, Arguments((), tuple(given.items())), Site(cls.module, cls.node, cls.name))

    def _field(self, cls: Class, name: str) -> Value:
        each = cls.fields[name]
        type_ = models.field_type(self.machine, cls, name)
        return self._parameter(name, type_, each.default, each.module, None, each.annotation or cls.node)


def _generates(node: Any) -> bool:
    """Whether a function yields, itself."""
    stack: list[ast.AST] = [] if isinstance(node, ast.Lambda) else list(node.body)
    while stack:
        each = stack.pop()
        if isinstance(each, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack += ast.iter_child_nodes(each)
    return False
