"""Whether what a body sets, replaces and takes away is its sender's to: on the values around it, as they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from discreet.entity import DeclaredAttribute
from discreet.entity.accepting import UNSET, Mask, Steps
from discreet.entity.judging import Judge
from discreet.policy import UNREADABLE, Path
from discreet.policy.plan import MISSING

__all__ = ["deciding", "keeps_whole", "masked"]

Models = tuple[Mapping[str, Any], ...]
"""The item, and the nested values on the way down."""


def masked(judge: Judge, masks: tuple[Mask, ...], stored: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Whether each mask admits what is sent: on what is stored, and on itself where nothing is."""
    return all(judge.admits(mask.residual, *_models(mask.steps, stored, sent)) for mask in masks)


def keeps_whole(judge: Judge, nested: Mapping[str, DeclaredAttribute], sent: Mapping[str, Any], models: Models, inside: Path = ()) -> bool:
    """Whether what a body replaces whole, or takes away, is all its sender's to see and to change, however deep it stands.

    Lists of Embedded are replaced whole: by a position, a client would overwrite what it does not see.
    """
    return all(
        _keeps_one(judge, nested[name], value, models[-1].get(name, MISSING), models, (*inside, name))
        for name, value in sent.items()
        if nested[name].nested is not None
    )


def _keeps_one(judge: Judge, attribute: DeclaredAttribute, value: Any, held: Any, models: Models, inside: Path) -> bool:
    if attribute.shape != "map" and not judge.admits(judge.residual(attribute.audience, inside[:-1]), *models):
        return False  # whatever is stored: to merge into what is there, or not, would tell that it is there
    if held is MISSING or held is None:
        return True
    inner = {each.name: each for each in attribute.nested or ()}
    match attribute.shape:
        case "one" if isinstance(value, Mapping) and isinstance(held, Mapping):
            return keeps_whole(judge, inner, value, (*models, held), inside)
        case "map" if isinstance(value, Mapping) and isinstance(held, Mapping):
            gone = {key: held[key] for key, each in value.items() if each is UNSET and key in held}
            changed = [(each, held[key]) for key, each in value.items() if each is not UNSET and isinstance(held.get(key), Mapping)]
            return (not gone or _is_theirs(judge, attribute, gone, models, inside)) and all(
                keeps_whole(judge, inner, each, (*models, before), inside) for each, before in changed
            )
        case _:
            return _is_theirs(judge, attribute, held, models, inside)


def _is_theirs(judge: Judge, attribute: DeclaredAttribute, held: Any, models: Models, inside: Path) -> bool:
    """Whether all of a nested value is disclosed to the principal, and its to change."""
    if held is UNREADABLE or not _admits_both(judge, attribute, models, inside[:-1]):
        return False
    each_of = held.values() if attribute.shape == "map" and isinstance(held, Mapping) else held if attribute.shape == "list" else [held]
    for one in each_of:
        if not isinstance(one, Mapping):
            return False
        for inner in attribute.nested or ():
            value = one.get(inner.name, MISSING)
            if value is MISSING:
                continue
            deeper = (*models, one)
            if inner.nested is not None and value is not None:
                if not _is_theirs(judge, inner, value, deeper, (*inside, inner.name)):
                    return False
            elif not _admits_both(judge, inner, deeper, inside):
                return False
    return True


def _admits_both(judge: Judge, attribute: DeclaredAttribute, models: Models, inside: Path) -> bool:
    return all(judge.admits(judge.residual(each, inside), *models) for each in (attribute.audience, attribute.writable.update))


def deciding(judge: Judge, attribute: DeclaredAttribute, inside: Path) -> Iterator[Path]:
    """What decides whether all of a nested value is the principal's."""
    for audience in (attribute.audience, attribute.writable.update):
        yield from (each.path for clause in judge.residual(audience, inside) for each in clause)
    for each in attribute.nested or ():
        yield from deciding(judge, each, (*inside, attribute.name))


def _models(steps: Steps, stored: Mapping[str, Any], sent: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The item, and the nested values on the way down: as stored, and as sent where nothing is stored or a list is replaced.

    One that is stored without anything in it is stored: what is sent does not decide on itself.
    """
    models: list[Mapping[str, Any]] = [stored]
    old: Mapping[str, Any] | None = stored
    new: Mapping[str, Any] | None = sent
    for step in steps:
        new = _reached(new, step)
        old = None if isinstance(step[-1], int) else _reached(old, step)
        models.append((new or {}) if old is None else old)
    return models


def _reached(value: Any, step: tuple[str | int, ...]) -> Mapping[str, Any] | None:
    for each in step:
        if isinstance(value, Mapping):
            value = value.get(each)
        elif isinstance(value, list) and isinstance(each, int):
            value = value[each]
    return value if isinstance(value, Mapping) else None
