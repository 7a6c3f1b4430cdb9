"""Every way out of an app is found, and every one that is not disclosed is refused before anything is answered."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import httpx2 as httpx
import pytest
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import Response
from starlette.routing import Host, Mount, Route
from starlette.staticfiles import StaticFiles
from typing_extensions import TypedDict

from discreet import CallError, ConfigurationError, DeclarationError, Keyring, NotFound, Principal, Table, Undisclosed
from discreet.fastapi import Disclosed, Page, View, exits, problems, protect, undisclosed_exit, view_of
from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, Header, Query, Request, WebSocket

from ..view.clinic import CANARY, Pet, Visit
from .apps import clinic, current_principal
from .conftest import client_of

pytestmark = pytest.mark.anyio

nowhere = Table("nowhere", region="eu-west-1", endpoint_url="http://127.0.0.1:1")
Pets = Annotated[View[Pet], Depends(view_of(Pet, nowhere, current_principal))]


class Closed(BaseModel):
    """A model of the author's own."""

    name: str


class WithPet(BaseModel):
    """A model with a disclosure inside."""

    pet: Disclosed[Pet]
    more: list[Closed] = []


class Open(WithPet):
    """One that takes more than it says."""

    model_config = ConfigDict(extra="allow")


class Loose(WithPet):
    """One with anything in it."""

    rest: dict[str, Any] = {}


class Naked(BaseModel):
    """One with a whole item inside."""

    pet: Pet


@dataclass
class Row:
    """A dataclass with a disclosure."""

    pet: Disclosed[Pet]


class Typed(TypedDict):
    """And a TypedDict."""

    pet: Disclosed[Pet]


def app_with(answer: Any, **route: Any) -> FastAPI:
    """A protected app with one route that says it answers this."""
    app = FastAPI()
    protect(app)

    async def handler() -> Any:
        return None

    if answer is not ...:
        handler.__annotations__["return"] = answer
    else:
        del handler.__annotations__["return"]
    app.get("/x", **route)(handler)
    return app


def starts(app: FastAPI) -> None:
    """An app that comes up."""
    with TestClient(app):
        pass


ALLOWED = [
    Disclosed[Pet],
    Page[Pet],
    list[Disclosed[Pet]],
    tuple[Disclosed[Pet], ...],
    Disclosed[Pet] | None,
    WithPet,
    list[WithPet],
    Row,
    Typed,
    bool,
    int,
    None,
    Annotated[Disclosed[Pet], "x"],
]


@pytest.mark.parametrize("answer", ALLOWED, ids=str)
def test_disclosed_answers_are_allowed(answer: Any) -> None:
    """Alone, in a list, in a model; and what counts and tells existence."""
    starts(app_with(answer))


def refused(make: Callable[[], FastAPI], *words: str) -> None:
    """The app does not start, with or without lifespan, and says which exit and why."""
    for begin in (starts, lambda app: TestClient(app).get("/docs")):
        with pytest.raises(ConfigurationError) as raised:
            begin(make())
        for word in ("/x", *words):
            assert word in str(raised.value)
        assert raised.value.hint


REFUSED = [
    dict,
    dict[str, Any],
    dict[str, Disclosed[Pet]],
    Any,
    str,
    Closed,
    list[Closed],
    Open,
    Loose,
    JSONResponse,
    StreamingResponse,
    Response,
    ...,
]


@pytest.mark.parametrize("answer", REFUSED, ids=str)
def test_trap_18_other_answers_are_refused_unless_marked(answer: Any) -> None:
    """Anything without a disclosed part, and anything in which anything could be."""
    refused(lambda: app_with(answer, response_model=None) if answer in (dict, ...) else app_with(answer))
    app = FastAPI()
    protect(app)

    @undisclosed_exit("a test")
    async def handler() -> Any:
        return None

    handler.__annotations__["return"] = Any if answer is ... else answer
    app.get("/x")(handler)
    starts(app)


NAKED = [Pet, list[Pet], Pet | None, dict[str, Pet], Naked, Undisclosed[Pet], Visit, list[Visit]]


@pytest.mark.parametrize("answer", NAKED, ids=str)
@pytest.mark.parametrize("options", [{}, {"legacy": "warn"}], ids=str)
def test_trap_18_whole_items_are_refused_even_if_marked(answer: Any, options: dict[str, Any]) -> None:
    """A mark says that something else is answered; whole items are not something else."""

    def make() -> FastAPI:
        app = FastAPI()
        protect(app, **options)

        async def handler() -> Any:
            return None

        handler.__annotations__["return"] = answer
        app.get("/x", response_model=None)(undisclosed_exit("a test")(handler))
        return app

    refused(make, "whole items")


