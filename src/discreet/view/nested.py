"""What a body comes to where values are inside of others: changes by the table's paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from discreet.dynamodb.store import sendable_value
from discreet.entity import DeclaredAttribute
from discreet.entity.accepting import UNSET
from discreet.entity.invalid import said_of
from discreet.entity.item import nested_value
from discreet.errors import BadRequest
from discreet.policy import Path
from discreet.policy.plan import MISSING

__all__ = ["at_the_top", "kept_as", "nested_changes"]


def kept_as(attribute: DeclaredAttribute, value: Any) -> Any:
    """What is read back of a value that is set."""
    if value is UNSET:
        return None if attribute.default is MISSING else attribute.default
    return value


def nested_changes(attribute: DeclaredAttribute, value: Any, held: Any, path: Path) -> dict[Path, Any]:
    """The changes of one nested attribute: inside of what is stored, or whole where nothing is."""
    nested = {each.name: each for each in attribute.nested or ()}
    if attribute.shape == "one" and isinstance(held, Mapping):
        return _model_changes(nested, value, held, path)
    if attribute.shape == "map" and isinstance(held, Mapping):
        found: dict[Path, Any] = {}
        for key, entry in value.items():
            if entry is UNSET:
                found |= {(*path, key): None} if key in held else {}
            elif isinstance(held.get(key), Mapping):
                found |= _model_changes(nested, entry, held[key], (*path, key))
            else:
                found |= {(*path, key): _validated(attribute, {key: entry})["M"][key]}
        return found
    if attribute.shape == "map":
        value = {key: entry for key, entry in value.items() if entry is not UNSET}
    return {path: _validated(attribute, value)}


def at_the_top(changes: Mapping[Path, Any], wire: Mapping[str, Any]) -> dict[Path, Any]:
    """The same changes, said of whole top-level attributes as they were read: fewer than what is inside of them."""
    found: dict[Path, Any] = {path: change for path, change in changes.items() if len(path) == 1}
    for (top, *inside), change in changes.items():
        if inside:
            held = found[(top,)] = found.get((top,)) or sendable_value(wire[top])
            for name in inside[:-1]:
                held = held["M"][name]
            if change is None:
                held["M"].pop(inside[-1], None)
            else:
                held["M"][inside[-1]] = change
    return found


def _model_changes(
    nested: Mapping[str, DeclaredAttribute], values: Mapping[str, Any], held: Mapping[str, Any], path: Path
) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    for name, value in values.items():
        inner = nested[name]
        if inner.nested is None or value is None or value is UNSET:
            found[(*path, inner.stored)] = None if value is UNSET else nested_value(inner, value)
        else:
            found |= nested_changes(inner, value, held.get(name), (*path, inner.stored))
    return found


def _validated(attribute: DeclaredAttribute, value: Any) -> Any:
    """A nested value that is stored whole, so that nothing that it requires is lacking."""
    try:
        return nested_value(attribute, attribute.validate(_without_unset(value)))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    errors = [
        {"loc": ["body", attribute.json, *(p if isinstance(p, int) else "…" for p in each["loc"])], **said_of(each)} for each in faults
    ]
    raise BadRequest(errors=errors)


def _without_unset(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_unset(each) for name, each in value.items() if each is not UNSET}
    return [_without_unset(each) for each in value] if isinstance(value, list) else value
