"""Turns the JSON Schema of a pydantic model into a table of fields that people read."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
MEANT = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "minProperties": "at least {} keys",
}
TRIVIAL = {("minLength", 1): "not empty", ("minItems", 1): "not empty", ("minProperties", 1): "not empty"}


class Field(NamedTuple):
    """One row."""

    path: str
    kind: str
    type: str
    unit: str
    default: str
    description: str


def fields(schema: Schema) -> list[Field]:
    """Every field of a model and of the models inside it."""
    return list(_fields(schema, schema, ""))


def _fields(root: Schema, schema: Schema, prefix: str) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, stated in schema.get("properties", {}).items():
        path = prefix + name
        inner = _resolve(root, stated)
        kind = _kind(inner)
        yield Field(
            path=path,
            kind=kind,
            type=_type(root, inner),
            unit=stated.get("unit", ""),
            default="required" if name in required else _default(stated.get("default"), kind),
            description=_sentence({**inner, **stated}),
        )
        yield from _fields(root, inner, f"{path}.")
        below = _values(inner) if kind == "mapping" else inner.get("items")
        if isinstance(below, Mapping):
            yield from _fields(root, _resolve(root, below), f"{path}.*.")


def _values(schema: Schema) -> Schema | None:
    """The schema of a mapping's values, whether its keys are free or patterned."""
    below = schema.get("additionalProperties") or next(
        iter(schema.get("patternProperties", {}).values()), None
    )
    return below if isinstance(below, Mapping) else None


def _resolve(root: Schema, schema: Schema) -> Schema:
    """Follow references, and look through `or null`."""
    if "$ref" in schema:
        target: Schema = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _resolve(root, {**target, **{key: value for key, value in schema.items() if key != "$ref"}})
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return _resolve(root, options[0]) if len(options) == 1 else schema


def _kind(schema: Schema) -> str:
    return {"object": "mapping", "array": "list"}.get(str(schema.get("type")), "value")


def _type(root: Schema, schema: Schema) -> str:
    resolved = _resolve(root, schema)
    if "enum" in resolved:
        return " \\| ".join(_code(value) for value in resolved["enum"])
    if "const" in resolved:
        return _code(resolved["const"])
    if "anyOf" in resolved:
        return " or ".join(_type(root, option) for option in resolved["anyOf"])
    kind = resolved.get("type", "any value")
    if kind == "array":
        return f"list of {_type(root, resolved.get('items', {}))}"
    if kind == "object":
        values = _values(resolved)
        return f"mapping to {_type(root, values)}" if values else "mapping"
    limits = [
        TRIVIAL.get((key, resolved[key]), meaning.format(resolved[key]))
        for key, meaning in MEANT.items()
        if key in resolved
    ]
    return ", ".join([str(kind), *limits])


def _default(value: object, kind: str) -> str:
    if value is None:
        return "absent" if kind == "value" else "empty"
    if value == "":
        return "empty"
    if isinstance(value, Mapping | list):
        return "empty" if not value else "see below" if isinstance(value, Mapping) else _code(value)
    return _code(value)


def _code(value: object) -> str:
    return f"`{json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value}`"


def _sentence(schema: Schema) -> str:
    text = " ".join(str(schema.get("description", "")).split())
    examples = schema.get("examples", ())
    shown = " ".join(f"Example: `{json.dumps(example, ensure_ascii=False)}`." for example in examples[:1])
    return f"{text} {shown}".strip()


def table(rows: Iterable[Field], *extra: tuple[str, Mapping[str, str]]) -> str:
    """The table, with more columns by path."""
    titles = ("Field", "Type", "Unit", "Default", *(title for title, _ in extra), "Meaning")
    lines = [_row(titles), _row("---" for _ in titles)]
    for row in rows:
        cells = (row.type, row.unit, row.default, *(cell[row.path] for _, cell in extra), row.description)
        lines.append(_row((f"`{row.path}`", *cells)))
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace(chr(10), ' ') for cell in cells)} |"
