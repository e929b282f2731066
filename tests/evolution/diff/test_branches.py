"""What is said of forms to choose from, of parts, and of definitions inside themselves."""

import pytest

from tests.evolution.diff.drawing import Schema, changes, facts

TEXT, LIST = {"type": "string", "maxLength": 5}, {"type": "array", "items": {"type": "string"}}


def kind(name: str, **more: Schema) -> Schema:
    properties = {"kind": {"const": name}, **more}
    return {"type": "object", "properties": properties, "required": ["kind"]}


FILE, REDIS, CLOUD = kind("file"), kind("redis"), kind("s3")
VAGUE, VAGUER = {"type": "object", "minProperties": 1}, {"type": "object", "maxProperties": 3}


def said(old: Schema, new: Schema) -> list[tuple[str, str, str]]:
    return [(each.code, each.backward, each.forward) for each in changes(old, new)]


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
def test_forms_that_are_told_apart_are_added_safely(word: str) -> None:
    fewer, more = {word: [FILE, REDIS]}, {word: [FILE, REDIS, CLOUD]}
    assert said(fewer, more) == [("S001", "yes", "no")]
    assert said(more, fewer) == [("S002", "no", "yes")]
    assert facts({"anyOf": [FILE, REDIS]}, {"oneOf": [REDIS, FILE]}) == ()


def test_of_forms_that_may_overlap_schemas_cannot_tell() -> None:
    assert said({"anyOf": [TEXT, VAGUE]}, {"anyOf": [TEXT, VAGUE, VAGUER]}) == [("S001", "yes", "unknown")]
    one_of = said({"oneOf": [TEXT, VAGUE]}, {"oneOf": [TEXT, VAGUE, VAGUER]})
    assert one_of == [("S001", "unknown", "unknown"), ("S003", "unknown", "yes")]
    assert said({"anyOf": [VAGUE, VAGUER]}, {"oneOf": [VAGUE, VAGUER]}) == [("S003", "unknown", "yes")]
    assert said({"oneOf": [VAGUE, VAGUER]}, {"anyOf": [VAGUE, VAGUER]}) == [("S003", "yes", "unknown")]


def test_a_shape_alone_is_a_union_of_one() -> None:
    assert said(FILE, {"anyOf": [FILE, REDIS]}) == [("S001", "yes", "no")]
    assert said({"anyOf": [FILE, REDIS]}, FILE) == [("S002", "no", "yes")]


def test_a_form_that_is_looser_may_come_to_fit_what_another_fits() -> None:
    tight, loose = {"type": "object", "maxProperties": 2}, {"type": "object", "maxProperties": 3}
    changed = said({"oneOf": [VAGUE, tight]}, {"oneOf": [VAGUE, loose]})
    assert changed == [("S003", "unknown", "unknown"), ("C013", "yes", "unknown")]


def test_what_a_form_refuses_another_one_may_take() -> None:
    tight = {"type": "object", "maxProperties": 2}
    assert said({"anyOf": [VAGUE, VAGUER]}, {"anyOf": [VAGUE, tight]}) == [("C013", "unknown", "yes")]
    assert said({"anyOf": [TEXT, VAGUER]}, {"anyOf": [TEXT, tight]}) == [("C013", "no", "yes")]


def test_null_among_forms_is_one_however_it_is_written() -> None:
    null = {"type": "null"}
    assert facts({"anyOf": [FILE, REDIS, null]}, {"anyOf": [{"anyOf": [FILE, REDIS]}, null]}) == ()
    nullable = {**FILE, "type": ["object", "null"]}
    assert facts({"anyOf": [FILE, REDIS, null]}, {"anyOf": [REDIS, nullable]}) == ()


def test_parts_are_one_schema_wherever_that_says_the_same() -> None:
    assert facts({"allOf": [TEXT, {"minLength": 2}]}, {**TEXT, "minLength": 2}) == ()
    two, three = ({"allOf": [{"pattern": each} for each in some]} for some in ("ab", "abc"))
    assert said(two, three) == [("S005", "unknown", "yes")]
    assert said(three, two) == [("S005", "yes", "unknown")]


def test_a_condition() -> None:
    asks = {"if": {"required": ["a"]}, "then": {"required": ["b"]}}
    assert said({}, asks) == [("S008", "unknown", "yes")]
    assert said(asks, {}) == [("S008", "yes", "unknown")]
    assert said(asks, {**asks, "then": {"required": ["c"]}}) == [("S008", "unknown", "unknown")]
    assert said({}, {"not": {"required": ["a"]}}) == [("S008", "unknown", "yes")]


def test_a_definition_that_comes_to_be_inside_itself_is_told_beside_what_it_takes() -> None:
    def tree(items: Schema) -> Schema:
        return {"type": "object", "properties": {"below": {"type": "array", "items": items}}}

    plain = tree({"type": "object"})
    found = {each.code: (each.backward, each.forward) for each in changes(plain, tree({"$ref": "#"}))}
    assert found["S009"] == ("yes", "yes")
    assert "no" in {backward for backward, _ in found.values()}
