"""Attributes and subscripts: what is inside a value, and what a value is once something in it is set."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from discreet.audit import models, stores, web
from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import Class, dotted
from discreet.audit.frames import Frame
from discreet.audit.project import FunctionDef
from discreet.audit.trace import Compared
from discreet.audit.types import last
from discreet.audit.values import (
    SOME,
    UNKNOWN,
    Anything,
    Bound,
    Closure,
    Constant,
    Instance,
    Kind,
    Made,
    Mapping,
    Mark,
    Missing,
    ModuleShape,
    Named,
    Place,
    Sequence,
    Shape,
    Text,
    Type,
    Value,
    constant,
    deep_marks,
    inside,
    join,
    join_all,
    of,
    remarked,
)

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["element", "get", "item", "store"]

PROPERTIES: Final = frozenset({"property", "cached_property", "computed_field", "hybrid_property"})
CODES: Final = frozenset({"Code", "HTTPStatusCode", "RequestId", "__class__", "__name__", "status_code", "errno"})
TAGS: Final = frozenset({"S", "N", "B", "BOOL", "M", "L", "SS", "NS", "BS", "NULL"})


# Attributes


def get(machine: Machine, value: Value, name: str, site: Site) -> Value:
    """An attribute of a value: data, or a method bound to it."""
    if name in CODES:
        value = remarked(value, _untold)
    if not value.shapes:
        return of(Bound(of(Named(f"?.{name}")), value), marks=inside(value, name).marks)
    passed = frozenset(mark for mark in value.marks if mark.kind in {Kind.PRINCIPAL, Kind.FAILURE})
    found = [_attribute(machine, shape, value, name, site) for shape in value.shapes]
    kept = [each for each in found if each is not None]
    return join_all(kept).marked(passed) if kept else Value((), inside(value, name).marks)


def _attribute(machine: Machine, shape: Shape, value: Value, name: str, site: Site) -> Value | None:
    match shape:
        case ModuleShape(module=module):
            found = machine.project.attribute(module, name)
            return machine.value_of(found) if found is not None else UNKNOWN
        case Named(path=path):
            module_found = machine.project.named(f"{path}.{name}")
            return of(ModuleShape(module_found)) if module_found else of(Named(f"{path}.{name}"))
        case Made():
            return _made(machine, shape, value, name, site)
        case Instance():
            return _instance(machine, shape, value, name, site)
        case Type(cls=cls):
            return _class(machine, cls, name, site)
        case Mapping():
            return of(Bound(of(Named(f"dict.{name}")), Value((shape,), value.marks)))
        case Sequence():
            return of(Bound(of(Named(f"list.{name}")), Value((shape,), value.marks)))
        case Text():
            return of(Bound(of(Named(f"str.{name}")), Value((shape,), value.marks)))
        case Constant(value=held):
            return None if held is None else of(Bound(of(Named(f"str.{name}")), Value((shape,), value.marks)))
        case Missing():
            return None
        case Anything():
            return of(Bound(of(Named(f"?.{name}")), Value((), value.marks)), marks=inside(value, name).marks)
        case _:
            return of(Bound(of(Named(f"?.{name}")), Value((shape,), value.marks)), marks=inside(value, name).marks)


def _made(machine: Machine, shape: Made, value: Value, name: str, site: Site) -> Value:
    if shape.path == "super":
        return _super(machine, shape, name, site)
    if shape.path.startswith("dynamodb.") and name in stores.OPERATIONS and not isinstance(site.node, ast.Call):
        shape = Made(shape.path, shape.given, site.region)
    special = stores.attribute(shape, name) or web.attribute(machine, shape, value, name)
    if special is not None:
        return special
    return of(Bound(of(Named(f"{shape.path}().{name}")), Value((shape,), value.marks)), marks=inside(value, name).marks)


def _super(machine: Machine, shape: Made, name: str, site: Site) -> Value:
    receiver = shape.get("receiver") or UNKNOWN
    held = shape.get("owner")
    owner = held.one(Type) if held else None
    for each in owner.cls.lineage[1:] if owner else ():
        if name in each.methods:
            return of(Bound(of(Closure(each.methods[name], each.module, each)), receiver))
    return of(Bound(of(Named(f"object.{name}")), receiver))


def _instance(machine: Machine, shape: Instance, value: Value, name: str, site: Site) -> Value:
    cls = shape.cls
    if name == "__class__":
        return of(Type(cls))
    if name == "__dict__":
        return models.dumped(Value((shape,), value.marks), Arguments())
    data = next((held for key, held in shape.fields if key == name), None)
    shared = machine.written((cls, "objects"), name)
    data = shared if data is None else data if shared is None else join(data, shared)
    if data is not None and not _empty(data):
        return data
    found = cls.method(name)
    if found is not None:
        return _method(machine, found[0], found[1], Value((shape,), value.marks), site)
    model = models.attribute(machine, shape, value, name)
    if model is not None:
        return model
    others = [each for each in (data, _class_level(machine, cls, name), _assigned(machine, shape, name, site)) if each is not None]
    if others:
        return join_all(others)
    if shape.rest is not None and name not in stores.METHODS:
        return inside(shape.rest, name)
    passed = frozenset(mark for mark in inside(value, name).marks if not mark.whole)
    return of(Bound(of(Named(f"{stores.family(cls)}.{name}")), Value((shape,), value.marks)), marks=passed)


def _empty(value: Value) -> bool:
    return bool(value.shapes) and not value.marks and all(isinstance(shape, Constant) and shape.value is None for shape in value.shapes)


def _method(machine: Machine, node: FunctionDef, owner: Class, receiver: Value, site: Site) -> Value:
    names = {last(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list}
    body = machine.class_frame(owner).names.get(node.name)
    function = body if body is not None and body.shapes else of(Closure(node, owner.module, owner))
    if "staticmethod" in names:
        return function
    if "classmethod" in names:
        instance = receiver.one(Instance)
        return of(Bound(function, of(Type(instance.cls if instance else owner))))
    if names & PROPERTIES:
        return machine.call(of(Bound(of(Closure(node, owner.module, owner)), receiver)), Arguments(), site)
    return of(Bound(function, receiver))


def _class(machine: Machine, cls: Class, name: str, site: Site) -> Value:
    if name in {"__name__", "__qualname__"}:
        return of(Constant(cls.name, "str"))
    found = cls.method(name)
    if found is not None:
        names = {last(each) for each in found[0].decorator_list}
        function = machine.class_frame(found[1]).names.get(name) or of(Closure(found[0], found[1].module, found[1]))
        return of(Bound(function, of(Type(cls)))) if "classmethod" in names else function
    data = _class_level(machine, cls, name)
    if data is not None and not (cls.pynamo and name in cls.fields and not stores.is_index(data)):
        return of(Made("pynamodb.index", (("model", of(Type(cls))),))) if stores.is_index(data) else data
    if cls.enum:
        return UNKNOWN
    if cls.pynamo and name in cls.fields:
        return web.condition_on(constant(name))
    return of(Bound(of(Named(f"{stores.family(cls)}.{name}")), of(Type(cls))))


def _class_level(machine: Machine, cls: Class, name: str) -> Value | None:
    for each in cls.lineage:
        held = machine.class_frame(each).names.get(name)
        more = machine.written(each, name)
        both = [value for value in (held, more) if value is not None]
        if both:
            return join_all(both)
    return None


def _assigned(machine: Machine, shape: Instance, name: str, site: Site) -> Value | None:
    """What other methods of the class set the attribute to."""
    return machine.assigned(shape, name)


# Subscripts and elements


def item(machine: Machine, value: Value, key: Value, site: Site) -> Value:
    """What is under a key or at a place. What a credential finds is the principal's."""
    if any(mark.place is Place.CREDENTIAL for mark in key.marks):
        machine.emit(Compared(site.region, site.function, (), key.marks, "looked up"))
        value = value.marked({Mark(Kind.PRINCIPAL, "session", site.region)})
    if key.text in CODES:
        value = remarked(value, _untold)
    if not value.shapes:
        return _unknown_item(value, key)
    found = [each for shape in value.shapes if (each := _item(machine, shape, value, key, site)) is not None]
    passed = frozenset(mark for mark in value.marks if mark.kind in {Kind.PRINCIPAL, Kind.FAILURE})
    return _there(join_all(found)).marked(passed) if found else _unknown_item(value, key)


