"""Keys and indexes: what chooses an item, as attributes themselves or by templates."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal

from discreet.errors import DeclarationError
from discreet.key.template import Template

__all__ = ["HASH_LIMIT", "RANGE_LIMIT", "Index", "Key", "KeyPart", "Plain", "Templated"]

HASH_LIMIT: Final = 2048
RANGE_LIMIT: Final = 1024
"""Bytes of a hash and of a range key: DynamoDB's limits."""

_INDEX_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")


@dataclass(frozen=True, slots=True)
class Plain:
    """A part of a key that is an attribute itself."""

    attribute: str

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes it is made of."""
        return (self.attribute,)


@dataclass(frozen=True, slots=True)
class Templated:
    """A part of a key that a template writes, under a physical name of its own."""

    physical: str
    template: Template

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes it is made of."""
        return self.template.names


KeyPart = Plain | Templated


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Key:
    """A primary or index key: `Key("user_id")`, `Key("user_id", "created_at")` where attributes are the keys themselves,
    or `Key(pk="CLINIC#{clinic_id}", sk="PET#{pet_id}")` with physical names and templates, hash first.
    """

    parts: tuple[KeyPart, ...]
    names: tuple[str, ...] = field(compare=False)
    """The attributes it is made of, in order, each once."""

    def __init__(self, *attributes: str, **templates: str) -> None:
        if bool(attributes) == bool(templates) or len(attributes) + len(templates) > 2:
            raise DeclarationError(
                "a `Key` has one or two parts, all attributes or all templates",
                hint='Key("user_id"), Key("user_id", "created_at") or Key(pk="USER#{user_id}", sk="PROFILE")',
            )
        if not all(isinstance(each, str) and each for each in (*attributes, *templates.values())):
            raise DeclarationError("a `Key` is made of names and templates", hint="give each as a str")
        if len(set(attributes)) < len(attributes):
            raise DeclarationError(f"a `Key` names `{attributes[0]}` twice", hint="hash and range key are different attributes")
        plain: tuple[KeyPart, ...] = tuple(Plain(each) for each in attributes)
        parts = plain or tuple(Templated(name, Template.parse(text)) for name, text in templates.items())
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "names", tuple(dict.fromkeys(name for part in parts for name in part.names)))

    @property
    def hash(self) -> KeyPart:
        """The part that says which partition."""
        return self.parts[0]

    @property
    def range(self) -> KeyPart | None:
        """The part that items are sorted by, if there is one."""
        return self.parts[1] if len(self.parts) == 2 else None

    def __repr__(self) -> str:
        written = (repr(p.attribute) if isinstance(p, Plain) else f"{p.physical}={str(p.template)!r}" for p in self.parts)
        return f"Key({', '.join(written)})"


@dataclass(frozen=True, slots=True, init=False)
class Index:
    """A secondary index: its name, its key, what it projects besides keys, and whether it is local to the partition."""

    name: str
    key: Key
    projects: Literal["all", "keys"] | frozenset[str]
    local: bool

    def __init__(self, name: str, key: Key, *, projects: Literal["all", "keys"] | Collection[str] = "all", local: bool = False) -> None:
        if not isinstance(name, str) or not name or not isinstance(key, Key):
            raise DeclarationError("an `Index` needs a name and a `Key`", hint='Index("by_owner", Key(gsi1pk="OWNER#{owner_id}"))')
        if _INDEX_NAME.fullmatch(name) is None:
            raise DeclarationError(
                f"index `{name}` has a name that DynamoDB does not take", hint="3 to 255 letters, digits, `_`, `-` and `.`"
            )
        if isinstance(projects, str) and projects not in ("all", "keys"):
            raise DeclarationError(f"index `{name}` projects `{projects}`", hint='"all", "keys", or a set of attributes')
        set_ = object.__setattr__
        set_(self, "name", name)
        set_(self, "key", key)
        set_(self, "projects", projects if isinstance(projects, str) else frozenset(projects))
        set_(self, "local", local)
