"""Writing as someone: nothing is stored that was not offered, and every decision holds at the moment of the write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from pydantic import ValidationError

from discreet.dynamodb.expressions import Absent, AllOf, AnyOf, Compare, Condition, OfType, Present, coarsened, fits
from discreet.dynamodb.store import Store, pause, sendable_value
from discreet.dynamodb.transport import FAILED, IN_TRANSACTION, OVERFLOW, TOO_LARGE
from discreet.dynamodb.writes import Add, Check, Delete, Put, Update, Write, changes_fit, operation_of
from discreet.entity import Declaration, Declared, New
from discreet.entity.accepting import UNSET, accepted
from discreet.entity.annotations import Format
from discreet.entity.deciding import projected_names
from discreet.entity.filters import Filter, holds
from discreet.entity.invalid import said_of
from discreet.entity.item import current, encode, epoch, index_keys, stored_value
from discreet.entity.judging import Judge
from discreet.entity.shape import whole
from discreet.errors import BadRequest, CallError, Conflict, Forbidden, NotFound, PreconditionFailed, StoreError, TooLarge
from discreet.key import Index, Plain
from discreet.policy import UNREADABLE, Path, Plan, narrowed
from discreet.policy.plan import MISSING
from discreet.view.conditions import sufficient, sufficient_filter
from discreet.view.intents import Intent, refuse_both, server_values
from discreet.view.keys import Asked, asked_for, physical_key, physical_name
from discreet.view.nested import at_the_top, kept_as, nested_changes
from discreet.view.reading import Reading
from discreet.view.tags import tag_matches
from discreet.view.theirs import deciding, keeps_whole, masked
from discreet.view.viewer import Viewer

__all__ = ["ATTEMPTS", "FIRST_PAUSE", "LONGEST_PAUSE", "Made", "Writer"]

T = TypeVar("T")

ATTEMPTS: Final = 10
"""How often a write is decided anew because what it was decided on had changed."""
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 1.0
"""Seconds between two of them."""


@dataclass(frozen=True, slots=True)
class Made:
    """An item about to be put, and its key. steady: the same on a condition that does not ask for the time, so that not even
    an expired item is replaced.
    """

    put: Put
    steady: Put
    asked: Asked


class Writer(Generic[T]):
    """One viewer's writes of one entity. What it raises is said where the calls are public: in `View`."""

    def __init__(self, reading: Reading, viewer: Viewer[T], judge: Judge) -> None:
        self.declaration: Declaration = reading.declaration
        self.store: Store = reading.store
        self.viewer = viewer
        self.judge = judge

    # Making

    async def create(self, new: New[Any] | None, server_set: Mapping[str, Any]) -> T:
        """Put a new item, and answer what the viewer may see of it."""
        made = self.made(new, server_set)
        try:
            await self._send(made.put)
        except StoreError as error:
            raise _refusal(error) from None
        return await self.answer(made.asked)

    def made(self, new: New[Any] | None, server_set: Mapping[str, Any]) -> Made:
        """The item as it would be stored, decided on as such. Raises Forbidden, BadRequest, BadKey and CallError."""
        declaration, judge = self.declaration, self.judge
        admitting = judge.residual(declaration.access.create)
        if not admitting:
            raise Forbidden
        if new is not None and not isinstance(new, New):
            raise CallError(f"a new item is a `New`, and this is a {type(new).__name__}", hint=f"New[{declaration.name}]({{...}})")
        given = server_values(declaration, server_set, creating=True)
        taken = accepted(declaration.attributes.values(), new.values if new is not None else {}, judge, "create")
        item = self._built(taken.values, given)
        values = {name: _plain(getattr(item, name)) for name in declaration.attributes}
        if not judge.admits(admitting, values) or not masked(judge, taken.masks, values, values):
            raise Forbidden
        asked = asked_for(declaration, declaration.key, {name: values[name] for name in declaration.key.names}, whole=True)
        wire, absent = encode(declaration, item), self._absent()
        put = Put(wire, absent)
        expires = self._expires()
        # One whose time is past is none.
        return Made(put if expires is None else Put(wire, AnyOf((absent, Compare(expires[0], "<=", expires[1])))), put, asked)

    def _built(self, values: Mapping[str, Any], given: Mapping[str, Any]) -> Declared:
        refuse_both(self.declaration, values, given)
        try:
            return self.declaration.model.model_validate({**values, **given})
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
        raise self._unfit(faults, given)

    def _unfit(self, faults: list[Any], given: Mapping[str, Any]) -> BadRequest | CallError:
        """What is wrong with a new item: told to its sender where it is theirs to set, to the developer where it is the server's."""
        attributes = {each.json: each for each in self.declaration.attributes.values()} | dict(self.declaration.attributes)
        errors: list[dict[str, Any]] = []
        for fault in faults:
            attribute = attributes.get(str(fault["loc"][0])) if fault["loc"] else None
            if attribute is None:
                errors.append({"loc": ["body"], **said_of(fault)})
            elif attribute.name in given or not self.judge.could(attribute.writable.create):
                return CallError(
                    f"`{self.declaration.name}.{attribute.name}` is not set, or not of its type",
                    hint="it is not for the body to set: give it as the server's own, create(new, name=value)",
                )
            else:
                inner = [part if isinstance(part, int) else "…" for part in fault["loc"][1:]]
                errors.append({"loc": ["body", attribute.json, *inner], **said_of(fault)})
        return BadRequest(errors=errors)

    def _absent(self) -> Condition:
        return Absent((physical_name(self.declaration, self.declaration.key.hash),))

    # Changing and taking away

    async def carry_out(self, intent: Intent) -> None:
        """Do what is wanted, or raise why not: NotFound, Forbidden, PreconditionFailed, Conflict or TooLarge."""
        write = self.direct(intent)
        for attempt in range(ATTEMPTS):
            write = write or await self.observed(intent)
            if isinstance(write, Check):
                return  # nothing changes, and what was read said that it may be
            try:
                await self._send(write)
            except StoreError as error:
                if error.code != FAILED:
                    raise _refusal(error) from None
                write = None
                await pause(attempt, FIRST_PAUSE, LONGEST_PAUSE)
            else:
                return
        raise StoreError("UpdateItem", "Contended", retryable=True)

    async def _send(self, write: Put | Update | Delete) -> None:
        """Do one write, waiting for transactions that are about to write the same item."""
        for attempt in range(ATTEMPTS):
            try:
                return await self.store.write(write)
            except StoreError as error:
                if error.code != IN_TRANSACTION:
                    raise
                await pause(attempt, FIRST_PAUSE, LONGEST_PAUSE)
        raise StoreError(operation_of(write), "Contended", retryable=True)

    def direct(self, intent: Intent) -> Write | None:
        """The write with all that must hold as its condition; None where that can not be said without a look at the item.

        Raises NotFound where nothing can exist for the viewer.
        """
        plan = self.viewer.plan(intent.asked.values)
        if not plan.exists:
            raise NotFound
        condition = self._sufficient(intent, plan)
        if condition is None:
            return None
        changes = self._direct_changes(intent)
        if changes is None or (intent.kind == "update" and not changes) or not changes_fit(changes):
            return None
        return self._write(intent, changes, condition)

    async def observed(self, intent: Intent) -> Write:
        """The write on condition that what it was decided on is still so. Raises what the decision is, where it is no."""
        plan = self.viewer.plan(intent.asked.values)
        if not plan.exists:
            raise NotFound
        paths = coarsened(projected_names(self.declaration, self._needed(intent, plan)))
        wire = await self.store.get(physical_key(self.declaration, intent.asked), paths, consistent=True)
        item = current(self.declaration, wire)
        if wire is None or item is None or not intent.asked.matches(item):
            raise NotFound
        if not plan.exists_in(item, self.viewer.wanted):
            raise NotFound
        self._decide(intent, plan, item)
        changes = {} if intent.kind != "update" else self._changes(intent, item)
        if not changes_fit(changes):
            changes = at_the_top(changes, wire)
            if not changes_fit(changes):
                raise TooLarge
        unchanged = AllOf(tuple(_still(path, wire) for path in sorted(paths)))
        return self._write(intent, changes, unchanged)

    async def answer(self, asked: Asked) -> T:
        """What the viewer may see of an item that was just written; nothing where it may see nothing."""
        declaration, viewer = self.declaration, self.viewer
        shape = whole(declaration)
        lens = viewer.lens(shape, viewer.show, known=asked.values)
        wire = None if lens is None else await self.store.get(physical_key(declaration, asked), lens.paths, consistent=True)
        item = current(declaration, wire)
        found = None if lens is None or item is None else lens.keep(item)
        return viewer.show(shape, narrowed(viewer.plan({}), frozenset()), {}) if found is None else found

    def _write(self, intent: Intent, changes: Mapping[Path, Any], condition: Condition) -> Write:
        key = physical_key(self.declaration, intent.asked)
        if intent.kind == "delete":
            return Delete(key, condition)
        return Update(key, changes, condition) if changes else Check(key, condition)

    # Deciding

    def _decide(self, intent: Intent, plan: Plan, item: Mapping[str, Any]) -> None:
        judge = self.judge
        if not all(judge.admits(each, item) for each in intent.audiences) or not masked(judge, intent.masks, item, intent.values):
            raise Forbidden
        if not keeps_whole(judge, self.declaration.attributes, intent.values, (item,)):
            raise Forbidden
        if intent.if_match is not None and not tag_matches(intent.if_match, self.viewer.content(plan, item)):
            raise PreconditionFailed
        if isinstance(intent.when, Filter):
            if not holds(intent.when, self._filled(item)):
                raise Conflict
        elif intent.when is not None and not judge.admits(intent.when, item):
            raise Conflict

    def _filled(self, item: Mapping[str, Any]) -> dict[str, Any]:
        defaults = {name: each.default for name, each in self.declaration.attributes.items() if each.default is not MISSING}
        return {**defaults, **{name: value for name, value in item.items() if value is not UNREADABLE}}

    def _needed(self, intent: Intent, plan: Plan) -> frozenset[Path]:
        """What to read to decide an intent and to work out its changes."""
        nothing = narrowed(plan, frozenset())
        disclosed = plan.projection if intent.if_match is not None else nothing.projection
        nested = [each for each in map(self.declaration.attributes.__getitem__, intent.values) if each.nested is not None]
        tops = {path for each in nested for path in ((each.name,), *deciding(self.judge, each, ()))}
        components = {(name,) for index in self._touched(intent) for name in index.key.names}
        return frozenset({*disclosed, *intent.deciding(), *tops, *components})

    # Direct

    def _sufficient(self, intent: Intent, plan: Plan) -> Condition | None:
        """The condition of the direct form."""
        if intent.if_match is not None or any(mask.steps for mask in intent.masks):
            return None
        declaration, known = self.declaration, intent.asked.values
        there = self._there(intent.asked)
        residuals = [plan.exists, *intent.audiences, *(mask.residual for mask in intent.masks)]
        if isinstance(intent.when, frozenset):
            residuals.append(intent.when)
        wanted = {**self.viewer.wanted, **self.judge.wanted}
        parts: list[Condition | bool] = [sufficient(declaration, each, wanted, known) for each in dict.fromkeys(residuals)]
        if isinstance(intent.when, Filter):
            parts.append(sufficient_filter(declaration, intent.when, known))
        if any(each is False for each in parts):
            return None
        found = AllOf((*there, *(each for each in parts if not isinstance(each, bool))))
        return found if fits(found) else None

    def _there(self, asked: Asked) -> list[Condition]:
        """That an item with this key is stored, is of this entity, and its time is not past."""
        declaration = self.declaration
        found: list[Condition] = [Present((physical_name(declaration, declaration.key.hash),))]
        for part in declaration.key.parts:
            if not isinstance(part, Plain):
                for name in part.names:
                    attribute = declaration.attributes[name]
                    copy = Compare((attribute.stored,), "=", attribute.codec.encode(asked.values[name]))
                    found.append(AnyOf((Absent(copy.path), copy)))
        if declaration.kind is not None:
            found.append(Compare((declaration.kind.attribute,), "=", {"S": declaration.kind.value}))
        expires = self._expires()
        if expires is not None:
            path, now = expires
            found.append(AnyOf((Absent(path), OfType(path, "NULL"), Compare(path, ">", now))))
        return found

    def _expires(self) -> tuple[Path, Mapping[str, str]] | None:
        """Where a time to live stands, and now in its unit."""
        name = self.declaration.access.expires
        if name is None:
            return None
        attribute = self.declaration.attributes[name]
        unit = Decimal(1000 if attribute.format is Format.EPOCH_MILLIS else 1)
        return (attribute.stored,), {"N": format((epoch(datetime.now(UTC)) * unit).normalize(), "f")}

    def _direct_changes(self, intent: Intent) -> dict[Path, Any] | None:
        attributes = self.declaration.attributes
        if intent.kind != "update":
            return {}
        if any(attributes[name].nested is not None for name in intent.values):
            return None
        known = {**intent.asked.values, **{name: kept_as(attributes[name], value) for name, value in intent.changed.items()}}
        if any(component not in known for index in self._touched(intent) for component in index.key.names):
            return None
        return self._changes(intent, intent.asked.values)

    # Changes

    def _touched(self, intent: Intent) -> list[Index]:
        """The indexes whose keys change with the change, and those that have one of their physical keys: it stays for as long as
        one of them lists the item.
        """
        indexes = list(self.declaration.indexes.values())
        found = [index for index in indexes if any(name in intent.changed for name in index.key.names)]
        for index in found:  # grows as it goes
            shared = {part for part in index.key.parts if not isinstance(part, Plain)}
            found += [each for each in indexes if each not in found and shared.intersection(each.key.parts)]
        return found

    def _in_indexes(self) -> frozenset[str]:
        return frozenset(name for index in self.declaration.indexes.values() for name in index.key.names)

    def _changes(self, intent: Intent, item: Mapping[str, Any]) -> dict[Path, Any]:
        """What to set, grow and take away, by the table's paths."""
        declaration = self.declaration
        found: dict[Path, Any] = {}
        for name, value in intent.given.items():
            attribute = declaration.attributes[name]
            found[(attribute.stored,)] = value if isinstance(value, Add) else stored_value(declaration, attribute, value)
        for name, value in intent.values.items():
            attribute = declaration.attributes[name]
            if attribute.nested is None or value is None or value is UNSET:
                # In an index, what is stored is the authority: a default is found there only if it is.
                kept = kept_as(attribute, value) if name in self._in_indexes() else value
                found[(attribute.stored,)] = None if kept is UNSET else stored_value(declaration, attribute, kept)
            else:
                found.update(nested_changes(attribute, value, item.get(name), (attribute.stored,)))
        values = {**dict.fromkeys(declaration.attributes), **{name: value for name, value in item.items() if value is not UNREADABLE}}
        values |= {name: kept_as(declaration.attributes[name], value) for name, value in intent.changed.items()}
        for index in self._touched(intent):
            found.update({(name,): wire for name, wire in index_keys(declaration, index, values).items()})
        return found


def _plain(value: Any) -> Any:
    """A value as it is decided on: models as mappings."""
    if isinstance(value, Declared):
        return {name: _plain(each) for name, each in value.__dict__.items()}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _still(path: Path, wire: Mapping[str, Any]) -> Condition:
    """That what was read under a path is still so."""
    held: Any = {"M": wire}
    for name in path:
        held = held.get("M", {}).get(name) if isinstance(held, Mapping) else None
        if held is None:
            return Absent(path)
    return Compare(path, "=", sendable_value(held))


def _refusal(error: StoreError) -> Exception:
    return {FAILED: Conflict(), OVERFLOW: Conflict(), TOO_LARGE: TooLarge()}.get(error.code, error)
