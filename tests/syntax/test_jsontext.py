"""Canonical JSON for files."""

import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.syntax.characters import UnwritableError
from qpf.syntax.jsontext import write_json

texts = st.text(st.characters(exclude_categories=["Cs"]))
atoms = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
trees = st.recursive(atoms, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)


def test_spelling_is_indented_sorted_and_ends_the_line() -> None:
    data = {"b": [1, {"x": None}], "a": {}, "c": [], "d": "é\n\u2028", "e": (True, 1.0)}
    assert write_json(data).decode() == (
        '{\n  "a": {},\n  "b": [\n    1,\n    {\n      "x": null\n    }\n  ],\n  "c": [],\n'
        '  "d": "é\\n\u2028",\n  "e": [\n    true,\n    1.0\n  ]\n}\n'
    )


@given(trees)
def test_spelling_is_that_of_the_standard_library(data: object) -> None:
    assert write_json(data).decode() == json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_read_only_views_are_written_as_what_they_show() -> None:
    assert write_json(MappingProxyType({"a": (MappingProxyType({}),)})) == write_json({"a": [{}]})


@pytest.mark.parametrize(
    "data",
    [float("nan"), [float("inf")], "\ud800", {1: 2}, {"a": object()}, b"x"],
    ids=lambda data: type(data).__name__,
)
def test_what_is_not_json_is_refused(data: object) -> None:
    with pytest.raises(UnwritableError):
        write_json(data)
