"""The machine: it walks through functions with abstract values, and writes down what happens.

One call with the same arguments is walked once. Fuel and depth bound every run: past them a call is opaque, and what
it gives holds the marks of what it was given.
"""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from discreet.audit import attributes, expressions, libraries, models, statements
from discreet.audit.calls import Arguments, Site, bind, written_back
from discreet.audit.classes import Class, project_class
from discreet.audit.frames import LIGHT, Exit, Frame, merged
from discreet.audit.project import Definition, FunctionDef, Library, Module, Project
from discreet.audit.trace import Event, Facts, Hop, through
from discreet.audit.types import TypeRef, type_of
from discreet.audit.values import (
    LARGEST,
    NONE,
    UNKNOWN,
    Alias,
    Bound,
    Closure,
    Constant,
    Instance,
    Made,
    Missing,
    ModuleShape,
    Named,
    Partial,
    Sequence,
    Type,
    Value,
    bounded,
    deep_marks,
    fixed,
    join,
    join_all,
    of,
    settled,
)
from discreet.audit.verdicts import verdict_of
from discreet.audit.web import Registry
from discreet.findings import Region, Unparsed

__all__ = ["Machine"]

DEEPEST_CALL: Final = 32
DEEPEST_NODE: Final = 400
FUEL: Final = 40_000
LEAST: Final = 300


@dataclass(frozen=True, slots=True)
class _Walked:
    """What walking a function with certain arguments gave."""

    value: Value
    writes: tuple[tuple[str, Value], ...]
    facts: Facts
    events: tuple[Event, ...]
    dead: bool = False


