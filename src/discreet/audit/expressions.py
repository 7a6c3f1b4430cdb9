"""Expressions: what each may be, where its data came from, and what it tells when it is a condition."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discreet.audit import attributes, methods, web
from discreet.audit.calls import Arguments, Site
from discreet.audit.composed import merged_into, spread, text_of, textual
from discreet.audit.frames import Frame
from discreet.audit.project import region
from discreet.audit.trace import Compared, Facts
from discreet.audit.types import last
from discreet.audit.values import (
    UNKNOWN,
    Alias,
    Anything,
    Closure,
    Constant,
    Kind,
    Made,
    Mapping,
    Mark,
    Missing,
    Named,
    Sequence,
    Text,
    Type,
    Value,
    Verdict,
    constant,
    deep_marks,
    fixed,
    join,
    join_all,
    of,
    sequence,
    settled,
)
from discreet.audit.verdicts import NOTHING, both, bounded, checked, either, fails, holds, opposite, proof

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["decorated", "evaluate"]


def evaluate(machine: Machine, node: ast.expr, frame: Frame) -> Value:
    """The value of an expression."""
    walk = _WALKS.get(type(node))
    return UNKNOWN if walk is None else walk(machine, node, frame)


def _constant(machine: Machine, node: ast.Constant, frame: Frame) -> Value:
    return constant(node.value)


def _name(machine: Machine, node: ast.Name, frame: Frame) -> Value:
    return machine.name(node.id, frame)


def _attribute(machine: Machine, node: ast.Attribute, frame: Frame) -> Value:
    return attributes.get(machine, machine.evaluate(node.value, frame), node.attr, Site(frame.module, node, frame.function, frame))


def _subscript(machine: Machine, node: ast.Subscript, frame: Frame) -> Value:
    value = machine.evaluate(node.value, frame)
    if any(isinstance(shape, Type | Named | Alias) for shape in value.shapes) and not value.one(Mapping):
        provided = web.provided(machine, value, node, frame)
        return provided if provided is not None else of(Alias(value, node, frame.module))
    if isinstance(node.slice, ast.Slice):
        for part in (node.slice.lower, node.slice.upper, node.slice.step):
            if part is not None:
                machine.evaluate(part, frame)
        shapes = tuple(Sequence(each.element) if isinstance(each, Sequence) else each for each in value.shapes)
        return Value(shapes, value.marks if shapes else frozenset(_cut(mark) for mark in value.marks if not _masked(mark)))
    key = machine.evaluate(node.slice, frame)
    return attributes.item(machine, value, key, Site(frame.module, node, frame.function, frame))


def _cut(mark: Mark) -> Mark:
    """A slice of a client's text is no longer than the slice."""
    return replace(mark, checked=True) if mark.kind is Kind.REQUEST and not mark.loose else mark


def _masked(mark: Mark) -> bool:
    """Whether a slice of this is but a piece of one attribute, such as the last four digits of a number."""
    return mark.kind is Kind.ITEM and mark.name not in {"*", "?"}


# Calls


def _call(machine: Machine, node: ast.Call, frame: Frame) -> Value:
    site = Site(frame.module, node, frame.function, frame)
    if isinstance(node.func, ast.Name) and node.func.id == "super" and frame.first is not None:
        return _super(machine, frame)
    if isinstance(node.func, ast.Attribute):
        base = machine.evaluate(node.func.value, frame)
        function = attributes.get(machine, base, node.func.attr, site)
        args = _arguments(machine, node, frame)
        if node.func.attr in methods.MUTATORS and methods.mutable(base):
            changed = methods.mutated(base, node.func.attr, args, frame)
            if changed is not base:
                attributes.store(machine, node.func.value, changed, frame, rebinds=False)
    else:
        function = machine.evaluate(node.func, frame)
        args = _arguments(machine, node, frame)
    return machine.call(function, args, site)


def _super(machine: Machine, frame: Frame) -> Value:
    owner = frame.owner
    if owner is None or frame.first is None:
        return UNKNOWN
    receiver = frame.names.get(frame.first, UNKNOWN)
    return of(Made("super", (("owner", of(Type(owner))), ("receiver", receiver))))