def _untold(mark: Mark) -> Mark | None:
    """An exception's code or class is no text of it."""
    return None if mark.kind is Kind.FAILURE else mark


def _there(value: Value) -> Value:
    """What is under a key, given that it is there."""
    if not (value.marks or len(value.shapes) > 1) or not value.one(Missing):
        return value
    return Value(tuple(shape for shape in value.shapes if not isinstance(shape, Missing)), value.marks)


def _own(shape: Mapping, key: Value) -> Iterator[Mark]:
    """What is under the keys that iterating over an item gives: all of it, as `items()` gives it."""
    own = {mark.at for mark in key.marks if mark.name == "@key"}
    return (mark for mark in (shape.rest.marks if shape.rest is not None else ()) if mark.whole and mark.at in own)


def _unknown_item(value: Value, key: Value) -> Value:
    texts = key.texts
    if texts:
        return join_all(_tagged(value, text) for text in texts)
    return Value((), value.marks)


def _tagged(value: Value, name: str) -> Value:
    """A part of an unknown value; DynamoDB's type tags are no names."""
    named = [mark for mark in value.marks if mark.kind is Kind.ITEM and not mark.whole]
    return Value((), value.marks) if name in TAGS and named else inside(value, name)


def _item(machine: Machine, shape: Shape, value: Value, key: Value, site: Site) -> Value | None:
    match shape:
        case Mapping():
            texts = key.keys
            if texts:
                found = [each for text in texts if (each := shape.get(text)) is not None]
                return join_all(found) if found else UNKNOWN
            return _any_of(shape).marked(_own(shape, key))
        case Sequence(element=inner, fixed=elements):
            place = next((each.value for each in key.only(Constant) if isinstance(each.value, int)), None)
            if elements is not None and place is not None and -len(elements) <= place < len(elements):
                return elements[place]
            return inner
        case Made():
            return web.item(machine, shape, value, key)
        case Instance(cls=cls) if cls.method("__getitem__"):
            return machine.call(get(machine, of(shape), "__getitem__", site), Arguments((key,)), site)
        case Constant() | Missing():
            return None
        case _:
            return _unknown_item(Value((), value.marks), key)


