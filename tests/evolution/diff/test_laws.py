"""What holds of any two schemas: verdicts are true, and a difference looks the same from both sides."""

import copy
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import assume, example, given, reject
from hypothesis import strategies as st

from qpf.evolution.diff.facts.compare import compare
from qpf.evolution.diff.facts.fact import Fact
from tests.evolution.diff.drawing import Schema, changes, facts, pairs, schemas, shape, values

_OTHER = {"added": "removed", "removed": "added", "tightened": "loosened", "loosened": "tightened"}
_KINDS = {
    "field-added": "field-removed", "field-removed": "field-added",
    "branch-added": "branch-removed", "branch-removed": "branch-added",
}  # fmt: skip


def validator(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    try:
        return jsonschema_rs.Draft202012Validator(schema)
    except ValueError:
        return reject()


@given(pairs(), st.lists(values, min_size=20, max_size=30))
def test_a_yes_is_never_wrong(pair: tuple[Schema, Schema], some: list[Any]) -> None:
    old, new = map(validator, pair)
    found = changes(*pair)
    backward = all(each.backward == "yes" for each in found)
    forward = all(each.forward == "yes" for each in found)
    for value in some:
        before, after = old.is_valid(value), new.is_valid(value)
        assert not (backward and before and not after), (value, found)
        assert not (forward and after and not before), (value, found)


@given(schemas())
def test_a_schema_does_not_differ_from_itself(schema: Schema) -> None:
    assert facts(schema, copy.deepcopy(schema)) == ()


@given(pairs())
def test_a_difference_is_mirrored_by_the_other_direction(pair: tuple[Schema, Schema]) -> None:
    there, back = facts(*pair), facts(*reversed(pair))
    assert sorted(map(_seen, there)) == sorted(_seen(each, mirrored=True) for each in back)


@given(pairs())
def test_answers_are_mirrored_by_the_other_direction(pair: tuple[Schema, Schema]) -> None:
    there, back = changes(*pair), changes(*reversed(pair))
    assert sorted((str(each.path), each.backward, each.forward) for each in there) == sorted(
        (str(each.path), each.forward, each.backward) for each in back
    )


@given(schemas(), st.randoms(use_true_random=False))
def test_the_order_of_keys_is_no_difference(schema: Schema, random: Any) -> None:
    assert facts(schema, _shuffled(schema, random)) == ()


RECURSIVE = {"properties": {"a": {"$ref": "#/$defs/d"}}, "const": None}


@given(schemas())
@example({"not": {"$ref": "#/$defs/d"}, "$defs": {"d": RECURSIVE}})
@example({"dependentSchemas": {"a": {"$ref": "#/$defs/d"}}, "$defs": {"d": {"$ref": "#/$defs/d"}}})
@example({"anyOf": [{"$ref": "#/$defs/d"}, {"type": "null"}], "$defs": {"d": RECURSIVE}})
def test_the_lines_of_a_schema_are_no_difference(schema: Schema) -> None:
    assert compare(shape(schema), shape(schema, indent=2)) == ()


@given(schemas())
def test_a_reference_is_the_same_as_what_it_leads_to(schema: Schema) -> None:
    assume("#/$defs/d" not in str(schema["$defs"]))
    assert facts(schema, _inlined(schema, schema["$defs"]["d"])) == ()


NULLABLE = [
    {"type": ["string", "null"]},
    {"type": ["null", "string"]},
    {"type": "string", "nullable": True},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"oneOf": [{"type": "null"}, {"type": "string"}]},
    {"anyOf": [{"type": "string"}, {"const": None}]},
    {"anyOf": [{"type": "string"}, {"enum": [None]}]},
    {"anyOf": [{"$ref": "#/$defs/text"}, {"type": "null"}]},
    {"allOf": [{"type": ["string", "null", "integer"]}, {"type": ["string", "null"]}]},
]


@pytest.mark.parametrize("one", NULLABLE)
@pytest.mark.parametrize("other", NULLABLE)
def test_null_is_spelled_in_many_ways_that_are_one(one: Schema, other: Schema) -> None:
    old, new = ({"properties": {"a": each}, "$defs": {"text": {"type": "string"}}} for each in (one, other))
    assert facts(old, new) == ()


def _seen(fact: Fact, *, mirrored: bool = False) -> tuple[str, ...]:
    kind, direction = str(fact.kind), str(fact.direction)
    if mirrored:
        kind, direction = _KINDS.get(kind, kind), _OTHER.get(direction, direction)
    return kind, str(fact.path), direction


def _shuffled(schema: Schema, random: Any) -> Schema:
    if isinstance(schema, list):
        return [_shuffled(each, random) for each in schema]
    if not isinstance(schema, dict):
        return schema
    keys = list(schema)
    random.shuffle(keys)
    return {key: _shuffled(schema[key], random) for key in keys}


def _inlined(schema: Schema, target: Schema) -> Schema:
    if isinstance(schema, list):
        return [_inlined(each, target) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inlined = {key: _inlined(each, target) for key, each in schema.items() if key != "$ref"}
    if "$ref" in schema:
        inlined["allOf"] = [target, *inlined.get("allOf", [])]
    return inlined
