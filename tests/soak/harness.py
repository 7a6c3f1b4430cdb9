"""Noninterference, end to end: two databases of one world answer alike, over the whole app, and as the simulator says.

A case is one request, compared three ways: what the app answers of each of the two databases, and what the simulator does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from random import Random
from typing import Any

from discreet import Principal, Refusal
from discreet.testing import Simulator, world

from ..engines import Engine
from .databases import Database, Pair, draw_pair
from .entities import Made, draw_entity
from .questions import Question, draw_question
from .served import Answer, Served
from .stage import TWINS, Stage, staged
from .wire import THROUGH_THE_SDK, straight

__all__ = ["FEATURES", "Difference", "run"]

FEATURES = frozenset({"index", "scan", "shape"})
PAIRS, QUESTIONS, PAGES = 5, 24, 8


@dataclass(eq=False)
class Difference(Exception):
    """Where answers differ: all that is needed to see it again."""

    engine: str
    seed: int
    entity: str
    principal: Principal
    question: Question
    pair: Pair
    answers: tuple[Any, ...]

    def __str__(self) -> str:
        def items(name: str, database: Database) -> Iterable[str]:
            for each in database.items:
                yield f"  {name}: {each.item.__dict__} unset={each.unset} unreadable={each.unreadable} stale={each.stale}"

        found = "\n".join([*items("one", self.pair.one), *items("other", self.pair.other)])
        answers = "\n".join(f"  {each}" for each in self.answers)
        who = f"{self.principal} {dict(self.principal.claims)}"
        again = f'make soak ARGS="--engine {self.engine} --seed {self.seed}"'
        return f"seed {self.seed}: {again}\n{self.entity}\n{who}\n{self.question}\n{found}\nanswers:\n{answers}"


async def run(engine: Engine, seed: int) -> int:
    """Draw an entity and databases from a seed, and ask. Gives the number of cases; raises the first Difference."""
    chance = Random(seed)
    made = draw_entity(chance, FEATURES)
    served = Served(made)
    cases = 0
    through_the_sdk = seed % THROUGH_THE_SDK == THROUGH_THE_SDK - 1
    async with nullcontext() if through_the_sdk else straight(engine.url), staged(engine, made) as stage:
        for _ in range(PAIRS):
            pair = draw_pair(chance, made)
            await stage.hold(pair)
            asking = Asking(chance, engine.name, seed, made, pair, stage, served)
            for _ in range(QUESTIONS):
                await asking.ask_one()
            cases += asking.cases
    return cases


class Asking:
    """Questions to one pair of databases. cases: how many requests were compared."""

    def __init__(self, chance: Random, engine: str, seed: int, made: Made, pair: Pair, stage: Stage, served: Served) -> None:
        self.cases = 0
        self._chance, self._engine, self._seed, self._made, self._pair = chance, engine, seed, made, pair
        self._stage, self._served = stage, served
        self._simulators = [Simulator(world(made.entity, each, pair.one.items)) for each in pair.principals]
        self._seen = [{each.key for each in simulator.world.items} for simulator in self._simulators]
        self._cursors: list[tuple[str, dict[str, str | None]]] = []

    async def ask_one(self) -> None:
        """Draw a question, mostly of one who sees something, and ask."""
        who = self._chance.choice([n for n, each in enumerate(self._seen) if each] or [0]) if self._chance.random() < 0.6 else None
        who = self._chance.randrange(len(self._seen)) if who is None else who
        await self.ask(draw_question(self._chance, self._made, self._pair, self._seen[who]), who)

    async def ask(self, question: Question, who: int) -> None:
        """Ask, and go on to the last page."""
        after: dict[str, str | None] = dict.fromkeys(TWINS)
        position: Any = None
        length: int | None = None
        gathered: list[list[Any]] = [[], [], []]
        for _ in range(PAGES):
            answers, (status, expected) = await self._compare(question, who, after, position)
            if not question.pages or status != 200:
                return
            for items, body in zip(gathered, (*(each.body for each in answers), expected), strict=True):
                items += body["items"]
            position = expected["next"]
            if position is None:
                break
            after = {name: each.cursor for name, each in zip(TWINS, answers, strict=True)}
            lengths = {len(each or "") for each in after.values()} | ({length} - {None})
            if len(lengths) > 1:
                self._differ(question, who, *answers, f"lengths of cursors: {lengths}")
            (length,) = lengths
            await self._forge(question, who, after, position)
        else:
            return
        if question.tied and len({repr(_sorted(each)) for each in gathered}) > 1:
            self._differ(question, who, *gathered)

    async def _compare(
        self, question: Question, who: int, after: dict[str, str | None], position: Any
    ) -> tuple[list[Answer], tuple[int, Any]]:
        """One case."""
        principal = self._pair.principals[who]
        answers = await asyncio.gather(*(self._served.ask(self._stage.tables[name], principal, question, after[name]) for name in TWINS))
        expected = _simulated(self._simulators[who], question, position)
        if question.is_beyond and answers[0].status == 422:
            expected = 422, answers[0].body
        one, other = (_comparable(each, question) for each in answers)
        if one != other or (answers[0].status, _content(answers[0].body, question)) != (expected[0], _content(expected[1], question)):
            self._differ(question, who, *answers, expected)
        self.cases += 1
        return answers, expected

    async def _forge(self, question: Question, who: int, after: dict[str, str | None], position: Any) -> None:
        """A cursor that is changed, another's, of another question or another table: refused, and always alike."""
        chance, principals = self._chance, self._pair.principals
        spelling = _bound(question, principals[who])
        self._cursors.append((spelling, after))
        asker, forged, wanted = who, after, object()
        match chance.choice(["changed", "cut", "longer", "nonsense", "swapped", "another's", "another's", "of another question"]):
            case "changed":
                at = chance.randrange(min(len(each or "") for each in after.values()))
                forged = {name: _changed(text or "", at) for name, text in after.items()}
            case "cut":
                forged = {name: (text or "")[:-4] for name, text in after.items()}
            case "longer":
                forged = {name: (text or "") + chance.choice(["=", " ", "A", "AAAA", "\n"]) for name, text in after.items()}
            case "nonsense":
                forged = dict.fromkeys(TWINS, chance.choice(["x", "", "\x00", "é", "x" * 5000]))
            case "swapped":
                forged = dict(zip(TWINS, [*after.values()][::-1], strict=True))
            case "another's":
                asker = next((number for number in range(len(principals)) if number != who), who)
                if principals[asker].id == principals[who].id:  # the same person, whose roles may have changed
                    if question.tied:
                        return
                    wanted = position
            case _:
                found = [cursors for bound, cursors in self._cursors if bound != spelling]
                if not found:
                    return
                forged = chance.choice(found)
        await self._compare(question, asker, forged, wanted)

    def _differ(self, question: Question, who: int, *answers: Any) -> None:
        raise Difference(self._engine, self._seed, self._made.source, self._pair.principals[who], question, self._pair, answers)


