"""The modules of a project and where names lead: to a definition in the project, or to a library by its dotted path.

Names are resolved on demand and never by running code, so that cyclic imports do no harm.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from discreet.audit.files import Source
from discreet.findings import Region

__all__ = ["ClassDef", "Definition", "FunctionDef", "Imported", "Library", "Module", "Project", "declares_routes", "region"]

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
ClassDef = ast.ClassDef

WEB: Final = ("fastapi", "APIRouter", "include_router", "add_api_route", "starlette")
ROUTE: Final = re.compile(r"^\s*@[\w.]+\.(get|post|put|patch|delete|api_route|websocket|exception_handler|middleware)\(", re.MULTILINE)
LIBRARIES: Final = frozenset(
    {
        "aioboto3",
        "aiobotocore",
        "aiodynamo",
        "boto3",
        "botocore",
        "dependency_injector",
        "discreet",
        "dyntastic",
        "fastapi",
        "jose",
        "jwt",
        "logging",
        "pydantic",
        "pydynox",
        "pynamodb",
        "starlette",
        "typing",
    }
)

# What `from ... import *` gives of libraries, as far as the analysis knows it.
EXPORTS: Final[dict[str, frozenset[str]]] = {
    library: frozenset(names.split())
    for library, names in {
        "boto3.dynamodb.conditions": "Attr Key",
        "fastapi": "APIRouter BackgroundTasks Body Cookie Depends FastAPI File Form HTTPException Header Path Query Request Response "
        "Security UploadFile WebSocket WebSocketDisconnect status",
        "fastapi.responses": "FileResponse HTMLResponse JSONResponse ORJSONResponse PlainTextResponse RedirectResponse Response "
        "StreamingResponse UJSONResponse",
        "fastapi.security": "APIKeyCookie APIKeyHeader APIKeyQuery HTTPAuthorizationCredentials HTTPBasic HTTPBasicCredentials HTTPBearer "
        "OAuth2 OAuth2AuthorizationCodeBearer OAuth2PasswordBearer OAuth2PasswordRequestForm OpenIdConnect SecurityScopes",
        "pydantic": "BaseModel ConfigDict EmailStr Field RootModel SecretStr TypeAdapter UUID4 conint constr field_validator validator",
        "pynamodb.attributes": "BinaryAttribute BooleanAttribute JSONAttribute ListAttribute MapAttribute NumberAttribute "
        "NumberSetAttribute UTCDateTimeAttribute UnicodeAttribute UnicodeSetAttribute",
        "pynamodb.models": "Model",
        "typing": "Annotated Any AsyncGenerator AsyncIterator Dict Generic Iterable Iterator List Literal Mapping NamedTuple Optional "
        "Protocol Sequence Set Tuple Type TypeVar TypedDict Union",
        "uuid": "UUID uuid4",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Library:
    """Something that is not in the project, by its dotted path."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A name's definition in a module: a function, a class, or the value last assigned to it."""

    module: Module
    name: str
    node: FunctionDef | ClassDef | ast.expr


@dataclass(frozen=True, slots=True)
class Imported:
    """What a name was imported as: a module, or a name of a module (`name` is None for the module itself)."""

    module: str
    name: str | None


@dataclass(slots=True, eq=False)
class Module:
    """One file: its tree and, by name, what its top level defines and imports anywhere."""

    path: str
    name: str
    tree: ast.Module
    lines: list[str]
    definitions: dict[str, Definition] = field(default_factory=dict)
    imports: dict[str, Imported] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, source: Source) -> Module:
        """Index a parsed file."""
        module = cls(source.path, _dotted(source.path), source.tree, source.text.split("\n"))
        for node in _top(source.tree.body):
            _define(module, node)
        return module

    @property
    def package(self) -> str:
        """The dotted name of the package that relative imports start from."""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]


def declares_routes(text: str) -> bool:
    """Whether a file may declare apps, routers or routes."""
    return any(word in text for word in WEB) or ROUTE.search(text) is not None


def _dotted(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of the top level, also those under `if`, `try` and `with`."""
    for node in body:
        yield node
        for name in ("body", "handlers", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                for child in getattr(node, name, ()):
                    yield from _top(child.body if isinstance(child, ast.ExceptHandler) else [child])


def _define(module: Module, node: ast.stmt) -> None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            module.definitions[node.name] = Definition(module, node.name, node)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Name):
                    module.definitions[target.id] = Definition(module, target.id, value)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            module.definitions[name] = Definition(module, name, value)
        case ast.Import() | ast.ImportFrom():
            for name, imported in imports(module, node):
                if name == "*":
                    module.stars.append(imported.module)
                else:
                    module.imports[name] = imported
        case _:
            # `type X = ...` is of Python 3.12, whose grammar the running one may not have.
            if type(node).__name__ == "TypeAlias":
                alias: str = getattr(node, "name").id  # noqa: B009
                module.definitions[alias] = Definition(module, alias, getattr(node, "value"))  # noqa: B009


def imports(module: Module, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Imported]]:
    """The names that an import statement binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname, Imported(alias.name, None)) if alias.asname else _rooted(alias.name)
        return
    base = _base(module, node)
    for alias in node.names:
        yield alias.asname or alias.name, Imported(base, alias.name)


