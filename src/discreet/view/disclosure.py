"""What a view gives: a disclosure is the part of an item its viewer may see; undisclosed items are spelled out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, NoReturn, TypeVar, cast

from discreet.entity import Declaration, Entity
from discreet.entity.item import item_of, jsonable, with_defaults
from discreet.errors import NotDisclosedError

__all__ = ["Disclosure", "DisclosurePage", "Undisclosed", "UndisclosedPage"]

E = TypeVar("E", bound=Entity)


class Disclosure(Generic[E]):
    """One item, as far as its viewer may see it. `values` are Python's, under the names of the declaration."""

    def __init__(self, declaration: Declaration, values: Mapping[str, Any]) -> None:
        self._declaration = declaration
        self._values = values

    @cached_property
    def item(self) -> E:
        """The typed item. Attributes that were not disclosed raise NotDisclosedError when they are read."""
        return cast(E, item_of(self._declaration, self._values))

    @cached_property
    def data(self) -> dict[str, Any]:
        """The answer as JSON values, under JSON's names."""
        return jsonable(self._declaration.attributes.values(), self._values)

    @property
    def content(self) -> bytes:
        """The answer as JSON text."""
        return dumps(self.data)

    def __repr__(self) -> str:
        return f"<Disclosure of {self._declaration.name}>"


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

    def __init__(self, declaration: Declaration, values: Mapping[str, Any]) -> None:
        self._item = cast(E, item_of(declaration, with_defaults(declaration, values)))

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
