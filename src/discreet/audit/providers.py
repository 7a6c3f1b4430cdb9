"""Providers of dependency_injector: what a container was told to make, and of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discreet.audit.calls import Arguments, Site
from discreet.audit.values import (
    UNKNOWN,
    Made,
    Value,
    join_all,
    of,
)

if TYPE_CHECKING:
    from discreet.audit.machine import Machine

__all__ = ["constant_provider", "provide", "provider"]


def provider(machine: Machine, args: Arguments, site: Site) -> Value:
    """`providers.Factory(Repo, table)`: what will be called, and with what."""
    return of(
        Made(
            "provider",
            (
                ("function", args.positional[0] if args.positional else UNKNOWN),
                *((f"#{i}", each) for i, each in enumerate(args.positional[1:])),
                *args.keywords,
            ),
        )
    )


def constant_provider(machine: Machine, args: Arguments, site: Site) -> Value:
    """`providers.Object(x)`: what is given as it is."""
    return of(Made("provider", (("value", args.positional[0] if args.positional else UNKNOWN),)))


def provide(machine: Machine, receiver: Value, args: Arguments, site: Site) -> Value:
    """What a provider gives: its function is called, with what other providers give."""
    shape = receiver.one(Made)
    if shape is None:
        return UNKNOWN
    held = shape.get("value")
    if held is not None:
        return held
    resolved = [(key, _resolved(machine, value, site)) for key, value in shape.given if key != "function"]
    positional = tuple(value for key, value in resolved if key.startswith("#"))
    keywords = tuple((key, value) for key, value in resolved if not key.startswith("#"))
    return machine.call(shape.get("function") or UNKNOWN, args.after(positional, keywords), site)


def _resolved(machine: Machine, value: Value, site: Site) -> Value:
    return (
        join_all(
            provide(machine, of(shape), Arguments(), site)
            if isinstance(shape, Made) and shape.path == "provider"
            else of(shape, marks=value.marks)
            for shape in value.shapes
        )
        if value.shapes
        else value
    )
