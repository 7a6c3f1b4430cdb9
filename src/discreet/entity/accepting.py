"""A body against a declaration: JSON -> values of the declared types, and the masks that must admit each of them.

A name that is unknown and one that is not for this principal to write are refused alike, before anything is said of a
value: so an error never tells of an attribute what its writer may not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import ValidationError

from discreet.entity.codec import MALFORMED
from discreet.entity.declaration import DeclaredAttribute
from discreet.entity.invalid import said_of
from discreet.entity.judging import Judge
from discreet.errors import BadRequest
from discreet.policy import Residual

__all__ = ["NOT_WRITABLE", "UNSET", "Accepted", "Mask", "Steps", "accepted"]

UNSET: Final = object()
"""Stands for a value that is taken away, so that the default holds again."""

MOST_NUMBERS: Final = 1000
"""Numbers of one set in a body. Their hashes can be made to be all the same, which takes a set the square of its members."""

Location = tuple[str | int, ...]
Steps = tuple[Location, ...]
_NO_OBJECT: Final = {"type": "dict_type", "msg": "Input should be a valid dictionary"}
_NO_LIST: Final = {"type": "list_type", "msg": "Input should be a valid list"}
NOT_WRITABLE: Final = {"type": "not_writable", "msg": "Not to be set here"}


@dataclass(frozen=True, slots=True)
class Mask:
    """What must hold for a value to be written.

    steps: the way from the item down to the model that declares the value, model by model: an attribute's name, with
    the key or position of an entry in it.
    """

    residual: Residual
    steps: Steps


@dataclass(frozen=True, slots=True)
class Accepted:
    """values: by Python's names; inside Embedded ones dicts, of which a change holds what was sent. masks: all must admit."""

    values: Mapping[str, Any]
    masks: tuple[Mask, ...]


def accepted(
    attributes: Iterable[DeclaredAttribute], body: Mapping[str, Any], judge: Judge, action: Literal["create", "update"]
) -> Accepted:
    """Take a body. Raises BadRequest for names that are not to be written and values that are not of their types."""
    intake = _Intake(judge, action)
    values = intake.model(tuple(attributes), body, (), ())
    if intake.unwritable:
        raise BadRequest(errors=[{"loc": ["body", "…"], **NOT_WRITABLE}])
    if intake.errors:
        raise BadRequest(errors=intake.errors)
    return Accepted(values, tuple(dict.fromkeys(intake.masks)))


class _Intake:
    def __init__(self, judge: Judge, action: Literal["create", "update"]) -> None:
        self.judge = judge
        self.action = action
        self.masks: list[Mask] = []
        self.errors: list[dict[str, Any]] = []
        self.unwritable = False

    def model(self, attributes: tuple[DeclaredAttribute, ...], body: Mapping[str, Any], steps: Steps, at: Location) -> dict[str, Any]:
        """The values of one model. at: where it stands in the body, for errors."""
        known = {each.json: each for each in attributes}
        inside = tuple(str(name) for name, *_ in steps)
        values: dict[str, Any] = {}
        for name, value in body.items():
            attribute = known.get(name)
            audience = None if attribute is None else attribute.writable.create if self._creates(steps) else attribute.writable.update
            residual = self.judge.residual(audience, inside) if audience is not None else None
            if attribute is None or not residual:
                self.unwritable = True
                continue
            self.masks.append(Mask(residual, steps))
            values[attribute.name] = self._value(attribute, value, steps, (*at, name))
        return values

    def _creates(self, steps: Steps) -> bool:
        return self.action == "create" or any(isinstance(step[-1], int) for step in steps)

    def _value(self, attribute: DeclaredAttribute, value: Any, steps: Steps, at: Location) -> Any:
        if value is None and self.action == "update" and not attribute.nullable and not attribute.required:
            return UNSET
        if attribute.nested is None:
            return self._leaf(attribute, value, at)
        if value is None and attribute.nullable:
            return None
        name, nested = attribute.name, attribute.nested
        match attribute.shape:
            case "one" if isinstance(value, Mapping):
                return self.model(nested, value, (*steps, (name,)), at)
            case "list" if isinstance(value, list):
                return [self._element(nested, each, (*steps, (name, n)), (*at, n)) for n, each in enumerate(value)]
            case "map" if isinstance(value, Mapping):
                return {key: self._entry(attribute, nested, key, each, steps, (*at, "…")) for key, each in value.items()}
            case _:
                self._fault(at, _NO_LIST if attribute.shape == "list" else _NO_OBJECT)
                return None

    def _element(self, nested: tuple[DeclaredAttribute, ...], value: Any, steps: Steps, at: Location) -> Any:
        if isinstance(value, Mapping):
            return self.model(nested, value, steps, at)
        self._fault(at, _NO_OBJECT)
        return None

    def _entry(
        self, attribute: DeclaredAttribute, nested: tuple[DeclaredAttribute, ...], key: str, value: Any, steps: Steps, at: Location
    ) -> Any:
        try:
            if attribute.entry is not None:
                attribute.entry(key)
        except (ValidationError, *MALFORMED):
            self._fault(at, {"type": "invalid", "msg": "The key is not valid"})
            return None
        if value is None and self.action == "update":
            return UNSET
        return self._element(nested, value, (*steps, (attribute.name, key)), at)

    def _leaf(self, attribute: DeclaredAttribute, value: Any, at: Location) -> Any:
        if attribute.codec.tag == "NS" and isinstance(value, list) and len(value) > MOST_NUMBERS:
            self._fault(at, {"type": "too_long", "msg": f"A set of numbers takes at most {MOST_NUMBERS} at once"})
            return None
        try:
            found = attribute.accept(value)
        except ValidationError as error:
            for each in error.errors(include_url=False, include_input=False):
                self._fault((*at, *(part if isinstance(part, int) else "…" for part in each["loc"])), said_of(each))
            return None
        except MALFORMED:
            self._fault(at, {"type": "invalid", "msg": "The value is not valid"})
            return None
        if _inexact(value, found):
            self._fault(at, {"type": "decimal_type", "msg": "A decimal is text, so that no digit is lost"})
        elif isinstance(found, (set, frozenset)) and len(found) < len(value):
            self._fault(at, {"type": "set_duplicates", "msg": "A set has each member once"})
        return found

    def _fault(self, at: Location, what: Mapping[str, str]) -> None:
        self.errors.append({"loc": ["body", *at], **what})


def _inexact(value: Any, found: Any) -> bool:
    """Whether a number that JSON gave as a float became a Decimal: its digits are not those that were sent."""
    if isinstance(found, Decimal):
        return isinstance(value, float)
    if isinstance(found, Mapping) and isinstance(value, Mapping):
        return any(_inexact(value.get(key), each) for key, each in found.items())
    if isinstance(found, (list, tuple)) and isinstance(value, list):
        return any(map(_inexact, value, found))
    if isinstance(found, (set, frozenset)) and isinstance(value, list):
        return any(isinstance(each, float) for each in value) and any(isinstance(each, Decimal) for each in found)
    return False