def test_trap_18_broken_a_walk_that_trusts_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that finds no fault lets the app start."""
    monkeypatch.setattr(exits, "_fault", lambda answer, status: None)
    with pytest.raises(pytest.fail.Exception):
        refused(lambda: app_with(dict[str, Any]))


def test_whole_items_are_not_accepted_either() -> None:
    """A body that is an entity would let a client set anything, and its schema would name everything."""

    def make() -> FastAPI:
        app = FastAPI()
        protect(app)

        @app.post("/x")
        async def accept(pet: Pet) -> None:
            return None

        return app

    refused(make, "takes or answers")


def many(app: FastAPI, depth: int = 3) -> int:
    """Routes at several depths; how many there are."""
    innermost = APIRouter()
    count = 0
    for level in range(depth):
        router = APIRouter(prefix=f"/r{level}")
        for name in ("a", "b"):

            @router.get(f"/{name}", include_in_schema=name == "a")
            async def route() -> Disclosed[Pet]:
                raise NotFound

            count += 1
        router.include_router(innermost)
        innermost = router
    app.include_router(innermost, prefix="/v1")
    app.include_router(innermost, prefix="/v2")
    return count * 2


def seen(walk: Callable[[FastAPI], list[Any]]) -> None:
    """The walk sees every route that was made."""
    app = FastAPI(openapi_url=None)
    made = many(app)
    assert len(walk(app)) == made


def test_trap_25_included_routers_are_walked() -> None:
    """At every depth, included twice, in the schema or not; and what the documentation lists is among them."""
    seen(exits.walk)


def test_trap_25_broken_a_walk_over_app_routes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """`app.routes` does not hold what was included; and our own walk, so broken, says that it missed something."""
    with pytest.raises(AssertionError):
        seen(lambda app: [route for route in app.routes if isinstance(route, APIRoute)])
    app = FastAPI()
    many(app)
    monkeypatch.setattr(
        exits, "iter_route_contexts", lambda routes: (each for each in iter_route_contexts(routes) if each.original_route in app.routes)
    )
    with pytest.raises(ConfigurationError, match="not seen"):
        exits.walk(app)


async def plain(request: Request) -> Response:
    """A route of Starlette's own."""
    return JSONResponse({"secret": CANARY})


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """An app of any kind."""
    await PlainTextResponse(CANARY)(scope, receive, send)


def router_with_pets() -> FastAPI:
    """An app to be mounted."""
    inner = FastAPI()

    @inner.get("/x")
    async def route() -> dict[str, Any]:
        return {"secret": CANARY}

    return inner


OTHERS: list[Callable[[FastAPI], Any]] = [
    lambda app: app.add_route("/x", plain),
    lambda app: app.mount("/x", asgi),
    lambda app: app.mount("/x", StaticFiles(directory=".", check_dir=False)),
    lambda app: app.mount("/x", router_with_pets()),
    lambda app: app.mount("/x", Starlette(routes=[Route("/y", plain)])),
    lambda app: app.mount("/x", Starlette(routes=[Mount("/y", app=router_with_pets())])),
    lambda app: app.add_api_websocket_route("/x", asgi),
    lambda app: app.include_router(APIRouter(routes=[Route("/x", plain)])),
]


@pytest.mark.parametrize("add", OTHERS)
def test_trap_18_every_kind_of_exit_is_found(add: Callable[[FastAPI], Any]) -> None:
    """Starlette's routes, mounted apps at any depth, files, websockets."""

    def make() -> FastAPI:
        app = FastAPI()
        protect(app)
        add(app)
        return app

    refused(make)


async def test_marks_say_why(table: Table) -> None:
    """Above or below the decorator, on mounted apps, and never without a reason."""
    app = FastAPI()
    protect(app)

    @undisclosed_exit("liveness")
    @app.get("/above")
    async def above() -> dict[str, str]:
        return {"status": "up"}

    @app.get("/below")
    @undisclosed_exit("liveness")
    async def below() -> dict[str, str]:
        return {"status": "up"}

    @app.websocket("/socket")
    @undisclosed_exit("echoes what it is sent")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    app.mount("/files", undisclosed_exit("public files")(StaticFiles(directory=".", check_dir=False)))
    app.mount("/inner", undisclosed_exit("another team's")(router_with_pets()))
    async with client_of(app) as client:
        assert (await client.get("/above")).json() == (await client.get("/below")).json() == {"status": "up"}
    for reason in ("", "  ", None):
        with pytest.raises(DeclarationError):
            undisclosed_exit(reason)  # type: ignore[arg-type]


