"""Noninterference, end to end: two databases of one world answer alike, over the whole app, and as the simulator says.

A case is one request, sent to both databases and answered by the simulator.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any

import httpx2 as httpx

from discreet import Keyring, Principal, Refusal, Table
from discreet.fastapi import Disclosed, Page, View, protect, view_of
from discreet.testing import Simulator, world
from fastapi import Depends, FastAPI, Header

from ..engines import Engine
from .databases import Database, Pair, draw_pair
from .entities import Made, draw_entity
from .questions import Question, draw_question

__all__ = ["FEATURES", "Difference", "run"]

FEATURES = frozenset({"index", "scan", "shape"})
HEADERS = ("content-type", "cache-control", "vary", "etag")
PAIRS, QUESTIONS, PAGES = 4, 14, 8


@dataclass(eq=False)
class Difference(Exception):
    """Where answers differ: all that is needed to see it again."""

    seed: int
    entity: str
    principal: Principal
    question: Question
    pair: Pair
    answers: tuple[Any, ...]

    def __str__(self) -> str:
        items = "\n".join(
            f"  {name}: {each.item.__dict__} {each}" for name, d in (("one", self.pair.one), ("other", self.pair.other)) for each in d.items
        )
        answers = "\n".join(f"  {each}" for each in self.answers)
        return f"seed {self.seed}\n{self.entity}\n{self.principal} {dict(self.principal.claims)}\n{self.question}\n{items}\nanswers:\n{answers}"


@dataclass(frozen=True)
class Answer:
    """What matters of an answer. cursors: their lengths."""

    status: int
    headers: tuple[str | None, ...]
    body: Any
    cursor: int | None


async def run(engine: Engine, seed: int) -> int:
    """Draw an entity and databases from a seed, and ask. Gives the number of cases; raises the first Difference."""
    chance = Random(seed)
    made = draw_entity(chance, FEATURES)
    cases = 0
    for _ in range(PAIRS):
        pair = draw_pair(chance, made)
        async with _tables(engine, made, pair) as tables:
            cases += await _ask_all(chance, seed, made, pair, tables)
    return cases


@asynccontextmanager
async def _tables(engine: Engine, made: Made, pair: Pair) -> AsyncIterator[dict[str, Table]]:
    keyring = Keyring(Keyring.new_key())
    tables: dict[str, Table] = {}
    for name, database in (("one", pair.one), ("other", pair.other)):
        table = tables[name] = Table(
            f"soak-{id(pair)}-{name}", endpoint_url=engine.url, region="eu-west-1", credentials=engine.credentials, keyring=keyring
        )
        await table.create(made.entity)
        await _fill(table, database)
    try:
        yield tables
    finally:
        for table in tables.values():
            await table.delete()
            await table.close()


async def _fill(table: Table, database: Database) -> None:
    await table.store.put_all(database.wire(), key=("pk", "sk", "place", "name", "seq", "price", "digest"))


async def _ask_all(chance: Random, seed: int, made: Made, pair: Pair, tables: dict[str, Table]) -> int:
    questions = [(draw_question(chance, made, pair), chance.randrange(len(pair.principals))) for _ in range(QUESTIONS)]
    app = _app(made, tables, pair.principals, [each for each, _ in questions])
    cases = 0
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://soak") as client:
        for number, (question, who) in enumerate(questions):
            simulator = Simulator(world(made.entity, pair.principals[who], pair.one.items))
            cases += await _ask(chance, seed, made, pair, client, simulator, number, question, who)
    return cases


async def _ask(
    chance: Random, seed: int, made: Made, pair: Pair, client: Any, simulator: Simulator, number: int, question: Question, who: int
) -> int:
    after: dict[str, str | None] = {"one": None, "other": None}
    position: Any = None
    lengths: set[int | None] = set()
    gathered: dict[str, list[Any]] = {"one": [], "other": [], "simulator": []}
    for page in range(PAGES):
        responses = {db: await _send(client, db, number, who, after[db]) for db in after}
        answers = {db: _answer(each, question) for db, each in responses.items()}
        expected = _simulated(simulator, question, position)
        shown = answers["one"].status, _comparable(answers["one"].body, question)
        if _strip(answers["one"], question) != _strip(answers["other"], question) or shown != (
            expected[0],
            _comparable(expected[1], question),
        ):
            raise Difference(seed, made.source, pair.principals[who], question, pair, (*answers.values(), expected))
        length = answers["one"].cursor
        lengths |= {length} - {None}
        if len(lengths) > 1:
            raise Difference(seed, made.source, pair.principals[who], question, pair, (*answers.values(), expected))
        bodies = {db: each.json() for db, each in responses.items()}
        if not question.pages or answers["one"].status != 200:
            return page + 1
        for name, body in (*bodies.items(), ("simulator", expected[1])):
            gathered[name] += body["items"]
        position = expected[1]["next"]
        if position is None:
            break
        await _forge(chance, seed, made, pair, client, number, question, who, bodies["one"]["next"])
        after = {db: bodies[db]["next"] for db in after}
    if question.tied and len({repr(_sorted(each)) for each in gathered.values()}) > 1:
        raise Difference(seed, made.source, pair.principals[who], question, pair, tuple(gathered.values()))
    return page + 1


async def _forge(
    chance: Random, seed: int, made: Made, pair: Pair, client: Any, number: int, question: Question, who: int, cursor: str
) -> None:
    """A cursor that is changed, or another's, is refused alike."""
    at = chance.randrange(len(cursor))
    other = next((n for n, each in enumerate(pair.principals) if each.id != pair.principals[who].id), None)
    forged = [(who, cursor[:at] + chr(33 + (ord(cursor[at]) - 32) % 90) + cursor[at + 1 :]), (who, cursor[:-4]), (who, "x")]
    if other is not None:
        forged.append((other, cursor))
    for asker, text in forged:
        if text == cursor and asker == who:
            continue
        response = await _send(client, "one", number, asker, text)
        if response.status_code not in (400, 403) and not (response.status_code == 422 and asker != who):
            raise Difference(seed, made.source, pair.principals[asker], question, pair, (response.status_code, response.text))