def _any_of(shape: Mapping) -> Value:
    """Any value of a dict: where they are all alike, one of them; else some piece of it."""
    alike = shape.rest is not None and bool(shape.rest.shapes)
    return shape.elements if alike else remarked(shape.elements, _some)


def _some(mark: Mark) -> Mark:
    return mark.inside(SOME) if mark.whole else mark


def element(machine: Machine, value: Value, site: Site) -> Value:
    """Any element that iterating over a value gives."""
    if not value.shapes:
        return Value((), value.marks)
    found: list[Value] = []
    for shape in value.shapes:
        match shape:
            case Sequence(element=inner):
                found.append(inner)
            case Mapping():
                found.append(keys_of(shape, value))
            case Made():
                found.append(stores.element(shape, value))
            case Instance(cls=cls):
                found.append(
                    _iterated(machine, shape, value, site) if cls.method("__iter__") else Value((), deep_marks(of(shape)) | value.marks)
                )
            case Constant() | Missing():
                continue
            case _:
                found.append(Value((), value.marks))
    return join_all(found).marked(mark for mark in value.marks if mark.kind is not Kind.ITEM) if found else UNKNOWN


def _iterated(machine: Machine, shape: Instance, value: Value, site: Site) -> Value:
    return element(machine, machine.call(get(machine, of(shape), "__iter__", site), Arguments(), site), site)


def keys_of(shape: Mapping, value: Value) -> Value:
    """A key of a dict: its known names, and what other names are."""
    known = [of(Constant(name, "str")) for name, _ in shape.known[:16]]
    return join_all([*known, *([loose_keys(shape.rest)] if shape.rest is not None else [])])


def loose_keys(rest: Value) -> Value:
    """Names that are not known: those of an item, or a client's own."""
    return Value((), frozenset(_key(mark) for mark in rest.marks if mark.kind is Kind.ITEM or mark.loose))


def loose_key(*values: Value) -> bool:
    """Whether there is an item's own key in any of the values."""
    return any(mark.name == "@key" for value in values for mark in deep_marks(value))


def _key(mark: Mark) -> Mark:
    return Mark(Kind.ITEM, "@key", mark.at) if mark.kind is Kind.ITEM else mark


# Setting


def store(machine: Machine, target: ast.expr, value: Value, frame: Frame, *, rebinds: bool = True) -> None:
    """Let a target hold a value. `rebinds` is false for what changes an object in place."""
    value = machine.bounded(value, frame)
    match target:
        case ast.Name(id=name):
            _store_name(machine, name, value, frame, rebinds=rebinds)
        case ast.Attribute(value=base, attr=name):
            _store_attribute(machine, base, name, value, frame)
        case ast.Subscript(value=base, slice=key):
            held = machine.evaluate(base, frame)
            if isinstance(base, ast.Attribute) and base.attr == "dependency_overrides":
                web.override(machine, machine.evaluate(key, frame), value)
            store(machine, base, with_item(held, machine.evaluate(key, frame), value, frame), frame, rebinds=False)
        case ast.Call(func=ast.Attribute(value=base, attr="setdefault" | "get"), args=[key, *_]):
            store(machine, ast.copy_location(ast.Subscript(base, key, ast.Store()), target), value, frame, rebinds=rebinds)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            _unpack(machine, targets, value, frame)
        case ast.Starred(value=inner):
            store(machine, inner, value, frame)
        case _:
            pass


