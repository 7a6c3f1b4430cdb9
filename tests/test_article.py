"""The pages about tables that were there before: they hold on the reference engine too, and the article's routes are the example's."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from article import data
from article.app import app
from article.auth import issue
from article.models import profiles, user_profiles, users
from discreet.policy import Plan, compile_plan
from discreet.view.viewer import PrincipalViewer

from .engines import Engine

ROOT = Path(__file__).parent.parent


def blocks(page: str) -> list[str]:
    """The Python of a page."""
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["article.md", "adopting.md", "tables.md"])
def test_a_page_holds_on_the_reference(page: str, reference: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sybil runs them on the embedded engine, which is milder: here a reserved word inside a path is refused, too."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", reference.url)
    module = ModuleType(f"docs_{page.partition('.')[0]}")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # where annotations are looked up
    names: dict[str, Any] = vars(module)
    for block in blocks(page):
        exec(compile(block, page, "exec"), names)
    assert names.get("refused", page != "article.md"), "`profile_data.name` was taken"


def test_the_pages_routes_are_the_examples() -> None:
    """Each of them, word for word."""
    written = (ROOT / "examples/article/app.py").read_text()
    routes = re.findall(r"^@app\..*?(?=\n\n|\Z)", "\n\n".join(blocks("article.md")), re.DOTALL | re.MULTILINE)
    assert len(routes) == 6
    for route in routes:
        assert route.strip() in written
    assert written.count("@app.") == len(routes)


NOBODYS = ("$2b$12$", "078-05-1120", "passwordHash", "password_hash", "ssn", "tax_number")
PATHS = ("/users/u123", "/users/u124", "/profiles", "/users/u123/profiles", "/users", "/users/u123/card", "/openapi.json")
CALLERS = (None, ("u123",), ("u124",), ("s1", "support"))


def leaks(url: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What nobody may see, in any answer to anyone."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)

    async def made() -> None:
        await data.create()

    async def removed() -> None:
        for table in (users, profiles, user_profiles):
            await table.delete()

    asyncio.run(made())
    try:
        client = TestClient(app, raise_server_exceptions=False)
        found = set()
        for who in CALLERS:
            headers = {} if who is None else {"Authorization": f"Bearer {issue(*who)}"}
            bodies = [client.get(path, headers=headers).text for path in PATHS]
            bodies.append(client.patch("/users/u123", json={"profile_data": {"locale": "en-GB"}}, headers=headers).text)
            found |= {secret for secret in NOBODYS for body in bodies if secret in body}
        return found
    finally:
        asyncio.run(removed())


def test_what_nobody_sees_never_leaves(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """On any route of the example, for any caller; nor do the documents name it."""
    assert not leaks(engine.url, monkeypatch)


def test_the_test_finds_a_view_past_the_policy(ministack: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken on purpose: plans that hide nothing."""

    def everything(viewer: PrincipalViewer, known: object, **_: object) -> Plan:
        return compile_plan(viewer.declaration.everything, frozenset())

    monkeypatch.setattr(PrincipalViewer, "plan", everything)
    assert {"$2b$12$", "078-05-1120"} <= leaks(ministack.url, monkeypatch)


def test_the_tables_are_what_their_entities_need(ministack: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `table.check` says at start-up."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", ministack.url)

    async def checked() -> None:
        await data.create()
        for table in (users, profiles, user_profiles):
            await table.check()
            await table.delete()

    asyncio.run(checked())
    assert profiles.definition().indexes[0].projection == frozenset({"public_name", "userId"})
