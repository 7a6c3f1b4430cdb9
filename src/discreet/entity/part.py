"""A part of an entity: a class that names some of its attributes, for answers that hold no more than those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import UnionType
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from discreet.entity.annotations import StoredAs, VisibleTo, WritableBy
from discreet.entity.checks import refuse_own_serialising
from discreet.entity.codecs import refuse_serializer
from discreet.entity.declaration import Declaration, DeclaredAttribute
from discreet.entity.declared import Declared, Nested
from discreet.entity.model import Entity, declaration_of
from discreet.entity.shape import Shape, whole
from discreet.entity.types import unwrap
from discreet.errors import CallError, DeclarationError

__all__ = ["Part", "entity_of", "shape_of"]

W = TypeVar("W", bound=Declared)


class Part(Declared, Generic[W]):
    """Some attributes of an entity or Embedded, by name and type: `class PetCard(Part[Pet]): name: str`.

    Given as `shape=`, it narrows what is read and answered, and can never widen it: audiences, names and formats stay
    those of `Pet`. Inside, a part of an Embedded may stand for it. Raises DeclarationError at import for an attribute
    that the whole does not have, or has in another type.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__pydantic_generic_metadata__["origin"] is None:
            refuse_own_serialising(cls)
            _check(cls, _whole(cls))


def shape_of(declaration: Declaration, shape: type[Declared] | None) -> Shape:
    """The shape that a call asks for. Raises CallError for what is no part of this entity."""
    if shape is None or shape is declaration.model:
        return whole(declaration)
    if not (isinstance(shape, type) and issubclass(shape, Part) and _whole(shape) is declaration.model):
        raise CallError(
            f"`shape` is no part of `{declaration.name}`", hint=f"class Card(Part[{declaration.name}]) lists some of its attributes"
        )
    return _narrowed(declaration, shape)


def entity_of(shape: type[Declared]) -> type[Entity]:
    """The entity that an answer's type is about: itself, or what it is a part of. Raises DeclarationError for neither."""
    found = _whole(shape) if isinstance(shape, type) and issubclass(shape, Part) else shape
    declaration_of(found)  # type: ignore[arg-type]
    return found  # type: ignore[return-value]


@lru_cache(maxsize=1024)
def _narrowed(declaration: Declaration, part: type[Declared]) -> Shape:
    attributes = {each.name: each for each in _shaped(declaration.attributes, part)}
    return Shape(part, attributes)


def _shaped(attributes: Mapping[str, DeclaredAttribute], part: type[Declared]) -> Iterable[DeclaredAttribute]:
    for name, info in part.__pydantic_fields__.items():
        inner = _part_in(info.annotation)
        found = attributes[name]
        if inner is None:
            yield found
        else:
            nested = {each.name: each for each in found.nested or ()}
            yield replace(found, model=inner, nested=tuple(_shaped(nested, inner)))


def _part_in(annotation: Any) -> type[Declared] | None:
    """The part that stands somewhere in a type for an Embedded."""
    kind, _ = unwrap(annotation)
    if isinstance(kind, type) and issubclass(kind, Part):
        return kind
    if get_origin(kind) is Literal:
        return None
    return next((found for each in get_args(kind) if (found := _part_in(each)) is not None), None)


def _whole(part: type[Declared]) -> type[Declared]:
    for base in part.__mro__:
        made_of = getattr(base, "__pydantic_generic_metadata__", {"args": ()})["args"]
        if made_of and isinstance(made_of[0], type) and issubclass(made_of[0], (Entity, Nested)):
            return made_of[0]
    raise DeclarationError(f"`{part.__name__}` does not say what it is a part of", hint="class PetCard(Part[Pet]): name: str")


def _check(part: type[Declared], of: type[Declared]) -> None:
    if issubclass(of, Entity):
        declaration_of(of)
    if not part.__pydantic_fields__:
        raise DeclarationError(f"`{part.__name__}` lists no attribute of `{of.__name__}`", hint="name some, with their types: name: str")
    for name, info in part.__pydantic_fields__.items():
        theirs = of.__pydantic_fields__.get(name)
        where = f"`{part.__name__}.{name}`"
        if theirs is None:
            raise DeclarationError(
                f"{where} is no attribute of `{of.__name__}`", hint=f"it has {', '.join(f'`{each}`' for each in of.__pydantic_fields__)}"
            )
        metadata = [*info.metadata, *unwrap(info.annotation)[1]]
        for each in metadata:
            refuse_serializer(each, where)
        if any(isinstance(each, (VisibleTo, WritableBy, StoredAs)) for each in metadata):
            raise DeclarationError(f"{where} declares anew what `{of.__name__}` declares", hint="a part gives names and types alone")
        if not info.is_required() or info.alias is not None:
            raise DeclarationError(f"{where} has a default or an alias of its own", hint=f"leave it out: `{of.__name__}` has what counts")
        if _bare(info.annotation) != _bare(theirs.annotation):
            raise DeclarationError(
                f"{where} is of another type than `{of.__name__}.{name}`", hint="give it the same type, without Annotated"
            )


def _bare(annotation: Any) -> Any:
    """A type without metadata, in which a part of an Embedded stands for the Embedded."""
    kind, _ = unwrap(annotation)
    if isinstance(kind, type) and issubclass(kind, Part):
        return _whole(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is None or origin is Literal:
        return kind
    if origin in (Union, UnionType):
        return (Union, frozenset(map(_bare, arguments)))
    return (origin, *map(_bare, arguments))
