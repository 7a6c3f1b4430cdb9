"""Terraform: a resource in HCL; read from HCL, variables' defaults and locals filled in, and from plans and states in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from discreet.cli.formats.found import PLAN, Described, described, required
from discreet.errors import ConfigurationError
from discreet.view.definition import IndexDefinition, KeyAttribute, Projection, TableDefinition

__all__ = ["of_hcl", "of_plan", "terraform"]

TYPE: Final = "aws_dynamodb_table"
BLOCKS: Final = frozenset({"attribute", "global_secondary_index", "local_secondary_index", "ttl"})

Lines = Iterator[tuple[str, str]]
"""Names and expressions."""


def terraform(definition: TableDefinition) -> str:
    """A resource in HCL, for the provider of AWS."""
    parts = [_arguments(_table(definition))]
    parts += [_block("attribute", iter([("name", _quoted(name)), ("type", _quoted(type))])) for name, type in definition.types.items()]
    for index in definition.indexes:
        parts.append(_block("local_secondary_index" if index.local else "global_secondary_index", _index(index)))
    if definition.time_to_live is not None:
        parts.append(_block("ttl", iter([("attribute_name", _quoted(definition.time_to_live)), ("enabled", "true")])))
    body = "\n\n".join(parts)
    return f'resource "{TYPE}" "{_label(definition.name)}" {{\n{body}\n}}\n'


def _label(name: str) -> str:
    label = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return label if re.match(r"[A-Za-z_]", label) else f"table_{label}"


def _table(definition: TableDefinition) -> Lines:
    yield "name", _quoted(definition.name)
    yield "billing_mode", _quoted(definition.billing)
    yield from _key(definition.key)


def _index(index: IndexDefinition) -> Lines:
    yield "name", _quoted(index.name)
    yield from _key(index.key[1:] if index.local else index.key)
    yield from _projection(index.projection)


def _key(key: tuple[KeyAttribute, ...]) -> Lines:
    for each in key:
        yield f"{each.role.lower()}_key", _quoted(each.name)


def _projection(projection: Projection) -> Lines:
    match projection:
        case "all":
            yield "projection_type", '"ALL"'
        case "keys":
            yield "projection_type", '"KEYS_ONLY"'
        case names:
            yield "projection_type", '"INCLUDE"'
            yield "non_key_attributes", f"[{', '.join(_quoted(name) for name in sorted(names))}]"


def _block(name: str, lines: Lines) -> str:
    return f"  {name} {{\n{_arguments(lines, '    ')}\n  }}"


def _arguments(lines: Lines, indent: str = "  ") -> str:
    pairs = list(lines)
    width = max(len(name) for name, _ in pairs)
    return "\n".join(f"{indent}{name:<{width}} = {expression}" for name, expression in pairs)


def _quoted(text: str) -> str:
    escaped = "".join(f"\\{each}" if each in '"\\' else f"\\u{ord(each):04x}" if ord(each) < 0x20 else each for each in text)
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


# Reading HCL


def of_hcl(text: str) -> list[Described]:
    """The tables of a *.tf file. Raises ConfigurationError for what is no HCL, and for blocks that only a plan works out."""
    try:
        import hcl2
        from lark.exceptions import LarkError
    except ImportError:
        raise required("python-hcl2", "reading *.tf") from None
    options = hcl2.SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True, preserve_heredocs=False)
    try:
        module = hcl2.loads(text if text.endswith("\n") else text + "\n", serialization_options=options)
    except (LarkError, RecursionError) as error:
        line = getattr(error, "line", -1)
        where = f" at line {line}" if isinstance(line, int) and line > 0 else ""
    else:
        return [_of_resource(f"{TYPE}.{label}", resource, _values(module)) for label, resource in _resources(module)]
    raise ConfigurationError(f"the file is no HCL{where}", hint=PLAN)


def _resources(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for block in module.get("resource", ()):
        yield from block.get(TYPE, {}).items()


def _values(module: Mapping[str, Any]) -> Mapping[str, str]:
    variables = ((f"var.{name}", body.get("default")) for block in module.get("variable", ()) for name, body in block.items())
    locals = ((f"local.{name}", value) for block in module.get("locals", ()) for name, value in block.items())
    return {name: value for name, value in (*variables, *locals) if isinstance(value, str)}


def _of_resource(label: str, resource: Mapping[str, Any], values: Mapping[str, str]) -> Described:
    dynamic = sorted(BLOCKS & {name for each in resource.get("dynamic", ()) for name in each})
    if dynamic:
        raise ConfigurationError(f"`{label}` makes its `{dynamic[0]}` blocks dynamically", hint=PLAN)
    return _of_values(label, _resolved(resource, values))


def _resolved(value: Any, values: Mapping[str, str]) -> Any:
    """With `var.` and `local.` filled in where the file says what they are; what it does not say stays as it is written."""
    match value:
        case str():
            for _ in range(8):  # locals may be made of others
                filled = re.sub(r"(?<!\$)\$\{\s*([\w.-]+)\s*\}", lambda found: values.get(found[1], found[0]), value)
                if filled == value:
                    break
                value = filled
            return value.replace("$${", "${").replace("%%{", "%{")
        case list():
            return [_resolved(each, values) for each in value]
        case Mapping():
            return {name: _resolved(each, values) for name, each in value.items()}
        case _:
            return value


# Reading plans and states


def of_plan(plan: Mapping[str, Any]) -> list[Described]:
    """The tables of what `terraform show -json` tells of a plan or a state."""
    values = plan.get("planned_values") or plan.get("values") or {}
    return [
        _of_values(str(each.get("address", TYPE)), each.get("values", {}))
        for each in _planned(values.get("root_module", {}))
        if each.get("type") == TYPE and each.get("mode", "managed") == "managed"
    ]


def _planned(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for each in module.get("child_modules", ()):
        yield from _planned(each)


def _of_values(label: str, values: Mapping[str, Any]) -> Described:
    """A resource's arguments in the words of CreateTable."""
    ttl = next((each for each in values.get("ttl") or () if str(each.get("enabled")).lower() == "true"), None)
    definition = {
        "TableName": values.get("name") or "",
        "KeySchema": _schema(values),
        "AttributeDefinitions": [
            {"AttributeName": each.get("name"), "AttributeType": each.get("type")} for each in values.get("attribute") or ()
        ],
        "GlobalSecondaryIndexes": [_index_of(each, each) for each in values.get("global_secondary_index") or ()],
        "LocalSecondaryIndexes": [
            _index_of(each, {"hash_key": values.get("hash_key"), "range_key": each.get("range_key")})
            for each in values.get("local_secondary_index") or ()
        ],
        "BillingMode": values.get("billing_mode") or "PROVISIONED",
    }
    return described(label, definition, time_to_live=ttl.get("attribute_name") if ttl else None)


def _index_of(index: Mapping[str, Any], key: Mapping[str, Any]) -> Mapping[str, Any]:
    projection = {"ProjectionType": index.get("projection_type"), "NonKeyAttributes": index.get("non_key_attributes") or []}
    return {"IndexName": index.get("name"), "KeySchema": _schema(key), "Projection": projection}


def _schema(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    several = values.get("key_schema")  # newer providers: a block for each attribute of an index's key
    if several:
        return [{"AttributeName": each.get("attribute_name"), "KeyType": each.get("key_type")} for each in several]
    named = (("HASH", values.get("hash_key")), ("RANGE", values.get("range_key")))
    return [{"AttributeName": name, "KeyType": role} for role, name in named if name]
