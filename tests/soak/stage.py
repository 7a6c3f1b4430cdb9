"""Two tables of one entity, which hold one pair of databases after another: a table takes longer to make than a hundred cases."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from discreet import Keyring, Table
from discreet.entity import Declaration, declaration_of
from discreet.view.keys import physical_name

from ..engines import Engine
from .databases import Database, Pair, Wire
from .entities import Made

__all__ = ["TWINS", "Stage", "staged"]

TWINS = ("one", "other")
AT_ONCE = 25
NUMBERS = itertools.count()


class Stage:
    """The tables, by the name of the twin that each holds."""

    def __init__(self, declaration: Declaration, tables: dict[str, Table]) -> None:
        self.tables = tables
        self._names = [physical_name(declaration, part) for part in declaration.key.parts]
        self._there: dict[str, dict[str, Wire]] = {name: {} for name in tables}

    async def hold(self, pair: Pair) -> None:
        """Hold this pair, and nothing of the one before."""
        for name, database in zip(TWINS, (pair.one, pair.other), strict=True):
            await self._become(name, database)

    async def _become(self, name: str, database: Database) -> None:
        before, after = self._there[name], {repr(self._key(each)): each for each in database.wire()}
        writes: list[Wire] = [{"DeleteRequest": {"Key": self._key(wire)}} for key, wire in before.items() if key not in after]
        writes += [{"PutRequest": {"Item": wire}} for key, wire in after.items() if before.get(key) != wire]
        store = self.tables[name].store
        for at in range(0, len(writes), AT_ONCE):
            answer = await store._call("BatchWriteItem", {"RequestItems": {store.name: writes[at : at + AT_ONCE]}})
            assert not answer.get("UnprocessedItems")
        self._there[name] = after

    def _key(self, wire: Wire) -> Wire:
        return {name: wire[name] for name in self._names}


@asynccontextmanager
async def staged(engine: Engine, made: Made) -> AsyncIterator[Stage]:
    """Make the tables, and delete them at the end."""
    keyring, number = Keyring(Keyring.new_key()), next(NUMBERS)
    tables = {
        name: Table(f"soak-{number}-{name}", endpoint_url=engine.url, region="eu-west-1", credentials=engine.credentials, keyring=keyring)
        for name in TWINS
    }
    for table in tables.values():
        await table.create(made.entity)
    try:
        yield Stage(declaration_of(made.entity), tables)
    finally:
        for table in tables.values():
            await table.delete()
            await table.close()
