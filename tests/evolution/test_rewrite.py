"""What each operation does to a body, and what it refuses to do."""

import pytest

from qpf.evolution.rewrite import rewrite
from qpf.model.migration import (
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    ListToMap,
    Rewrite,
    Split,
    TypeChange,
    ValueMap,
)
from tests.evolution.documents import step, taken, tree

OCCUPIED, UNFIT = ["QPF808"], ["QPF809"]


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}], ids=repr)
def test_a_value_that_says_little_is_moved_like_any_other(value):
    assert taken({"s": {"a": value}}, FieldRename("s.a", "s.b")) == {"s": {"b": value}}
    assert taken({"s": {"a": value, "b": 1}}, FieldRename("s.a", "s.b")) == OCCUPIED
    assert taken({"s": {"a": 1, "b": value}}, FieldRename("s.a", "s.b")) == OCCUPIED


@pytest.mark.parametrize("keys", [("x", "y"), ("y", "x")], ids=" ".join)
def test_two_fields_change_names(keys):
    data = {"s": {key: key for key in keys}}
    swapped = taken(data, FieldRename("s.x", "s.y"), FieldRename("s.y", "s.x"))
    assert swapped == {"s": {"y": "x", "x": "y"}}


def test_a_field_takes_the_place_of_one_that_leaves():
    data = {"s": {"a": 1, "b": 2}}
    shifted = taken(data, FieldRename("s.a", "s.b"), FieldMove("s.b", "t.c"))
    assert shifted == {"s": {"b": 1}, "t": {"c": 2}}


def test_a_renamed_field_keeps_its_place():
    data = {"s": {"a": 1, "b": 2, "c": 3}}
    assert list(taken(data, FieldRename("s.b", "s.z"))["s"]) == ["a", "z", "c"]


@pytest.mark.parametrize(
    "other",
    [{"s": {"ab": 1}}, {"t": {"s": {"a": 1}}}, {"s": "a"}, {"s": [{"a": 1}]}, {"s": {"s.a": 1}}],
    ids=str,
)
def test_only_the_very_path_is_meant(other):
    assert taken(other, FieldRename("s.a", "s.z")) == other


def test_a_mapping_that_loses_all_its_fields_goes_too():
    assert taken({"s": {"t": {"a": 1}}, "u": {"b": 2}}, FieldMove("s.t.a", "u.a")) == {"u": {"b": 2, "a": 1}}
    assert taken({"s": {"t": {}, "a": 1}}, FieldMove("s.a", "u.a")) == {"s": {"t": {}}, "u": {"a": 1}}


def test_what_stands_above_a_place_is_not_overwritten():
    assert taken({"s": {"a": 1}, "t": {"u": "text"}}, FieldMove("s.a", "t.u.a")) == OCCUPIED


def test_a_star_stands_for_every_item_and_every_key():
    data = {"s": {"items": [{"limit": 1}, {"below": 2}, {"limit": 3}], "by": {"x": {"limit": 4}, "y": {}}}}
    assert taken(
        data,
        FieldRename("s.items.*.limit", "s.items.*.below"),
        FieldRename("s.by.*.limit", "s.by.*.below"),
    ) == {"s": {"items": [{"below": 1}, {"below": 2}, {"below": 3}], "by": {"x": {"below": 4}, "y": {}}}}


def test_a_finding_names_both_lines_and_the_migration():
    outcome = rewrite(tree({"s": {"a": 1, "b": 2}}), step(FieldRename("s.a", "s.b")))
    (found,) = outcome.found
    assert (found.span.line, found.notes[0].span.line) == (2, 3)
    assert found.message == "s.a cannot become s.b: s.b is there already"
    assert found.notes[1].message == "the migration 1.0.0 → 2.0.0 says so"


def test_what_is_removed_is_noted():
    outcome = rewrite(tree({"s": {"a": 1}}), step(FieldRemove("s.a", lossy=True)))
    assert [(change.before, change.after) for change in outcome.changes] == [(("s", "a"), ())]


NAMED = (("fast", "quick"), ("1", "one"), ("true", "yes"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("fast", "quick"),
        (1, "one"),
        (True, "yes"),
        (None, None),
        ("quick", "quick"),
        ("slow", UNFIT),
        ([], UNFIT),
    ],
    ids=repr,
)  # fmt: skip
def test_values_are_called_otherwise(value, expected):
    after = taken({"s": {"a": value}}, ValueMap("s.a", NAMED))
    assert after == (expected if expected is UNFIT else {"s": {"a": expected}})


