"""What is said of every constraint that comes, goes, or becomes stricter or looser."""

from typing import Any

import pytest

from tests.evolution.diff.drawing import Schema, changes, codes, facts

NO_YES, YES_NO, OPEN, BOTH = ("no", "yes"), ("yes", "no"), ("unknown", "unknown"), ("no", "no")
BOUNDS = [
    ("C001", "integer", "minimum", 1, 2),
    ("C002", "integer", "maximum", 2, 1),
    ("C003", "number", "exclusiveMinimum", 1, 2),
    ("C004", "number", "exclusiveMaximum", 2, 1),
    ("C005", "integer", "multipleOf", 2, 4),
    ("C006", "string", "minLength", 1, 2),
    ("C007", "string", "maxLength", 2, 1),
    ("C009", "array", "minItems", 1, 2),
    ("C010", "array", "maxItems", 2, 1),
    ("C012", "object", "minProperties", 1, 2),
    ("C013", "object", "maxProperties", 2, 1),
]
OTHERS = [
    ("C008", "string", "pattern", "^a", "^b"),
    ("C014", "array", "contains", {"type": "string"}, {"type": "integer"}),
    ("C015", "object", "propertyNames", {"minLength": 2}, {"maxLength": 9}),
]


def said(old: Schema, new: Schema) -> list[tuple[str, str, str]]:
    return [(each.code, each.backward, each.forward) for each in changes(old, new)]


@pytest.mark.parametrize(("code", "type_", "word", "loose", "strict"), BOUNDS)
def test_a_bound_is_safe_in_one_direction(code: str, type_: str, word: str, loose: Any, strict: Any) -> None:
    none, weak, strong = {"type": type_}, {"type": type_, word: loose}, {"type": type_, word: strict}
    for less, more in ((none, weak), (none, strong), (weak, strong)):
        assert said(less, more) == [(code, *NO_YES)]
        assert said(more, less) == [(code, *YES_NO)]


@pytest.mark.parametrize(("code", "type_", "word", "one", "other"), OTHERS)
def test_what_cannot_be_compared_is_unknown(code: str, type_: str, word: str, one: Any, other: Any) -> None:
    none, first, second = {"type": type_}, {"type": type_, word: one}, {"type": type_, word: other}
    assert said(none, first) == [(code, *NO_YES)]
    assert said(first, none) == [(code, *YES_NO)]
    assert said(first, second) == [(code, *OPEN)]


def test_steps_that_do_not_divide_each_other_refuse_both_ways() -> None:
    assert said({"multipleOf": 2}, {"multipleOf": 3}) == [("C005", *BOTH)]
    assert said({"multipleOf": 0.1}, {"multipleOf": 0.3}) == [("C005", *NO_YES)]


def test_items_that_may_not_be_there_twice() -> None:
    assert said({"type": "array"}, {"type": "array", "uniqueItems": True}) == [("C011", *NO_YES)]


@pytest.mark.parametrize(("code", "type_", "word", "loose", "strict"), BOUNDS)
def test_a_bound_is_nothing_to_values_of_other_types(
    code: str, type_: str, word: str, loose: Any, strict: Any
) -> None:
    assert facts({"type": "boolean", word: loose}, {"type": "boolean", word: strict}) == ()
    assert code not in codes({"type": "boolean"}, {"type": ["boolean", type_], word: strict})
    assert code in codes({"type": ["boolean", type_]}, {"type": ["boolean", type_], word: strict})


def test_bounds_are_compared_as_what_they_let_in() -> None:
    assert said({"minimum": 0}, {"exclusiveMinimum": 0}) == [("C003", *NO_YES)]
    assert said({"minimum": 1}, {"exclusiveMinimum": 0}) == [("C003", *YES_NO)]
    assert facts({"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMinimum": 0}) == ()
    narrowed = said({"type": "number", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1})
    assert narrowed == [("T002", *NO_YES)]


def test_how_many_items_there_must_be_that_fit_is_a_bound() -> None:
    once = {"contains": {"type": "string"}}
    assert said(once, {**once, "minContains": 2}) == [("C014", *NO_YES)]
    assert said({**once, "maxContains": 2}, once) == [("C014", *YES_NO)]
    assert facts(once, {**once, "minContains": 1}) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["a"], ["a", "b"], [("C017", *YES_NO)]),
        (["a", "b"], ["a"], [("C018", *NO_YES)]),
        (["human"], ["human_in_loop"], [("C019", *BOTH)]),
        (["a", "b"], ["A", "B"], [("C020", *BOTH)]),
        (["a", "b"], ["b", "a"], [("A002", "yes", "yes")]),
        (["a", "alpha"], ["omega", "b", "a"], [("C018", *NO_YES), ("C017", *YES_NO)]),
        (["a"], ["a", 1], [("C017", *YES_NO)]),
        ([1], [True], [("T003", *BOTH)]),
    ],
)
def test_listed_values(old: list[Any], new: list[Any], expected: list[tuple[str, str, str]]) -> None:
    assert said({"enum": old}, {"enum": new}) == expected


def test_a_list_that_came_or_went() -> None:
    assert said({"type": "string"}, {"enum": ["a"]}) == [("C021", *NO_YES)]
    assert said({"enum": ["a"]}, {"type": "string"}) == [("C021", *YES_NO)]
    assert facts({"type": "boolean"}, {"enum": [True, False]}) == ()


def test_a_constant() -> None:
    assert said({"const": "a"}, {"const": "b"}) == [("C016", *BOTH)]
    assert said({"const": "a"}, {"type": "string"}) == [("C016", *YES_NO)]
    assert said({"type": "string"}, {"const": "a"}) == [("C016", *NO_YES)]
    assert said({"const": "a"}, {"enum": ["a", "b"]}) == [("C016", *YES_NO)]


def test_listed_values_are_held_to_bounds_beside_them() -> None:
    assert said({"enum": [1, 5]}, {"enum": [1, 5], "minimum": 3}) == [("C018", *NO_YES)]
    assert said({"type": "integer", "minimum": 1}, {"enum": [1, 5]}) == [("C021", *NO_YES)]
    assert said({"type": "string", "maxLength": 1}, {"enum": ["long"]}) == [
        ("C021", *NO_YES), ("C007", *YES_NO),
    ]  # fmt: skip
