"""The shape of an answer: all of an entity, or a part of it; as a typed item, as JSON, and as JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from discreet.entity.declaration import Declaration, DeclaredAttribute, projected_by
from discreet.entity.declared import Declared, partial
from discreet.policy import UNREADABLE, nobody
from discreet.policy.plan import MISSING

__all__ = ["Shape", "item_of", "jsonable", "schema_of", "whole"]


NOTHING: Final = object()


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What of an entity an answer may hold: these attributes, and inside Embedded ones no more than they list."""

    model: type[Declared]
    attributes: Mapping[str, DeclaredAttribute]


@lru_cache(maxsize=1024)
def whole(declaration: Declaration) -> Shape:
    """The shape of whole entities."""
    return Shape(declaration.model, declaration.attributes)


def jsonable(attributes: Iterable[DeclaredAttribute], disclosed: Mapping[str, Any]) -> dict[str, Any]:
    """Disclosed values under their JSON names, ready for `json.dumps`, in the order of declaration."""
    values = {each.json: _json_one(each, disclosed[each.name]) for each in attributes if each.name in disclosed}
    return {name: value for name, value in values.items() if value is not NOTHING}


def _json_one(attribute: DeclaredAttribute, value: Any) -> Any:
    """One value as JSON. What a part leaves nothing of is absent, never `{}`."""
    if attribute.nested is None:
        return attribute.codec.jsonable(value)
    if value is None:
        return None
    if attribute.shape == "list":
        return [found for each in value if (found := jsonable(attribute.nested, each))]
    if attribute.shape == "map":
        return {key: found for key, each in value.items() if (found := jsonable(attribute.nested, each))}
    return jsonable(attribute.nested, value) or NOTHING


def item_of(shape: Shape, values: Mapping[str, Any]) -> Declared:
    """A typed item that holds these values alone; reading any other attribute raises."""
    return _instance_of(shape.model, shape.attributes, values)


def _instance_of(model: type[Declared], attributes: Mapping[str, DeclaredAttribute], values: Mapping[str, Any]) -> Declared:
    held = {name: values[name] for name in attributes if name in values and values[name] is not UNREADABLE}
    return partial(model, {name: _instance(attributes[name], value) for name, value in held.items()})


def _instance(attribute: DeclaredAttribute, value: Any) -> Any:
    if attribute.nested is None or attribute.model is None or value is None:
        return value
    nested = {each.name: each for each in attribute.nested}
    model = attribute.model

    def one(values: Mapping[str, Any]) -> Declared:
        return _instance_of(model, nested, values)

    if attribute.shape == "list":
        return [one(each) for each in value if isinstance(each, Mapping)]
    if attribute.shape == "map":
        return {key: one(each) for key, each in value.items() if isinstance(each, Mapping)}
    return one(value)


# Schema


def schema_of(declaration: Declaration, shape: Shape) -> dict[str, Any]:
    """JSON Schema of a disclosure: what someone may see, required only where everyone who gets an answer gets it."""
    audiences = {name: each.audience for name, each in declaration.policy.attributes.items()}
    everywhere = frozenset(declaration.attributes).intersection(
        *(projected_by(declaration.attributes, declaration.key, index) for index in declaration.indexes.values())
    )
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, each in shape.attributes.items():
        shown = _shown(each) if audiences[name] != nobody else None
        if shown is None:
            continue
        properties[each.json] = shown
        certain = name in declaration.key.names or (each.default is not MISSING and (each.nested is None or each.shape != "one"))
        if declaration.policy.exists <= audiences[name] and certain and name in everywhere:
            required.append(each.json)
    return _object(shape.model.__name__, properties, required)


def _object(title: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "title": title, "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _shown(attribute: DeclaredAttribute) -> dict[str, Any] | None:
    schema: dict[str, Any] | None = dict(attribute.codec.schema)
    if attribute.nested is not None:
        schema = _shown_nested(attribute, attribute.nested)
    if schema is None:
        return None
    return {**schema, "description": attribute.description} if attribute.description else schema


def _shown_nested(attribute: DeclaredAttribute, nested: tuple[DeclaredAttribute, ...]) -> dict[str, Any] | None:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for each in nested:
        shown = _shown(each) if each.audience != nobody else None
        if shown is None:
            continue
        properties[each.json] = shown
        if attribute.audience <= each.audience and each.default is not MISSING and each.nested is None:
            required.append(each.json)
    if not properties:
        return None
    inner = _object(attribute.model.__name__ if attribute.model else attribute.name, properties, required)
    if attribute.shape == "list":
        inner = {"type": "array", "items": inner}
    elif attribute.shape == "map":
        inner = {"type": "object", "additionalProperties": inner}
    return {"anyOf": [inner, {"type": "null"}]} if attribute.nullable or attribute.default is None else inner