def test_legacy_warn_lets_an_app_be_adopted_route_by_route(caplog: pytest.LogCaptureFixture) -> None:
    """It starts, and says what is left to do."""
    app = FastAPI()
    protect(app, legacy="warn")

    @app.get("/old")
    async def old() -> dict[str, Any]:
        return {"a": 1}

    with TestClient(app) as client:
        assert client.get("/old").json() == {"a": 1}
    assert "GET /old" in caplog.text


# Escaping `protect`


async def test_trap_36_a_view_in_an_unprotected_app_raises(table: Table) -> None:
    """Rather than answering with FastAPI's own errors."""
    app = FastAPI()
    app.get("/pets/1")(_routed(table, current_principal))
    async with client_of(app) as client:
        with pytest.raises(ConfigurationError, match="not protected"):
            await client.get("/pets/1")


def escaping(app: FastAPI) -> None:
    """What a team may add after `protect`: handlers and middleware that would answer with the exception."""

    async def tell(request: Request, error: Exception) -> Response:
        return JSONResponse({"oops": repr(error), "detail": str(error.__dict__)}, 418)

    class Telling(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Response:
            response: Response = await call_next(request)
            return response

    for kind in (Exception, NotFound, 404, 500, httpx.HTTPError, ValueError):
        app.add_exception_handler(kind, tell)
    app.add_middleware(Telling)

    @app.get("/boom")
    async def boom() -> Disclosed[Pet]:
        raise RuntimeError(CANARY)


async def check_escapes(app: FastAPI) -> None:
    """Problems stay ours."""
    async with client_of(app, raises=False) as client:
        missing = await client.get("/accounts/nobody")
        unknown = await client.get("/unknown")
        broken = await client.get("/boom")
    assert [each.status_code for each in (missing, unknown, broken)] == [404, 404, 500]
    assert missing.content == unknown.content == b'{"type":"about:blank","title":"Not Found","status":404}'
    assert CANARY not in broken.text
    assert broken.json()["instance"].startswith("urn:uuid:")


async def test_trap_36_later_handlers_and_middleware_do_not_escape(table: Table) -> None:
    """Whatever is added after `protect` is inside of it."""
    app = clinic(table)
    escaping(app)
    await check_escapes(app)


async def test_trap_36_broken_handlers_put_in_at_once_are_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers that are registered by `protect` itself lose to later ones."""

    def at_once(app: Any, options: Any) -> None:
        app.exception_handlers.update(problems.handlers())

    monkeypatch.setattr(sys.modules["discreet.fastapi.protect"], "_install", at_once)
    app = clinic(table)
    escaping(app)
    with pytest.raises(AssertionError):
        await check_escapes(app)


async def test_trap_36_mounted_apps_have_the_same_problems(table: Table) -> None:
    """Their handlers and middleware are their own, and their lifespan never runs: they are protected with the app."""
    app, inner = FastAPI(), FastAPI(debug=True)
    protect(app)

    @inner.get("/boom")
    async def boom() -> Disclosed[Pet]:
        raise RuntimeError(CANARY)

    inner.get("/pets/1")(_routed(table, current_principal))
    inner.get("/pets/99")(_routed(table, current_principal, "99"))
    app.mount("/inner", inner)
    async with client_of(app, raises=False) as client:
        assert (await client.get("/inner/pets/1")).json()["name"] == "name of 1"
        missing = await client.get("/inner/pets/99")
        assert missing.content == b'{"type":"about:blank","title":"Not Found","status":404}'
        assert missing.headers["cache-control"] == "private, no-store"
        broken = await client.get("/inner/boom")
        assert broken.status_code == 500
        assert CANARY not in broken.text


class Passing:
    """Middleware that is put around an app by hand."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on."""
        await self.app(scope, receive, send)


def mounted(app: FastAPI, inner: FastAPI) -> None:
    """As it is."""
    app.mount("/inner", inner)


def mounted_in_middleware(app: FastAPI, inner: FastAPI) -> None:
    """Twice around."""
    app.mount("/inner", Passing(Passing(inner)))


def mounted_with_middleware(app: FastAPI, inner: FastAPI) -> None:
    """As Starlette has it."""
    app.router.routes.append(Mount("/inner", app=inner, middleware=[Middleware(Passing)]))


def mounted_deeper(app: FastAPI, inner: FastAPI) -> None:
    """In an app that is mounted in middleware."""
    between = FastAPI()
    between.mount("/inner", Passing(inner))
    app.mount("/", Passing(between))


def mounted_by_host(app: FastAPI, inner: FastAPI) -> None:
    """By its name."""
    between = Starlette(routes=[Mount("/inner", app=Passing(inner))])
    app.router.routes.append(Host("test", app=Passing(between)))


MOUNTINGS = [mounted, mounted_in_middleware, mounted_with_middleware, mounted_deeper, mounted_by_host]


async def check_mounted(table: Table, mounting: Callable[[FastAPI, FastAPI], None]) -> None:
    """What a mounted app says of a bad request, of an error and of a refusal is what the app around it says."""
    app, inner = FastAPI(), FastAPI(debug=True)
    protect(app)

    @inner.get("/number/{number}")
    async def number(number: int) -> Disclosed[Pet]:
        raise RuntimeError(CANARY)

    @inner.exception_handler(HTTPException)
    async def own(request: Any, error: Any) -> Any:
        return PlainTextResponse(CANARY, 418)

    @inner.get("/refused")
    async def refused() -> Disclosed[Pet]:
        raise HTTPException(403)

    mounting(app, inner)
    async with client_of(app, raises=False) as client:
        for path, status in (("/inner/number/" + CANARY, 422), ("/inner/number/7", 500), ("/inner/refused", 403), ("/inner/none", 404)):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
            assert CANARY not in answer.text
    refusing = FastAPI()
    protect(refusing)
    naked = FastAPI()
    naked.get("/naked")(_naked_route)
    mounting(refusing, naked)
    with pytest.raises(ConfigurationError, match="/inner/naked"):
        await client_of(refusing, raises=True).get("/inner/naked")


async def _naked_route() -> dict[str, Any]:
    return {"secret": CANARY}


@pytest.mark.parametrize("mounting", MOUNTINGS)
async def test_trap_36_an_app_is_mounted_with_its_middleware(table: Table, mounting: Callable[[FastAPI, FastAPI], None]) -> None:
    """Around it by hand, around its mount, around the app between."""
    await check_mounted(table, mounting)


async def test_trap_36_broken_looking_at_the_outermost_layer_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 422 of the app inside would repeat its input."""
    monkeypatch.setattr(exits, "_layers", lambda app: iter([app]))
    with pytest.raises(AssertionError):
        await check_mounted(table, mounted_in_middleware)


async def test_trap_36_routes_added_later_are_checked_before_they_answer(table: Table) -> None:
    """Also after start-up."""
    app = clinic(table)
    async with client_of(app, raises=False) as client:
        assert (await client.get("/clinics/c1/pets/1")).status_code == 200

        @app.get("/late")
        async def late() -> dict[str, Any]:
            return {"secret": CANARY}

        answer = await client.get("/late")
        assert answer.status_code == 500
        assert CANARY not in answer.text


LATE: list[Callable[[FastAPI], Any]] = [
    lambda app: app.add_route("/late", plain),
    lambda app: app.mount("/late", asgi),
    lambda app: app.mount("/late", Starlette(routes=[Route("/", plain)])),
    lambda app: app.mount("/late", router_with_pets()),
    lambda app: app.include_router(APIRouter(routes=[Route("/late", plain)])),
    lambda app: app.host("test", asgi),
]


@pytest.mark.parametrize("add", LATE)
async def test_trap_36_whatever_is_added_later_is_checked_before_it_answers(add: Callable[[FastAPI], Any]) -> None:
    """Starlette's routes, mounts and hosts too: no kind of route escapes by being late."""
    app = FastAPI()
    protect(app)
    async with client_of(app, raises=False) as client:
        assert (await client.get("/docs")).status_code == 200
        add(app)
        for path in ("/late", "/late/x"):
            answer = await client.get(path, follow_redirects=True)
            assert answer.status_code in (404, 500)
            assert CANARY not in answer.text


async def test_trap_36_a_known_handler_on_a_route_added_later_is_checked() -> None:
    """It is the route that says what is answered."""
    app = FastAPI()
    protect(app)

    @app.get("/x")
    async def handler() -> Disclosed[Pet]:
        return {"secret": CANARY}  # type: ignore[return-value]

    async with client_of(app, raises=False) as client:
        assert (await client.get("/docs")).status_code == 200
        app.get("/late", response_model=dict)(handler)
        answer = await client.get("/late")
    assert answer.status_code == 500
    assert CANARY not in answer.text


def test_trap_36_websockets_added_later_are_checked_before_they_answer() -> None:
    """The connection is closed before anything is sent."""
    app = FastAPI()
    protect(app)
    client = TestClient(app)
    assert client.get("/docs").status_code == 200

    @app.websocket("/late")
    async def late(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(CANARY)

    with pytest.raises(ConfigurationError, match="/late"), client.websocket_connect("/late"):
        pass


@pytest.mark.parametrize("error", [NotFound(), HTTPException(403, CANARY)], ids=repr)
def test_a_refusal_closes_an_open_websocket(error: Exception) -> None:
    """It can not be answered any more, and no reason is given."""
    app = FastAPI()
    protect(app)

    @app.websocket("/socket")
    @undisclosed_exit("a test")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        raise error

    with TestClient(app).websocket_connect("/socket") as opened:
        assert opened.receive() == {"type": "websocket.close", "code": 1011, "reason": ""}


async def test_streams_of_disclosures_answer(table: Table) -> None:
    """One line each, kept private; anything else in one ends it."""
    app = clinic(table)
    view = Annotated[View[Pet], Depends(view_of(Pet, table, current_principal))]

    async def stream(pets: Any) -> AsyncIterator[Disclosed[Pet]]:
        for pet_id in ("1", "2"):
            yield await pets.get(clinic_id="c1", pet_id=pet_id)

    async def naked(pets: Any) -> AsyncIterator[Disclosed[Pet]]:
        yield {"secret": CANARY}  # type: ignore[misc]

    for handler in (stream, naked):
        handler.__annotations__ = {"pets": view, "return": AsyncIterator[Disclosed[Pet]]}
        app.get(f"/{handler.__name__}")(handler)
    async with client_of(app, raises=False) as client:
        answer = await client.get("/stream")
        assert [json.loads(line)["pet_id"] for line in answer.text.splitlines()] == ["1", "2"]
        assert answer.headers["cache-control"] == "private, no-store"
        assert CANARY not in (await client.get("/naked")).text


class Small(BaseModel):
    """A model of an answer."""

    name: int


async def test_values_are_not_in_what_a_server_logs(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    """An answer, or a model, that does not validate has the values in its error's text: it does not reach the server."""
    app = clinic(table)

    @app.get("/wrong")
    async def wrong() -> list[Disclosed[Pet]]:
        return [{"secret": CANARY}]  # type: ignore[list-item]

    @app.get("/built")
    async def built() -> Disclosed[Pet]:
        Small(name=CANARY)  # type: ignore[arg-type]
        raise AssertionError

    async with client_of(app) as client:  # which raises what a server would log
        for path in ("/wrong", "/built"):
            assert (await client.get(path)).status_code == 500
    assert "ValidationError" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize("source", [Query(), Header(), Cookie(), Depends()], ids=lambda value: type(value).__name__)
def test_trap_24_whole_items_are_no_parameters(source: Any) -> None:
    """A model of parameters would take, and document, every attribute there is."""

    def make() -> FastAPI:
        app = FastAPI()
        protect(app)

        async def search(pet: Any) -> None:
            return None

        search.__annotations__ = {"pet": Annotated[Pet, source], "return": None}
        app.get("/x")(search)
        return app

    refused(make, "takes or answers")


async def test_trap_18_a_route_that_answers_something_else_than_it_says_is_stopped(table: Table) -> None:
    """A returned Response bypasses the response model; it does not bypass us."""
    app = clinic(table)

    @app.get("/other")
    async def other() -> Disclosed[Pet]:
        return JSONResponse({"secret": CANARY})  # type: ignore[return-value]

    async with client_of(app, raises=False) as client:
        answer = await client.get("/other")
        assert answer.status_code == 500
        assert CANARY not in answer.text


async def test_debug_pages_do_not_leave_a_protected_app(table: Table) -> None:
    """They hold a traceback with values."""
    app = clinic(table)
    app.debug = True

    @app.get("/boom")
    async def boom() -> Disclosed[Pet]:
        raise RuntimeError(CANARY)

    async with client_of(app, raises=False) as client:
        assert CANARY not in (await client.get("/boom")).text


async def test_problems_ours_leaves_an_apps_own_handlers(table: Table) -> None:
    """For HTTP exceptions, invalid requests and unexpected errors; what discreet raises stays ours."""
    app = clinic(table, problems="ours")

    async def own(request: Request, error: Exception) -> Response:
        return JSONResponse({"own": True}, 418)

    for kind in (Exception, NotFound):
        app.add_exception_handler(kind, own)
    app.add_exception_handler(HTTPException, own)
    async with client_of(app, raises=False) as client:
        assert (await client.get("/unknown")).json() == {"own": True}
        assert (await client.get("/accounts/nobody")).json()["title"] == "Not Found"
        assert "input" not in (await client.get("/clinics/c1/pets?limit=x")).text


def test_protecting_twice_is_once() -> None:
    """And not twice in two ways."""
    app = FastAPI()
    protect(app)
    protect(app)
    with pytest.raises(ConfigurationError):
        protect(app, legacy="warn")
    with pytest.raises(ConfigurationError):
        protect(FastAPI(), legacy="allow")  # type: ignore[arg-type]


async def yielding() -> AsyncIterator[Principal]:
    """A principal dependency that cleans up."""
    yield Principal(claims={"sub": "u1"})


async def test_principals_and_tables_come_from_any_dependency(table: Table) -> None:
    """Sync, async, generators; and a table from a dependency."""
    app = FastAPI()
    protect(app)

    def sync() -> Principal:
        return Principal(claims={"sub": "u1"})

    def given() -> Table:
        return table

    for name, dependency in (("sync", sync), ("yielding", yielding)):
        app.get(f"/{name}")(_routed(given, dependency))
    async with client_of(app) as client:
        for name in ("sync", "yielding"):
            assert (await client.get(f"/{name}")).json()["owner_id"] == "u1"


def _routed(given: Any, dependency: Any, pet_id: str = "1") -> Any:
    """A route with a view of these."""

    async def read(pets: Any) -> Disclosed[Pet]:
        found: Disclosed[Pet] = await pets.get(clinic_id="c1", pet_id=pet_id)
        return found

    read.__annotations__ = {"pets": Annotated[Any, Depends(view_of(Pet, given, dependency))], "return": Disclosed[Pet]}
    return read


def test_response_models_decide_like_annotations() -> None:
    """`response_model=` counts, and so do bodies of other answers."""
    starts(app_with(Any, response_model=Disclosed[Pet]))
    refused(lambda: app_with(Disclosed[Pet], response_model=dict))
    refused(lambda: app_with(Disclosed[Pet], responses={200: {"model": Naked}}))


def test_bodies_that_hold_entities_deep_inside_are_refused() -> None:
    """In a model, in a list."""

    def make() -> FastAPI:
        app = FastAPI()
        protect(app)

        @app.post("/x")
        async def accept(pets: Annotated[list[Naked], Body()]) -> None:
            return None

        return app

    refused(make)


async def test_an_app_without_a_keyring_does_not_start_away_from_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how to make one, before the first request. Where nothing says where the table is, it can be looked at."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with pytest.raises(ConfigurationError, match="discreet keyring new"):
        await asyncio.to_thread(starts, clinic(Table("away", region="eu-west-1")))
    monkeypatch.setenv("DISCREET_KEYRING", Keyring.new_key())
    await asyncio.to_thread(starts, clinic(Table("away", region="eu-west-1")))
    monkeypatch.delenv("DISCREET_KEYRING")
    await asyncio.to_thread(starts, clinic(Table("nowhere")))


class Caller(Principal):
    """A principal of an app's own."""


@pytest.mark.parametrize("kind", [Principal, Caller])
def test_a_principal_is_never_filled_from_the_request(kind: Any) -> None:
    """Given the class as a dependency, FastAPI would read roles from the query and claims from the body."""
    with pytest.raises(CallError, match="fill from the request"):
        view_of(Pet, nowhere, kind)

    async def through_another(principal: Annotated[Principal, Depends(kind)]) -> Principal:
        return principal

    def make() -> FastAPI:
        app = FastAPI()
        protect(app)
        app.get("/x")(_routed(nowhere, through_another))
        return app

    through_another.__annotations__["principal"] = Annotated[Principal, Depends(kind)]
    refused(make, "from the request")
