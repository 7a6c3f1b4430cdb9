"""Statements: each is walked through once; loops once too, with what was before and after them joined."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from discreet.audit import attributes, failures, patterns, web
from discreet.audit.calls import Arguments, Site
from discreet.audit.classes import project_class
from discreet.audit.expressions import decorated
from discreet.audit.frames import Exit, Frame, merged
from discreet.audit.project import FunctionDef, imports, region
from discreet.audit.trace import Compared, Facts, Returned
from discreet.audit.types import last
from discreet.audit.values import NONE, Closure, Instance, Kind, Made, Mapping, Sequence, Type, Value, deep_marks, join, of
from discreet.audit.verdicts import NOTHING, checked, fails, holds

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["execute"]

ROLE: Final = re.compile(r"role|admin|scope|permission|group|staff|superuser|privilege|can_|allowed|is_owner|owns|access", re.IGNORECASE)

# Called so, a variable may hold anyone who is asked for or who asks: `if not staff: ...` compares no role.
PERSON: Final = re.compile(r"^(current_|this_|my_|the_)?(staff|group)(_member|_user)?$", re.IGNORECASE)

# What tells whether someone is who they say, and what checks it: no word on what they may do.
IDENTITY: Final = re.compile(
    r"^(token_use|token_type|client_id|aud|audience|iss|issuer|exp|expires?(_at|_in)?|nbf|iat|jti|typ|scheme|kid|alg|algorithm|sub|"
    r"(is_)?(active|disabled|enabled|verified|confirmed|blocked|banned|deleted|locked)|email_verified|status)$",
    re.IGNORECASE,
)
AUTHENTICATION: Final = re.compile(
    r"verif|valid|authentic|decode|check_?(token|password|signature|jwt)|token|jwt|login|signature", re.IGNORECASE
)


def execute(machine: Machine, body: list[ast.stmt], frame: Frame) -> bool:
    """Walk through statements in order; False when one of them does not fall through."""
    for node in body:
        machine.fuel -= 1 + (frame.weight if isinstance(node, _BRANCHES) else 0)
        if machine.fuel < 0:
            machine.deep.add(frame.module.path)
            return True
        try:
            walk = _WALKS.get(type(node))
            if walk is not None and not walk(machine, node, frame):
                return False
        except RecursionError:
            machine.deep.add(frame.module.path)
    return True


_BRANCHES: Final = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match)


def _expression(machine: Machine, node: ast.Expr, frame: Frame) -> bool:
    value = machine.evaluate(node.value, frame)
    return not any(shape.path == "never" for shape in value.only(Made))


def _assign(machine: Machine, node: ast.Assign, frame: Frame) -> bool:
    value = machine.evaluate(node.value, frame)
    for target in node.targets:
        attributes.store(machine, target, value, frame)
    return True


def _annotated(machine: Machine, node: ast.AnnAssign, frame: Frame) -> bool:
    if node.value is not None:
        value = machine.evaluate(node.value, frame)
        if not value.shapes:
            found = machine.typed(machine.type_of(node.annotation, frame.module))
            value = found.marked(value.marks) if found.shapes and not value.marks else value
        attributes.store(machine, node.target, value, frame)
    return True


def _augmented(machine: Machine, node: ast.AugAssign, frame: Frame) -> bool:
    load = ast.copy_location(ast.BinOp(_loaded(node.target), node.op, node.value), node)
    attributes.store(
        machine,
        node.target,
        machine.evaluate(load, frame),
        frame,
        rebinds=isinstance(node.target, ast.Name) and not _grows(machine, node, frame),
    )
    return True


def _grows(machine: Machine, node: ast.AugAssign, frame: Frame) -> bool:
    """Whether `+=` changes a list or dict in place."""
    value = machine.evaluate(_loaded(node.target), frame)
    return any(isinstance(shape, Sequence | Mapping) for shape in value.shapes)


def _loaded(node: ast.expr) -> ast.expr:
    match node:
        case ast.Name(id=name):
            return ast.copy_location(ast.Name(name, ast.Load()), node)
        case ast.Attribute(value=value, attr=name):
            return ast.copy_location(ast.Attribute(value, name, ast.Load()), node)
        case ast.Subscript(value=value, slice=inner):
            return ast.copy_location(ast.Subscript(value, inner, ast.Load()), node)
        case _:
            pass
    return node


def _return(machine: Machine, node: ast.Return, frame: Frame) -> bool:
    value = machine.evaluate(node.value, frame) if node.value is not None else NONE
    frame.exits.append(Exit(value, frame.names, frame.facts, node))
    if machine.calls and id(machine.calls[-1]) in machine.watching:
        machine.emit(Returned(region(frame.module, node), frame.function, (), value))
    return False


def _raise(machine: Machine, node: ast.Raise, frame: Frame) -> bool:
    failures.raised(machine, node, frame)
    return False


def _if(machine: Machine, node: ast.If, frame: Frame) -> bool:
    test = machine.evaluate(node.test, frame)
    _role(machine, node.test, frame, refuses=_forbids(node))
    arms: list[tuple[Facts, Callable[[], bool]]] = []
    if test.truth is not False:
        arms.append((holds(test), lambda: machine.run(node.body, frame)))
    if test.truth is not True:
        arms.append((fails(test), lambda: machine.run(node.orelse, frame)))
    return frame.branch(arms)


def _role(machine: Machine, node: ast.expr, frame: Frame, *, refuses: bool) -> None:
    """A condition on what a principal may do: by a role, a group, a flag, or by anything of theirs whose failure is a 403."""
    named = _names_role(node)
    told = refuses and (_authorizes(node) or _recorded(machine.evaluate(node.operand if isinstance(node, ast.UnaryOp) else node, frame)))
    if not told and not named:
        return
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute | ast.Subscript | ast.Name) or (named and isinstance(each, ast.Call)):
            marks = deep_marks(machine.evaluate(each, frame))
            if any(mark.kind is Kind.PRINCIPAL for mark in marks):
                machine.emit(Compared(region(frame.module, node), frame.function, (), marks, "role"))
                return


def _names_role(node: ast.expr) -> bool:
    """Whether a condition has the name of a role, of a right or of what tells it."""
    persons = {id(each) for each in ast.walk(node) if isinstance(each, ast.Name) and PERSON.match(each.id)}
    return any(ROLE.search(name) for each in ast.walk(node) if id(each) not in persons for name in _word(each))


def _authorizes(node: ast.expr) -> bool:
    """Whether a condition is of what someone may do, rather than of who they are: of a token's validity, of an account's state."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=inner) | ast.Await(value=inner):
            return _authorizes(inner)
        case ast.BoolOp(values=values):
            return any(_authorizes(each) for each in values)
        case ast.Compare(ops=[ast.Is() | ast.IsNot(), *_]):
            return False
        case ast.Compare() | ast.Attribute() | ast.Subscript():
            return not any(IDENTITY.match(name) for name in _words(node))
        case ast.Call(func=func):
            return not AUTHENTICATION.search(last(func)) and not any(IDENTITY.match(name) for name in _words(node))
        case _:
            pass
    return False


