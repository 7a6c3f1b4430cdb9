"""Noninterference, end to end: two databases of one world answer alike, over the whole app, and as the simulator says.

A case is one request, sent over HTTP to both databases: a question, a page of its answer, or a cursor that is not to be taken. Its
two answers are compared with each other, and with the simulator's.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from random import Random
from types import FunctionType
from typing import Annotated, Any

import httpx2 as httpx

from discreet import Keyring, Principal, Refusal, Table
from discreet.entity import declaration_of
from discreet.fastapi import Disclosed, Page, View, protect, view_of
from discreet.testing import Simulator, world
from fastapi import Depends, FastAPI, Header

from ..engines import Engine
from .databases import Pair, draw_pair, physical
from .entities import Made, draw_entity
from .questions import Question, draw_question

__all__ = ["FEATURES", "Difference", "run"]

FEATURES = frozenset({"index", "scan", "shape"})
HEADERS = ("content-type", "cache-control", "vary", "etag")
PAIRS, QUESTIONS, PAGES = 6, 30, 8


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
    async with _tables(engine, made, seed) as tables:
        asked = Asked(made, tables)
        transport = httpx.ASGITransport(app=_app(asked), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://soak") as client:
            cases = 0
            for _ in range(PAIRS):
                cases += await _ask_all(chance, seed, asked, draw_pair(chance, made), client)
    return cases


@asynccontextmanager
async def _tables(engine: Engine, made: Made, seed: int) -> AsyncIterator[dict[str, Table]]:
    keyring = Keyring(Keyring.new_key())
    where: Any = {"endpoint_url": engine.url, "region": "eu-west-1", "credentials": engine.credentials, "keyring": keyring}
    tables = {name: Table(f"soak-{seed}-{name}", **where) for name in ("one", "other")}
    for table in tables.values():
        await table.create(made.entity)
    try:
        yield tables
    finally:
        for table in tables.values():
            await table.delete()
            await table.close()


@dataclass
class Asked:
    """What an app is asked about at the moment: one app, and one pair of tables, is for all pairs of databases of an entity."""

    made: Made
    tables: dict[str, Table]
    principals: Sequence[Principal] = ()
    questions: Sequence[Question] = ()
    stored: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    simulators: dict[int, Simulator] = field(default_factory=dict)

    async def fill(self, name: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Put the items of a database in the place of those of the last one."""
        store, key = self.tables[name].store, declaration_of(self.made.entity).key
        names = tuple(physical(declaration_of(self.made.entity), part) for part in key.parts)
        old = [{"DeleteRequest": {"Key": {each: item[each] for each in names}}} for item in self.stored.get(name, ())]
        for at in range(0, len(old), 25):
            await (await store.transport()).send("BatchWriteItem", {"RequestItems": {store.name: old[at : at + 25]}})
        await store.put_all(items, key=names)
        self.stored[name] = items


@dataclass(frozen=True)
class _Case:
    """One question of one caller to two databases, and what its answers have to be."""

    seed: int
    pair: Pair
    asked: Asked
    client: Any
    number: int
    who: int

    @property
    def question(self) -> Question:
        """What is asked."""
        return self.asked.questions[self.number]

    def simulator(self, who: int) -> Simulator:
        """What answers for both databases."""
        if who not in self.asked.simulators:
            self.asked.simulators[who] = Simulator(world(self.asked.made.entity, self.pair.principals[who], self.pair.one.items))
        return self.asked.simulators[who]

    async def send(self, after: Mapping[str, str | None], who: int) -> dict[str, Any]:
        """Ask both databases."""
        found = {}
        for name in self.asked.tables:
            cursor = after[name]
            headers = {"db": name, "who": str(who), "number": str(self.number)}
            path, params = f"/{_route_name(self.question)}", {} if cursor is None else {"after": cursor}
            found[name] = await self.client.get(path, headers=headers, params=params)
        return found

    def compare(self, answers: Mapping[str, Answer], expected: tuple[int, Any], who: int) -> None:
        """Alike, and as the simulator says; or a Difference."""
        one, other = (_strip(each, self.question) for each in answers.values())
        shown = answers["one"].status, _comparable(answers["one"].body, self.question)
        if one != other or shown != (expected[0], _comparable(expected[1], self.question)):
            raise self.difference(who, (*answers.values(), expected))

    def difference(self, who: int, answers: tuple[Any, ...]) -> Difference:
        """Where it is, with all that is needed to see it again."""
        return Difference(self.seed, self.asked.made.source, self.pair.principals[who], self.question, self.pair, answers)


async def _ask_all(chance: Random, seed: int, asked: Asked, pair: Pair, client: Any) -> int:
    asked.questions = [draw_question(chance, asked.made, pair) for _ in range(QUESTIONS)]
    asked.principals, asked.simulators = pair.principals, {}
    for name, database in (("one", pair.one), ("other", pair.other)):
        await asked.fill(name, database.wire())
    cases = 0
    for number in range(QUESTIONS):
        cases += await _ask(chance, _Case(seed, pair, asked, client, number, chance.randrange(len(pair.principals))))
    return cases


