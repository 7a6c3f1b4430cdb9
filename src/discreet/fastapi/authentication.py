"""Authentication first: FastAPI reads a body before it asks who sends it, so a stranger's broken JSON would be told about before a 401."""

from __future__ import annotations

from contextlib import AsyncExitStack

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import solve_dependencies
from starlette.requests import Request

__all__ = ["dependant_of", "refused_before_reading"]


def dependant_of(request: Request) -> Dependant | None:
    """The dependencies of the request's route, those of the routers around it included."""
    route = request.scope.get("route")
    context = request.scope.get("fastapi", {}).get("effective_route_context") or route
    return getattr(context, "dependant", None)


async def refused_before_reading(request: Request) -> Exception | None:
    """Run the route's dependencies as they would have run on a body that can be read, and give what one of them raises.

    The route itself does not run, and values and further validation errors are dropped.
    """
    dependant = dependant_of(request)
    if dependant is None:
        return None
    try:
        async with AsyncExitStack() as outer, AsyncExitStack() as inner:
            scope = {**request.scope, "fastapi_inner_astack": outer, "fastapi_function_astack": inner}
            await solve_dependencies(
                request=Request(scope, request.receive),
                dependant=dependant,
                body=None,
                dependency_overrides_provider=request.scope.get("app"),
                async_exit_stack=outer,
                embed_body_fields=False,
            )
    except Exception as error:
        return error
    return None
