"""Whatever a file says, it is read or it is a finding: every draft, every reference, and nonsense."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.evolution.diff.facts.compare import _Comparing
from qpf.evolution.diff.shapes.jsonschema import shape_of
from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.diagnostic import Outcome
from qpf.syntax.reader import read_yaml
from tests.evolution.diff.drawing import Schema, changes, codes, facts, shape

WORDS = [
    "type", "properties", "required", "items", "prefixItems", "additionalItems", "additionalProperties",
    "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "contains",
    "minContains", "maxContains", "propertyNames", "minProperties", "maxProperties",
    "patternProperties", "dependencies", "dependentRequired", "dependentSchemas", "anyOf", "oneOf",
    "allOf", "not", "if", "then", "else", "$ref", "$defs", "definitions", "$id", "id", "$anchor",
    "$schema", "format", "default", "nullable", "deprecated", "readOnly", "x-secret", "x-unit",
    "x-merge", "unevaluatedProperties", "unevaluatedItems", "discriminator", "title", "a",
]  # fmt: skip
_LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_TEXT = st.sampled_from(
    ["", "#", "#/a", "#/properties/a", "string", "number", "x", "http://[", "a.json", "("]
)
anything: st.SearchStrategy[Any] = st.recursive(
    _LEAF | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


def read(schema: Any) -> Outcome[Shape] | None:
    read = read_yaml("schema.json", json.dumps(schema).encode())
    return None if read.value is None or read.report.failed else shape_of(read.value)


TEXT, NULL = {"type": "string"}, {"type": "null"}


@given(anything, anything)
def test_nonsense_is_a_finding_and_never_a_crash(one: Any, other: Any) -> None:
    old, new = read({"properties": {"a": one}, "a": other}), read({"properties": {"a": other}, "a": one})
    if old is not None and new is not None:
        codes_of = _Comparing()
        codes_of.shapes(old.value, new.value, ())
        codes_of.settle()


@pytest.mark.parametrize(
    "wrong",
    [
        {"properties": 3}, {"required": "x"}, {"required": [3]}, {"minimum": "a"}, {"enum": 1}, {"type": {}},
        {"type": "text"}, {"type": [[]]}, {"multipleOf": 0}, {"minLength": -1}, {"pattern": 1}, {"anyOf": {}},
        {"items": 3}, {"not": "x"}, {"if": 1, "then": {}}, {"dependentRequired": {"a": "b"}},
        {"dependencies": 1}, {"uniqueItems": 1}, {"additionalProperties": []}, {"patternProperties": []},
        {"$ref": 3}, {"$ref": "#/nowhere"}, {"$ref": "other.json"}, {"$ref": "https://example.org/schema.json"},
        {"$ref": "#/properties/a/type/0"}, {"dependentSchemas": {"a": 1}}, {"contains": 3},
    ],
)  # fmt: skip
def test_a_keyword_that_cannot_be_understood_is_a_finding(wrong: Schema) -> None:
    outcome = read({"properties": {"a": wrong}})
    assert outcome is not None
    assert [each.code.id for each in outcome.report.diagnostics][:1] == ["QPF820"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
        ({"type": "integer", "minimum": 0.5}, {"type": "integer", "minimum": 1}),
        ({"items": [TEXT], "additionalItems": False}, {"prefixItems": [TEXT], "items": False}),
        ({"items": [TEXT], "additionalItems": NULL}, {"prefixItems": [TEXT], "items": NULL}),
        ({"dependencies": {"a": ["b"]}}, {"dependentRequired": {"a": ["b"]}}),
        ({"dependencies": {"a": {"minProperties": 2}}}, {"dependentSchemas": {"a": {"minProperties": 2}}}),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"enum": [1]}, {"enum": [1.0]}),
        ({"enum": [True, False]}, {"type": "boolean"}),
        ({"anyOf": [{"const": "a"}, {"const": "b"}]}, {"enum": ["a", "b"]}),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"type": ["string", "integer"]}),
        ({"type": "integer", "minLength": 3}, {"type": "integer"}),
        ({"not": False}, {}),
        ({"if": {"type": "string"}}, {}),
        ({"then": {"type": "string"}}, {}),
        ({"additionalProperties": {}}, {"additionalProperties": True}),
        ({"contains": {"type": "string"}, "minContains": 0}, {}),
        ({"format": "password"}, {"x-secret": True}),
        ({"properties": {"b": {"required": True}}}, {"properties": {"b": {}}, "required": ["b"]}),
        ({"allOf": [{"minimum": 1}, {"minimum": 2}]}, {"minimum": 2}),
        ({"$ref": "#/$defs/x%25y~1z~0"}, {"type": "string"}),
        ({"$ref": "#word"}, {"type": "string"}),
        ({"$ref": "https://example.org/inner"}, {"type": "string"}),
    ],
)  # fmt: skip
def test_the_spellings_of_all_drafts_are_one(one: Schema, other: Schema) -> None:
    definitions = {
        "x%y/z~": {"type": "string"},
        "a": {"$anchor": "word", "type": "string"},
        "b": {"$id": "https://example.org/inner", "type": "string"},
    }
    old, new = ({"properties": {"a": each}, "$defs": definitions} for each in (one, other))
    assert facts(old, new) == ()


def test_until_draft_7_nothing_counts_beside_a_reference() -> None:
    beside = {"$ref": "#/definitions/a", "minLength": 3}
    draft = "http://json-schema.org/draft-07/schema#"
    body = {"$schema": draft, "properties": {"b": beside}, "definitions": {"a": {"type": "string"}}}
    bare = {**body, "properties": {"b": {"$ref": "#/definitions/a"}}}
    assert facts(body, bare) == ()
    assert facts({**body, "$schema": ""}, {**bare, "$schema": ""}) != ()


def test_where_a_cycle_begins_is_no_difference() -> None:
    definitions = {
        "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}},
        "b": {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}},
    }
    one = {"properties": {"x": {"$ref": "#/$defs/a"}, "y": {"$ref": "#/$defs/b"}}, "$defs": definitions}
    other = {"properties": {"y": {"$ref": "#/$defs/b"}, "x": {"$ref": "#/$defs/a"}}, "$defs": definitions}
    assert facts(one, other) == ()


def test_a_definition_by_another_name_is_no_difference() -> None:
    def tree(name: str) -> Schema:
        inside = {
            "type": "object",
            "properties": {"below": {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}},
        }
        return {"$ref": f"#/$defs/{name}", "$defs": {name: inside}}

    assert facts(tree("node"), tree("branch")) == ()


def test_what_differs_inside_a_cycle_is_told_once() -> None:
    def tree(word: str) -> Schema:
        return {"properties": {"name": {"type": word}, "below": {"items": {"$ref": "#"}}}}

    (fact,) = facts(tree("string"), tree("integer"))
    assert fact.path == ("name",)


def test_what_a_keyword_refers_to_is_a_part_of_it() -> None:
    def holding(word: str) -> Schema:
        return {"properties": {"a": {"contains": {"$ref": "#/$defs/x"}}}, "$defs": {"x": {"type": word}}}

    assert codes(holding("string"), holding("integer")) == ["C014"]


@pytest.mark.parametrize("joined", [False, True])
def test_what_is_referred_to_often_is_looked_at_once(joined: bool) -> None:  # noqa: FBT001
    def chain(last: str, name: str) -> dict[str, Schema]:
        links: dict[str, Schema] = {
            f"{name}{link}": {
                "properties": {f"f{place}": {"$ref": f"#/$defs/{name}{link + 1}"} for place in range(10)}
            }
            for link in range(40)
        }
        return {**links, f"{name}40": {"type": last}}

    def schema(last: str) -> Schema:
        definitions = {**chain(last, "a"), **(chain("string", "b") if joined else {})}
        parts = [{"$ref": "#/$defs/a0"}, {"$ref": "#/$defs/b0"}]
        return {"allOf": parts[: 1 + joined], "$defs": definitions}

    comparing = _Comparing()
    comparing.shapes(shape(schema("string")), shape(schema("integer")), ())
    assert len(comparing.found) <= 10
    assert len(comparing.seen) <= 40 * 10 * 10 + 1


def test_a_chain_too_deep_is_a_finding() -> None:
    links = {f"a{link}": {"properties": {"f": {"$ref": f"#/$defs/a{link + 1}"}}} for link in range(2000)}
    outcome = read({"$ref": "#/$defs/a0", "$defs": {**links, "a2000": {}}})
    assert outcome is not None
    assert outcome.report.failed


@pytest.mark.parametrize("word", ["properties", "anyOf", "oneOf", "allOf"])
def test_what_is_new_is_looked_at_once_however_often_it_is_referred_to(word: str) -> None:
    def inside(link: int) -> Schema:
        following = {"$ref": f"#/$defs/a{link + 1}"}
        several = {f"f{place}": following for place in range(10)}
        return {word: several if word == "properties" else [following] * 10, "unevaluatedProperties": False}

    links = {f"a{link}": inside(link) for link in range(30)}
    whole = {"properties": {"x": {"$ref": "#/$defs/a0"}}, "$defs": {**links, "a30": {"type": "string"}}}
    bare: Schema = {"properties": {}}
    assert len(changes(bare, whole)) < 10
    assert len(changes(whole, bare)) < 10