def _arguments(machine: Machine, node: ast.Call, frame: Frame) -> Arguments:
    positional: list[Value] = []
    nodes: list[ast.expr | None] = []
    rest: Value | None = None
    for each in node.args:
        if isinstance(each, ast.Starred):
            value = machine.evaluate(each.value, frame)
            shape = value.one(Sequence)
            if shape is not None and shape.fixed is not None and len(value.shapes) == 1:
                positional += shape.fixed
                nodes += [None] * len(shape.fixed)
            else:
                inner = attributes.element(machine, value, Site(frame.module, node, frame.function, frame))
                rest = inner if rest is None else join(rest, inner)
        else:
            positional.append(machine.evaluate(each, frame))
            nodes.append(each)
    keywords: dict[str, Value] = {}
    keyword_nodes: list[tuple[str, ast.expr]] = []
    more: Value | None = None
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            keyword_nodes.append((keyword.arg, keyword.value))
        else:
            known, loose = spread(value)
            keywords.update(known)
            more = loose if more is None else join(more, loose) if loose is not None else more
    return Arguments(tuple(positional), tuple(keywords.items()), rest, more, tuple(nodes), tuple(keyword_nodes))


def _lambda(machine: Machine, node: ast.Lambda, frame: Frame) -> Value:
    return of(Closure(node, frame.module, None, frame))


def decorated(machine: Machine, closure: Closure, frame: Frame) -> Value:
    """A function with its decorators: those of the project are called, those of libraries leave it as it is."""
    value = of(closure)
    for node in reversed(closure.node.decorator_list):
        if last(node.func if isinstance(node, ast.Call) else node) in {
            "property",
            "staticmethod",
            "classmethod",
            "cached_property",
            "setter",
        }:
            continue
        decorator = machine.evaluate(node, frame)
        value = web.decorate(machine, decorator, value, closure, node, frame)
    return value


# Containers


def _dict(machine: Machine, node: ast.Dict, frame: Frame) -> Value:
    shape = Mapping()
    for key, inner in zip(node.keys, node.values, strict=True):
        value = machine.evaluate(inner, frame)
        if key is None:
            shape = merged_into(shape, value)
            continue
        name = machine.evaluate(key, frame)
        if len(name.keys) == len(name.shapes) == 1:
            shape = shape.put(name.keys[0], value)
        else:
            held = value if shape.rest is None else join(shape.rest, value)
            shape = Mapping(shape.known, held, shape.dropped)
    return of(shape)


def _list(machine: Machine, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Value:
    if any(isinstance(each, ast.Starred) for each in node.elts):
        found = [
            attributes.element(machine, machine.evaluate(each.value, frame), Site(frame.module, each, frame.function, frame))
            if isinstance(each, ast.Starred)
            else machine.evaluate(each, frame)
            for each in node.elts
        ]
        return sequence(join_all(found))
    return fixed(machine.evaluate(each, frame) for each in node.elts)


def _comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame) -> Value:
    return _inside(machine, node.generators, frame, lambda: sequence(machine.evaluate(node.elt, frame)))


def _dict_comprehension(machine: Machine, node: ast.DictComp, frame: Frame) -> Value:
    held = of(Mapping())

    def made() -> Value:
        key = machine.evaluate(node.key, frame)
        value = machine.evaluate(node.value, frame)
        return attributes.with_item(held, key, value, frame)

    first = machine.evaluate(node.generators[0].iter, frame)
    known = _known_elements(node.generators, first)
    for element in known:
        held = _inside(machine, node.generators, frame, made, fixed([element]), held)
    return held if known else _inside(machine, node.generators, frame, made, first)


def _known_elements(generators: list[ast.comprehension], iterated: Value) -> tuple[Value, ...]:
    """The elements that a comprehension goes through, where they are known: what it makes of each is told apart."""
    shape = iterated.one(Sequence)
    if shape is None or len(generators) != 1 or len(iterated.shapes) != 1 or iterated.marks:
        return ()
    return shape.fixed or ()


