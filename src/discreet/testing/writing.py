"""Any write of a view, carried out on Python values: what is refused, and what is stored after what is not.

    Writes(database, Pet, principal).update(Change[Pet]({"name": "Rex"}), pet_id="p1")      the database after it, or the refusal

Beside `world`, it is the definition of the product's write side as a program, plain and slow on purpose: masks are read
audience by audience on the values as they are stored, and there are no expressions, no forms of a write and no retries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import ValidationError

from discreet.entity import Change, DeclaredAttribute, Entity, New, declaration_of
from discreet.entity.codec import MALFORMED
from discreet.entity.filters import Filter
from discreet.errors import BadKey, BadRequest, CallError, Conflict, Forbidden, NotFound, PreconditionFailed
from discreet.policy import Audience, Principal, nobody
from discreet.policy.plan import MISSING
from discreet.testing.simulator import Simulator, matches
from discreet.testing.world import Model, Stored, Values, World, admits, could_admit, is_past, stored_values, world
from discreet.view.intents import Increment

__all__ = ["Database", "Writes"]

UNSET: Final = object()
NOT_WRITABLE: Final = {"loc": ["body", "…"], "type": "not_writable", "msg": "Not to be set here"}
Declared = Mapping[str, DeclaredAttribute]
Place = tuple[type[Entity], tuple[Any, ...]]


@dataclass(frozen=True)
class Database:
    """What a table holds: by entity and primary key, the values that are stored. What is not stored is absent."""

    items: Mapping[Place, Values] = field(default_factory=dict)

    def world(self, entity: type[Entity], principal: Principal, now: datetime | None = None) -> World:
        """The disclosed world of one entity."""
        held = [values for (each, _), values in self.items.items() if each is entity]
        return world(entity, principal, [Stored(entity.model_construct(), held=each) for each in held], now)

    def disclosed(self, entity: type[Entity], principal: Principal, **key: Any) -> dict[str, Any]:
        """What a write is answered with: the item as far as the principal may see it; nothing where it may see nothing."""
        try:
            return Simulator(self.world(entity, principal)).get(**key)
        except NotFound:
            return {}

    def put(self, place: Place, values: Values | None) -> Database:
        """The database with other values at a place; None for none."""
        items = {each: held for each, held in self.items.items() if each != place}
        return Database(items if values is None else {**items, place: values})


class Writes:
    """One principal's writes of one entity. Each gives the database after it, or raises what `View` raises.

    principal: None for code past the policy. An entity tag is a disclosure, as JSON values, and `if_match` takes one or "*".
    """

    def __init__(self, database: Database, entity: type[Entity], principal: Principal | None) -> None:
        self.database = database
        self.entity = entity
        self.principal = principal
        self._declaration = declaration_of(entity)
        self._declared: Declared = self._declaration.attributes

    def create(self, new: New[Any] | None = None, /, **server_set: Any) -> Database:
        """Decided on the item as it would be stored."""
        if not self._could(self._declaration.access.create, [self._declared]):
            raise Forbidden
        sent = self._taken(new.values if new is not None else {}, "create")
        self._refuse_both(sent, server_set)
        try:
            item = self._declaration.model.model_validate({**sent, **server_set})
        except ValidationError as error:
            raise self._unfit({str(each["loc"][0]) for each in error.errors()}, server_set) from None
        held = stored_values(self._declared.values(), item)
        here = (Model(self._declared, held),)
        if not self._admits(self._declaration.access.create, here) or not self._may_write(self._declared, sent, held, here, "create"):
            raise Forbidden
        place = self._place({name: held.get(name) for name in self._declaration.key.names})
        if self._current(place) is not None:
            raise Conflict
        return self.database.put(place, held)

    def update(
        self,
        change: Change[Any] | None = None,
        /,
        *,
        server_set: Mapping[str, Any] | None = None,
        by: Audience | None = None,
        when: Filter | Audience | None = None,
        if_match: Any = None,
        **key: Any,
    ) -> Database:
        """Decided on the item as it is stored."""
        place, given = self._place(key), dict(server_set or {})
        sent = self._taken(change.values if change is not None else {}, "update")
        self._refuse_both(sent, given)
        audiences = [each for each in (by, self._declaration.access.update) if each is not None]
        if given and not sent and not audiences and self.principal is not None:
            raise (
                CallError("nobody is said to be allowed to") if change is None else BadRequest(errors=[{"loc": ["body"], "type": "empty"}])
            )
        held = self._seen(place)
        here = (Model(self._declared, held),)
        if not all(self._admits(each, here) for each in audiences):
            raise Forbidden
        if not self._may_write(self._declared, sent, held, here, "update"):
            raise Forbidden
        self._require(held, here, place, when, if_match)
        after = self._merged(self._declared, sent, held)
        components = {name for index in self._declaration.indexes.values() for name in index.key.names}
        for name in components & {name for name, value in sent.items() if value is UNSET}:
            after = _with(after, name, _kept(self._declared[name], self._declared[name].default))  # lists find what is stored
        for name, value in given.items():
            attribute = self._declared[name]
            if isinstance(value, Increment):
                value = held.get(name, attribute.default if attribute.default not in (MISSING, None) else 0) + value.by
            after = _with(after, name, _kept(attribute, attribute.validate(value)))
        return self.database.put(place, after)

    def delete(self, *, by: Audience | None = None, when: Filter | Audience | None = None, if_match: Any = None, **key: Any) -> Database:
        """For those whom `Access(delete=)` admits, and `by`; for `by` alone where the entity does not say."""
        place, declared = self._place(key), self._declaration.access.delete
        held = self._seen(place)
        here = (Model(self._declared, held),)
        audiences = [each for each in (by, None if by is not None and declared == nobody else declared) if each is not None]
        if not all(self._admits(each, here) for each in audiences):
            raise Forbidden
        self._require(held, here, place, when, if_match)
        return self.database.put(place, None)

    def check(self, *, when: Filter | Audience | None = None, **key: Any) -> Database:
        """That the item exists, and is as `when` says."""
        place = self._place(key)
        held = self._seen(place)
        self._require(held, (Model(self._declared, held),), place, when, None)
        return self.database

    # The item

    def _place(self, key: Mapping[str, Any]) -> Place:
        """Where an item stands. Raises for values that no key has."""
        if key.keys() != set(self._declaration.key.names):
            raise CallError("these are not the key's names")
        typed: list[Any] = []
        for name in self._declaration.key.names:
            try:
                if key[name] is None or key[name] == "":
                    raise BadKey
                typed.append(self._declared[name].validate(key[name]))
            except (ValidationError, *MALFORMED):
                raise BadKey from None
        return self.entity, tuple(typed)

    def _current(self, place: Place) -> Values | None:
        """What is stored; nothing of what expired."""
        held = self.database.items.get(place)
        expires = self._declaration.access.expires
        return None if held is None or (expires is not None and is_past(held.get(expires), datetime.now(UTC))) else held

    def _seen(self, place: Place) -> Values:
        """What is stored of an item that exists for the principal."""
        held = self._current(place)
        if held is None:
            raise NotFound
        if self.principal is not None and all(each.key != place[1] for each in self.database.world(self.entity, self.principal).items):
            raise NotFound
        return held

    def _require(self, held: Values, here: Sequence[Model], place: Place, when: Any, if_match: Any) -> None:
        """The entity tag first, then the state."""
        if if_match is not None and if_match != "*":
            key = dict(zip(self._declaration.key.names, place[1], strict=True))
            if self.principal is None or self.database.disclosed(self.entity, self.principal, **key) != if_match:
                raise PreconditionFailed
        if isinstance(when, Audience):
            if not admits(when, self.principal or Principal(), here):
                raise Conflict
        elif when is not None:
            defaults = {name: each.default for name, each in self._declared.items() if each.default is not MISSING}
            if not matches(when, {**defaults, **held}):
                raise Conflict

    # The body

    def _taken(self, body: Mapping[str, Any], action: Literal["create", "update"]) -> dict[str, Any]:
        """A body in Python's names and types. First all names, then all values: so no error tells of what is not theirs."""
        if action == "update" and any(name == self._declared[each].json for name in body for each in self._declaration.key.names):
            raise BadRequest(errors=[NOT_WRITABLE])
        self._check_names(body, action, [self._declared])
        try:
            return self._typed(self._declared, body, action)
        except (ValidationError, *MALFORMED):
            raise BadRequest(errors=[{"loc": ["body"], "type": "invalid"}]) from None

    def _check_names(self, body: Any, action: Literal["create", "update"], scopes: Sequence[Declared]) -> None:
        if not isinstance(body, Mapping):
            return
        by_json = {each.json: each for each in scopes[-1].values()}
        for name, value in body.items():
            attribute = by_json.get(name)
            if attribute is None or not self._could(attribute.writable.create if action == "create" else attribute.writable.update, scopes):
                raise BadRequest(errors=[NOT_WRITABLE])
            if attribute.nested is None:
                continue
            inner = [*scopes, {each.name: each for each in attribute.nested}]
            if attribute.shape == "list":  # its elements are made anew
                for each in value if isinstance(value, list) else ():
                    self._check_names(each, "create", inner)
            elif attribute.shape == "map":
                for key, each in value.items() if isinstance(value, Mapping) else ():
                    if _is_key(attribute, key):
                        self._check_names(each, action, inner)
            else:
                self._check_names(value, action, inner)

    def _typed(self, declared: Declared, body: Any, action: str) -> dict[str, Any]:
        if not isinstance(body, Mapping):
            raise TypeError
        by_json = {each.json: each for each in declared.values()}
        return {by_json[name].name: self._typed_value(by_json[name], value, action) for name, value in body.items()}

    def _typed_value(self, attribute: DeclaredAttribute, value: Any, action: str) -> Any:
        if value is None and action == "update" and not attribute.nullable and not attribute.required:
            return UNSET
        if attribute.nested is None:
            return _typed_leaf(attribute, value)
        if value is None and attribute.nullable:
            return None
        inner = {each.name: each for each in attribute.nested}
        if attribute.shape == "one":
            return self._typed(inner, value, action)
        if attribute.shape == "list":
            if not isinstance(value, list):
                raise TypeError
            return [self._typed(inner, each, action) for each in value]
        if not isinstance(value, Mapping) or not all(_is_key(attribute, key) for key in value):
            raise TypeError
        return {key: UNSET if each is None and action == "update" else self._typed(inner, each, action) for key, each in value.items()}

    def _refuse_both(self, sent: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        both = [self._declared[name].json for name in sent if name in given]
        if both:
            raise BadRequest(errors=[{**NOT_WRITABLE, "loc": ["body", name]} for name in both])

    def _unfit(self, names: set[str], given: Mapping[str, Any]) -> BadRequest | CallError:
        """A fault in what the body may set is its sender's; any other the developer's."""
        for attribute in self._declared.values():
            if {attribute.name, attribute.json} & names:
                names -= {attribute.name, attribute.json}
                if attribute.name in given or not self._could(attribute.writable.create, [self._declared]):
                    return CallError("not set, or not of its type")
        return CallError("unknown") if names else BadRequest(errors=[{"loc": ["body"], "type": "invalid"}])

    # Who may

    def _could(self, audience: Audience, scopes: Sequence[Declared]) -> bool:
        return self.principal is None or could_admit(audience, self.principal, scopes)

    def _admits(self, audience: Audience, models: Sequence[Model]) -> bool:
        return self.principal is None or admits(audience, self.principal, models)

    def _may_write(self, declared: Declared, sent: Mapping[str, Any], held: Any, models: Sequence[Model], action: str) -> bool:
        """Whether everything sent is the principal's to write on what is stored; on what it sends, where that is made anew."""
        held = held if isinstance(held, Mapping) else {}
        return all(self._may_write_one(declared[name], value, held.get(name), models, action) for name, value in sent.items())

    def _may_write_one(self, attribute: DeclaredAttribute, value: Any, held: Any, models: Sequence[Model], action: str) -> bool:
        if not self._admits(attribute.writable.create if action == "create" else attribute.writable.update, models):
            return False
        if attribute.nested is None:
            return True
        if action == "update" and attribute.shape != "map" and not self._admits(attribute.audience, models):
            return False
        inner = {each.name: each for each in attribute.nested}

        def inside(one: Any, stored: Any, action: str) -> bool:
            here = stored if isinstance(stored, Mapping) else one
            return self._may_write(inner, one, stored, (*models, Model(inner, here)), action)

        if attribute.shape == "list" and isinstance(value, list):
            stored = held if action == "create" else [None] * len(value)
            if not all(inside(one, there, "create") for one, there in zip(value, stored, strict=True)):
                return False
            return action == "create" or self._is_theirs(attribute, held, models)
        if attribute.shape == "map" and isinstance(value, Mapping):
            entries = held if isinstance(held, Mapping) else {}
            gone = {key: entries[key] for key, one in value.items() if one is UNSET and key in entries}
            if gone and not self._is_theirs(attribute, gone, models):
                return False
            return all(inside(one, entries.get(key), action) for key, one in value.items() if one is not UNSET)
        if attribute.shape == "one" and isinstance(value, Mapping):
            return inside(value, held, action)
        return action == "create" or self._is_theirs(attribute, held, models)

    def _is_theirs(self, attribute: DeclaredAttribute, held: Any, models: Sequence[Model]) -> bool:
        """Whether all of what is stored, and about to be replaced or taken away, is the principal's to see and to change."""
        if held is None:
            return True
        if not self._admits(attribute.audience, models) or not self._admits(attribute.writable.update, models):
            return False
        if attribute.nested is None:
            return True
        inner = {each.name: each for each in attribute.nested}
        ones = held if attribute.shape == "list" else held.values() if attribute.shape == "map" else [held]
        return all(
            self._is_theirs(inner[name], value, (*models, Model(inner, one)))
            if inner[name].nested is not None
            else self._sees_and_changes(inner[name], (*models, Model(inner, one)))
            for one in ones
            for name, value in one.items()
        )

    def _sees_and_changes(self, attribute: DeclaredAttribute, models: Sequence[Model]) -> bool:
        return self._admits(attribute.audience, models) and self._admits(attribute.writable.update, models)

    # What is stored after

    def _merged(self, declared: Declared, sent: Mapping[str, Any], held: Values) -> dict[str, Any]:
        """RFC 7396, by attributes: what is absent stays, what is unset goes, an Embedded and entries of a dict are merged."""
        after = dict(held)
        for name, value in sent.items():
            after = _with(after, name, self._after(declared[name], value, held.get(name)))
        return after

    def _after(self, attribute: DeclaredAttribute, value: Any, held: Any) -> Any:
        if value is UNSET:
            return MISSING
        if attribute.nested is None or value is None:
            return _kept(attribute, value)
        inner = {each.name: each for each in attribute.nested}
        if attribute.shape == "one" and isinstance(held, Mapping):
            return self._merged(inner, value, held)
        if attribute.shape == "map":
            entries = dict(held) if isinstance(held, Mapping) else {}
            for key, one in value.items():
                if one is UNSET:
                    entries.pop(key, None)
                elif isinstance(entries.get(key), Mapping):
                    entries[key] = self._merged(inner, one, entries[key])
                else:
                    entries[key] = _whole(attribute, {key: one})[key]
            return entries
        return _whole(attribute, value)


def _is_key(attribute: DeclaredAttribute, key: str) -> bool:
    try:
        if attribute.entry is not None:
            attribute.entry(key)
    except (ValidationError, *MALFORMED):
        return False
    return True


def _typed_leaf(attribute: DeclaredAttribute, value: Any) -> Any:
    found = attribute.accept(value)
    if isinstance(found, Decimal) and isinstance(value, float):
        raise TypeError
    if isinstance(found, (set, frozenset)) and len(found) < len(value):
        raise TypeError
    return found


def _with(values: Values, name: str, value: Any) -> dict[str, Any]:
    """Values with another under one name; MISSING for none."""
    others = {each: held for each, held in values.items() if each != name}
    return others if value is MISSING else {**others, name: value}


def _kept(attribute: DeclaredAttribute, value: Any) -> Any:
    """What is stored of a value: neither a None that is the default, nor an empty set."""
    if attribute.nested is not None and value is not None:
        return _held(attribute, value)
    return MISSING if (value is None and attribute.default is None) or value in (set(), frozenset()) else value


def _whole(attribute: DeclaredAttribute, value: Any) -> Any:
    """A nested value that is stored whole: nothing that it requires may lack."""
    try:
        return _held(attribute, attribute.validate(_without_unset(value)))
    except ValidationError:
        raise BadRequest(errors=[{"loc": ["body"], "type": "invalid"}]) from None


def _held(attribute: DeclaredAttribute, value: Any) -> Any:
    inner: Iterable[DeclaredAttribute] = attribute.nested or ()
    if attribute.shape == "list":
        return [stored_values(inner, one) for one in value]
    if attribute.shape == "map":
        return {key: stored_values(inner, one) for key, one in value.items()}
    return stored_values(inner, value)


def _without_unset(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_unset(each) for name, each in value.items() if each is not UNSET}
    return [_without_unset(each) for each in value] if isinstance(value, list) else value