def _store_name(machine: Machine, name: str, value: Value, frame: Frame, *, rebinds: bool) -> None:
    if name in frame.globals:
        machine.write_global(frame.module.path, name, value)
        return
    if not rebinds and name not in frame.names:
        holder = frame.outer
        while holder is not None and name not in holder.names:
            holder = holder.outer
        if holder is None:
            machine.write_global(frame.module.path, name, value)
        else:
            holder.names[name] = value
        return
    if name in frame.nonlocals and frame.outer is not None:
        frame.outer.names[name] = join(frame.outer.names.get(name, value), value)
    if rebinds:
        frame.rebound.add(name)
    frame.names[name] = value


def _store_attribute(machine: Machine, base: ast.expr, name: str, value: Value, frame: Frame) -> None:
    held = machine.evaluate(base, frame)
    for shape in held.shapes:
        if isinstance(shape, Type):
            machine.write_global(shape.cls, name, value)
        elif isinstance(shape, ModuleShape):
            machine.write_global(shape.module.path, name, value)
        elif isinstance(shape, Made):
            web.set_attribute(machine, shape, name, value)
    if any(isinstance(shape, Instance) for shape in held.shapes):
        if isinstance(base, ast.Name) and base.id not in frame.names and frame.outer is not None:
            # A function that was handed out, a decorator mostly, changes the object that made it: who holds it is not known.
            for shape in held.only(Instance):
                machine.write_global((shape.cls, "objects"), name, value)
        shapes = tuple(shape.put(name, value) if isinstance(shape, Instance) else shape for shape in held.shapes)
        store(machine, base, Value(shapes, held.marks), frame, rebinds=False)


def with_item(held: Value, key: Value, value: Value, frame: Frame) -> Value:
    """A value once something is set under a key."""
    name = key.keys[0] if len(key.keys) == 1 else None
    shapes: list[Shape] = []
    for shape in held.shapes:
        if isinstance(shape, Mapping) and name is not None:
            shapes.append(shape.put(name, value))
        elif isinstance(shape, Mapping):
            shapes.append(_with_any(shape, key, value, frame))
        elif isinstance(shape, Sequence):
            shapes.append(Sequence(join(shape.element, value)))
        else:
            shapes.append(shape)
    return Value(tuple(shapes), held.marks)


def _with_any(shape: Mapping, key: Value, value: Value, frame: Frame) -> Mapping:
    texts = key.keys
    if texts and not key.marks and len(texts) == len(key.shapes):
        for text in texts:
            shape = shape.put(text, join_all([value, *([old] if (old := shape.get(text)) else [])]))
        return shape
    kept, dropped = picked(key, value.marked(mark for mark in deep_marks(key) if mark.loose), frame)
    rest = kept if shape.rest is None else join(shape.rest, kept)
    return Mapping(shape.known, rest, shape.dropped | dropped)


def picked(key: Value, value: Value, frame: Frame) -> tuple[Value, frozenset[str]]:
    """A value that is set under an item's own key, after the keys were picked (or some taken out)."""
    facts = {what for what, mark in frame.facts if mark in key.marks and mark.name == "@key"}
    if "checked" in facts:
        return remarked(value, _some), frozenset()
    return value, frozenset({SOME}) if "bounded" in facts else frozenset()


def _unpack(machine: Machine, targets: list[ast.expr], value: Value, frame: Frame) -> None:
    shape = value.one(Sequence)
    elements = shape.fixed if shape is not None and shape.fixed is not None and len(value.shapes) == 1 else None
    for place, target in enumerate(targets):
        if elements is not None and len(elements) == len(targets) and not any(isinstance(each, ast.Starred) for each in targets):
            store(machine, target, elements[place], frame)
        elif shape is not None:
            store(machine, target, shape.element.marked(value.marks), frame)
        else:
            store(machine, target, Value((), value.marks), frame)


def is_super(node: ast.AST) -> bool:
    """Whether an expression is `super()`."""
    return isinstance(node, ast.Call) and dotted(node.func) == "super"
