"""What a view gives: a disclosure is the part of an item its viewer may see; undisclosed items are spelled out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, NoReturn, TypeVar, cast

from discreet.entity import Entity
from discreet.entity.declared import Declared
from discreet.entity.shape import Shape, item_of, jsonable
from discreet.errors import NotDisclosedError

__all__ = ["Disclosure", "DisclosurePage", "Undisclosed", "UndisclosedPage"]

E = TypeVar("E", bound=Declared)


class Disclosure(Generic[E]):
    """One item, or the part of it that was asked for, as far as its viewer may see it.

    `values` are Python's, under the names of the declaration.
    """

    __slots__ = ("_item", "_shape", "_values")

    def __init__(self, shape: Shape, values: Mapping[str, Any]) -> None:
        self._shape = shape
        self._values = values
        self._item: E | None = None

    @property
    def item(self) -> E:
        """The typed item. Attributes that were not disclosed raise NotDisclosedError when they are read."""
        if self._item is None:
            self._item = cast(E, item_of(self._shape, self._values))
        return self._item

    @property
    def data(self) -> dict[str, Any]:
        """The answer as JSON values, under JSON's names."""
        return jsonable(self._shape.attributes.values(), self._values)

    @property
    def content(self) -> bytes:
        """The answer as JSON text."""
        return dumps(self.data)

    @property
    def is_whole(self) -> bool:
        """Whether it is of all of an entity, and not of a part."""
        return issubclass(self._shape.model, Entity)

    def __repr__(self) -> str:
        return f"<Disclosure of {self._shape.model.__name__}>"


class DisclosurePage(Generic[E]):
    """A page of disclosures; `next` is the cursor of the page after it, None where there is none."""

    def __init__(self, items: Sequence[Disclosure[E]], next: str | None) -> None:
        self.items = items
        self.next = next

    @property
    def data(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return {"items": [each.data for each in self.items], "next": self.next}

    @property
    def content(self) -> bytes:
        """The answer as JSON text."""
        return dumps(self.data)

    def __iter__(self) -> Iterator[Disclosure[E]]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<DisclosurePage of {len(self.items)}>"


class Undisclosed(Generic[E]):
    """A whole item, read past the policy. For your own code: it prints no value, and it can not be serialised."""

    __slots__ = ("_item",)

    def __init__(self, shape: Shape, values: Mapping[str, Any]) -> None:
        self._item = cast(E, item_of(shape, values))

    @property
    def item(self) -> E:
        """The typed item, with every attribute that is stored or has a constant default."""
        return self._item

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> NoReturn:
        raise NotDisclosedError("an `Undisclosed` item is part of an answer's type", hint="answer with `Disclosed[...]` from a view")

    def __iter__(self) -> NoReturn:
        raise NotDisclosedError("an `Undisclosed` item is not serialised", hint="answer with the `Disclosed[...]` that a view gave")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise NotDisclosedError("an `Undisclosed` item is not serialised", hint="read it again where it is needed")

    def __repr__(self) -> str:
        return f"<Undisclosed {type(self._item).__name__}>"


class UndisclosedPage(Generic[E]):
    """A page of undisclosed items; `next` is the cursor of the page after it, None where there is none."""

    __slots__ = ("items", "next")

    def __init__(self, items: Sequence[Undisclosed[E]], next: str | None) -> None:
        self.items = items
        self.next = next

    def __iter__(self) -> Iterator[Undisclosed[E]]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<UndisclosedPage of {len(self.items)}>"


def dumps(data: Any) -> bytes:
    """JSON as answers write it: compact, UTF-8."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
