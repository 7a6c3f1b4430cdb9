"""Disclosures as answers: responses that go to the socket as they are, and document what someone may see.

Both are `Response`s, so FastAPI sends them untouched; and both are generic aliases in annotations, which FastAPI
does not take for responses, so they stay response models, and their schemas are what OpenAPI shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Generic, NoReturn, TypeVar

from pydantic import Field, GetCoreSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from discreet.entity import Declared, Entity, declaration_of
from discreet.entity.part import Part, entity_of, shape_of
from discreet.entity.reference import reference, referred
from discreet.entity.shape import schema_of
from discreet.errors import NotDisclosedError
from discreet.fastapi.guard import guarded
from discreet.view import Disclosure, DisclosurePage
from discreet.view.tags import tag_of
from fastapi import Header

__all__ = ["Cursor", "Disclosed", "IdempotencyKey", "IfMatch", "Page"]

E = TypeVar("E", bound=Declared)

Cursor = Annotated[str, Field(description="Where to go on: the `next` of the page before.")]
"""A cursor in a request. Whatever is wrong with one is found out when it is opened, and is always the same 400."""


IfMatch = Annotated[str | None, Header(alias="If-Match", description="Write only if the item is still the one with this `ETag`.")]
"""The If-Match header: give it to `update(..., if_match=)`. Declare it with the default None."""
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=255, description="The same request again, under the same key, happens once."),
]
"""The Idempotency-Key header: give it to `table.transaction(token=)`. Declare it with the default None."""


class _Answer(Response):
    """A response made of disclosed data. It keeps its route's status, and what dependencies said about headers."""

    media_type = "application/json"

    if not TYPE_CHECKING:

        def __class_getitem__(cls, entity: Any) -> Any:
            return super().__class_getitem__(reference(entity, Entity, Part))

    def __init__(self, content: bytes, injected: Response | None) -> None:
        super().__init__(content)
        self._injected = injected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # FastAPI applies these to what it serialises itself, and not to a Response that a route returns.
        declared = getattr(scope.get("route"), "status_code", None)
        injected = self._injected
        if declared is not None:
            self.status_code = declared
        if injected is not None:
            self.status_code = injected.status_code or self.status_code
            self.raw_headers += [each for each in injected.raw_headers if each[0] not in (b"content-length", b"content-type")]
        guarded(scope).disclosed = True
        await super().__call__(scope, receive, send)

    @property
    def data(self) -> Any:
        """The answer as JSON values."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        # FastAPI asserts that a response is true, and an empty page has a length of 0.
        return True

    # `jsonable_encoder` would take it for a plain object and write out its attributes: it asks `dict()`, then `vars()`.
    def __iter__(self) -> Any:
        _refuse(type(self).__name__)

    @property
    def __dict__(self) -> NoReturn:  # type: ignore[override]
        _refuse(type(self).__name__)


def _refuse(name: str) -> NoReturn:
    raise NotDisclosedError(
        f"a `{name}` stands in an answer that has no type", hint=f"annotate the route: `-> {name}[...]`, or a BaseModel with it as a field"
    )


class Disclosed(_Answer, Generic[E]):
    """One item, as far as its viewer may see it: the answer of a route, alone, in a list, or in a field of a model."""

    def __init__(self, disclosure: Disclosure[E], injected: Response | None = None) -> None:
        content = disclosure.content
        super().__init__(content, injected)
        if disclosure.is_whole:  # a part of an item may stay as it is while the item changes
            self.headers["ETag"] = tag_of(content)
        self._disclosure = disclosure

    @property
    def item(self) -> E:
        """The typed item, for your own code. Attributes that were not disclosed raise NotDisclosedError when read."""
        return self._disclosure.item

    @property
    def data(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return self._disclosure.data

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _schema(cls, source, handler, _item_schema)

    def __repr__(self) -> str:
        return f"<Disclosed {self._disclosure!r}>"


class Page(_Answer, Generic[E]):
    """A page of disclosed items, answered as `{"items": [...], "next": cursor or null}`."""

    def __init__(self, page: DisclosurePage[E], injected: Response | None = None) -> None:
        super().__init__(page.content, injected)
        self._page = page

    @property
    def items(self) -> Sequence[Disclosed[E]]:
        """The items of this page."""
        return [Disclosed(each) for each in self._page.items]

    def __iter__(self) -> Iterator[Disclosed[E]]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self._page)

    @property
    def next(self) -> str | None:
        """The cursor of the next page; None where there is none."""
        return self._page.next

    @property
    def data(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return self._page.data

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _schema(cls, source, handler, _page_schema)

    def __repr__(self) -> str:
        return f"<{self._page!r}>"


def _schema(
    cls: type[_Answer], source: Any, handler: GetCoreSchemaHandler, schema_for: Callable[[type[Declared]], Mapping[str, Any]]
) -> CoreSchema:
    """What FastAPI documents and, where an answer is part of a larger one, what is validated and written."""
    model = referred(source, cls.__name__)

    def check(value: object) -> object:
        if not isinstance(value, cls):
            raise ValueError(f"not a {cls.__name__} of {model.__name__}")
        return value

    def write(value: _Answer) -> Any:
        return value.data

    return handler.generate_schema(
        Annotated[object, PlainValidator(check), PlainSerializer(write), WithJsonSchema(dict(schema_for(model)))]
    )


def _item_schema(model: type[Declared]) -> Mapping[str, Any]:
    declaration = declaration_of(entity_of(model))
    return schema_of(declaration, shape_of(declaration, model))


def _page_schema(model: type[Declared]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "title": f"Page of {model.__name__}",
        "properties": {
            "items": {"type": "array", "items": _item_schema(model)},
            "next": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "The cursor of the next page."},
        },
        "required": ["items", "next"],
        "additionalProperties": False,
    }
