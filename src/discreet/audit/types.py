"""Annotations: which type is meant, through aliases and imports, and how far it bounds what a client may send."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Final

from discreet.audit.classes import Class, lookup, project_class
from discreet.audit.project import Definition, Library, Module, Project

__all__ = ["ANY", "Bounds", "Metadata", "TypeRef", "bounds", "substituted", "type_of"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """One expression of `Annotated[...]`, or a default such as `Query(...)`, and the module it is written in."""

    node: ast.expr
    module: Module

    @property
    def name(self) -> str:
        """What is called: `Depends`, `Query` ..."""
        return last(self.node.func if isinstance(self.node, ast.Call) else self.node)

    def keyword(self, *names: str) -> ast.expr | None:
        """A keyword argument."""
        if isinstance(self.node, ast.Call):
            for keyword in self.node.keywords:
                if keyword.arg in names:
                    return keyword.value
        return None


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type: of the project (`cls`), or of a library by its dotted path; with its arguments and metadata."""

    path: str = ""
    cls: Class | None = None
    args: tuple[TypeRef, ...] = ()
    metadata: tuple[Metadata, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """The last part of its path, or the name of its class."""
        return self.cls.name if self.cls else self.path.rpartition(".")[2]

    @property
    def optional(self) -> bool:
        """Whether it is a union with None."""
        return self.name == "Union" and any(each.name == "None" for each in self.args)

    @property
    def bare(self) -> TypeRef:
        """Without None."""
        if self.name != "Union":
            return self
        kept = tuple(each for each in self.args if each.name != "None")
        return TypeRef(kept[0].path, kept[0].cls, kept[0].args, kept[0].metadata + self.metadata) if len(kept) == 1 else self


ANY: Final = TypeRef("typing.Any")
NONE: Final = TypeRef("builtins.None")
DEEPEST: Final = 12


def type_of(project: Project, module: Module, node: ast.expr | None, depth: int = 0) -> TypeRef:
    """The type that an annotation of a module means."""
    if node is None or depth > DEEPEST:
        return ANY
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            return _quoted(project, module, text, depth)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([type_of(project, module, left, depth + 1), type_of(project, module, right, depth + 1)])
        case ast.Subscript(value=value, slice=inner):
            return _applied(project, module, value, inner, depth)
        case ast.Call() if last(node.func) == "TypeVar" and node.args and isinstance(node.args[0], ast.Constant):
            return TypeRef(f"typing.TypeVar.{node.args[0].value!s}")
        case ast.Call():
            return TypeRef(_path(project, module, node.func), metadata=(Metadata(node, module),))
        case ast.Name() | ast.Attribute():
            return _named(project, lookup(project, module, node), depth)
        case _:
            pass
    return ANY


def _quoted(project: Project, module: Module, text: str, depth: int) -> TypeRef:
    try:
        return type_of(project, module, ast.parse(text, mode="eval").body, depth + 1)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ANY


def _path(project: Project, module: Module, node: ast.expr) -> str:
    found = lookup(project, module, node)
    return found.path if isinstance(found, Library) else last(node)


def _named(project: Project, found: Definition | Module | Library | None, depth: int) -> TypeRef:
    if isinstance(found, Library):
        return TypeRef(found.path)
    if not isinstance(found, Definition):
        return ANY
    if isinstance(found.node, ast.ClassDef):
        return TypeRef(cls=project_class(project, found.module, found.node))
    if isinstance(found.node, ast.Call) and last(found.node.func) == "NewType" and len(found.node.args) == 2:
        return type_of(project, found.module, found.node.args[1], depth + 1)
    if isinstance(found.node, ast.expr):
        return type_of(project, found.module, found.node, depth + 1)
    return ANY


def _applied(project: Project, module: Module, value: ast.expr, inner: ast.expr, depth: int) -> TypeRef:
    base = type_of(project, module, value, depth + 1)
    nodes = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if base.name == "Literal":
        return TypeRef("typing.Literal")
    if base.name == "Annotated":
        first = type_of(project, module, nodes[0], depth + 1)
        more = tuple(Metadata(each, module) for each in nodes[1:])
        return TypeRef(first.path, first.cls, first.args, first.metadata + more)
    args = tuple(type_of(project, module, each, depth + 1) for each in nodes)
    if base.name == "Optional":
        return _union([*args, NONE])
    if base.name == "Union":
        return _union(list(args))
    return TypeRef(base.path, base.cls, args, base.metadata)


def _union(members: list[TypeRef]) -> TypeRef:
    flat = [inner for each in members for inner in (each.args if each.name == "Union" else (each,))]
    return TypeRef("typing.Union", args=tuple(dict.fromkeys(flat)))


def last(node: ast.expr) -> str:
    """The last part of a dotted name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return last(value)
        case _:
            pass
    return ""


def substituted(type_: TypeRef, given: dict[str, TypeRef]) -> TypeRef:
    """A type with its variables replaced."""
    if type_.path.startswith("typing.TypeVar."):
        return given.get(type_.name, type_)
    if not type_.args or not given:
        return type_
    args = tuple(substituted(each, given) for each in type_.args)
    return TypeRef(type_.path, type_.cls, args, type_.metadata)


@dataclass(frozen=True, slots=True)
class Bounds:
    """`checked`: only some texts pass; `plain`: none that holds a delimiter does; `bounded`: a number has a ceiling."""

    checked: bool = False
    plain: bool = False
    bounded: bool = False

    def __or__(self, other: Bounds) -> Bounds:
        return Bounds(self.checked or other.checked, self.plain or other.plain, self.bounded or other.bounded)


_PLAIN: Final = frozenset(
    [
        "int",
        "float",
        "bool",
        "UUID",
        "UUID1",
        "UUID3",
        "UUID4",
        "UUID5",
        "date",
        "datetime",
        "time",
        "timedelta",
        "Decimal",
        "Literal",
        "PositiveInt",
        "NonNegativeInt",
        "StrictInt",
        "StrictBool",
        "StrictFloat",
        "PositiveFloat",
        "conint",
        "condecimal",
        "confloat",
        "AwareDatetime",
        "PastDate",
        "FutureDate",
        "IPvAnyAddress",
        "ObjectId",
        "ULID",
        "PhoneNumber",
        "Identifier",
        "CountryAlpha2",
    ]
)
_CHECKED: Final = frozenset(["EmailStr", "HttpUrl", "AnyUrl", "AnyHttpUrl", "IPv4Address", "NameEmail", "PaymentCardNumber"])
_VALIDATORS: Final = frozenset(["AfterValidator", "BeforeValidator", "PlainValidator", "WrapValidator"])
_PATTERNS: Final = ("pattern", "regex")
_LENGTHS: Final = ("max_length",)
_CEILINGS: Final = ("le", "lt", "max_value")


def bounds(type_: TypeRef, extra: tuple[Metadata, ...] = ()) -> Bounds:
    """How far a type and its metadata bound what it takes."""
    bare = type_.bare
    found = Bounds()
    if bare.cls is not None and bare.cls.enum:
        found = Bounds(checked=True, plain=True, bounded=True)
    elif bare.name == "Union":
        each = [bounds(arg) for arg in bare.args if arg.name != "None"]
        found = Bounds(all(b.checked for b in each), all(b.plain for b in each), all(b.bounded for b in each))
    elif bare.name in _PLAIN:
        found = Bounds(checked=True, plain=True, bounded=bare.name in {"bool", "Literal"})
    elif bare.name in _CHECKED:
        found = Bounds(checked=True)
    for metadata in (*type_.metadata, *bare.metadata, *extra):
        found |= _metadata_bounds(metadata)
    return found


def _metadata_bounds(metadata: Metadata) -> Bounds:
    if metadata.name in _VALIDATORS:
        return Bounds(checked=True, plain=True)
    pattern = metadata.keyword(*_PATTERNS) is not None
    return Bounds(
        checked=pattern or metadata.keyword(*_LENGTHS) is not None,
        plain=pattern,
        bounded=metadata.keyword(*_CEILINGS) is not None,
    )