def _recorded(value: Value) -> bool:
    """Whether a condition is an attribute that the store holds of someone, such as `is_designer`."""
    names = [mark.name for mark in value.marks if mark.kind is Kind.ITEM and not mark.whole]
    return any(not IDENTITY.match(part) for name in names for part in [name.removesuffix(".BOOL").rpartition(".")[2]] if len(part) > 1)


def _forbids(node: ast.If) -> bool:
    """Whether a condition's body refuses with 403, or its other branch does."""
    raised = [each for each in (*node.body, *node.orelse) if isinstance(each, ast.Raise) and each.exc is not None]
    return any("403" in (text := ast.unparse(each)) or "FORBIDDEN" in text or "Forbidden" in text for each in raised)


def _words(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        yield from _word(each)


def _word(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str() as name):
            yield name
        case _:
            pass


def _for(machine: Machine, node: ast.For | ast.AsyncFor, frame: Frame) -> bool:
    iterated = machine.evaluate(node.iter, frame)
    if (
        any(isinstance(shape, Sequence) and shape.fixed == () for shape in iterated.shapes)
        and len(iterated.shapes) == 1
        and not iterated.marks
    ):
        return machine.run(node.orelse, frame)
    known = iterated.one(Sequence)
    if known is not None and known.fixed is not None and len(iterated.shapes) == 1 and _declares(node.body):
        return all(_once(machine, node, each, frame) for each in known.fixed) and machine.run(node.orelse, frame)
    site = Site(frame.module, node.iter, frame.function, frame)
    before = (frame.names, frame.facts)
    frame.names = dict(frame.names)
    inner = attributes.element(machine, iterated, site)
    attributes.store(machine, node.target, inner, frame)
    ends = _looped(machine, node.body, frame)
    _changed_elements(machine, node, inner, frame, ends)
    frame.names, frame.facts = merged([before, *ends])
    return machine.run(node.orelse, frame)


def _declares(body: list[ast.stmt]) -> bool:
    """Whether statements declare routes: those are walked through once for each element, as each is a route of its own."""
    return any(isinstance(each, ast.Call) and last(each.func) in web.DECLARES for node in body for each in ast.walk(node))


def _once(machine: Machine, node: ast.For | ast.AsyncFor, element: Value, frame: Frame) -> bool:
    attributes.store(machine, node.target, element, frame)
    ends = _looped(machine, node.body, frame)
    if ends:
        frame.names, frame.facts = merged(ends)
    return bool(ends)


def _changed_elements(
    machine: Machine, node: ast.For | ast.AsyncFor, inner: Value, frame: Frame, ends: list[tuple[dict[str, Value], Facts]]
) -> None:
    """What the body did to each element in place (`item.pop("secret")`) it did to what is iterated over."""
    if not isinstance(node.target, ast.Name) or not isinstance(node.iter, ast.Name) or not ends:
        return
    after = ends[-1][0].get(node.target.id)
    if after is None or after is inner or _rebinds(node.body, node.target.id):
        return
    for names, _ in ends:
        held = names.get(node.iter.id)
        if held is not None and held.one(Sequence) is not None:
            names[node.iter.id] = Value(tuple(Sequence(after) if isinstance(each, Sequence) else each for each in held.shapes), held.marks)
    frame.names = dict(ends[-1][0])


def _rebinds(body: list[ast.stmt], name: str) -> bool:
    return any(
        isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store) for node in body for each in ast.walk(node)
    )


