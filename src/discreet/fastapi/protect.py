"""`protect`: the outermost layer of an app. Nothing is answered before every exit was checked, and nothing leaves but what may.

It wraps `build_middleware_stack`, so it is outside of whatever middleware is added later, and it puts its handlers in
when the stack is built, so it is nearer than whatever handler is added before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from discreet.errors import ConfigurationError, DiscreetError
from discreet.fastapi.bodies import bounded
from discreet.fastapi.exits import Exit, endpoints, refused, sub_apps, walk
from discreet.fastapi.guard import KEY, Guarded
from discreet.fastapi.openapi import documented
from discreet.fastapi.problems import failure, handlers
from fastapi import FastAPI

__all__ = ["protect"]

logger = logging.getLogger("discreet")

OPTIONS: Final = "discreet_protect"


@dataclass(frozen=True, slots=True)
class Options:
    """How an app is protected."""

    legacy: Literal["refuse", "warn"]
    problems: Literal["all", "ours"]


def protect(app: FastAPI, *, legacy: Literal["refuse", "warn"] = "refuse", problems: Literal["all", "ours"] = "all") -> None:
    """Protect an app: it answers disclosed data and problems, or it does not start.

    legacy: what to do about exits that answer something else and are not marked with `undisclosed_exit`; whole items
    are refused in any case. problems: "all" turns every error into a problem of ours; "ours" leaves an app's own
    handlers for HTTP exceptions, invalid requests and unexpected errors in place. Raises ConfigurationError for an app
    that is protected otherwise already; the check itself raises at start-up, or before the first request.
    """
    options = Options(legacy, problems)
    if legacy not in ("refuse", "warn") or problems not in ("all", "ours"):
        raise ConfigurationError("`protect` takes other options", hint='legacy="refuse" or "warn", problems="all" or "ours"')
    already = getattr(app.state, OPTIONS, None)
    if already is not None:
        if already != options:
            raise ConfigurationError("the app is protected already, with other options", hint="call `protect(app, ...)` once")
        return
    _install(app, options)
    build = app.build_middleware_stack

    def outermost() -> ASGIApp:
        return Guard(app, build(), options)

    app.build_middleware_stack = outermost  # type: ignore[method-assign]
    app.openapi = documented(app.openapi)  # type: ignore[method-assign]
    app.middleware_stack = None


def _install(app: Starlette, options: Options) -> None:
    """Put our handlers in as the app's stack is built."""
    if getattr(app.state, OPTIONS, None) is not None:
        return
    setattr(app.state, OPTIONS, options)
    build: Callable[[], ASGIApp] = app.build_middleware_stack

    def with_handlers() -> ASGIApp:
        # Debug pages hold a traceback with values; they are not for clients, so a protected app has none.
        app.debug = False
        defaults = FastAPI().exception_handlers
        for kind, handler in handlers().items():
            own = (
                app.exception_handlers.get(kind)
                if kind is not Exception
                else app.exception_handlers.get(500) or app.exception_handlers.get(kind)
            )
            kept = options.problems == "ours" and kind in _REPLACEABLE and own is not None and own is not defaults.get(kind)
            if not kept:
                app.exception_handlers[kind] = handler
        if options.problems == "all":
            for kind in [kind for kind in app.exception_handlers if kind not in handlers()]:
                if isinstance(kind, int) or issubclass(kind, (HTTPException, RequestValidationError, DiscreetError)):
                    del app.exception_handlers[kind]
        return build()

    app.build_middleware_stack = with_handlers  # type: ignore[method-assign]
    app.middleware_stack = None


_REPLACEABLE: Final = (HTTPException, RequestValidationError, WebSocketRequestValidationError, Exception)


