"""Fields that are gone beside fields that are new: what is taken for one, and what is not."""

from typing import Any

import pytest

from tests.evolution.diff.differing import codes, differ

STRING: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1}


def closed(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "additionalProperties": False}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model", "primary_model"),
        ("primary_model", "model"),
        ("max_tokens", "maxtokens"),
        ("maxtokens", "max_tokens"),
        ("replica", "replicas"),
        ("timeout_ms", "timeout_seconds"),
    ],
)
def test_a_name_that_is_much_alike_speaks_for_a_rename(old: str, new: str) -> None:
    (change,) = differ(closed(**{old: STRING}), closed(**{new: STRING}))
    assert (change.code, change.cover, change.covered) == ("E010", "manual", False)
    assert change.hint == f"if it is the same, declare `field_rename: {old} -> {new}`"


@pytest.mark.parametrize(("old", "new"), [("owner", "region"), ("a", "b"), ("cpu", "gpu_count")])
def test_names_that_have_nothing_in_common_say_nothing(old: str, new: str) -> None:
    assert codes(differ(closed(**{old: STRING}), closed(**{new: STRING}))) == ["E001", "E005"]


def test_a_default_that_few_fields_have_speaks_for_a_rename() -> None:
    old, new = {**STRING, "default": "claude-sonnet"}, {**STRING, "default": "claude-sonnet"}
    assert codes(differ(closed(model=old), closed(engine=new))) == ["E010"]


@pytest.mark.parametrize("value", [None, "", 0, 1, True, False, [], {}])
def test_a_default_that_many_fields_have_says_nothing(value: Any) -> None:
    old = {"default": value}
    assert codes(differ(closed(owner=old), closed(region=old))) == ["E001", "E005"]


def test_fields_of_different_schemas_are_not_one() -> None:
    assert codes(differ(closed(model=STRING), closed(primary_model=NUMBER))) == ["E001", "E005"]


def test_where_two_are_as_likely_nothing_is_guessed() -> None:
    old = closed(model=STRING)
    new = closed(main_model=STRING, side_model=STRING)
    assert codes(differ(old, new)) == ["E001", "E001", "E005"]
    assert codes(differ(new, old)) == ["E001", "E005", "E005"]


def test_the_likelier_of_two_is_taken() -> None:
    changes = differ(closed(model=STRING), closed(models=STRING, side_model=STRING))
    assert [(each.code, each.path) for each in changes] == [("E010", ("models",)), ("E001", ("side_model",))]


def test_two_renames_at_once_are_two_guesses() -> None:
    old = closed(max_tokens=NUMBER, max_retries=NUMBER)
    new = closed(maxtokens=NUMBER, maxretries=NUMBER)
    assert {(each.code, each.before.value, each.after.value) for each in differ(old, new)} == {
        ("E010", "max_tokens", "maxtokens"),
        ("E010", "max_retries", "maxretries"),
    }


def test_what_differs_beside_the_name_is_told_too() -> None:
    old, new = {**NUMBER, "default": 5}, {**NUMBER, "default": 6}
    changes = differ(closed(max_tokens=old), closed(maxtokens=new))
    assert [(each.code, each.path) for each in changes] == [
        ("E010", ("maxtokens",)),
        ("D003", ("maxtokens",)),
    ]


def test_a_field_of_the_same_name_and_schema_elsewhere_has_probably_moved() -> None:
    old = closed(one=closed(limit=NUMBER), two=closed(owner=STRING))
    new = closed(one=closed(), two=closed(owner=STRING, limit=NUMBER))
    (change,) = differ(old, new)
    assert (change.code, change.path, change.backward, change.forward) == (
        "E011",
        ("two", "limit"),
        "no",
        "no",
    )
    assert change.hint == "if it is the same, declare `field_move: one.limit -> two.limit`"


def test_a_field_of_another_name_elsewhere_has_not() -> None:
    old = closed(one=closed(limit=NUMBER), two=closed())
    new = closed(one=closed(), two=closed(limits=NUMBER))
    assert codes(differ(old, new)) == ["E001", "E005"]


def test_a_guess_in_open_mappings_says_what_documents_say() -> None:
    (change,) = differ({"properties": {"model": STRING}}, {"properties": {"primary_model": STRING}})
    assert (change.code, change.backward, change.forward) == ("E010", "no", "no")
    (change,) = differ({"properties": {"model": {}}}, {"properties": {"primary_model": {}}})
    assert (change.code, change.backward, change.forward) == ("E010", "yes", "yes")
    assert change.weight.word == "dangerous"


def test_what_is_declared_is_not_guessed() -> None:
    old, new = closed(s=closed(model=STRING)), closed(s=closed(primary_model=STRING))
    remove = {"field_remove": {"path": "s.model", "lossy": True}}
    assert codes(differ(old, new, remove)) == ["E001", "E005"]
    assert codes(differ(old, new, "field_add: s.primary_model")) == ["E001", "E005"]
