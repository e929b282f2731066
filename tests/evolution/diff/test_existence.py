"""Fields that come and go, in every kind of mapping: what that means for documents, and who judges it."""

from itertools import product
from typing import Any

import pytest

from tests.evolution.diff.differing import codes, differ
from tests.evolution.diff.schemas import VALUES, documents, fits

STRING = {"type": "string"}
OPENNESS: dict[str, Any] = {
    "closed": False,
    "open": True,
    "as strings": STRING,
    "as integers": {"type": "integer"},
}
KINDS = ("optional", "with default", "required", "required with default", "anything")


def mapping(openness: str, fields: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": OPENNESS[openness],
    }


def with_field(openness: str, kind: str) -> dict[str, Any]:
    """A mapping that has a field, which may be a string unless it may be anything."""
    field = {} if kind == "anything" else {**STRING, **({"default": "x"} if "default" in kind else {})}
    return mapping(openness, {"a": field}, ("a",) if "required" in kind else ())


@pytest.mark.parametrize(("openness", "kind"), list(product(OPENNESS, KINDS)))
def test_what_is_said_of_a_field_added_is_so_and_has_a_witness(openness: str, kind: str) -> None:
    exact(mapping(openness, {}), with_field(openness, kind))


@pytest.mark.parametrize(("openness", "kind"), list(product(OPENNESS, KINDS)))
def test_what_is_said_of_a_field_removed_is_so_and_has_a_witness(openness: str, kind: str) -> None:
    exact(with_field(openness, kind), mapping(openness, {}))