@dataclass(slots=True)
class Guard:
    """The outermost ASGI app."""

    app: FastAPI
    inner: ASGIApp
    options: Options
    checked: dict[int, Exit | None] = field(default_factory=dict)
    known: dict[int, object] = field(default_factory=dict)
    """What was checked, by its id, and held, so that nothing new comes to have that id."""
    is_checked: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check before anything else, then answer under guard."""
        if scope["type"] not in ("http", "websocket"):
            await self.prepare()
            await self.inner(scope, receive, send)
            return
        if not self.is_checked:
            try:
                await self.prepare()
            except DiscreetError as error:
                if scope["type"] == "http":
                    await failure(error, "the app is not fit to serve")(scope, receive, send)
                raise
        guarded = Guarded()
        scope[KEY] = guarded
        if scope["type"] == "websocket":
            await self.inner(scope, receive, self._guarding_socket(scope, send))
            return
        await self.inner(scope, bounded(scope, receive, lambda: self._takes_items(scope)), self._guarding(scope, guarded, receive, send))

    async def prepare(self) -> None:
        """Check every exit, and that cursors of every table can be sealed. Raises ConfigurationError."""
        self.check()
        for table in {table for each in self.checked.values() if each is not None for table in each.tables}:
            if await table.is_configured():
                await table.keyring()
        self.is_checked = True

    def check(self) -> None:
        """Walk every exit. Raises ConfigurationError that lists those to refuse."""
        for sub in sub_apps(self.app):
            if isinstance(sub, Starlette):
                _install(sub, self.options)
        exits = walk(self.app)
        faults = refused(exits, legacy=self.options.legacy == "warn")
        if faults:
            listed = "\n".join(f"  - {each}" for each in faults)
            raise ConfigurationError(
                f"{len(faults)} of {len(exits)} exits are not disclosed:\n{listed}",
                hint='answer disclosures, or mark what is something else with `@undisclosed_exit("reason")`',
            )
        for each in exits:
            if each.fault is not None and not each.marked and id(each.route) not in self.checked:
                logger.warning("exit not disclosed: %s", each)
        self.checked = {id(each.route): each for each in exits}
        self.known = {id(each): each for each in [*endpoints(self.app), *(exit.route for exit in exits)]}

    def _takes_items(self, scope: Scope) -> bool:
        """Whether the route that a request was found to be for takes a `New` or `Change`."""
        found = self.checked.get(id(scope.get("route")))
        return found is not None and found.takes_items

    def _guarding(self, scope: Scope, guarded: Guarded, receive: Receive, send: Send) -> Send:
        dropped = False

        async def guarding(message: Message) -> None:
            nonlocal dropped
            if dropped:
                return
            if message["type"] == "http.response.start":
                fault = self._fault(scope, guarded, message["status"])
                if fault is not None:
                    dropped = True
                    await failure(fault, str(fault))(scope, receive, send)
                    raise fault
                if guarded.principal_dependent:
                    _keep_private(message)
            await send(message)

        return guarding

    def _guarding_socket(self, scope: Scope, send: Send) -> Send:
        async def guarding(message: Message) -> None:
            fault = self._added(scope)
            if fault is not None:
                await send({"type": "websocket.close", "code": 1011})
                raise fault
            await send(message)

        return guarding

    def _added(self, scope: MutableMapping[str, Any]) -> DiscreetError | None:
        """What is wrong with what was added since the last check, if what answers now is new."""
        endpoint = scope.get("endpoint")
        if endpoint is None or id(endpoint) in self.known:
            return None
        try:
            self.check()
        except DiscreetError as error:
            return error
        self.known[id(endpoint)] = endpoint
        return None

    def _fault(self, scope: MutableMapping[str, Any], guarded: Guarded, status: int) -> DiscreetError | None:
        """What is wrong with an answer about to start: its route was added later, or it is not what its route says."""
        added = self._added(scope)
        if added is not None:
            return added
        route = scope.get("route")
        if route is None or status >= 400:
            return None
        if id(route) not in self.checked:
            try:
                self.check()
            except DiscreetError as error:
                return error
            self.checked.setdefault(id(route), None)
            self.known[id(route)] = route
        found = self.checked[id(route)]
        if found is not None and found.exact and not guarded.disclosed and not found.marked:
            return ConfigurationError(
                f"{found.methods} {found.path} answered something else than {found.answers}", hint="return what the view gave"
            )
        return None


def _keep_private(message: Message) -> None:
    """An answer that depends on who asks is kept by nobody in between."""
    headers = MutableHeaders(raw=message["headers"])
    headers["Cache-Control"] = "private, no-store"
    headers.add_vary_header("Authorization")
