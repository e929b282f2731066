"""What fits a shape is what fits the schema that it was read from."""

from typing import Any

import pytest
from hypothesis import example, given

from qpf.evolution.diff.shapes.holds import holds
from tests.evolution.diff.differing import read
from tests.evolution.diff.schemas import documents, fits, schemas

_NOT_READ = ("contains", "not", "if", "propertyNames", "unevaluated", "dependentSchemas")
"""Words that shapes keep as they are written: everything fits them."""


@given(schemas())
@example({"type": "object", "required": ["a"], "additionalProperties": False})
@example({"type": "integer", "exclusiveMaximum": -1, "maximum": -1})
@example({"type": "object", "additionalProperties": True, "unevaluatedProperties": False})
@example({"type": "integer", "const": -1, "enum": [None]})
@example({"oneOf": [{"type": "null"}, {}]})
@example({"anyOf": [{"type": "string", "minimum": 5}, {"type": "integer"}]})
@example({"allOf": [{"patternProperties": {"^a": {}}}, {"additionalProperties": False}]})
def test_a_value_fits_a_shape_as_it_fits_its_schema(schema: dict[str, Any]) -> None:
    shape = read(schema)
    plain = not any(f"'{word}" in repr(schema) for word in (*_NOT_READ, "$ref"))
    for value in documents(schema, 20):
        fitting = fits(schema, value)
        if plain:
            assert holds(shape, value) is fitting, value
        elif fitting and "oneOf" not in repr(schema):
            assert holds(shape, value), value


@pytest.mark.parametrize("pattern", ["(", "[", "a{99999999999}", "(?P<", "\\"])
def test_a_pattern_that_cannot_be_read_fits_everything(pattern: str) -> None:
    assert holds(read({"type": "string", "pattern": pattern}), "anything")