def _rooted(name: str) -> tuple[str, Imported]:
    root = name.partition(".")[0]
    return root, Imported(root, None)


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.package.split(".") if module.package else []
    kept = parts[: len(parts) - node.level + 1]
    return "." + ".".join([*kept, *([node.module] if node.module else [])])


class Project:
    """All modules by path, and the resolution of names among them."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        self._names = {_dotted(path): path for path in modules}
        self._packages = {str(PurePosixPath(path).parent) for path in modules if path.endswith("__init__.py")}
        self._folders = {str(folder) for path in modules for folder in PurePosixPath(path).parents}
        self.classes: dict[int, object] = {}
        self._found: dict[tuple[str, str], Module | Library] = {}

    def named(self, name: str) -> Module | None:
        """The module of a dotted name that begins at the root."""
        path = self._names.get(name)
        return self.modules.get(path) if path is not None else None

    def module(self, name: str, importer: Module) -> Module | Library:
        """The module that `importer` means by a dotted name; relative names begin with a dot and are rooted already."""
        key = (str(PurePosixPath(importer.path).parent), name)
        if key not in self._found:
            self._found[key] = self._find(name, importer)
        return self._found[key]

    def _find(self, name: str, importer: Module) -> Module | Library:
        if name.startswith("."):
            return self.named(name[1:]) or Library(name[1:])
        tail = name.replace(".", "/")
        for root in self._roots(importer, outside=name.partition(".")[0] in LIBRARIES):
            for path in (f"{root}{tail}.py", f"{root}{tail}/__init__.py"):
                if path in self.modules and path != importer.path:
                    return self.modules[path]
            if f"{root}{tail}" in self._folders and name.partition(".")[0] not in LIBRARIES:
                return Library(f"{root}{tail}".replace("/", "."))
        return Library(name)

    def _roots(self, importer: Module, *, outside: bool) -> Iterator[str]:
        """Folders that imports may start from, nearest first: those above that are no packages, `src`, then packages."""
        parents = [str(parent) for parent in PurePosixPath(importer.path).parents]
        plain = [parent for parent in parents if parent not in self._packages]
        for parent in plain if outside else [*plain, *(each for each in parents if each in self._packages)]:
            base = "" if parent == "." else f"{parent}/"
            yield base
            yield f"{base}src/"

    def resolve(self, module: Module, name: str, seen: set[tuple[str, str]] | None = None) -> Definition | Module | Library | None:
        """What a name of a module's top level leads to, through any number of imports. `seen` is where the search has been."""
        seen = set() if seen is None else seen
        if (module.path, name) in seen:
            return None
        seen.add((module.path, name))
        if name in module.definitions:
            return module.definitions[name]
        if name in module.imports:
            return self.imported(module, module.imports[name], seen)
        for star in module.stars:
            found = self.module(star, module)
            if isinstance(found, Module) and (inner := self.resolve(found, name, seen)):
                return inner
            if isinstance(found, Library) and name in EXPORTS.get(found.path, ()):
                return Library(f"{found.path}.{name}")
        return None

    def imported(
        self, module: Module, imported: Imported, seen: set[tuple[str, str]] | None = None
    ) -> Definition | Module | Library | None:
        """What an import leads to."""
        if imported.name is None:
            return self.module(imported.module, module)
        base = self.module(imported.module, module)
        if isinstance(base, Module):
            inner = self.resolve(base, imported.name, seen)
            if inner is not None:
                return inner
        return self._submodule(base, imported, module)

    def _submodule(self, base: Module | Library, imported: Imported, module: Module) -> Module | Library | None:
        dot = "" if imported.module.endswith(".") else "."
        inner = self.module(f"{imported.module}{dot}{imported.name}", module)
        if isinstance(inner, Module):
            return inner
        if isinstance(base, Module):
            return None
        return self.named(f"{base.path}.{imported.name}") or Library(f"{base.path}.{imported.name}")

    def attribute(self, module: Module, name: str) -> Definition | Module | Library | None:
        """What an attribute of a module leads to: one of its names, or a module in its package."""
        return self.resolve(module, name) or self.named(f"{module.name}.{name}")


def region(module: Module, node: ast.AST) -> Region:
    """The first line of a node, as a region."""
    line: int = getattr(node, "lineno", 1)
    text = module.lines[line - 1] if 0 < line <= len(module.lines) else ""
    start = _characters(text, getattr(node, "col_offset", 0))
    last = getattr(node, "end_lineno", line) == line
    end = _characters(text, getattr(node, "end_col_offset", 0) or 0) if last else len(text)
    return Region(module.path, line, start + 1, line, max(end, start + 1) + 1)


def _characters(text: str, offset: int) -> int:
    return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))
