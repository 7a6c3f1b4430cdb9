"""The classes of a project: their bases, methods and fields, and what kind of class a library makes them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from discreet.audit.project import Definition, FunctionDef, Library, Module, Project

__all__ = ["Class", "Field", "dotted", "lookup"]

MODELS: Final = (
    "pydantic.BaseModel",
    "pydantic.main.BaseModel",
    "sqlmodel.SQLModel",
    "pydantic_settings.BaseSettings",
    "pydantic.RootModel",
)
PYNAMO: Final = ("pynamodb.models.Model", "pynamodb.attributes.MapAttribute", "pydynox.Model", "pydynox.model.Model")
SCHEMAS: Final = ("marshmallow.Schema", "marshmallow.schema.Schema")
DYNTASTIC: Final = ("dyntastic.Dyntastic", "dyntastic.main.Dyntastic")
ENTITIES: Final = ("discreet.Entity", "discreet.entity.Entity", "discreet.Embedded", "discreet.Part")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model: its annotation and default, as written."""

    name: str
    annotation: ast.expr | None
    default: ast.expr | None
    module: Module
    alias: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names it is filled from."""
        return (self.name, self.alias) if self.alias else (self.name,)


class Class:
    """A class of the project. It is told from another by identity."""

    def __init__(self, project: Project, module: Module, node: ast.ClassDef) -> None:
        self.project = project
        self.module = module
        self.node = node
        self.name = node.name
        self._lineage: list[Class] | None = None
        self._libraries: frozenset[str] | None = None
        self._fields: dict[str, Field] | None = None
        self.methods: dict[str, FunctionDef] = {
            each.name: each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        }

    def __repr__(self) -> str:
        return f"<{self.module.name}.{self.name}>"

    @property
    def lineage(self) -> list[Class]:
        """The class and its bases in the project, nearest first."""
        if self._lineage is None:
            self._lineage = [self]
            for base in self.bases():
                if isinstance(base, Class):
                    self._lineage += [each for each in base.lineage if each not in self._lineage]
        return self._lineage

    def bases(self) -> Iterator[Class | Library]:
        """What its bases are: classes of the project, or of a library."""
        for node in self.node.bases:
            inner = node.value if isinstance(node, ast.Subscript) else node
            found = lookup(self.project, self.module, inner)
            if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
                yield project_class(self.project, found.module, found.node)
            elif isinstance(found, Library):
                yield found

    @property
    def libraries(self) -> frozenset[str]:
        """The dotted paths of all its bases that are of libraries."""
        if self._libraries is None:
            self._libraries = frozenset(base.path for each in self.lineage for base in each.bases() if isinstance(base, Library))
        return self._libraries

    def _is(self, paths: tuple[str, ...]) -> bool:
        return any(path in paths for path in self.libraries)

    @property
    def pynamo(self) -> bool:
        """Whether it is a model of PynamoDB, or of pydynox, whose models are alike."""
        return self._is(PYNAMO) or any(path.startswith("pynamodb.models") for path in self.libraries)

    @property
    def dyntastic(self) -> bool:
        """Whether it is a dyntastic model."""
        return self._is(DYNTASTIC)

    @property
    def schema(self) -> bool:
        """Whether it is a schema of marshmallow's."""
        return self._is(SCHEMAS)

    @property
    def stub(self) -> bool:
        """Whether none of its methods does anything: what they do is said by classes derived from it."""
        return bool(self.methods) and all(_empty(method) for method in self.methods.values())

    @property
    def entity(self) -> bool:
        """Whether it is an entity of discreet's."""
        return self._is(ENTITIES)

    @property
    def enum(self) -> bool:
        """Whether it is an enumeration."""
        return any(path.rpartition(".")[2] in {"Enum", "StrEnum", "IntEnum", "Flag"} for path in self.libraries)

    @property
    def protocol(self) -> bool:
        """Whether it says only what others do."""
        return any(path.rpartition(".")[2] in {"Protocol", "ABC"} for path in self.libraries) or any(
            keyword.arg == "metaclass" for keyword in self.node.keywords
        )

    @property
    def model(self) -> bool:
        """Whether its fields are what it declares: a Pydantic model, a dataclass, a TypedDict or a NamedTuple."""
        if self.pynamo or self.enum:
            return False
        return self.pydantic or self.record

    @property
    def pydantic(self) -> bool:
        """Whether Pydantic fills and serialises it."""
        return any(
            path in MODELS
            or path in DYNTASTIC
            or path in ENTITIES
            or path.rpartition(".")[2] in {"BaseModel", "SQLModel", "APIModel", "CamelModel", "BaseSchema"}
            for path in self.libraries
        )

    @property
    def record(self) -> bool:
        """Whether it is a dataclass, a TypedDict or a NamedTuple."""
        last = {path.rpartition(".")[2] for path in self.libraries}
        return (
            bool(last & {"TypedDict", "NamedTuple"})
            or "msgspec.Struct" in self.libraries
            or any(_last(each) in _DATACLASS for base in self.lineage for each in base.node.decorator_list)
        )

    @property
    def typed_dict(self) -> bool:
        """Whether its objects are dicts at run time, of whatever they are made with: a TypedDict."""
        return any(path.rpartition(".")[2] == "TypedDict" for path in self.libraries)

    @property
    def extra(self) -> bool:
        """Whether it keeps what it does not declare."""
        return any(_keeps_extra(each.node) for each in self.lineage)

    @property
    def fields(self) -> dict[str, Field]:
        """Its fields, those of its bases first."""
        if self._fields is None:
            found: dict[str, Field] = {}
            for each in reversed(self.lineage):
                found.update((field.name, field) for field in each.own_fields())
            self._fields = found
        return self._fields

    def own_fields(self) -> Iterator[Field]:
        """The fields that this class itself declares."""
        for node in self.node.body:
            match node:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value) if not _class_level(name, annotation):
                    yield Field(name, annotation, value, self.module, _alias(value))
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value) if (
                    (self.pynamo or self.schema) and name not in {"Meta", "model_config"}
                ) or _last(value) in {"ib", "attrib"}:
                    yield Field(name, None, value, self.module, _alias(value))
                case _:
                    pass

    @property
    def root(self) -> tuple[ast.expr, Module] | None:
        """What a Pydantic root model holds: it is that, and has no fields of its own."""
        for each in self.lineage:
            for node in each.node.bases:
                if isinstance(node, ast.Subscript) and _last(node.value) == "RootModel":
                    return node.slice, each.module
            for field in each.node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.target.id in {"__root__", "root"}:
                    return (
                        (field.annotation, each.module) if field.target.id == "__root__" or "pydantic.RootModel" in self.libraries else None
                    )
        return None

    @property
    def variables(self) -> list[str]:
        """The names of its type variables, in order."""
        for node in self.node.bases:
            if isinstance(node, ast.Subscript):
                inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                return [each.id for each in inner if isinstance(each, ast.Name)]
        return [str(getattr(each, "name", "")) for each in getattr(self.node, "type_params", [])]

    def method(self, name: str) -> tuple[FunctionDef, Class] | None:
        """A method and the class that defines it."""
        for each in self.lineage:
            if name in each.methods:
                return each.methods[name], each
        return None

    def validated(self, name: str) -> bool:
        """Whether a validator of the class looks at a field."""
        for each in self.lineage:
            for method in each.methods.values():
                for decorator in method.decorator_list:
                    if isinstance(decorator, ast.Call) and _last(decorator) in {"validator", "field_validator"}:
                        given = [arg.value for arg in decorator.args if isinstance(arg, ast.Constant)]
                        if name in given or "*" in given:
                            return True
        return False