def test_a_value_is_new_only_as_the_type_it_is():
    assert taken({"s": {"a": True}}, ValueMap("s.a", (("old", 1),))) == UNFIT


def test_values_may_be_kept_that_are_not_listed():
    assert taken({"s": {"a": "slow"}}, ValueMap("s.a", NAMED, "keep")) == {"s": {"a": "slow"}}


@pytest.mark.parametrize(
    ("to", "value", "expected"),
    [
        ("string", 5, "5"), ("string", True, "true"), ("string", "x", "x"), ("string", [1], UNFIT),
        ("integer", "5", 5), ("integer", "-5", -5), ("integer", 5.0, 5), ("integer", "05", UNFIT),
        ("integer", "5.5", UNFIT), ("integer", True, UNFIT), ("integer", 5, 5),
        ("number", "5", 5), ("number", "0.5", 0.5), ("number", "1e3", 1000.0), ("number", "x", UNFIT),
        ("boolean", "yes", True), ("boolean", "Off", False), ("boolean", 1, UNFIT),
        ("list", "x", ["x"]), ("list", {"a": 1}, [{"a": 1}]), ("list", ["x"], ["x"]),
        ("item", ["x"], "x"), ("item", [], UNFIT), ("item", [1, 2], UNFIT), ("item", "x", "x"),
        *((to, None, None) for to in ("string", "integer", "number", "boolean", "list", "item")),
    ],
)  # fmt: skip
def test_a_value_is_written_as_another_type_or_not_at_all(to, value, expected):
    after = taken({"s": {"a": value}}, TypeChange("s.a", to))
    assert after == (expected if expected is UNFIT else {"s": {"a": expected}})
    assert expected is UNFIT or type(after["s"]["a"]) is type(expected)


def test_a_list_becomes_a_mapping():
    items = [{"name": "x", "limit": 1}, {"name": "y"}]
    assert taken({"s": {"a": items}}, ListToMap("s.a", "name")) == {"s": {"a": {"x": {"limit": 1}, "y": {}}}}


@pytest.mark.parametrize(
    "items", [[{"limit": 1}], [{"name": 1}], [{"name": "x"}, {"name": "x"}], ["x"], "x"], ids=str
)
def test_a_list_whose_items_have_no_names_of_their_own_is_refused(items):
    assert taken({"s": {"a": items}}, ListToMap("s.a", "name")) == UNFIT


def test_a_text_is_split_and_joined():
    split = Split("s.address", ("s.host", "s.port"), ":")
    join = Join(("s.host", "s.port"), "s.address", ":")
    assert taken({"s": {"address": "h:1"}}, split) == {"s": {"host": "h", "port": "1"}}
    assert taken({"s": {"host": "h", "port": 1}}, join) == {"s": {"address": "h:1"}}
    assert taken({"s": {}}, split) == taken({"s": {}}, join) == {"s": {}}


@pytest.mark.parametrize("value", ["h", "h:1:2", None, 5])
def test_a_text_of_other_parts_is_not_split(value):
    assert taken({"s": {"address": value}}, Split("s.address", ("s.host", "s.port"), ":")) == UNFIT


def test_half_of_what_is_to_be_joined_is_refused():
    assert taken({"s": {"host": "h"}}, Join(("s.host", "s.port"), "s.address", ":")) == UNFIT
    data = {"s": {"host": "h", "port": 1, "address": "?"}}
    assert taken(data, Join(("s.host", "s.port"), "s.address", ":")) == OCCUPIED


def test_a_plugin_rewrites_what_it_knows():
    def doubled(value):
        if not isinstance(value, int):
            message = "is no number"
            raise ValueError(message)  # noqa: TRY004  # how a plugin refuses
        return {"twice": value * 2}

    def fails(_):
        raise ZeroDivisionError

    double = Rewrite("s.a", doubled, "doubles it")
    assert taken({"s": {"a": 2}}, double) == {"s": {"a": {"twice": 4}}}
    assert taken({"s": {"a": "x"}}, double) == UNFIT
    assert taken({"s": {"a": 2}}, Rewrite("s.a", fails, "fails")) == UNFIT
    assert taken({"s": {"a": 2}}, Rewrite("s.a", lambda _: object(), "makes no data")) == UNFIT


def test_values_are_rewritten_where_their_fields_are_now():
    moved = taken({"s": {"a": "5"}}, FieldMove("s.a", "t.b"), TypeChange("t.b", "integer"))
    assert moved == {"t": {"b": 5}}