def _inside(
    machine: Machine,
    generators: list[ast.comprehension],
    frame: Frame,
    made: Callable[[], Value],
    first: Value | None = None,
    otherwise: Value | None = None,
) -> Value:
    """What is made inside of generators, of which the first may be known. `otherwise`: where a test surely fails."""
    names, facts = frame.names, frame.facts
    frame.names = dict(names)
    try:
        for each in generators:
            iterated = first if first is not None and each is generators[0] else machine.evaluate(each.iter, frame)
            attributes.store(
                machine, each.target, attributes.element(machine, iterated, Site(frame.module, each.iter, frame.function, frame)), frame
            )
            for test in each.ifs:
                told = machine.evaluate(test, frame)
                if told.truth is False and otherwise is not None:
                    return otherwise
                frame.learn(holds(told))
        return settled(made(), frame.facts - facts)
    finally:
        frame.names, frame.facts = names, facts


# Texts


def _joined(machine: Machine, node: ast.JoinedStr, frame: Frame) -> Value:
    parts: list[str | Value] = []
    for each in node.values:
        if isinstance(each, ast.Constant):
            parts.append(str(each.value))
        elif isinstance(each, ast.FormattedValue):
            parts.append(textual(machine.evaluate(each.value, frame)))
    return text_of(parts)


# Operators


def _binary(machine: Machine, node: ast.BinOp, frame: Frame) -> Value:
    left = machine.evaluate(node.left, frame)
    right = machine.evaluate(node.right, frame)
    if isinstance(node.op, ast.Add):
        return _added(left, right)
    if isinstance(node.op, ast.Mod) and _is_text(left):
        return text_of([left, " ", *_formatted(right)])
    if isinstance(node.op, ast.BitOr) and left.one(Mapping) is not None:
        return of(merged_into(left.one(Mapping) or Mapping(), right), marks=left.marks)
    if isinstance(node.op, ast.BitOr) and (left.has(Type) or right.has(Type)):
        return of(Alias(left, node, frame.module))
    if isinstance(node.op, ast.BitAnd | ast.Sub) and attributes.loose_key(left, right):
        return sequence(UNKNOWN)  # some of an item's keys, which were picked
    if isinstance(node.op, ast.BitAnd | ast.BitOr):
        return web.condition(left, right)
    return Value((), deep_marks(left) | deep_marks(right))


def _formatted(value: Value) -> list[str | Value]:
    shape = value.one(Sequence)
    return list(shape.fixed) if shape is not None and shape.fixed is not None else [textual(value)]


def _is_text(value: Value) -> bool:
    return any(isinstance(each, Text) or (isinstance(each, Constant) and isinstance(each.value, str)) for each in value.shapes)


def _added(left: Value, right: Value) -> Value:
    lists = [each for value in (left, right) for each in value.only(Sequence)]
    if lists:
        a, b = left.one(Sequence), right.one(Sequence)
        if a and b and a.fixed is not None and b.fixed is not None and len(left.shapes) == len(right.shapes) == 1:
            return fixed((*a.fixed, *b.fixed)).marked(left.marks | right.marks)
        loose = [Value((), value.marks) for value in (left, right) if not value.shapes and value.marks]
        return sequence(join_all([*(each.element for each in lists if each.fixed != ()), *loose])).marked(left.marks | right.marks)
    if _is_text(left) or _is_text(right):
        return text_of([textual(left), textual(right)])
    return Value((), deep_marks(left) | deep_marks(right))


def _unary(machine: Machine, node: ast.UnaryOp, frame: Frame) -> Value:
    value = machine.evaluate(node.operand, frame)
    if not isinstance(node.op, ast.Not):
        number = value.one(Constant)
        return value if number is None or not isinstance(number.value, int | float) else constant(-number.value)
    if value.truth is not None:
        return constant(not value.truth)
    return opposite(value)