class Machine:
    """Walks through the functions of a project. `registry` is what it learns about apps, routers and shared state."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.registry = Registry()
        self.trace: list[Event] = []
        self.fuel = FUEL
        self._spent = 0
        self.deep: set[str] = set()
        self.buffers: dict[str, Value] = {}
        self.lost: list[Unparsed] = []
        self.watching: set[int] = set()
        self.walked: set[int] = set()
        self._nodes = 0
        self._frames: dict[str, Frame] = {}
        self.calls: list[object] = []
        self._running: list[Closure] = []
        self._memo: dict[object, _Walked] = {}
        self._written: dict[tuple[object, str], Value] = {}
        self._primed: set[object] = set()
        self._making: list[Class] = []
        self._bodies: dict[Class, Frame] = {}
        self._unnamed: dict[Region, Class] = {}
        self._filling: set[tuple[Class, str]] = set()
        self._finding: set[tuple[int, str]] = set()

    # Modules and names

    def load(self, module: Module) -> Frame:
        """Walk through the top level of a module, once."""
        frame = self._frames.get(module.path)
        if frame is None:
            frame = self._frames[module.path] = Frame(module, "<module>", top=True)
            with self.apart():
                statements.execute(self, module.tree.body, frame)
        return frame

    @contextmanager
    def apart(self) -> Generator[list[Event]]:
        """Walk through something that is no part of the current run: its events and fuel are its own."""
        trace, fuel = self.trace, self.fuel
        calls, running = self.calls, self._running
        self.trace, self.calls, self._running = [], [], []
        self.fuel = self._ration
        try:
            yield self.trace
        finally:
            self._spent += self.fuel < 0
            self.trace, self.fuel, self.calls, self._running = trace, fuel, calls, running

    def begin(self) -> None:
        """Begin another run: with an empty trace, and fuel anew."""
        self._spent += self.fuel < 0
        self.trace, self.fuel = [], self._ration
        self.buffers.clear()

    @property
    def _ration(self) -> int:
        """The fuel of a run. Code that spends it all again and again is given less and less: hostile code does not hold up the others."""
        return max(FUEL >> self._spent, LEAST)

    def name(self, name: str, frame: Frame) -> Value:
        """What a name holds in a frame."""
        found = frame.names.get(name) if name not in frame.globals else None
        outer = frame.outer
        while found is None and outer is not None:
            found, outer = outer.names.get(name), outer.outer
        if found is not None and not frame.top:
            return found
        return self.global_name(frame.module, name)

    def global_name(self, module: Module, name: str) -> Value:
        """What a name of a module's top level holds, in any order of imports, with what functions write to it."""
        frame = self.load(module)
        self._prime(module)
        found = frame.names.get(name)
        if found is None:
            found = self._lazily(module, name)
        more = self._written.get((module.path, name))
        return found if more is None else join(found, more)

    def _lazily(self, module: Module, name: str) -> Value:
        key = (id(module), name)
        if key in self._finding:
            return UNKNOWN
        self._finding.add(key)
        try:
            found = self.project.resolve(module, name)
            if isinstance(found, Definition) and found.module is module:
                return self._defined(found)
            return self.value_of(found) if found is not None else of(Named(f"builtins.{name}"))
        finally:
            self._finding.discard(key)

    def _defined(self, found: Definition) -> Value:
        """A definition whose module has not come to it yet."""
        self.fuel -= 5
        if isinstance(found.node, ast.ClassDef):
            return of(Type(project_class(self.project, found.module, found.node)))
        if isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return of(Closure(found.node, found.module))
        return self.evaluate(found.node, self._frames[found.module.path])

    def value_of(self, found: Definition | Module | Library | None) -> Value:
        """The value of what a name leads to."""
        match found:
            case Definition(module=module, name=name):
                return self.global_name(module, name)
            case Module():
                return of(ModuleShape(found))
            case Library(path=path):
                return of(Named(path))
            case _:
                pass
        return UNKNOWN

    def write_global(self, owner: object, name: str, value: Value) -> None:
        """Let a name of a module, class or shared state also hold a value, from anywhere and for all time."""
        known = self._written.get((owner, name))
        self._written[(owner, name)] = value if known is None else join(known, value)

    def written(self, owner: object, name: str) -> Value | None:
        """What was written so."""
        return self._written.get((owner, name))

    def _prime(self, module: Module) -> None:
        """Walk once through the functions that write to globals, so that what they fill lazily is known."""
        if module.path in self._primed:
            return
        self._primed.add(module.path)
        for function, owner in _global_writers(module):
            with self.apart():
                self.call(of(Closure(function, module, owner)), Arguments(), Site(module, function, "<module>"))

    # Walking

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression."""
        self._nodes += 1
        try:
            if self._nodes > DEEPEST_NODE:
                self.deep.add(frame.module.path)
                return UNKNOWN
            value = self.bounded(expressions.evaluate(self, node, frame), frame)
            if value.size > LIGHT and not isinstance(node, ast.Name | ast.Attribute):
                self.fuel -= value.size // LIGHT * 10
            return value
        finally:
            self._nodes -= 1

    def bounded(self, value: Value, frame: Frame) -> Value:
        """A value that is not too large to be followed."""
        if value.size > LARGEST:
            self.deep.add(frame.module.path)
            return bounded(value)
        return value

    def run(self, body: list[ast.stmt], frame: Frame) -> bool:
        """Walk through statements; False when they do not fall through."""
        return statements.execute(self, body, frame)

    def emit(self, event: Event) -> None:
        """Write down what happened."""
        self.trace.append(event)

    # Calls

    def call(self, function: Value, args: Arguments, site: Site) -> Value:
        """What calling a value gives."""
        shapes = [shape for shape in function.shapes if not isinstance(shape, Constant | Missing)]
        if not shapes:
            return libraries.opaque(function.marks, args)
        return join_all(self._call(shape, args, site) for shape in shapes)

    def _call(self, shape: object, args: Arguments, site: Site) -> Value:
        match shape:
            case Closure():
                return self._function(shape, args, site)
            case Bound(function=function, receiver=receiver):
                return self._bound(function, receiver, args, site)
            case Partial(function=function, positional=positional, keywords=keywords):
                return self.call(function, args.after(positional, keywords), site)
            case Type(cls=cls):
                return self.instantiate(cls, args, site)
            case Named(path=path):
                return libraries.call(self, path, UNKNOWN, args, site)
            case Made():
                return libraries.call(self, f"{shape.path}()", of(shape), args, site)
            case Instance(cls=cls) if cls.method("__call__"):
                return self.call(attributes.get(self, of(shape), "__call__", site), args, site)
            case Alias(base=base):
                return self.call(base, args, site)
            case _:
                pass
        return libraries.opaque(deep_marks(of(shape)) if isinstance(shape, Instance) else frozenset(), args)

    def _bound(self, function: Value, receiver: Value, args: Arguments, site: Site) -> Value:
        results = []
        node = _receiver_node(site)
        for shape in function.shapes:
            if isinstance(shape, Closure):
                results.append(self._function(shape, args.bound(receiver, node), site))
            elif isinstance(shape, Named):
                results.append(libraries.call(self, shape.path, receiver, args, site))
            else:
                results.append(self._call(shape, args.bound(receiver), site))
        return join_all(results)

    def _function(self, closure: Closure, args: Arguments, site: Site) -> Value:
        self.fuel -= 5
        if self.fuel < 0 or len(self.calls) >= DEEPEST_CALL:
            self.deep.add(site.module.path)
            return libraries.opaque(frozenset(), args)
        if self._recurs(closure):
            return libraries.opaque(frozenset(), args)
        frame = Frame(closure.module, closure.name, outer=closure.frame, owner=closure.owner, facts=site.facts)
        bind(self, closure, args, frame)
        key = (id(closure.node), tuple(frame.names.items()), frame.facts, id(closure.node) in self.watching)
        walked = self._memo.get(key) if closure.frame is None else None
        if walked is None:
            walked = self._walk(closure, frame)
            if closure.frame is None:
                self._memo[key] = walked
        hop = Hop(site.region, closure.name)
        self.trace.extend(through(event, hop) for event in walked.events)
        written_back(self, walked.writes, closure, args, site)
        if site.frame is not None:
            site.frame.learn(walked.facts)
        return walked.value

    def _recurs(self, closure: Closure) -> bool:
        """Whether a function is in the midst of itself. A decorator's wrapper may be around several others: each is its own."""
        running = [each for each in self._running if each.node is closure.node]
        return len(running) >= 6 or sum(each.frame is closure.frame for each in running) >= 2

    def _walk(self, closure: Closure, frame: Frame) -> _Walked:
        outside, self.trace = self.trace, []
        self.walked.add(id(closure.node))
        self.calls.append(closure.node)
        self._running.append(closure)
        names = dict(frame.names)
        try:
            if isinstance(closure.node, ast.Lambda):
                frame.exits.append(Exit(self.evaluate(closure.node.body, frame), frame.names, frame.facts, closure.node))
            elif self.run(closure.node.body, frame):
                frame.exits.append(Exit(NONE, frame.names, frame.facts, None))
            return self._outcome(frame, names, tuple(self.trace))
        finally:
            self.calls.pop()
            self._running.pop()
            self.trace = outside

    @staticmethod
    def _outcome(frame: Frame, given: dict[str, Value], events: tuple[Event, ...]) -> _Walked:
        if not frame.exits:
            return _Walked(of(Sequence(join_all(frame.yields))) if frame.yields else UNKNOWN, (), frozenset(), events, dead=True)
        for each in frame.exits:
            each.value = settled(each.value, each.facts)
        names, facts = merged([(each.names, each.facts) for each in frame.exits])
        writes = tuple(
            (name, names[name]) for name in given if name not in frame.rebound and name in names and names[name] is not given[name]
        )
        if frame.yields:
            return _Walked(of(Sequence(join_all(frame.yields))), writes, facts, events)
        return _Walked(verdict_of(frame.exits), writes, facts, events)

    # Objects

    def instantiate(self, cls: Class, args: Arguments, site: Site) -> Value:
        """An object of a class of the project."""
        made = libraries.subclassed(cls, args, site)
        if made is not None:
            return made
        if cls.libraries & _ROUTERS:
            return self._router(cls, args, site)
        if cls.typed_dict:
            return libraries.call(self, "builtins.dict", UNKNOWN, args, site)
        if cls.model or cls.pynamo:
            return models.construct(self, cls, args, site)
        found = cls.method("__init__")
        if cls in self._making:
            return of(Instance(cls, _kept(cls, args)))
        self._making.append(cls)
        try:
            begun = self._allocated(cls, args, site)
            return self._initialised(begun, found[0], found[1], args, site) if found is not None else begun
        finally:
            self._making.pop()

    def _allocated(self, cls: Class, args: Arguments, site: Site) -> Value:
        """An object before its `__init__`: what the class's own `__new__` gives, which may be one that is shared."""
        found = cls.method("__new__")
        if found is None:
            return of(Instance(cls, _kept(cls, args) if cls.method("__init__") is None else ()))
        given = self._function(Closure(found[0], found[1].module, found[1]), args.bound(of(Type(cls))), site)
        shapes = tuple(shape for shape in given.only(Instance) if cls in shape.cls.lineage or shape.cls in cls.lineage)
        return Value(shapes, given.marks) if shapes else of(Instance(cls))

    def _router(self, cls: Class, args: Arguments, site: Site) -> Value:
        """An app or a router of a class that extends FastAPI's: the class's own `__init__` may declare routes."""
        path = "fastapi.FastAPI" if any(each.endswith("FastAPI") for each in cls.libraries) else "fastapi.APIRouter"
        found = cls.method("__init__")
        made = libraries.call(self, path, UNKNOWN, args, site)
        shapes = tuple(replace(each, given=(*each.given, ("cls", of(Type(cls))))) for each in made.only(Made))
        value = Value(shapes, made.marks)
        if found is not None and cls not in self._making:
            self._making.append(cls)
            self._function(Closure(found[0], found[1].module, found[1]), args.bound(value), site)
            self._making.pop()
        return value

    def _initialised(self, begun: Value, node: FunctionDef, owner: Class, args: Arguments, site: Site) -> Value:
        holder = Frame(site.module, site.function, {"self": begun})
        inner = Site(site.module, site.node, site.function, holder)
        self._function(Closure(node, owner.module, owner), args.bound(holder.names["self"], ast.Name("self", ast.Load())), inner)
        return holder.names["self"]

    def typed(self, type_: TypeRef) -> Value:
        """Any value of a type: an object of a class of the project, made as its annotations say; a client or table of a library."""
        bare = type_.bare
        if bare.cls is not None:
            return self._of_class(bare.cls)
        return libraries.typed(bare.path)

    def _of_class(self, cls: Class) -> Value:
        if cls.model or cls.enum:
            return of(Instance(cls, (), UNKNOWN)) if cls.model else UNKNOWN
        if (cls.protocol or cls.stub) and len(self._making) < 4:
            inner = self._implementations(cls)
            if inner:
                return join_all(self._of_class(each) for each in inner if each not in self._making)
        if cls in self._making or len(self._making) > 6:
            return of(Instance(cls))
        with self.apart():
            return self.instantiate(cls, Arguments(), Site(cls.module, cls.node, cls.name))

    def _implementations(self, cls: Class) -> list[Class]:
        found = []
        for module in self.project.modules.values():
            for definition in module.definitions.values():
                if isinstance(definition.node, ast.ClassDef) and definition.node is not cls.node:
                    other = project_class(self.project, module, definition.node)
                    if cls in other.lineage:
                        found.append(other)
        return found[:4]

    def class_frame(self, cls: Class, outer: Frame | None = None) -> Frame:
        """The names of a class's body, walked through once."""
        frame = self._bodies.get(cls)
        if frame is None:
            around = outer if outer is not None and not outer.top and outer.owner_of is None else None
            frame = self._bodies[cls] = Frame(cls.module, cls.name, outer=around, owner_of=cls)
            with self.apart():
                self.run(cls.node.body, frame)
        return frame

    def assigned(self, shape: Instance, name: str) -> Value | None:
        """What methods of an object's class set one of its attributes to, wherever they are called."""
        found: list[Value] = []
        for each in shape.cls.lineage:
            for method in each.methods.values():
                if method.name != "__init__" and (shape.cls, method.name) not in self._filling and _sets(method, name):
                    found += self._filled(shape, method, each, name)
        return join_all(found) if found else None

    def _filled(self, shape: Instance, method: FunctionDef, owner: Class, name: str) -> list[Value]:
        key = (shape.cls, method.name)
        self._filling.add(key)
        try:
            holder = Frame(owner.module, owner.name, {"self": of(shape)})
            with self.apart():
                site = Site(owner.module, method, owner.name, holder)
                self._function(Closure(method, owner.module, owner), Arguments().bound(of(shape), ast.Name("self", ast.Load())), site)
            after = holder.names["self"].one(Instance)
            value = after.get(name) if after is not None else None
            return [value] if value is not None else []
        finally:
            self._filling.discard(key)

    def unnamed_class(self, name: str, site: Site, fields: Iterable[str] = (), base: str = "object") -> Class:
        """A class that a call makes, of which the project has no statement: one for each place."""
        found = self._unnamed.get(site.region)
        if found is None:
            body: list[ast.stmt] = [ast.AnnAssign(ast.Name(each, ast.Store()), ast.Name("object", ast.Load()), None, 1) for each in fields]
            bases: list[ast.expr] = [ast.Name(base, ast.Load())]
            node = ast.copy_location(ast.ClassDef(name=name, bases=bases, keywords=[], body=body, decorator_list=[]), site.node)
            found = self._unnamed[site.region] = Class(self.project, site.module, node)
        return found

    def class_type(self, cls: Class) -> TypeRef:
        """The type that a class is."""
        return TypeRef(cls=cls)

    def type_from(self, value: Value) -> TypeRef:
        """The type that a value is, for what takes types as values."""
        for shape in value.shapes:
            if isinstance(shape, Type):
                return TypeRef(cls=shape.cls)
            if isinstance(shape, Alias):
                return self.type_of(shape.node, shape.module)
            if isinstance(shape, Named):
                return TypeRef(shape.path)
        return TypeRef("typing.Any")

    def type_in(self, node: ast.expr, frame: Frame) -> TypeRef:
        """The type an annotation means in a frame, where functions may define classes and aliases of their own."""
        inner: Frame | None = frame
        while inner is not None and not inner.top:
            if isinstance(node, ast.Name) and node.id in inner.names:
                return self.type_from(inner.names[node.id])
            inner = inner.outer
        found = self.type_of(node, frame.module)
        return self.type_from(self.evaluate(node, frame)) if found.name == "create_model" else found

    def type_of(self, node: ast.expr | None, module: Module) -> TypeRef:
        """The type an annotation means."""
        return type_of(self.project, module, node)


