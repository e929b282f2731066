"""Versions, deprecations and migrations: what they promise is held against what is seen."""

from typing import Any

import pytest

from qpf.evolution.diff.contrast import contrast, way
from qpf.evolution.diff.declared.deprecated import with_deprecations
from qpf.evolution.diff.facts.dangling import cycles
from qpf.evolution.diff.facts.headers import renamed
from qpf.evolution.diff.judging.bump import next_major, places
from qpf.evolution.diff.shapes.jsonschema import shape_of
from qpf.evolution.diff.sides import Contract, Reference, Subject, alone
from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldRemove,
    FieldRename,
    Migration,
    Operation,
)
from qpf.model.path import parse_path
from qpf.model.span import start_of
from tests.evolution.documents import tree

TEXT = {"type": "string"}


def schema(**fields: Any) -> dict[str, Any]:
    body = {"type": "object", "additionalProperties": False, "properties": fields}
    return {"type": "object", "additionalProperties": False, "properties": {"s": body}}


def side(version: str, data: dict[str, Any], *steps: Migration) -> Contract:
    shape = shape_of(tree(data))
    assert not shape.report.failed
    return alone(Subject("", "s.json", lambda: shape.value, version), steps)


def codes(old: Contract, new: Contract, family: str = "L") -> list[str]:
    return sorted(
        each.code
        for each in contrast(old, new, lambda _: None, lambda _: "free")
        if each.code.startswith(family)
    )


def step(*operations: Operation, source: str = "1.0.0", target: str = "2.0.0", **more: Any) -> Migration:
    return Migration(source, target, operations, **more)


@pytest.mark.parametrize(
    ("version", "needed"), [("1.2.3", "2.0.0"), ("0.2.3", "0.3.0"), ("0.0.9", "0.1.0"), ("10.0.0", "11.0.0")]
)
def test_what_breaks_needs_a_major_version_and_below_one_a_minor(version: str, needed: str) -> None:
    assert next_major(version) == needed


def test_only_some_places_are_named() -> None:
    assert places(["a"]) == "`a`"
    assert places(["a", "b", "c", "d", "e"]) == "`a`, `b`, `c` and 2 more"


@pytest.mark.parametrize("same", ["1.0.0", "0.9.0", "2.0.0", ""])
def test_nothing_is_wrong_with_a_version_where_nothing_breaks(same: str) -> None:
    new = "1.0.0" if same == "0.9.0" else same
    assert codes(side(same, schema(a=TEXT)), side(new, schema(a=TEXT))) == []


@pytest.mark.parametrize(
    ("operation", "new"),
    [
        (FieldRename("s.nope", "s.b"), schema(a=TEXT)),
        (FieldRename("s.a", "s.b"), schema(a=TEXT, b=TEXT)),
        (FieldRemove("s.a", lossy=True), schema(a=TEXT)),
        (FieldRemove("s.nope", lossy=True), schema(a=TEXT)),
        (FieldAdd("s.b"), schema(a=TEXT)),
        (FieldDeprecated("s.nope", "3.0.0"), schema(a=TEXT)),
    ],
)
def test_an_operation_of_which_nothing_is_seen_is_told(operation: Operation, new: dict[str, Any]) -> None:
    old = schema(a=TEXT, b=TEXT) if operation == FieldRename("s.a", "s.b") else schema(a=TEXT)
    assert "L010" in codes(side("1.0.0", old), side("2.0.0", new, step(operation)))


@pytest.mark.parametrize(
    ("operation", "new"),
    [
        (FieldRename("s.a", "s.b"), schema(b=TEXT)),
        (FieldRemove("s.a", lossy=True), schema()),
        (FieldAdd("s.b"), schema(a=TEXT, b=TEXT)),
        (FieldDeprecated("s.a", "3.0.0"), schema(a=TEXT)),
    ],
)
def test_an_operation_that_is_seen_is_not(operation: Operation, new: dict[str, Any]) -> None:
    assert "L010" not in codes(side("1.0.0", schema(a=TEXT)), side("2.0.0", new, step(operation)))


def test_steps_that_are_not_on_the_way_promise_nothing() -> None:
    elsewhere = step(FieldRename("s.nope", "s.b"), source="2.0.0", target="3.0.0")
    assert codes(side("1.0.0", schema()), side("2.0.0", schema(), elsewhere)) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (step(FieldRemove("s.a", lossy=True)), step(FieldRemove("s.b", lossy=True)), ["L014"]),
        (step(FieldRemove("s.a", lossy=True)), step(FieldRemove("s.a")), ["L014"]),
        (step(FieldAdd("s.a"), FieldAdd("s.b")), step(FieldAdd("s.b"), FieldAdd("s.a")), []),
        (step(), step(automatic=False), ["L012"]),
        (step(automatic=False), step(), ["L012"]),
        (step(reviewed=True), step(), ["L013"]),
        (step(), step(reviewed=True), ["L013"]),
        (step(breaking=("x",)), step(), []),
    ],
)
def test_a_step_of_both_sides_that_says_something_else_is_told(
    before: Migration, after: Migration, found: list[str]
) -> None:
    assert codes(side("2.0.0", schema(), before), side("2.0.0", schema(), after)) == found


def test_a_step_that_nobody_can_have_taken_may_be_edited() -> None:
    drafts = [step(FieldAdd("s.a"), source="2.0.0", target="3.0.0"), step(source="2.0.0", target="3.0.0")]
    old, new = (side("2.0.0", schema(), draft) for draft in drafts)
    assert codes(old, new) == []


