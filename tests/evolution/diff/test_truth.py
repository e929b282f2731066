"""The law of the whole tool: what is said to be compatible is, for every document that can be thought of."""

from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.evolution.diff.differing import differ
from tests.evolution.diff.schemas import documents, fits, near, schemas

DOCUMENTS = 40


@st.composite
def edited(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two schemas of which one was made of the other one by a few edits, either way."""
    old = draw(schemas())
    new: Any = old
    for _ in range(draw(st.integers(1, 2))):
        new = draw(near(new))
    assume(isinstance(new, dict) and ("$ref" not in repr(new) or "$defs" in new))
    return (old, new) if draw(st.booleans()) else (new, old)


@given(edited())
@example(({"type": "string", "const": None}, {"type": "string"}))
@example(({"oneOf": [{}, {"type": "null"}]}, {"type": "object", "oneOf": [{}, {"type": "null"}]}))
@example(({"type": "string"}, {"enum": ["a", 1]}))
@example(
    ({"type": ["string", "null"]}, {"type": ["boolean", "integer", "number", "string", "array", "object"]})
)
@example(
    (
        {"type": "object", "unevaluatedProperties": False},
        {"type": "object", "anyOf": [{"additionalProperties": True}], "unevaluatedProperties": False},
    )
)
@example(
    (
        {"type": "object", "unevaluatedProperties": False},
        {"type": "object", "if": {"properties": {"z": True}}, "unevaluatedProperties": False},
    )
)
@example(
    (
        {"unevaluatedProperties": False, "if": {"type": "null", "additionalProperties": True}},
        {"unevaluatedProperties": False, "if": {"type": "object", "additionalProperties": True}},
    )
)
@example(
    (
        {"unevaluatedProperties": False, "anyOf": [{}, {"required": ["z"], "additionalProperties": True}]},
        {"unevaluatedProperties": False, "anyOf": [{}, {"required": ["y"], "additionalProperties": True}]},
    )
)
def test_documents_stay_valid_where_every_change_says_so(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    holds_true(*pair)


@given(schemas(), schemas())
def test_nothing_is_compatible_by_chance(old: dict[str, Any], new: dict[str, Any]) -> None:
    holds_true(old, new)


@given(schemas())
def test_a_schema_does_not_differ_from_itself(schema: dict[str, Any]) -> None:
    assert differ(schema, schema) == ()


def holds_true(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Hold what is said of two schemas against documents for both."""
    changes = differ(old, new)
    backward = all(each.backward == "yes" for each in changes)
    forward = all(each.forward == "yes" for each in changes)
    if not backward and not forward:
        return
    said = [(each.code, each.path, each.backward, each.forward) for each in changes]
    for value in (*documents(old, DOCUMENTS), *documents(new, DOCUMENTS)):
        if backward and fits(old, value):
            assert fits(new, value), ("backward", old, new, value, said)
        if forward and fits(new, value):
            assert fits(old, value), ("forward", old, new, value, said)
