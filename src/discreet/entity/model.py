"""The two classes that users derive from. Deriving declares: all that can be wrong with a declaration raises there."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from discreet.entity.annotations import Access, Kind
from discreet.entity.declaration import Declaration
from discreet.entity.declare import declare_attributes, declare_entity
from discreet.entity.declared import Declared, Nested
from discreet.errors import DeclarationError
from discreet.key import Index, Key

__all__ = ["Embedded", "Entity", "declaration_of"]

T = TypeVar("T")


class Embedded(Nested):
    """A model inside an entity, whose attributes declare their audience too; the attribute that holds it bounds them.

    Raises DeclarationError at import for an attribute without an audience and for whatever else is wrong.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        _require_complete(cls)
        declare_attributes(cls)


class Entity(Declared):
    """What one kind of item holds, and who may see each attribute.

    A class with a `Key` is an entity, and final. One without is a base for shared attributes. `Key`, `Index`,
    `Access` and `Kind` are found by type, under any name. Instances are for your own code: they are frozen,
    print no values and refuse to be serialised. Raises DeclarationError at import for whatever is wrong.
    """

    __declaration__: ClassVar[Declaration | None] = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        _refuse_bases(cls)
        _require_complete(cls)
        key, access, kind = _one(cls, Key), _one(cls, Access), _one(cls, Kind)
        if key is None:
            declare_attributes(cls)
            return
        indexes = {index.name: index for index in _standing(cls, Index)}
        if len(indexes) < len(_standing(cls, Index)):
            raise DeclarationError(f"`{cls.__name__}` declares one index twice", hint="an index has one name and one key")
        cls.__declaration__ = declare_entity(cls, key, indexes, access or Access(), kind)


def declaration_of(entity: type[Entity]) -> Declaration:
    """What an entity declares. Raises DeclarationError for a class without a key, which is no entity."""
    found = getattr(entity, "__declaration__", None)
    if found is None:
        name = getattr(entity, "__name__", repr(entity))
        raise DeclarationError(f"`{name}` is no entity: it has no key", hint='class Pet(Entity): key = Key("pet_id")')
    return found  # type: ignore[no-any-return]


def _refuse_bases(cls: type[Entity]) -> None:
    for base in cls.__mro__[1:]:
        if vars(base).get("__declaration__") is not None:
            raise DeclarationError(
                f"`{cls.__name__}` derives from the entity `{base.__name__}`, which is final",
                hint="put shared attributes in a base without a key",
            )


def _require_complete(cls: type[Declared]) -> None:
    if not cls.__pydantic_complete__ or not cls.__pydantic_fields_complete__:
        raise DeclarationError(
            f"`{cls.__name__}` has an annotation that can not be resolved yet", hint="define what it names above it, in the module"
        )


def _standing(cls: type[Declared], kind: type[T]) -> list[T]:
    """What stands in the class and in its bases, the nearest of one name first."""
    found: dict[str, T] = {}
    for base in cls.__mro__:
        for name, value in vars(base).items():
            if isinstance(value, kind):
                found.setdefault(name, value)
    return list(found.values())


def _one(cls: type[Declared], kind: type[T]) -> T | None:
    own = [value for value in vars(cls).values() if isinstance(value, kind)]
    found = own or _standing(cls, kind)
    if len(found) > 1:
        raise DeclarationError(f"`{cls.__name__}` has more than one {kind.__name__}", hint="keep one")
    return found[0] if found else None
