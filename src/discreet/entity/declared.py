"""What every declared class does and refuses: it holds values, and it is no serialiser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from discreet.entity.annotations import Access, Kind
from discreet.errors import DeclarationError, NotDisclosedError
from discreet.key import Index, Key

__all__ = ["Declared", "Nested", "partial"]


class Declared(BaseModel):
    """The base of entities and embedded models: frozen, closed, printed without values, and never serialised.

    Reading an attribute that is not in hand raises NotDisclosedError; it never answers with the default.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        ignored_types=(Key, Index, Access, Kind),
        protected_namespaces=(),
        validate_by_alias=True,
        validate_by_name=True,
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def refuse(value: object) -> NoReturn:
            _refuse(cls)

        schema: Any = handler(source)
        return cast(CoreSchema, {**schema, "serialization": core_schema.plain_serializer_function_ser_schema(refuse)})

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> NoReturn:
        raise DeclarationError(
            f"`{cls.__name__}` has no JSON schema: it would name what nobody may see",
            hint=f"answer `Disclosed[{cls.__name__}]`, accept `New[{cls.__name__}]` or `Change[{cls.__name__}]`",
        )

    def __iter__(self) -> NoReturn:
        _refuse(type(self))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        _refuse(type(self))

    def __repr_args__(self) -> Any:
        return ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}=…' for name in self.__dict__)})"

    __str__ = __repr__

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in type(self).__pydantic_fields__:
                raise NotDisclosedError(
                    f"`{type(self).__name__}.{name}` is not disclosed here",
                    hint="read what its viewer may see, or read it on purpose through `table.undisclosed(...)`",
                )
            return super().__getattr__(name)


D = TypeVar("D", bound=Declared)


class Nested(Declared):
    """The base of embedded models."""


def _refuse(model: type[Declared]) -> NoReturn:
    raise NotDisclosedError(
        f"`{model.__name__}` is not serialised: it may hold what its reader may not see",
        hint=f"answer with the `Disclosed[{model.__name__}]` that the view gave; `.item` is for your own code",
    )


def partial(model: type[D], values: Mapping[str, Any]) -> D:
    """An instance that holds these values and no others: nothing is filled in, nothing is validated."""
    made = model.__new__(model)
    set_ = object.__setattr__
    set_(made, "__dict__", dict(values))
    set_(made, "__pydantic_fields_set__", set(values))
    set_(made, "__pydantic_extra__", None)
    set_(made, "__pydantic_private__", None)
    return made