def _changed(text: str, at: int) -> str:
    """Another letter in one place."""
    return f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}"


def _bound(question: Question, principal: Principal) -> str:
    """What a cursor is bound to: the question without what may change from page to page, and the principal."""
    loose = ("limit", "shape", "consistent")
    asked = {name: repr(value) for name, value in sorted(question.arguments.items()) if name not in loose}
    return repr((question.call, asked, principal.id))


def _comparable(answer: Answer, question: Question) -> Any:
    """All of an answer but the text of its cursor, of which the length matters."""
    ordered = not (question.tied and question.pages)
    headers = [each for each in answer.headers if ordered or each[0] != "content-length"]
    return answer.status, headers, _content(answer.body, question), answer.cursor and len(answer.cursor)


def _content(body: Any, question: Question) -> Any:
    """A body without the text of its cursor; of lists in no order, how many items there are (they are compared at the end)."""
    if question.pages and isinstance(body, dict) and "items" in body:
        items = len(body["items"]) if question.tied else json.dumps(body["items"])
        return items, body["next"] is not None, len(body)
    return _sorted(body) if question.tied and isinstance(body, list) else json.dumps(body)


def _sorted(items: list[Any]) -> list[str]:
    return sorted(map(json.dumps, items))


PROBLEMS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 422: "Unprocessable Content"}


def _simulated(simulator: Simulator, question: Question, position: Any) -> tuple[int, Any]:
    arguments = {**question.arguments, **({} if position is None else {"after": position})}
    try:
        return 200, getattr(simulator, question.call)(**arguments)
    except Refusal as refusal:
        body = {"type": "about:blank", "title": PROBLEMS[refusal.status], "status": refusal.status}
        return refusal.status, body if refusal.detail is None else {**body, "detail": refusal.detail}