def exact(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Every answer is what all documents together say; `unknown` says nothing."""
    changes = differ(old, new)
    tried: list[Any] = [
        *documents(old, 80),
        *documents(new, 80),
        *({"a": value} for value in VALUES),
    ]
    for side, one, other in (("backward", old, new), ("forward", new, old)):
        said = {getattr(each, side) for each in changes}
        witness = next((value for value in tried if fits(one, value) and not fits(other, value)), None)
        if "unknown" not in said:
            assert ("no" in said) is (witness is not None), (side, witness, changes)


@pytest.mark.parametrize(
    ("openness", "kind", "added", "removed"),
    [
        ("closed", "optional", "E001", "E005"),
        ("closed", "with default", "E001", "E005"),
        ("closed", "required", "E003", "E005"),
        ("closed", "required with default", "E004", "E005"),
        ("open", "optional", "E002", "E006"),
        ("open", "anything", "E002", "E006"),
        ("open", "required", "E003", "E006"),
        ("open", "required with default", "E004", "E006"),
        ("as strings", "optional", "E002", "E006"),
        ("as strings", "required", "E003", "E006"),
    ],
)
def test_each_kind_of_field_has_its_rule(openness: str, kind: str, added: str, removed: str) -> None:
    without, with_ = mapping(openness, {}), with_field(openness, kind)
    assert codes(differ(without, with_)) == [added]
    assert codes(differ(with_, without)) == [removed]


@pytest.mark.parametrize(
    ("said", "versions", "code"),
    [
        ({"deprecated": True, "x-removed-in": "7.0.0"}, ("6.1.0", "7.0.0"), "E007"),
        ({"deprecated": True, "x-removed-in": "7.0.0"}, ("6.1.0", "10.0.0"), "E007"),
        ({"x-removed-in": "7.0.0"}, ("6.1.0", "7.0.0"), "E007"),
        ({"deprecated": True}, ("6.1.0", "6.2.0"), "E007"),
        ({"deprecated": True, "x-removed-in": "7.0.0"}, ("6.1.0", "6.2.0"), "E008"),
        ({"deprecated": True, "x-removed-in": "10.0.0"}, ("6.1.0", "9.0.0"), "E008"),
        ({"deprecated": True, "x-removed-in": "soon"}, ("6.1.0", "7.0.0"), "E008"),
        ({"deprecated": True, "x-removed-in": "7.0.0"}, ("", ""), "E008"),
        ({"deprecated": False}, ("6.1.0", "7.0.0"), "E005"),
    ],
)
def test_a_removal_is_held_to_what_was_announced(
    said: dict[str, Any], versions: tuple[str, str], code: str
) -> None:
    old = mapping("closed", {"a": {**STRING, **said}})
    assert codes(differ(old, mapping("closed", {}), versions=versions)) == [code]


def section(openness: str, fields: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """A section `s` with fields: operations are about fields of sections."""
    return mapping("closed", {"s": mapping(openness, fields, required)})


def in_section(kind: str) -> dict[str, Any]:
    return mapping("closed", {"s": with_field("closed", kind)})


def test_a_declared_removal_is_carried_over_and_one_before_its_time_is_not() -> None:
    remove = {"field_remove": {"path": "s.a", "lossy": True}}
    (change,) = differ(section("closed", {"a": STRING}), section("closed", {}), remove)
    assert (change.code, change.cover, change.covered) == ("E005", "lossy", True)
    early = {**STRING, "deprecated": True, "x-removed-in": "9.0.0"}
    (change,) = differ(section("closed", {"a": early}), section("closed", {}), remove)
    assert (change.code, change.cover, change.covered) == ("E008", "manual", False)


@pytest.mark.parametrize(("kind", "code"), [("optional", "E001"), ("required", "E004")])
def test_a_field_that_is_declared_with_a_default_is_carried_over(kind: str, code: str) -> None:
    old, new = section("closed", {}), in_section(kind)
    (change,) = differ(old, new, 'field_add: s.a with default "x"')
    assert (change.code, change.covered) == (code, True)


def test_a_required_field_that_is_declared_without_a_default_is_left_to_a_person() -> None:
    for kind in ("required", "required with default"):
        (change, *_) = differ(section("closed", {}), in_section(kind), "field_add: s.a")
        assert (change.code, change.cover, change.covered) == ("E003", "manual", False)


def test_a_declared_default_that_the_field_does_not_admit_is_told() -> None:
    changes = differ(section("closed", {}), in_section("required"), "field_add: s.a with default 5")
    assert codes(changes) == ["D004", "E004"]
    assert not next(each for each in changes if each.code == "D004").covered


def test_a_declared_default_in_a_section_that_is_new_hides_nothing_else_of_it() -> None:
    old = mapping("closed", {})
    inner = mapping("closed", {"b": STRING, "c": STRING}, ("b", "c"))
    changes = differ(old, mapping("closed", {"a": inner}), 'field_add: a.b with default "x"')
    assert sorted((each.code, each.path) for each in changes) == [("E003", ("a", "c")), ("E004", ("a", "b"))]
    needed = mapping("closed", {"a": mapping("closed", {"b": STRING}, ("b",))}, ("a",))
    assert codes(differ(old, needed, 'field_add: a.b with default "x"')) == ["E004"]
    assert codes(differ(old, needed, "field_add: a.b")) == ["E003", "R001"]


def test_a_declared_rename_tells_what_else_differs() -> None:
    old = section("closed", {"a": {**STRING, "default": "x"}}, ("a",))
    new = section("closed", {"b": {**STRING, "default": "y"}})
    changes = differ(old, new, "field_rename: s.a -> s.b")
    assert [(each.code, each.covered) for each in changes] == [
        ("E009", True),
        ("D003", False),
        ("R003", False),
    ]


def test_a_field_that_moves_is_carried_over() -> None:
    full, empty = mapping("closed", {"a": STRING}), mapping("closed", {})
    old, new = mapping("closed", {"b": full, "c": empty}), mapping("closed", {"b": empty, "c": full})
    (change,) = differ(old, new, "field_move: b.a -> c.a")
    assert (change.code, change.path, change.covered) == ("E011", ("c", "a"), True)
    assert change.message == "was at `b.a`"