_ROUTERS: Final = frozenset({"fastapi.FastAPI", "fastapi.APIRouter", "fastapi.routing.APIRouter", "fastapi.applications.FastAPI"})


def _receiver_node(site: Site) -> ast.expr | None:
    """The expression that a method's object is, so that what the method does to it is seen there."""
    if not isinstance(site.node, ast.Call) or not isinstance(site.node.func, ast.Attribute):
        return None
    if attributes.is_super(site.node.func.value) and site.frame is not None and site.frame.first is not None:
        return ast.Name(site.frame.first, ast.Load())
    return site.node.func.value


def _kept(cls: Class, args: Arguments) -> tuple[tuple[str, Value], ...]:
    """The arguments of an object whose class does not say what it does with them: an exception's, mostly."""
    names = ("status_code", "detail") if any(path.endswith("HTTPException") for path in cls.libraries) else ()
    given = tuple(zip(names, args.positional, strict=False)) or ((("args", fixed(args.positional)),) if args.positional else ())
    return (*given, *args.keywords)


def _sets(method: FunctionDef, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
        for node in ast.walk(method)
    )


def _global_writers(module: Module) -> Iterator[tuple[FunctionDef, Class | None]]:
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(isinstance(inner, ast.Global) for inner in ast.walk(node)):
            yield node, None
