"""What a client sends to make or change an item: JSON that is not looked into before it is known who sends it.

That it is an object within bounds is all that is checked on the way in. Names, types and masks are checked by the view,
with the principal, so that an error never tells a stranger what there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, NoReturn, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from discreet.entity.declaration import DeclaredAttribute
from discreet.entity.model import Entity, declaration_of
from discreet.entity.reference import reference, referred
from discreet.errors import NotDisclosedError
from discreet.policy import nobody

__all__ = ["DEEPEST", "Change", "New", "written_schema"]

E = TypeVar("E", bound=Entity)

DEEPEST: Final = 32
"""Levels of nesting: DynamoDB's limit."""


class Body(Generic[E]):
    """JSON as it came in. Made by FastAPI for a route's parameter, or by hand: `Change[Pet]({"name": "Rex"})`."""

    __slots__ = ("_values",)
    action: ClassVar[Literal["create", "update"]]

    if not TYPE_CHECKING:

        def __class_getitem__(cls, entity: Any) -> Any:
            return super().__class_getitem__(reference(entity, Entity))

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = _checked(values)

    @property
    def values(self) -> Mapping[str, Any]:
        """The JSON object: unchecked input."""
        return self._values

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        entity: Any = referred(source, cls.__name__)

        def check(value: Any) -> Any:
            return value if isinstance(value, cls) else cls(value)

        def shown(schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
            return written_schema(entity, cls.action)

        return core_schema.no_info_plain_validator_function(check, metadata={"pydantic_js_functions": [shown]})

    def __iter__(self) -> Iterator[NoReturn]:
        raise NotDisclosedError(f"a `{type(self).__name__}` is unchecked input, and not serialised", hint="give it to a view")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class New(Body[E]):
    """The body of a request that makes an item: only what someone may set on create, required as declared."""

    __slots__ = ()
    action = "create"


class Change(Body[E]):
    """The body of a request that changes an item (RFC 7396): what is absent stays, null unsets."""

    __slots__ = ()
    action = "update"


def _checked(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise PydanticCustomError("dict_type", "Input should be a valid dictionary")
    if _deeper_than(values, DEEPEST):
        raise PydanticCustomError("too_deep", "The value is nested too deeply")
    return dict(values)


def _deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, (Mapping, list)):
        return False
    inner = value.values() if isinstance(value, Mapping) else value
    return levels == 0 or any(_deeper_than(each, levels - 1) for each in inner)


# Schema


def written_schema(entity: type[Entity], action: Literal["create", "update"]) -> dict[str, Any]:
    """JSON Schema of a body: what someone may write, and nothing else."""
    declaration = declaration_of(entity)
    name = f"{'New' if action == 'create' else 'Change'} {declaration.name}"
    fixed = declaration.key.names if action == "update" else ()
    attributes = [each for each in declaration.attributes.values() if each.name not in fixed]
    return _object(name, attributes, action, requiring=action == "create")


def _object(title: str, attributes: Any, action: Literal["create", "update"], *, requiring: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for each in attributes:
        schema = _written(each, action)
        if schema is not None:
            properties[each.json] = schema
            required += [each.json] if requiring and each.required else []
    found: dict[str, Any] = {"type": "object", "title": title, "properties": properties, "additionalProperties": False}
    return {**found, "required": required} if required else found


def _written(attribute: DeclaredAttribute, action: Literal["create", "update"]) -> dict[str, Any] | None:
    audience = attribute.writable.create if action == "create" else attribute.writable.update
    if audience == nobody:
        return None
    schema = _written_nested(attribute, action) if attribute.nested is not None else dict(attribute.codec.schema)
    return {**schema, "description": attribute.description} if schema and attribute.description else schema


def _written_nested(attribute: DeclaredAttribute, action: Literal["create", "update"]) -> dict[str, Any] | None:
    title = attribute.model.__name__ if attribute.model else attribute.name
    inner = _object(title, attribute.nested, action, requiring=action == "create" or attribute.shape == "list")
    if not inner["properties"]:
        return None
    if attribute.shape == "list":
        inner = {"type": "array", "items": inner}
    elif attribute.shape == "map":
        entry = inner if action == "create" else {"anyOf": [inner, {"type": "null"}]}
        inner = {"type": "object", "additionalProperties": entry}
    return {"anyOf": [inner, {"type": "null"}]} if attribute.nullable else inner
