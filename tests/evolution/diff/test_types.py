"""What is said of values of other types: alone, in lists and in maps."""

import pytest

from tests.evolution.diff.drawing import Schema, changes

NO_YES, YES_NO, OPEN, BOTH = ("no", "yes"), ("yes", "no"), ("unknown", "unknown"), ("no", "no")
TYPES = [
    ("integer", "number", "T001", YES_NO),
    ("string", ["string", "integer"], "T001", YES_NO),
    ("number", "integer", "T002", NO_YES),
    ("boolean", "integer", "T003", BOTH),
    (["string", "integer"], ["string", "boolean"], "T003", BOTH),
    ("array", "object", "T003", BOTH),
    ("string", "integer", "T004", BOTH),
    ("number", "string", "T004", BOTH),
    ("string", "boolean", "T004", BOTH),
    ("string", "object", "T005", BOTH),
    ("array", "integer", "T005", BOTH),
    ("string", "null", "T003", BOTH),
    (["string", "null"], "null", "T002", NO_YES),
]


def said(old: Schema, new: Schema) -> list[tuple[str, str, str]]:
    return [(each.code, each.backward, each.forward) for each in changes(old, new)]


@pytest.mark.parametrize(("old", "new", "code", "answers"), TYPES)
def test_a_type(old: Schema, new: Schema, code: str, answers: tuple[str, str]) -> None:
    assert said({"type": old}, {"type": new}) == [(code, *answers)]


@pytest.mark.parametrize(("old", "new", "code", "answers"), TYPES)
def test_a_type_of_items_and_of_values_of_maps(
    old: Schema, new: Schema, code: str, answers: tuple[str, str]
) -> None:
    lists = ({"type": "array", "items": {"type": each}} for each in (old, new))
    assert said(*lists) == [("T009", *answers)]
    maps = ({"type": "object", "additionalProperties": {"type": each}} for each in (old, new))
    assert said(*maps) == [("T011", *answers)]


def test_the_operation_that_converts_is_named() -> None:
    (change,) = changes({"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "number"}}})
    assert change.hint == "declare `type_change: {path: a, to: number}`"


def test_a_constraint_is_not_hidden_by_a_type_that_is_wider() -> None:
    wider = said({"type": "string"}, {"type": ["string", "integer"], "minLength": 1})
    assert wider == [("C006", *NO_YES), ("T001", *YES_NO)]


STRING, NUMBER = {"type": "string"}, {"type": "integer"}
END, ON = {"items": False}, {"items": NUMBER}


@pytest.mark.parametrize(
    ("old", "new", "answers"),
    [
        ({"prefixItems": [STRING]}, {"prefixItems": [STRING, NUMBER]}, NO_YES),
        ({"prefixItems": [STRING], **END}, {"prefixItems": [STRING, NUMBER], **END}, YES_NO),
        ({"prefixItems": [STRING], **ON}, {"prefixItems": [STRING, NUMBER], **ON}, ("yes", "yes")),
        ({"prefixItems": [STRING]}, {"prefixItems": [STRING, {}]}, ("yes", "yes")),
        ({"prefixItems": [STRING, NUMBER]}, {"prefixItems": [NUMBER, STRING]}, BOTH),
        ({"prefixItems": [STRING, {"maxLength": 3}]}, {"prefixItems": [{"maxLength": 3}, STRING]}, OPEN),
    ],
)  # fmt: skip
def test_positions(old: Schema, new: Schema, answers: tuple[str, str]) -> None:
    assert said({"type": "array", **old}, {"type": "array", **new}) == [("T010", *answers)]
    assert said({"type": "array", **new}, {"type": "array", **old}) == [("T010", *reversed(answers))]


OPENNESS = {"open": True, "partially open": {"type": "string"}, "closed": False}


@pytest.mark.parametrize("wide", range(3))
@pytest.mark.parametrize("narrow", range(3))
def test_a_mapping_that_takes_fewer_fields_refuses_documents(wide: int, narrow: int) -> None:
    schemas = [{"type": "object", "additionalProperties": each} for each in OPENNESS.values()]
    expected = [] if wide == narrow else [("T012", *(NO_YES if wide < narrow else YES_NO))]
    assert said(schemas[wide], schemas[narrow]) == expected


@pytest.mark.parametrize(
    ("beside", "answers"), [(True, NO_YES), (False, YES_NO), (STRING, ("yes", "yes")), (NUMBER, OPEN)]
)
def test_a_pattern_of_keys_by_what_other_keys_may_hold(beside: Schema, answers: tuple[str, str]) -> None:
    old = {"type": "object", "additionalProperties": beside}
    assert said(old, {**old, "patternProperties": {"^x": STRING}}) == [("T011", *answers)]
    assert said({**old, "patternProperties": {"^x": STRING}}, old) == [("T011", *reversed(answers))]


@pytest.mark.parametrize(
    ("old", "new", "code", "answers"),
    [
        ({"format": "int64"}, {"format": "int32"}, "T006", ("unknown", "yes")),
        ({"format": "float"}, {"format": "double"}, "T006", ("yes", "unknown")),
        ({"format": "int64"}, {"format": "double"}, "T006", OPEN),
        ({}, {"format": "int32"}, "T006", ("unknown", "yes")),
        ({"x-unit": "s"}, {"x-unit": "ms"}, "T007", BOTH),
        ({}, {"x-unit": "ms"}, "T007", OPEN),
        ({}, {"format": "uri"}, "T008", ("unknown", "yes")),
        ({"format": "uri"}, {}, "T008", ("yes", "unknown")),
        ({"format": "uri"}, {"format": "email"}, "T008", OPEN),
        ({}, {"x-secret": True}, "T013", ("yes", "yes")),
        ({"writeOnly": True}, {}, "T013", ("yes", "yes")),
        ({}, {"format": "password"}, "T013", ("yes", "yes")),
    ],
)
def test_what_is_said_beside_a_type(old: Schema, new: Schema, code: str, answers: tuple[str, str]) -> None:
    assert said(old, new) == [(code, *answers)]
