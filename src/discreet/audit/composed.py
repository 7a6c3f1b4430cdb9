"""What is put together of other values: dicts of dicts, texts of pieces."""

from __future__ import annotations

from discreet.audit import web
from discreet.audit.values import MISSING, Constant, Mapping, Mark, Missing, Text, Value, constant, deep_marks, join, join_all, of, opened

__all__ = ["merged_into", "spread", "text_of", "textual"]


def spread(value: Value) -> tuple[dict[str, Value], Value | None]:
    """What `**value` gives: known names, and what any other name may hold."""
    known: dict[str, Value] = {}
    loose: list[Value] = []
    mappings = list(value.only(Mapping))
    for shape in mappings:
        for name, held in shape.known:
            known[name] = join(known[name], held) if name in known else held if len(mappings) == 1 else join(held, MISSING)
        if shape.rest is not None:
            loose.append(shape.rest)
    sent = web.everything_sent(value)
    if sent is not None:
        loose.append(sent)
    elif not mappings and (value.marks or not value.shapes):
        loose.append(opened(Value((), deep_marks(value))))
    return known, join_all(loose) if loose else None


def merged_into(shape: Mapping, value: Value) -> Mapping:
    """A dict with all that another value holds put into it."""
    known, loose = spread(value)
    for name, held in known.items():
        if any(isinstance(each, Missing) for each in held.shapes):
            old = shape.get(name)
            kept = Value(tuple(each for each in held.shapes if not isinstance(each, Missing)), held.marks)
            held = join(kept, old) if old is not None else held
        shape = shape.put(name, held)
    if loose is None:
        return shape
    dropped = frozenset[str]().union(*(each.dropped for each in value.only(Mapping)))
    rest = loose if shape.rest is None else join(shape.rest, loose)
    return Mapping(shape.known, rest, shape.dropped | dropped)


def textual(value: Value) -> Value:
    """A value as text: the marks of all that is in it."""
    return value if not value.shapes or all(isinstance(each, Constant | Text) for each in value.shapes) else Value((), deep_marks(value))


def text_of(parts: list[str | Value]) -> Value:
    """A text put together of parts. It is a constant if all of them are."""
    flat: list[str | Value] = []
    for part in parts:
        for each in _flat(part):
            if isinstance(each, str) and flat and isinstance(flat[-1], str):
                flat[-1] += each
            else:
                flat.append(each)
    if all(isinstance(each, str) for each in flat):
        return constant("".join(each for each in flat if isinstance(each, str))[:4000])
    marks = frozenset[Mark]().union(*(deep_marks(each) for each in flat if isinstance(each, Value)))
    return of(Text(tuple(flat[:40])), marks=marks)


def _flat(part: str | Value) -> tuple[str | Value, ...]:
    if isinstance(part, str):
        return (part,)
    if len(part.shapes) == 1:
        shape = part.shapes[0]
        if isinstance(shape, Constant) and not part.marks and isinstance(shape.value, str | int | float):
            return (str(shape.value),)
        if isinstance(shape, Text):
            return shape.parts
    return (part,)