def _looped(machine: Machine, body: list[ast.stmt], frame: Frame) -> list[tuple[dict[str, Value], Facts]]:
    """The states in which a loop's body ends: by falling through, `continue` or `break`."""
    frame.loops.append([])
    falls = machine.run(body, frame)
    ends = frame.loops.pop()
    return [*ends, (frame.names, frame.facts)] if falls else ends


def _while(machine: Machine, node: ast.While, frame: Frame) -> bool:
    test = machine.evaluate(node.test, frame)
    if test.truth is False:
        return machine.run(node.orelse, frame)
    before = (frame.names, frame.facts)
    frame.names = dict(frame.names)
    ends = _looped(machine, node.body, frame)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
    states = ends if endless else [before, *ends]
    if not states:
        frame.names = before[0]
        return False
    frame.names, frame.facts = merged(states)
    return machine.run(node.orelse, frame)


def _leave(machine: Machine, node: ast.Break | ast.Continue, frame: Frame) -> bool:
    if frame.loops:
        frame.loops[-1].append((frame.names, frame.facts))
    return False


def _try(machine: Machine, node: ast.Try, frame: Frame) -> bool:
    before, facts = dict(frame.names), frame.facts
    begun = len(machine.trace)
    falls = machine.run(node.body, frame)
    seen = merged([(before, facts), (frame.names, facts)])
    after = (frame.names, frame.facts)
    ends = []
    if falls and machine.run(node.orelse, frame):
        ends.append((frame.names, frame.facts))
    events = machine.trace[begun:]
    machine.trace[begun:] = failures.outlasting(events, node.handlers)
    for handler in node.handlers:
        frame.names, frame.facts = dict(seen[0]), facts
        if handler.name:
            frame.names[handler.name] = failures.caught(machine, handler, events, frame)
        if machine.run(handler.body, frame):
            ends.append((frame.names, frame.facts))
    frame.names, frame.facts = merged(ends) if ends else after
    return machine.run(node.finalbody, frame) and bool(ends)


def _with(machine: Machine, node: ast.With | ast.AsyncWith, frame: Frame) -> bool:
    for each in node.items:
        value = _entered(machine, machine.evaluate(each.context_expr, frame), Site(frame.module, each.context_expr, frame.function, frame))
        if each.optional_vars is not None:
            attributes.store(machine, each.optional_vars, value, frame)
    return machine.run(node.body, frame)


