"""An entity and its attributes, as values: what a declared class comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from discreet.entity.annotations import Access, Format, Kind, WritableBy
from discreet.entity.codec import Codec
from discreet.entity.declared import Declared
from discreet.key import Index, Key, Plain
from discreet.policy import Attribute, Audience, Path, Policy, Resolved

__all__ = ["Declaration", "DeclaredAttribute", "attribute_at", "projected_by"]


@dataclass(frozen=True, slots=True, eq=False)
class DeclaredAttribute:
    """One attribute as declared: its three names (Python's, the table's, JSON's), its audiences and its codec.

    `nested` holds the attributes inside an Embedded, which stands alone ("one"), in a list or in a map.
    """

    name: str
    stored: str
    json: str
    audience: Audience
    writable: WritableBy
    codec: Codec
    format: Format | None
    validate: Callable[[Any], Any]
    """Python values of its type, as far as Pydantic converts them."""
    accept: Callable[[Any], Any]
    """JSON values, strictly: text is no number."""
    entry: Callable[[Any], Any] | None
    """The keys of a map of Embedded."""
    default: object
    required: bool
    nullable: bool
    description: str | None
    longest: int | None
    """The most characters of a text; None where the declaration does not say."""
    nested: tuple[DeclaredAttribute, ...] | None = None
    shape: Literal["one", "list", "map"] = "one"
    model: type[Declared] | None = None

    def policy(self) -> Attribute:
        """This attribute as the ground floor takes it."""
        nested = None if self.nested is None else {each.name: each.policy() for each in self.nested}
        return Attribute(self.audience, self.default, nested, self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """One entity, as values. Everything else is derived from this."""

    name: str
    model: type[Declared]
    attributes: Mapping[str, DeclaredAttribute]
    key: Key
    indexes: Mapping[str, Index]
    access: Access
    kind: Kind | None
    policy: Policy
    scanning: Policy
    """The same, for whoever reads the whole table: only items that `Access(scan=)` admits to exist."""
    everything: Policy
    """All of every item, for reads past the policy."""
    codecs: Mapping[Resolved, Codec]


def projected_by(attributes: Mapping[str, DeclaredAttribute], key: Key, index: Index) -> frozenset[str]:
    """The attributes that an index holds: those it projects, and what can be read back from its keys and the table's."""
    if index.projects == "all":
        return frozenset(attributes)
    named = frozenset() if isinstance(index.projects, str) else index.projects
    return named | frozenset(key.names) | {part.attribute for part in index.key.parts if isinstance(part, Plain)}


def attribute_at(attributes: Mapping[str, DeclaredAttribute], path: Path) -> DeclaredAttribute:
    """The attribute under a path of names."""
    *outer, last = path
    for name in outer:
        attributes = {each.name: each for each in attributes[name].nested or ()}
    return attributes[last]