def deprecated(removal: Any = None, use: Any = None) -> dict[str, Any]:
    said = {"deprecated": True, "x-removed-in": removal, "x-use": use}
    return schema(a={**TEXT, **{key: each for key, each in said.items() if each is not None}}, b=TEXT)


PLAIN = schema(a=TEXT, b=TEXT)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (PLAIN, deprecated("2.0.0", "s.b"), ["L001"]),
        (PLAIN, deprecated("2.0.0"), ["L001"]),
        (deprecated("2.0.0", "s.b"), PLAIN, ["L002"]),
        (deprecated("2.0.0"), deprecated("3.0.0"), ["L003"]),
        (deprecated(), deprecated("3.0.0"), ["L003"]),
        (deprecated("3.0.0"), deprecated("2.0.0"), ["L003"]),
        (PLAIN, deprecated(), ["L004"]),
        (PLAIN, deprecated("soon"), ["L004"]),
        (PLAIN, deprecated("1.0.0"), ["L004"]),
        (deprecated("2.0.0"), deprecated("1.0.0"), ["L004"]),
        (deprecated("2.0.0"), deprecated(), ["L004"]),
        (PLAIN, deprecated("2.0.0", "s.nope"), ["L005"]),
        (PLAIN, deprecated("2.0.0", "]["), ["L005"]),
        (deprecated("2.0.0", "s.b"), deprecated("2.0.0", "s.nope"), ["L005"]),
        (deprecated("2.0.0"), deprecated("2.0.0", "s.b"), ["L005"]),
        (deprecated("2.0.0", "s.b"), deprecated("2.0.0"), ["L005"]),
        (deprecated("2.0.0", "s.b"), deprecated("2.0.0", "s.b"), []),
    ],
)
def test_a_deprecation_is_told_once(old: dict[str, Any], new: dict[str, Any], found: list[str]) -> None:
    assert codes(side("1.0.0", old), side("1.0.0", new)) == found


def test_a_deprecation_goes_with_its_field() -> None:
    steps = [
        step(FieldDeprecated("s.a", "4.0.0")),
        step(FieldRename("s.a", "s.b"), source="2.0.0", target="3.0.0"),
    ]
    old, new = (shape_of(tree(schema(**{name: TEXT}))).value for name in ("a", "b"))
    for shape, version, path in ((old, "2.0.0", "s.a"), (new, "3.0.0", "s.b")):
        found = with_deprecations(shape, steps, version).at(parse_path(path))
        assert found is not None
        assert found.shape.value("x-removed-in") == "4.0.0"
    assert with_deprecations(old, steps, "1.0.0") is old
    assert "L002" not in codes(side("2.0.0", schema(a=TEXT), *steps), side("3.0.0", schema(b=TEXT), *steps))


@pytest.mark.parametrize(
    ("before", "after", "backward"),
    [
        ("stable", "beta", "L006"),
        (None, "experimental", "L006"),
        ("beta", "stable", "L006"),
        ("beta", "x", "L006"),
    ],
)
def test_stability_is_ordered(before: str | None, after: str, backward: str) -> None:
    sides = [schema(a={**TEXT, **({"x-stability": each} if each else {})}) for each in (before, after)]
    assert codes(side("1.0.0", sides[0]), side("1.0.0", sides[1])) == [backward]


def around(*pairs: tuple[str, str]) -> Contract:
    span = start_of("x.yaml")
    path = ("composition", "subs")
    return Contract({}, references=tuple(Reference(f"sub/{a}", path, f"sub/{b}", span) for a, b in pairs))


def test_only_a_circle_that_was_not_there_is_told() -> None:
    before, after = around(("a", "b"), ("b", "a")), around(("b", "a"), ("a", "b"), ("c", "c"), ("c", "a"))
    assert [fact.after for _, fact in cycles(before, after)] == [["sub/c", "sub/c"]]
    assert list(cycles(after, before)) == []
    longer = around(("a", "b"), ("b", "c"), ("c", "a"))
    assert [fact.after for _, fact in cycles(around(), longer)] == [["sub/a", "sub/b", "sub/c", "sub/a"]]


def test_a_schema_is_renamed_if_one_says_the_same_and_no_other() -> None:
    def of(*names: str) -> Contract:
        shape = shape_of(tree(schema(a=TEXT))).value
        return Contract({name: Subject(name, "x", lambda: shape) for name in names})

    assert renamed(of("base/a"), of("base/b")) == {"base/a": "base/b"}
    assert renamed(of("base/a"), of("base/a", "base/b")) == {}
    assert renamed(of("base/a"), of("base/b", "base/c")) == {}
    assert renamed(of("base/a", "base/d"), of("base/b")) == {}
    assert renamed(of("base/a"), of("sub/a")) == {}
    assert renamed(of("environments/a/all"), of("environments/b/all")) == {}


def test_the_way_between_versions_is_the_one_that_compiling_takes() -> None:
    beside = [Migration("1.0.0", "1.5.0"), Migration("1.0.0", "2.0.0"), Migration("2.0.0", "3.0.0")]
    assert [step.title for step in way(beside, "1.0.0", "2.0.0")] == ["1.0.0 → 2.0.0"]
    assert way(beside, "1.5.0", "2.0.0") == ()
    assert [step.title for step in way(beside, "", "2.0.0")] == [step.title for step in beside]
