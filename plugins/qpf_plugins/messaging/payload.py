"""The JSON Schema of a packet's payload, as the emitted packet classes read it."""

from collections.abc import Mapping

from qpf.api import Data

_NULLABLE = frozenset({"string", "integer", "number", "boolean"})


def payload_schema(kind: str, contract: Mapping[str, Data]) -> dict[str, Data]:
    """The schema of one packet kind."""
    fields: Mapping[str, Data] = contract["fields"]
    return {
        "title": kind,
        "description": contract["description"],
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, shape in fields.items() if shape.get("required", True)],
        "properties": {name: _field(shape) for name, shape in fields.items()},
    }


def _field(shape: Mapping[str, Data]) -> dict[str, Data]:
    kind = shape["type"]
    schema: dict[str, Data] = {"type": kind}
    if kind == "array":
        schema["items"] = {"type": shape.get("items") or "string"}
    elif kind == "map":
        schema = {"type": "object", "additionalProperties": {"type": shape.get("values") or "string"}}
    for bound in ("minimum", "maximum"):
        if shape.get(bound) is not None:
            schema[bound] = shape[bound]
    if shape.get("description"):
        schema["description"] = shape["description"]
    if shape.get("unit"):
        schema["x-unit"] = shape["unit"]
    if not shape.get("required", True):
        if shape.get("default") is not None:
            schema["default"] = shape["default"]
        elif kind in _NULLABLE:
            # Absent and null mean the same to the emitted class.
            schema["type"] = [kind, "null"]
    return schema