def _boolean(machine: Machine, node: ast.BoolOp, frame: Frame) -> Value:
    values: list[Value] = []
    every = isinstance(node.op, ast.And)
    facts = frame.facts
    for each in node.values:
        value = machine.evaluate(each, frame)
        values.append(value)
        if value.truth is (not every):
            break
        frame.learn(holds(value) if every else fails(value))
    frame.facts = facts
    return _decided(values, every=every)


def _decided(values: list[Value], *, every: bool) -> Value:
    """`and` gives the first that is false, `or` the first that is true; both tell what their parts tell."""
    kept = [value for value in values[:-1] if value.truth is not every]
    result = join_all([*(_short(value, every=every) for value in kept), values[-1]])
    verdict = both(values) if every else either(values)
    shapes = tuple(shape for shape in result.shapes if not isinstance(shape, Verdict))
    plain = [each for each in shapes if not (isinstance(each, Constant) and isinstance(each.value, bool))]
    return Value((*verdict.shapes, *(shapes if plain or not verdict.shapes else ())), result.marks)


def _short(value: Value, *, every: bool) -> Value:
    """What a part may be if the result is it: for `and` something false, for `or` something true."""
    if every:
        return (
            Value(tuple(each for each in value.shapes if isinstance(each, Verdict) or each.truth is not True))
            if value.shapes
            else constant(None)
        )
    return Value(tuple(each for each in value.shapes if each.truth is not False), value.marks)


def _compare(machine: Machine, node: ast.Compare, frame: Frame) -> Value:
    left = machine.evaluate(node.left, frame)
    results: list[Value] = []
    for operator, inner in zip(node.ops, node.comparators, strict=True):
        right = machine.evaluate(inner, frame)
        _emit(machine, node, left, right, frame)
        results.append(_compared(node.left, left, operator, right))
        left = right
    return results[0] if len(results) == 1 else both(results)


def _emit(machine: Machine, node: ast.expr, left: Value, right: Value, frame: Frame) -> None:
    """Comparisons of a principal, of a credential, or of two things a client and the store said, are worth writing down."""
    if _constant_none(right):
        return
    marks = deep_marks(left) | deep_marks(right)
    kinds = {mark.kind for mark in marks}
    if Kind.PRINCIPAL in kinds or (Kind.REQUEST in kinds and len(marks) >= 1):
        apart = _others(left, right) or _others(right, left)
        machine.emit(Compared(region(frame.module, node), frame.function, (), marks, ast.unparse(node), apart))


def _others(mine: Value, other: Value) -> bool:
    """Whether one value is the principal's, and another, of an item or a request, is not."""
    kinds = {mark.kind for mark in deep_marks(other)}
    return (
        any(mark.kind is Kind.PRINCIPAL for mark in deep_marks(mine))
        and Kind.PRINCIPAL not in kinds
        and bool(kinds & {Kind.ITEM, Kind.REQUEST})
    )


def _compared(node: ast.expr, left: Value, operator: ast.cmpop, right: Value) -> Value:
    conditions = [shape for shape in left.only(Made) if shape.path == "boto3.condition"]
    if conditions:
        return of(*(replace(shape, given=(*shape.given, ("#0", right))) for shape in conditions))
    truth = _known(left, operator, right)
    if truth is not None:
        return constant(truth)
    told = checked(left) | checked(right)
    match operator:
        case ast.Eq() if not _constant_none(right):
            return proof(told | bounded(left))
        case ast.NotEq() if not _constant_none(right):
            return proof(NOTHING, told | bounded(left))
        case ast.In():
            return _member(left, right)
        case ast.NotIn():
            return opposite(_member(left, right))
        case ast.Is() if _constant_none(right):
            return opposite(Value(tuple(left.only(Verdict))))
        case ast.IsNot() if _constant_none(right):
            return Value(tuple(left.only(Verdict)))
        case ast.Gt() | ast.GtE():
            return proof(_sized(right), _sized(left))
        case ast.Lt() | ast.LtE():
            return proof(_sized(left), _sized(right))
        case _:
            pass
    return UNKNOWN


def _sized(value: Value) -> Facts:
    """What is known of a number, or of a text whose length is measured, once it is below something."""
    lengths = [shape.given[0][1] for shape in value.only(Made) if shape.path == "len"]
    return bounded(value) | frozenset[Any]().union(*(checked(each, plain=False) for each in lengths))


