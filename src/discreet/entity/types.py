"""Reading annotations: aliases unwrapped, metadata gathered, optionality told apart."""

from __future__ import annotations

import typing
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import typing_extensions

__all__ = ["optional", "unwrap"]

_ALIASES: tuple[type, ...] = tuple({typing_extensions.TypeAliasType, getattr(typing, "TypeAliasType", typing_extensions.TypeAliasType)})


def unwrap(annotation: Any) -> tuple[Any, list[Any]]:
    """Take off `Annotated` and PEP 695 aliases, at any depth of them; give the type inside and all the metadata."""
    metadata: list[Any] = []
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            metadata = [*more, *metadata]
        elif isinstance(annotation, _ALIASES):
            annotation = annotation.__value__  # type: ignore[attr-defined]
        elif isinstance(origin, _ALIASES):
            annotation = origin.__value__[get_args(annotation)]  # type: ignore[attr-defined]
        else:
            return annotation, metadata


def optional(annotation: Any) -> tuple[Any, bool]:
    """Tell `X | None` apart: the type without None, and whether None was part of it."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation, False
    members = [each for each in get_args(annotation) if each is not NoneType]
    if len(members) == len(get_args(annotation)):
        return annotation, False
    return (members[0] if len(members) == 1 else Union[tuple(members)]), True  # noqa: UP007
