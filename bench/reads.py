"""How reads grow with what there is: `make bench-reads`. What counts is the last column, which stays: nothing is quadratic.

Each size is a table of its own with so many notes in one partition, of which every ten thousandth, and no less than one, is
the reader's. What is found is checked: a list that is short would be fast. Times are this machine's and the engine's.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT)]

from tests.engines import Engine, dynamodb_local  # noqa: E402

from discreet import Access, Entity, Index, Key, Keyring, Principal, Table, anyone, attribute, relation, visible_to  # noqa: E402
from discreet.testing import embedded_engine  # noqa: E402

mine = relation(claim="sub", attribute="owner_id")
RARE = 10_000


class Note(Entity):
    """Seen by everyone."""

    key = Key(pk="NOTES", sk="NOTE#{number:08d}")
    by_group = Index("by_group", Key(gsi1pk="GROUP#{group}", gsi1sk="{number:08d}"))
    access = Access(limit=1000)
    number: Annotated[int, visible_to(anyone)]
    group: Annotated[str, visible_to(anyone)]
    owner_id: Annotated[str, visible_to(mine)]
    text: Annotated[str, visible_to(mine)] = "text"


class Letter(Entity):
    """Seen by whoever it is of."""

    key = Key(pk="LETTERS", sk="LETTER#{number:08d}")
    access = Access(exists_for=mine)
    number: Annotated[int, visible_to(anyone)]
    owner_id: Annotated[str, visible_to(mine)]


async def all_pages(view: Any, limit: int, **more: Any) -> int:
    """How many items the pages of a list have."""
    found, after = 0, None
    while True:
        page = await view.query(limit=limit, after=after, **more)
        found += len(page)
        after = page.next
        if after is None:
            return found


async def measure(table: Table, size: int) -> None:
    """One line a read: seconds, and microseconds for each item that is looked at."""
    reader = Principal(claims={"sub": "u1"})
    notes, letters = table.view(Note, reader), table.view(Letter, reader)
    rare = size // RARE or 1

    async def batch() -> int:
        return len(await notes.batch_get([{"number": number} for number in range(min(size, 5000))]))

    reads: list[tuple[str, Callable[[], Awaitable[int]], int, int]] = [
        ("a page of 20", lambda: _length(notes.query(limit=20)), 20, 20),
        ("a page of 1,000", lambda: _length(notes.query(limit=1000)), min(size, 1000), min(size, 1000)),
        (
            "a page by an index",
            lambda: _length(notes.query(index="by_group", group="g1", limit=1000)),
            min(size // 10, 1000),
            min(size // 10, 1000),
        ),
        ("all pages of 1,000", lambda: all_pages(notes, 1000), size, size),
        ("count", lambda: notes.count(at_most=size + 1), size, size),
        ("count by a filter", lambda: notes.count(at_most=size + 1, where=attribute("group") == "g1"), size // 10, size),
        ("a batch of keys", batch, min(size, 5000), min(size, 5000)),
        (f"all pages, visible 1 in {RARE}", lambda: all_pages(letters, 20), rare, size),
        (f"count, visible 1 in {RARE}", lambda: letters.count(), rare, size),
    ]
    for name, read, expected, evaluated in reads:
        begun = time.perf_counter()
        found = await read()
        seconds = time.perf_counter() - begun
        if found != expected:
            raise SystemExit(f"{name}: {found} items of {expected}")
        print(f"{size:>8}  {name:<32} {found:>8} items  {seconds:>8.3f} s  {seconds / evaluated * 1e6:>8.1f} µs an item", flush=True)


async def _length(page: Awaitable[Any]) -> int:
    return len(await page)


async def run(engine: Engine, sizes: list[int]) -> None:
    """A table for each size, one after the other."""
    for size in sizes:
        keyring = Keyring(Keyring.new_key())
        async with Table(
            f"bench{size}", endpoint_url=engine.url, region="eu-west-1", credentials=engine.credentials, keyring=keyring
        ) as table:
            await table.create(Note, Letter)
            await table.load(Note(number=n, group=f"g{n % 10}", owner_id=f"x{n}") for n in range(size))
            first = min(size, RARE) - 1
            await table.load(Letter(number=n, owner_id="u1" if n % RARE == first else f"x{n}") for n in range(size))
            await measure(table, size)
            await table.delete()


def main() -> None:
    """Read what is wanted, and start the engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--engine", choices=["ministack", "dynamodb-local"], default="dynamodb-local")
    given = parser.parse_args()
    logging.getLogger("discreet").setLevel(logging.ERROR)  # that pages stop at their bound is what is measured
    if given.engine == "ministack":
        with embedded_engine() as url:
            asyncio.run(run(Engine("ministack", url), given.sizes))
    else:
        with dynamodb_local() as engine:
            asyncio.run(run(engine, given.sizes))


if __name__ == "__main__":
    main()