def _member(left: Value, right: Value) -> Value:
    """`left in right`: membership bounds a client's text; a delimiter that is not in it makes it plain."""
    if left.text is not None and len(left.shapes) == 1 and not right.one(Sequence):
        return (
            proof(NOTHING, frozenset(fact for fact in checked(right) if fact[0] == "plain") | checked(right))
            if len(left.text) <= 2
            else UNKNOWN
        )
    keys = frozenset(mark for mark in left.marks if mark.name == "@key")
    inside: Facts = frozenset(("checked", mark) for mark in keys)
    if any(mark.kind is Kind.REQUEST for mark in deep_marks(right)) and not right.one(Mapping):
        return UNKNOWN
    return proof(checked(left) | bounded(left) | inside, frozenset(("bounded", mark) for mark in keys))


def _constant_none(value: Value) -> bool:
    return len(value.shapes) == 1 and isinstance(value.shapes[0], Constant) and value.shapes[0].value is None


def _known(left: Value, operator: ast.cmpop, right: Value) -> bool | None:
    """The truth of a comparison of constants, and of anything known with None."""
    if isinstance(operator, ast.Is | ast.IsNot) and _constant_none(right) and left.shapes:
        nothing = [isinstance(each, Missing) or (isinstance(each, Constant) and each.value is None) for each in left.shapes]
        if all(nothing) and not left.marks:
            return isinstance(operator, ast.Is)
        if not any(nothing) and not any(isinstance(each, Anything | Verdict | Made | Text) for each in left.shapes):
            return isinstance(operator, ast.IsNot)
        return None
    if len(left.shapes) == len(right.shapes) == 1 and not left.marks and not right.marks:
        a, b = left.shapes[0], right.shapes[0]
        if isinstance(a, Constant) and isinstance(b, Constant) and isinstance(operator, ast.Eq | ast.NotEq):
            return (a == b) is isinstance(operator, ast.Eq)
        if (
            isinstance(a, Constant)
            and isinstance(a.value, str)
            and isinstance(b, Mapping)
            and b.rest is None
            and isinstance(operator, ast.In | ast.NotIn)
        ):
            held = b.get(a.value)
            if held is None or held.one(Missing) is None:
                return (held is not None) is isinstance(operator, ast.In)
    return None


def _conditional(machine: Machine, node: ast.IfExp, frame: Frame) -> Value:
    test = machine.evaluate(node.test, frame)
    found = []
    facts = frame.facts
    if test.truth is not False:
        frame.facts = facts | holds(test)
        found.append(machine.evaluate(node.body, frame))
    if test.truth is not True:
        frame.facts = facts | fails(test)
        found.append(machine.evaluate(node.orelse, frame))
    frame.facts = facts
    return join_all(found)


def _named(machine: Machine, node: ast.NamedExpr, frame: Frame) -> Value:
    value = machine.evaluate(node.value, frame)
    attributes.store(machine, node.target, value, frame)
    return value


def _awaited(machine: Machine, node: ast.Await | ast.Starred | ast.FormattedValue, frame: Frame) -> Value:
    return machine.evaluate(node.value, frame)


def _yield(machine: Machine, node: ast.Yield, frame: Frame) -> Value:
    frame.yields.append(machine.evaluate(node.value, frame) if node.value is not None else UNKNOWN)
    return UNKNOWN


def _yield_from(machine: Machine, node: ast.YieldFrom, frame: Frame) -> Value:
    frame.yields.append(attributes.element(machine, machine.evaluate(node.value, frame), Site(frame.module, node, frame.function, frame)))
    return UNKNOWN


_WALKS: dict[type[ast.expr], Callable[[Machine, Any, Frame], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.Lambda: _lambda,
    ast.Dict: _dict,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Set: _list,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.JoinedStr: _joined,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.NamedExpr: _named,
    ast.Await: _awaited,
    ast.Starred: _awaited,
    ast.FormattedValue: _awaited,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