async def _ask(chance: Random, case: _Case) -> int:
    """One question, through all of its pages, with a cursor that is not to be taken after each."""
    question, who, cases = case.question, case.who, 0
    simulator = case.simulator(who)
    after: dict[str, str | None] = {"one": None, "other": None}
    position: Any = None
    lengths: set[int | None] = set()
    gathered: dict[str, list[Any]] = {"one": [], "other": [], "simulator": []}
    for _ in range(PAGES):
        responses = await case.send(after, who)
        answers = {name: _answer(each, question) for name, each in responses.items()}
        expected = _simulated(simulator, question, position)
        cases += 1
        case.compare(answers, expected, who)
        lengths |= {answers["one"].cursor} - {None}
        if len(lengths) > 1:
            raise case.difference(who, (*answers.values(), expected))
        if not question.pages or answers["one"].status != 200:
            return cases
        for name, body in (*((name, each.body) for name, each in answers.items()), ("simulator", expected[1])):
            gathered[name] += body["items"]
        position = expected[1]["next"]
        if position is None:
            break
        after = {name: each.body["next"] for name, each in answers.items()}
        cases += await _forge(chance, case, after)
    if position is None and question.tied and len({repr(_sorted(each)) for each in gathered.values()}) > 1:
        raise case.difference(who, tuple(gathered.values()))
    return cases


async def _forge(chance: Random, case: _Case, cursors: Mapping[str, str | None]) -> int:
    """A cursor that is changed, cut, longer, made up, or someone else's is refused, alike, unless more is wrong with the question."""
    who, at = case.who, chance.random()

    def changed(cursor: str) -> str:
        spot = int(at * len(cursor))
        return cursor[:spot] + chr(33 + (ord(cursor[spot]) - 32) % 90) + cursor[spot + 1 :]

    def swapped(cursor: str) -> str:
        return cursor

    strangers = [number for number, each in enumerate(case.pair.principals) if each.id != case.pair.principals[who].id]
    ways: list[Callable[[str], str]] = [changed, lambda cursor: cursor[:-4], lambda cursor: cursor + cursor[-4:], lambda _: "x", swapped]
    way = chance.choice(ways if strangers else ways[:-1])
    asker = strangers[0] if way is swapped else who
    responses = await case.send({name: way(cursor or "") for name, cursor in cursors.items()}, asker)
    answers = {name: _answer(each, case.question) for name, each in responses.items()}
    refused = _simulated(case.simulator(asker), case.question, None)
    case.compare(answers, refused if refused[0] != 200 else (400, answers["one"].body), asker)
    return 1


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


def _app(asked: Asked) -> FastAPI:
    """An app of one route for each way to ask; who asks, of which database, and for what, is in headers."""
    app = FastAPI()
    protect(app)

    async def table_of(db: Annotated[str, Header()]) -> Table:
        return asked.tables[db]

    async def principal_of(who: Annotated[int, Header()]) -> Principal:
        return asked.principals[who]

    async def arguments_of(number: Annotated[int, Header()]) -> dict[str, Any]:
        return asked.questions[number].arguments

    view_for = view_of(asked.made.entity, table_of, principal_of)
    for call, name in product(_CALLS, ("", *asked.made.shapes)):
        app.get(f"/{call}{name}")(_route(asked.made.entity, view_for, arguments_of, call, asked.made.shapes.get(name)))
    return app


def _route_name(question: Question) -> str:
    shape = question.arguments.get("shape")
    return question.call + ("" if shape is None else shape.__name__)


async def _get(view: Any, given: Any) -> Any:
    return await view.get(**given)


async def _batch_get(view: Any, given: Any) -> Any:
    return await view.batch_get(**given)


async def _exists(view: Any, given: Any) -> Any:
    return await view.exists(**given)


async def _count(view: Any, given: Any) -> Any:
    return await view.count(**given)


async def _each(view: Any, given: Any) -> Any:
    return [found async for found in view.each(**given)]


async def _query(view: Any, given: Any, after: Any = None) -> Any:
    return await view.query(after=after, **given)


async def _scan(view: Any, given: Any, after: Any = None) -> Any:
    return await view.scan(after=after, **given)


_CALLS = {"get": _get, "batch_get": _batch_get, "exists": _exists, "count": _count, "each": _each, "query": _query, "scan": _scan}


def _route(entity: Any, view_for: Any, arguments_of: Any, call: str, shape: Any) -> Any:
    """A route as an app would write it, but for its arguments."""
    whole: Any = shape or entity
    answers = {"get": Disclosed[whole], "batch_get": list[Disclosed[whole]], "each": list[Disclosed[whole]], "exists": bool, "count": int}
    route: Any = FunctionType(_CALLS[call].__code__, globals(), f"{call}{shape}", _CALLS[call].__defaults__)
    route.__annotations__ = {
        "view": Annotated[View[entity], Depends(view_for)],
        "given": Annotated[Any, Depends(arguments_of)],
        **({"after": str | None} if call in ("query", "scan") else {}),
        "return": answers.get(call, Page[whole]),
    }
    return route
