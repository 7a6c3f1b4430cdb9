"""Strings of expressions, built of names that a model or our own code gives."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def set_of(model: BaseModel) -> dict[str, Any]:
    return set_all(model.model_dump(exclude_unset=True, exclude_none=True))


def set_all(values: Mapping[str, Any]) -> dict[str, Any]:
    clauses, names, placeholders = [], {}, {}
    for index, (name, value) in enumerate(values.items()):
        clauses.append(f"#n{index} = :v{index}")
        names[f"#n{index}"] = name
        placeholders[f":v{index}"] = value
    return {
        "UpdateExpression": "SET " + ", ".join(clauses),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": placeholders,
    }


def projection(*names: str) -> dict[str, Any]:
    aliases = {f"#p{index}": name for index, name in enumerate(names)}
    return {"ProjectionExpression": ",".join(aliases), "ExpressionAttributeNames": aliases}