_DATACLASS: Final = frozenset({"dataclass", "dataclasses.dataclass", "define", "frozen", "mutable", "attrs", "s"})


def does_nothing(node: ast.AST) -> bool:
    """Whether a function does nothing: its body is a docstring, `...`, `pass`, or an error that is raised at once."""
    body: list[ast.stmt] = getattr(node, "body", None) or []
    return isinstance(body, list) and all(
        isinstance(each, ast.Pass | ast.Raise) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)) for each in body
    )


def _empty(method: FunctionDef) -> bool:
    """Whether a method says no more than that another does it: it does nothing, or raises that it is not implemented."""
    raised = [each.exc for each in method.body if isinstance(each, ast.Raise)]
    return does_nothing(method) and all(each is not None and "NotImplemented" in ast.unparse(each) for each in raised)


def project_class(project: Project, module: Module, node: ast.ClassDef) -> Class:
    """The one `Class` of a class statement."""
    found = project.classes.get(id(node))
    if not isinstance(found, Class):
        found = project.classes[id(node)] = Class(project, module, node)
    return found


def lookup(project: Project, module: Module, node: ast.expr) -> Definition | Module | Library | None:
    """What a name or a dotted name leads to from the top level of a module. Builtins are of the library `builtins`."""
    match node:
        case ast.Name(id=name):
            return project.resolve(module, name) or Library(f"builtins.{name}")
        case ast.Attribute(value=value, attr=name):
            base = lookup(project, module, value)
            if isinstance(base, Module):
                return project.attribute(base, name)
            if isinstance(base, Library):
                return project.named(f"{base.path}.{name}") or Library(f"{base.path}.{name}")
        case _:
            pass
    return None


def dotted(node: ast.AST) -> str:
    """A dotted name as written, empty when it is none."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            base = dotted(value)
            return f"{base}.{name}" if base else name
        case ast.Call(func=func):
            return dotted(func)
        case ast.Subscript(value=value):
            return dotted(value)
        case _:
            pass
    return ""


def _last(node: ast.expr) -> str:
    return dotted(node).rpartition(".")[2]


def _class_level(name: str, annotation: ast.expr) -> bool:
    return name == "model_config" or _last(annotation) in {"ClassVar", "PrivateAttr"} or name.startswith("_")


def _alias(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Call):
        for keyword in value.keywords:
            if keyword.arg in {"alias", "validation_alias", "attr_name"} and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return None


def _keeps_extra(node: ast.ClassDef) -> bool:
    for keyword in node.keywords:
        if keyword.arg == "extra" and _allows(keyword.value):
            return True
    for each in node.body:
        if (
            isinstance(each, ast.Assign | ast.AnnAssign)
            and each.value is not None
            and _assigns(each, "model_config")
            and _config_allows(each.value)
        ):
            return True
        if isinstance(each, ast.ClassDef) and each.name == "Config":
            return any(isinstance(inner, ast.Assign) and _assigns(inner, "extra") and _allows(inner.value) for inner in each.body)
    return False


def _assigns(node: ast.Assign | ast.AnnAssign, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _config_allows(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return any(keyword.arg == "extra" and _allows(keyword.value) for keyword in node.keywords)
    if isinstance(node, ast.Dict):
        return any(
            isinstance(key, ast.Constant) and key.value == "extra" and _allows(value)
            for key, value in zip(node.keys, node.values, strict=True)
        )
    return False


def _allows(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value == "allow") or (isinstance(node, ast.Attribute) and node.attr == "allow")
