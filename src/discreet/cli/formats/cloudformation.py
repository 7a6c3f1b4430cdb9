"""CloudFormation: a template in JSON, which needs no library and no second look; read in JSON and YAML, tags resolved where they can be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from discreet.cli.formats.found import Described, described, required
from discreet.errors import ConfigurationError
from discreet.view.definition import TableDefinition

__all__ = ["cloudformation", "of_template", "parse_yaml"]

TYPES: Final = frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"})


def cloudformation(definition: TableDefinition) -> str:
    """A template with the table, which stays when its stack goes."""
    properties = definition.create_table()
    if definition.time_to_live is not None:
        properties["TimeToLiveSpecification"] = {"AttributeName": definition.time_to_live, "Enabled": True}
    resource = {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {_logical_id(definition.name): resource}}
    return json.dumps(template, indent=2, ensure_ascii=False) + "\n"


def _logical_id(name: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name)) + "Table"


# Reading


def parse_yaml(text: str) -> Any:
    """A template in YAML: scalars stay text, and `!Ref` and its like become what they stand for. Raises ConfigurationError."""
    try:
        import yaml
    except ImportError:
        raise required("pyyaml", "reading YAML") from None

    class Loader(yaml.BaseLoader):
        """Reads what CloudFormation writes: no types of YAML 1.1, so that `on` and `no` are names too."""

    Loader.add_multi_constructor("!", _function)
    try:
        return yaml.load(text, Loader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
    raise ConfigurationError(f"the file is no YAML{where}", hint="CloudFormation in YAML or JSON, Terraform as *.tf or a plan in JSON")


def _function(loader: Any, suffix: str, node: Any) -> Mapping[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    match node.id:
        case "scalar":
            return {name: loader.construct_scalar(node)}
        case "sequence":
            return {name: loader.construct_sequence(node, deep=True)}
        case _:
            return {name: loader.construct_mapping(node, deep=True)}


def of_template(template: Mapping[str, Any]) -> list[Described]:
    """The tables of a template, in its order."""
    resources = template.get("Resources")
    if not isinstance(resources, Mapping):
        return []
    defaults = _defaults(template.get("Parameters"))
    return [
        _of_resource(str(label), resource, defaults)
        for label, resource in resources.items()
        if isinstance(resource, Mapping) and resource.get("Type") in TYPES
    ]


def _of_resource(label: str, resource: Mapping[str, Any], defaults: Mapping[str, str]) -> Described:
    properties = _resolved(resource.get("Properties"), defaults)
    if not isinstance(properties, dict):
        properties = {}
    expiry = properties.get("TimeToLiveSpecification")
    enabled = isinstance(expiry, Mapping) and str(expiry.get("Enabled")).lower() == "true"
    return described(label, properties, time_to_live=str(expiry.get("AttributeName")) if isinstance(expiry, Mapping) and enabled else None)


def _defaults(parameters: Any) -> Mapping[str, str]:
    if not isinstance(parameters, Mapping):
        return {}
    return {name: str(each["Default"]) for name, each in parameters.items() if isinstance(each, Mapping) and "Default" in each}


_NO_VALUE: Final = {"Ref": "AWS::NoValue"}


def _resolved(value: Any, defaults: Mapping[str, str]) -> Any:
    """With parameters replaced by their defaults, and other functions spelled out: those equal nothing that is declared."""
    match value:
        case {"Ref": str(name), **rest} if not rest:
            return defaults.get(name, f"!Ref {name}")
        case {"Fn::Sub": str(text), **rest} if not rest:
            return re.sub(r"\$\{([^!}][^}]*)\}", lambda found: defaults.get(found[1], found[0]), text)
        case {**entries} if len(entries) == 1 and str(next(iter(entries))).startswith("Fn::"):
            return "!" + str(next(iter(entries))).removeprefix("Fn::") + " ..."
        case {**entries}:
            return {name: _resolved(each, defaults) for name, each in entries.items() if each != _NO_VALUE}
        case list():
            return [_resolved(each, defaults) for each in value if each != _NO_VALUE]
        case _:
            return value