async def _send(client: Any, db: str, number: int, who: int, after: str | None) -> Any:
    headers = {"db": db, "who": str(who)}
    return await client.get(f"/{number}", headers=headers, params={} if after is None else {"after": after})


def _answer(response: Any, question: Question) -> Answer:
    body = response.json()
    cursor = body.get("next") if question.pages and isinstance(body, dict) else None
    return Answer(response.status_code, tuple(response.headers.get(each) for each in HEADERS), body, cursor and len(cursor))


def _strip(answer: Answer, question: Question) -> Any:
    return answer.status, answer.headers, _comparable(answer.body, question), answer.cursor


def _comparable(body: Any, question: Question) -> Any:
    """A body without the text of its cursor; of lists in no order, how many items there are (they are compared at the end)."""
    if question.pages and isinstance(body, dict) and "items" in body:
        items = len(body["items"]) if question.tied else body["items"]
        return items, body["next"] is not None
    return _sorted(body) if question.tied and isinstance(body, list) else body


def _sorted(items: list[Any]) -> list[str]:
    return sorted(json.dumps(each, sort_keys=True) for each in items)


PROBLEMS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 422: "Unprocessable Content"}


def _simulated(simulator: Simulator, question: Question, position: Any) -> tuple[int, Any]:
    arguments = {**question.arguments, **({} if position is None else {"after": position})}
    try:
        return 200, getattr(simulator, question.call)(**arguments)
    except Refusal as refusal:
        body = {"type": "about:blank", "title": PROBLEMS[refusal.status], "status": refusal.status}
        return refusal.status, body if refusal.detail is None else {**body, "detail": refusal.detail}


def _app(made: Made, tables: dict[str, Table], principals: tuple[Principal, ...], questions: list[Question]) -> FastAPI:
    """An app of one route for each question; who asks, and of which database, is in headers."""
    app = FastAPI()
    protect(app)

    async def table_of(db: Annotated[str, Header()]) -> Table:
        return tables[db]

    async def principal_of(who: Annotated[int, Header()]) -> Principal:
        return principals[who]

    view_for = view_of(made.entity, table_of, principal_of)
    for number, question in enumerate(questions):
        app.get(f"/{number}")(_route(made.entity, view_for, question))
    return app


def _route(entity: Any, view_for: Any, question: Question) -> Any:
    """A route as an app would write it, its arguments given."""
    arguments = question.arguments
    shape: Any = arguments.get("shape", entity)

    async def get(view: Any) -> Any:
        return await view.get(**arguments)

    async def batch_get(view: Any) -> Any:
        return await view.batch_get(**arguments)

    async def exists(view: Any) -> Any:
        return await view.exists(**arguments)

    async def count(view: Any) -> Any:
        return await view.count(**arguments)

    async def each(view: Any) -> Any:
        return [found async for found in view.each(**arguments)]

    async def query(view: Any, after: Any = None) -> Any:
        return await view.query(after=after, **arguments)

    async def scan(view: Any, after: Any = None) -> Any:
        return await view.scan(after=after, **arguments)

    route: Any = {"get": get, "batch_get": batch_get, "exists": exists, "count": count, "each": each, "query": query, "scan": scan}[
        question.call
    ]
    answers = {"get": Disclosed[shape], "batch_get": list[Disclosed[shape]], "each": list[Disclosed[shape]], "exists": bool, "count": int}
    route.__annotations__ = {"view": Annotated[View[entity], Depends(view_for)], "return": answers.get(question.call, Page[shape])}
    if question.call in ("query", "scan"):
        route.__annotations__["after"] = str | None
    return route
