"""What must be there, what may be null, and what fields mean that nobody says."""

from typing import Any

import pytest

from tests.evolution.diff.differing import codes, differ

INTEGER = {"type": "integer"}


def optional(**words: Any) -> dict[str, Any]:
    """A mapping of one field, which need not be there."""
    return {"type": "object", "properties": {"a": {**INTEGER, **words}}}


def required(**words: Any) -> dict[str, Any]:
    """The same, where it must."""
    return {**optional(**words), "required": ["a"]}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (optional(), required(), ["R001"]),
        (optional(), required(default=1), ["R002"]),
        (optional(default=1), required(default=1), ["R002"]),
        (optional(default=1), required(default=2), ["D003", "R002"]),
        (optional(default=1), required(), ["R001"]),
        (required(), optional(), ["R003"]),
        (required(), optional(default=1), ["R003"]),
        (required(default=1), optional(default=1), ["R003"]),
        (required(default=1), optional(default=2), ["D003", "R003"]),
        (required(default=1), optional(), ["D002", "R003"]),
        (required(), optional(default="x"), ["D004", "R003"]),
        (optional(), optional(default=1), ["D001"]),
        (optional(), optional(default=None), ["D004"]),
        (optional(default=1), optional(), ["D002"]),
        (optional(default=1), optional(default=1.0), []),
        (optional(default=1), optional(default=True), ["D004"]),
    ],
)
def test_one_edit_of_a_field_is_told_once(
    old: dict[str, Any], new: dict[str, Any], expected: list[str]
) -> None:
    assert codes(differ(old, new)) == expected


def test_a_default_that_no_longer_fits_is_told_though_it_is_the_same() -> None:
    changes = differ(optional(default=1), optional(default=1, minimum=2))
    assert "D004" in codes(changes)
    assert "D004" in codes(differ(optional(default=1), optional(default=1, type="string")))


def test_a_default_that_never_fitted_is_not_told_again() -> None:
    assert codes(differ(optional(default="x"), required(default="x"))) == ["R002"]


def test_a_default_deep_in_a_field_that_is_new_is_held_to_its_schema() -> None:
    old = {"type": "object", "additionalProperties": False}
    new = {**old, "properties": {"b": {"type": "array", "items": optional(default="x")}}}
    assert {each.path for each in differ(old, new) if each.code == "D004"} == {("b", "*", "a")}


@pytest.mark.parametrize("nullable", [{"type": ["integer", "null"]}, {"anyOf": [INTEGER, {"type": "null"}]}])
def test_null_is_one_difference_however_it_is_spelled(nullable: dict[str, Any]) -> None:
    old, new = {"properties": {"a": INTEGER}}, {"properties": {"a": nullable}}
    (change,) = differ(old, new)
    assert (change.code, change.backward, change.forward) == ("R004", "yes", "no")
    (change,) = differ(new, old)
    assert (change.code, change.backward, change.forward) == ("R005", "no", "yes")


def asking(must: tuple[str, ...] = (), **wanted: list[str]) -> dict[str, Any]:
    """A mapping whose fields ask for others."""
    return {"type": "object", "required": list(must), "dependentRequired": wanted}


@pytest.mark.parametrize(
    ("old", "new", "backward", "forward"),
    [
        (asking(), asking(a=["b"]), "no", "yes"),
        (asking(a=["b"]), asking(), "yes", "no"),
        (asking(a=["b"]), asking(a=["b", "c"]), "no", "yes"),
        (asking(a=["b"]), asking(a=["c"]), "no", "no"),
        (asking(a=["b"]), asking(c=["b"]), "no", "no"),
        (asking(("b",), a=["b"]), asking(("b",)), "yes", "yes"),
        (asking(("b",)), asking(("b",), a=["b"]), "yes", "yes"),
        (asking(), asking(a=[]), "yes", "yes"),
        (asking(), asking(a=["a"]), "yes", "yes"),
    ],
)
def test_what_fields_ask_for_counts_where_it_need_not_be_there_anyway(
    old: dict[str, Any], new: dict[str, Any], backward: str, forward: str
) -> None:
    (change,) = differ(old, new)
    assert (change.code, change.backward, change.forward) == ("R006", backward, forward)


def test_what_fields_ask_for_is_the_same_in_old_words_and_new_ones() -> None:
    old = {"type": "object", "dependencies": {"a": ["b"]}}
    assert differ(old, asking(a=["b"])) == ()


def test_dependencies_on_schemas_cannot_be_told() -> None:
    old = {"type": "object", "dependencies": {"a": {"required": ["b"]}}}
    (change,) = differ(old, {"type": "object"})
    assert (change.code, change.backward, change.forward) == ("S008", "yes", "unknown")
