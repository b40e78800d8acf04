"""A checker for the part of JSON Schema 2020-12 that our OpenAPI uses. It refuses keywords it does not know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

KNOWN = {
    *("$ref", "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const"),
    *("minimum", "maximum", "format", "title", "description", "default", "unit", "$defs"),
}
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def problems(value: Any, schema: dict[str, Any], document: dict[str, Any], path: str = "$") -> list[str]:
    """Why ``value`` is not what ``schema`` promises; empty when it is."""
    unknown = set(schema) - KNOWN
    assert not unknown, f"the checker does not know {unknown} at {path}"
    if "$ref" in schema:
        return problems(value, _resolve(schema["$ref"], document), document, path)
    if "anyOf" in schema:
        tried = [problems(value, option, document, path) for option in schema["anyOf"]]
        return [] if [] in tried else [f"{path}: none of anyOf: {min(tried, key=len)}"]
    return [*_value(value, schema, path), *_parts(value, schema, document, path)]


def _resolve(ref: str, document: dict[str, Any]) -> dict[str, Any]:
    node: Any = document
    for part in ref.removeprefix("#/").split("/"):
        node = node[part]
    assert isinstance(node, dict)
    return node


def _value(value: Any, schema: dict[str, Any], path: str) -> list[str]:
    wanted = schema.get("type")
    if wanted and (not isinstance(value, TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean")):
        return [f"{path}: {value!r} is no {wanted}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} not in {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{path}: {value!r} is not {schema['const']!r}")
    if value < schema.get("minimum", value) or value > schema.get("maximum", value) if _is_number(value) else False:
        found.append(f"{path}: {value!r} out of bounds")
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).utcoffset() is None:
        found.append(f"{path}: {value!r} has no zone")
    return found


def _parts(value: Any, schema: dict[str, Any], document: dict[str, Any], path: str) -> list[str]:
    found = []
    if isinstance(value, list):
        for i, item in enumerate(value):
            found += problems(item, schema.get("items", {}), document, f"{path}[{i}]")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{path}: {name} is missing" for name in schema.get("required", []) if name not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{path}: {name} is not promised" for name in value if name not in known]
        for name in known.keys() & value.keys():
            found += problems(value[name], known[name], document, f"{path}.{name}")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