def _entered(machine: Machine, value: Value, site: Site) -> Value:
    """What a context manager gives: itself, unless a generator or a class says otherwise."""
    found: list[Value] = []
    for shape in value.shapes:
        if isinstance(shape, Sequence):
            found.append(shape.element)
        elif isinstance(shape, Instance) and (shape.cls.method("__aenter__") or shape.cls.method("__enter__")):
            name = "__aenter__" if shape.cls.method("__aenter__") else "__enter__"
            found.append(machine.call(attributes.get(machine, of(shape), name, site), Arguments(), site))
        else:
            found.append(Value((shape,), value.marks))
    result = found[0] if found else value
    for each in found[1:]:
        result = join(result, each)
    return result


def _function(machine: Machine, node: FunctionDef, frame: Frame) -> bool:
    nested = frame if not frame.top and frame.owner_of is None else frame.outer
    closure = Closure(node, frame.module, frame.owner_of, nested)
    frame.names[node.name] = decorated(machine, closure, frame)
    return True


def _class(machine: Machine, node: ast.ClassDef, frame: Frame) -> bool:
    cls = project_class(machine.project, frame.module, node)
    frame.names[node.name] = of(Type(cls))
    machine.class_frame(cls, frame)
    for each in node.decorator_list:
        web.class_decorated(machine, cls, machine.evaluate(each, frame))
    return True


def _import(machine: Machine, node: ast.Import | ast.ImportFrom, frame: Frame) -> bool:
    """At the top level names are looked up when they are used; in a function they are bound here."""
    if not frame.top:
        for name, imported in imports(frame.module, node):
            if name != "*":
                frame.names[name] = machine.value_of(machine.project.imported(frame.module, imported))
    return True


def _global(machine: Machine, node: ast.Global, frame: Frame) -> bool:
    frame.globals.update(node.names)
    return True


def _nonlocal(machine: Machine, node: ast.Nonlocal, frame: Frame) -> bool:
    frame.nonlocals.update(node.names)
    return True


def _delete(machine: Machine, node: ast.Delete, frame: Frame) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Subscript):
            held = machine.evaluate(target.value, frame)
            attributes.store(machine, target.value, without(held, machine.evaluate(target.slice, frame)), frame, rebinds=False)
    return True


def without(held: Value, key: Value) -> Value:
    """A value once something is taken out of it."""
    names = key.texts or ("?",)
    shapes = []
    for shape in held.shapes:
        if isinstance(shape, Mapping):
            for name in names:
                shape = shape.drop(name)
        shapes.append(shape)
    return Value(tuple(shapes), held.marks) if held.shapes else _opened(held, names)


def _opened(held: Value, names: tuple[str, ...]) -> Value:
    if not held.marks:
        return held
    return of(Mapping((), Value((), held.marks), frozenset(names)))


def _assert(machine: Machine, node: ast.Assert, frame: Frame) -> bool:
    frame.learn(holds(machine.evaluate(node.test, frame)))
    return True


def _match(machine: Machine, node: ast.Match, frame: Frame) -> bool:
    subject = machine.evaluate(node.subject, frame)
    arms: list[tuple[Facts, Callable[[], bool]]] = []
    total = False
    for case in node.cases:
        arms.append((NOTHING, lambda case=case: _case(machine, case, subject, frame)))  # type: ignore[misc]
        total = total or (case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None)
    if not total:
        arms.append((NOTHING, lambda: True))
    return frame.branch(arms)


def _case(machine: Machine, case: ast.match_case, subject: Value, frame: Frame) -> bool:
    if _constant(case.pattern):
        frame.learn(checked(subject))
    patterns.match(machine, case.pattern, subject, frame)
    if case.guard is not None:
        frame.learn(holds(machine.evaluate(case.guard, frame)))
    return machine.run(case.body, frame)


def _constant(pattern: ast.pattern) -> bool:
    """Whether a pattern is of constants alone: what matches is one of them."""
    match pattern:
        case ast.MatchOr(patterns=patterns):
            return all(_constant(each) for each in patterns)
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _constant(inner)
        case ast.MatchValue() | ast.MatchSingleton():
            return True
        case _:
            pass
    return False


def _pass(machine: Machine, node: ast.stmt, frame: Frame) -> bool:
    return True


_WALKS: Final[dict[type[ast.stmt], Callable[[Machine, Any, Frame], bool]]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Break: _leave,
    ast.Continue: _leave,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.Delete: _delete,
    ast.Assert: _assert,
    ast.Match: _match,
    ast.Pass: _pass,
}
if hasattr(ast, "TryStar"):
    _WALKS[ast.TryStar] = _try
