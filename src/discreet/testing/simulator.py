"""Any read of a view, answered on a world with nothing hidden: pages, filters, indexes and shapes on a list of Python values."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from discreet.entity import DeclaredAttribute
from discreet.entity.codec import MALFORMED
from discreet.entity.filters import Comparison, Contains, Either, IsMissing, Together
from discreet.errors import BadCursor, BadKey, BadRequest, CallError, Forbidden, NotFound
from discreet.key import Above, AtLeast, AtMost, BeginsWith, Below, Between, Key
from discreet.key import Condition as KeyCondition
from discreet.testing.world import Shown, Values, World, could_admit, could_show, ordered

__all__ = ["Position", "Simulator", "matches"]


@dataclass(frozen=True)
class Position:
    """A cursor, open: the question it belongs to, and the place of the last item returned."""

    question: tuple[Any, ...]
    place: tuple[Any, ...]


class Simulator:
    """Answers any read of a view on a world, as the JSON values of the answer's body. Takes what `View` takes, and raises what it raises.

    A page's `next` is a `Position`, and `after` takes one; anything else is a forged cursor.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._declaration = world.declaration

    def get(self, *, shape: Any = None, consistent: bool = False, **key: Any) -> dict[str, Any]:
        """The item with this key. Its key was given, so it need not be disclosed."""
        return self._json(self._one(key), shape)

    def batch_get(self, keys: Iterable[Mapping[str, Any]], *, shape: Any = None, consistent: bool = False) -> list[dict[str, Any]]:
        """The items with these keys, each once, in the order asked; those that do not exist are left out."""
        asked = [tuple(self._asked(self._declaration.key, key, whole=True)[name] for name in self._declaration.key.names) for key in keys]
        by_key = {each.key: each for each in self.world.items}
        return [self._json(by_key[key], shape) for key in dict.fromkeys(asked) if key in by_key]

    def exists(self, **key: Any) -> bool:
        """Whether there is an item with this key."""
        try:
            self._one(key)
        except NotFound:
            return False
        return True

    def query(
        self,
        *,
        index: str | None = None,
        where: Any = None,
        after: Any = None,
        limit: int = 20,
        reverse: bool = False,
        consistent: bool = False,
        shape: Any = None,
        **key: Any,
    ) -> dict[str, Any]:
        """A page of the items whose keys are asked for, in the order of the sort key."""
        self._check_limit(limit)
        found, question = self._listed(index, where, reverse, consistent, key)
        return self._page(found, (*question, reverse), after, limit, shape, index, reverse=reverse)

    def each(self, *, index: str | None = None, where: Any = None, at_most: int, **key: Any) -> list[dict[str, Any]]:
        """The first `at_most` of all pages."""
        found, _ = self._listed(index, where, False, False, key)
        return [self._json(each, None, index) for each in found[:at_most]]

    def count(self, *, index: str | None = None, where: Any = None, at_most: int = 1000, **key: Any) -> int:
        """How many items there are, counting no further than `at_most`."""
        found, _ = self._listed(index, where, False, False, key)
        return min(len(found), at_most)

    def scan(self, *, where: Any = None, after: Any = None, limit: int = 20, shape: Any = None) -> dict[str, Any]:
        """A page of all items, in the table's own order: here by key, and any order is right."""
        if not could_admit(self._declaration.access.scan, self.world.principal, [self._declaration.attributes]):
            raise Forbidden
        self._check_limit(limit)
        self._check_where(where)
        found = sorted(
            (each for each in self.world.items if each.scannable and matches(where, each.values)), key=lambda each: self._place(None, each)
        )
        return self._page(found, ("scan", where, self.world.principal.id), after, limit, shape, None, reverse=False)

    # What is asked

    def _one(self, given: Mapping[str, Any]) -> Shown:
        key = self._declaration.key
        asked = self._asked(key, given, whole=True)
        for each in self.world.items:
            if each.key == tuple(asked[name] for name in key.names):
                return each
        raise NotFound

    def _asked(self, key: Key, given: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
        """Key values in their attributes' types; a sort key's next component may be under a condition."""
        needed = key.names if whole else key.hash.names
        if not set(needed) <= given.keys() <= set(key.names):
            raise CallError("these are not the key's names")
        sort = [name for name in key.names if name not in key.hash.names]
        loose = [name for name in sort if name not in given or isinstance(given[name], KeyCondition)]
        if any(name in given for name in loose[1:]):
            raise CallError("the sort key is given from the left, a condition last")
        return {name: self._typed(name, value, whole or name in key.hash.names) for name, value in given.items()}

    def _typed(self, name: str, value: Any, exact: bool) -> Any:
        if not isinstance(value, KeyCondition):
            try:
                if value is None or value in ("", b""):
                    raise BadKey
                found = self._declaration.attributes[name].validate(value)
            except (ValidationError, *MALFORMED):
                raise BadKey from None
            if isinstance(found, datetime) and found.tzinfo is None:
                raise BadKey
            return found
        if exact:
            raise CallError("a condition where a value is needed")
        match value:
            case BeginsWith():
                return value
            case Between(low, high):
                return Between(self._typed(name, low, True), self._typed(name, high, True))
            case Above(bound) | Below(bound) | AtLeast(bound) | AtMost(bound):
                return type(value)(self._typed(name, bound, True))

    def _check_limit(self, limit: int) -> None:
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= self._declaration.access.limit:
            raise BadRequest

    def _check_where(self, where: Any) -> None:
        """Refuse names that are unknown, or that the principal can never be shown: a filter is never dropped."""
        declared = self._declaration.attributes
        access, principal = self._declaration.access, self.world.principal
        for name in _names_in(where):
            inside = access.within is None or could_admit(access.within, principal, [declared])
            if name not in declared or not inside or not could_show(declared[name], principal, [declared]):
                raise BadRequest

    def _listed(
        self, index: str | None, where: Any, reverse: bool, consistent: bool, given: Mapping[str, Any]
    ) -> tuple[list[Shown], tuple[Any, ...]]:
        """Every item of a list, in order, and what makes this list another than others."""
        if index is not None and index not in self._declaration.indexes:
            raise CallError("no such index")
        if index is not None and consistent and not self._declaration.indexes[index].local:
            raise CallError("an index of its own is read as it is")
        key = self._declaration.key if index is None else self._declaration.indexes[index].key
        asked = self._asked(key, given, whole=False)
        self._check_where(where)

        def answers(item: Shown) -> bool:
            return (
                index in item.indexes
                and all(_is_asked(item.values[name], wanted) for name, wanted in asked.items())
                and matches(where, self._on(index, item.values))
            )

        found = sorted(filter(answers, self.world.items), key=lambda each: self._place(index, each), reverse=reverse)
        question = (index, tuple(sorted((name, repr(value)) for name, value in asked.items())), repr(where), self.world.principal.id)
        return found, question

    def _place(self, index: str | None, item: Shown) -> tuple[Any, ...]:
        """Where an item stands in a list: by its sort key. Ties are by the primary key here, and in any order in a table."""
        key = self._declaration.key if index is None else self._declaration.indexes[index].key
        sort = key.range.names if key.range else ()
        return (ordered(item.values[name] for name in sort), ordered(item.key))

    def _page(
        self, found: list[Shown], question: tuple[Any, ...], after: Any, limit: int, shape: Any, index: str | None, *, reverse: bool
    ) -> dict[str, Any]:
        """`next` is there if and only if one more item is."""
        if after is not None:
            if not isinstance(after, Position) or after.question != question:
                raise BadCursor
            place = after.place
            found = [each for each in found if (self._place(index, each) < place if reverse else self._place(index, each) > place)]
        page = found[:limit]
        more = Position(question, self._place(index, page[-1])) if len(found) > limit else None
        return {"items": [self._json(each, shape, index) for each in page], "next": more}

    # What is answered

    def _on(self, index: str | None, values: Values) -> Values:
        """What an index holds of an item: what it does not project is absent there, default or not."""
        if index is None or self._declaration.indexes[index].projects == "all":
            return values
        projects = self._declaration.indexes[index].projects
        held = {*self._declaration.key.names, *self._declaration.indexes[index].key.names}
        return {name: value for name, value in values.items() if name in held or (projects != "keys" and name in projects)}

    def _json(self, item: Shown, shape: Any, index: str | None = None) -> dict[str, Any]:
        values = self._on(index, item.values)
        if shape is not None:
            values = {name: value for name, value in values.items() if name in shape.model_fields}
        return _json_model(self._declaration.attributes.values(), values)


def _is_asked(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, KeyCondition):
        (value,) = ordered((value,))
    match wanted:
        case BeginsWith(prefix):
            return str(value).startswith(prefix)
        case Between(low, high):
            low, high = ordered((low, high))
            return bool(low <= value <= high)
        case AtLeast(bound):
            return bool(value >= ordered((bound,))[0])
        case AtMost(bound):
            return bool(value <= ordered((bound,))[0])
        case Above(bound):
            return bool(value > ordered((bound,))[0])
        case Below(bound):
            return bool(value < ordered((bound,))[0])
        case _:
            return bool(value == wanted)


# JSON

_DIGITS: Final = Context(prec=38)


def _json_model(declared: Iterable[DeclaredAttribute], values: Values) -> dict[str, Any]:
    return {each.json: _json_attribute(each, values[each.name]) for each in declared if each.name in values}


def _json_attribute(attribute: DeclaredAttribute, value: Any) -> Any:
    if attribute.nested is None or value is None:
        return _json(value)
    if attribute.shape == "list":
        return [_json_model(attribute.nested, one) for one in value]
    if attribute.shape == "map":
        return {key: _json_model(attribute.nested, one) for key, one in value.items()}
    return _json_model(attribute.nested, value)


def _json(value: Any) -> Any:
    """A value in an answer: Decimal as text, bytes in base64, sets sorted, times in RFC 3339 UTC."""
    match value:
        case Enum():
            return value.value
        case Decimal():
            return format(value.normalize(_DIGITS), "f")  # a table keeps numbers, not how they were spelled
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case set() | frozenset():
            return [_json(each) for each in sorted(value, key=lambda each: ordered((each,)))]
        case list() | tuple():
            return [_json(each) for each in value]
        case dict():
            return {key: _json(each) for key, each in value.items()}
        case _:
            return value


# Filters


def matches(where: Any, values: Values) -> bool:
    """Whether a disclosed item, defaults filled, is one that a filter asks for. What is absent is missing, and compares with nothing."""
    match where:
        case None:
            return True
        case Together(filters):
            return all(matches(each, values) for each in filters)
        case Either(filters):
            return any(matches(each, values) for each in filters)
        case IsMissing((name,)):
            return name not in values
        case Contains((name,), wanted):
            return name in values and _compares("contains", values[name], wanted)
        case Comparison((name,), operator, wanted):
            return name in values and _compares(operator, values[name], wanted)
        case _:
            raise CallError("no filter")


def _compares(operator: str, held: Any, wanted: Any) -> bool:
    held, wanted = ordered((held, wanted))
    try:
        match operator:
            case "==":
                return bool(held == wanted)
            case "!=":
                return bool(held != wanted)
            case "<":
                return bool(held < wanted)
            case "<=":
                return bool(held <= wanted)
            case ">":
                return bool(held > wanted)
            case ">=":
                return bool(held >= wanted)
            case _:
                return wanted in held
    except TypeError:
        return False


def _names_in(where: Any) -> Iterator[str]:
    match where:
        case None:
            return
        case Together(filters) | Either(filters):
            for each in filters:
                yield from _names_in(each)
        case _:
            yield where.path[0]
