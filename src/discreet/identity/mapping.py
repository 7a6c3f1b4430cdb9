"""What of a token's claims becomes what of a principal: which are roles, which are claims, and what else a provider's token must say.

A path is a claim's exact name, or a tuple of names that leads into nested objects. No character is special in it:
Auth0's claims are URLs, with dots, and Cognito's have colons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from discreet.errors import CallError
from discreet.policy import ClaimValue, Principal

__all__ = ["ClaimMapping", "ClaimPath", "Words", "auth0", "cognito", "entra", "keycloak", "principal_from", "words"]


@dataclass(frozen=True, slots=True)
class Words:
    """A claim that is a text of words with spaces between, each of which is a value. Made by `words`."""

    path: str | tuple[str, ...]


ClaimPath = str | tuple[str, ...] | Words
"""`"roles"`, `("realm_access", "roles")`, `words("scope")`."""

ACCESS: Final = frozenset({"", "jwt", "at+jwt"})
"""What an access token's `typ` may be (RFC 9068, or nothing in particular). Other kinds of JWT say that they are."""

_OWN: Final = ("sub", "iss")


def words(path: str | tuple[str, ...]) -> Words:
    """The words of a claim, such as the scopes of `"scope": "pets.read pets.write"`."""
    return Words(path)


@dataclass(frozen=True, slots=True)
class ClaimMapping:
    """What a principal is made of, beside `sub` and `iss`, which it always has.

    roles: paths whose values become roles. claims: the principal's claim to the path it comes from; a list becomes a
    set, and what is absent, null, empty, or an object is left out. audience: the claim that names whom a token is for.
    required: claims that must have exactly this text. types: what the header's `typ` may be, "" being none.
    Raises CallError for a path that is none, and for `sub` or `iss` among the claims.
    """

    roles: tuple[ClaimPath, ...] = ()
    claims: Mapping[str, ClaimPath] = field(default_factory=dict)
    audience: str = "aud"
    required: Mapping[str, str] = field(default_factory=dict)
    types: frozenset[str] = ACCESS

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "roles", _several(self.roles))
        set_(self, "claims", MappingProxyType(dict(self.claims)))
        set_(self, "required", MappingProxyType(dict(self.required)))
        set_(self, "types", frozenset(each.lower().removeprefix("application/") for each in self.types))
        for path in (*self.roles, *self.claims.values(), self.audience):
            _check(path)
        for name in self.claims:
            if name in _OWN:
                raise CallError(f"`{name}` is the token's own, always", hint="give the claim another name, and relate to that")

    def adding(self, roles: Iterable[ClaimPath] = (), claims: Mapping[str, ClaimPath] | None = None) -> ClaimMapping:
        """This mapping, with more roles and claims."""
        return replace(self, roles=(*self.roles, *_several(roles)), claims={**self.claims, **(claims or {})})


def _several(roles: Iterable[ClaimPath] | Words) -> tuple[ClaimPath, ...]:
    if isinstance(roles, (str, Words)):
        raise CallError("`roles` is one path, not several", hint='roles=["roles"]')
    return tuple(roles)


def _check(path: object) -> None:
    inner = path.path if isinstance(path, Words) else path
    names = inner if isinstance(inner, tuple) else (inner,)
    if not names or not all(isinstance(each, str) and each for each in names):
        raise CallError(f"`{path!r}` is no path to a claim", hint='"roles", ("realm_access", "roles"), or words("scope")')


# Providers. Their documentation is the source of each name; see docs/identity.md for issuers and audiences.


def cognito() -> ClaimMapping:
    """Amazon Cognito's access tokens: groups are roles. They have no `aud`: the audience is the app client's id."""
    return ClaimMapping(
        roles=("cognito:groups",),
        claims={"username": "username"},
        audience="client_id",
        required={"token_use": "access"},
    )


def auth0(namespace: str | None = None) -> ClaimMapping:
    """Auth0's access tokens: permissions are roles (with RBAC, and "Add Permissions in the Access Token").

    namespace: a URL that an Action of yours puts before its claims; what it sets as `<namespace>roles` are roles, too.
    """
    return ClaimMapping(roles=("permissions", *((f"{namespace}roles",) if namespace else ())))


def keycloak(client: str | None = None) -> ClaimMapping:
    """Keycloak's access tokens: the roles of one client or, without, the realm's.

    Not both: a client's `admin` and the realm's are of one name. Where that is meant, add `roles=` to `bearer`.
    """
    return ClaimMapping(
        roles=(("resource_access", client, "roles") if client else ("realm_access", "roles"),),
        claims={"username": "preferred_username"},
        required={"typ": "Bearer"},
    )


def entra(tenant: str) -> ClaimMapping:
    """Microsoft Entra ID's access tokens of one tenant: app roles are roles; `oid`, `tid` and `groups` are claims.

    `sub` is another one in each application; `oid` is a person's in the whole tenant. Beyond 200 groups the token has
    none of them, and whoever is in them is not seen to be.
    """
    return ClaimMapping(
        roles=("roles",),
        claims={"oid": "oid", "tid": "tid", "groups": "groups"},
        required={"tid": tenant},
    )


# A principal


def principal_from(payload: Mapping[str, Any], mapping: ClaimMapping) -> Principal:
    """The principal of a verified payload."""
    found = ((name, _claim(_at(payload, path))) for name, path in mapping.claims.items())
    claims: dict[str, ClaimValue] = {name: value for name, value in found if value is not None}
    roles = {each for path in mapping.roles for each in _values(_at(payload, path)) if isinstance(each, str)}
    return Principal(roles, {**claims, **{name: payload[name] for name in _OWN}})


def _at(payload: Mapping[str, Any], path: ClaimPath) -> Any:
    if isinstance(path, Words):
        text = _at(payload, path.path)
        return text.split(" ") if isinstance(text, str) else None
    found: Any = payload
    for name in (path,) if isinstance(path, str) else path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _claim(value: Any) -> ClaimValue | None:
    values = frozenset(_values(value))
    if isinstance(value, list):
        return values or None
    return next(iter(values), None)


def _values(value: Any) -> Iterator[str | int | bool]:
    """What of a claim relations can meet: texts that are not empty, whole numbers, booleans."""
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, int) or (isinstance(each, str) and each and is_text(each)):
            yield each


def is_text(value: str) -> bool:
    """Whether a text can be written as UTF-8: JSON can spell halves of characters, which no store takes."""
    return not any("\ud800" <= each <= "\udfff" for each in value)
