"""Operations as people write them."""

import pytest

from qpf.evolution.operations import read_operations
from qpf.evolution.words import WORDS
from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    ListToMap,
    Split,
    TypeChange,
    ValueMap,
)
from qpf.model.node import Sequence
from tests.evolution.documents import text_tree


def read(text: str):
    node = text_tree(f"operations:\n  - {text}\n").entries["operations"].node
    assert isinstance(node, Sequence)
    return read_operations(node, ("operations",))


GUIDE = {
    "field_rename: reasoningengine.model -> reasoningengine.primary_model": FieldRename(
        "reasoningengine.model", "reasoningengine.primary_model"
    ),
    'field_add: reasoningengine.modelversion with default "latest"': FieldAdd(
        "reasoningengine.modelversion", "latest", has_default=True
    ),
    "field_deprecated: reasoningengine.legacy_mode (will be removed in 7.0.0)": FieldDeprecated(
        "reasoningengine.legacy_mode", "7.0.0"
    ),
    '"field_add": "learningsystem.drift_detection_threshold (default: 0.03)"': FieldAdd(
        "learningsystem.drift_detection_threshold", 0.03, has_default=True
    ),
}
FULL = {
    "field_rename: {from: s.a, to: s.b}": FieldRename("s.a", "s.b"),
    "field_move: s.a → t.a": FieldMove("s.a", "t.a"),
    "field_move: {from: s.a, to: t.a}": FieldMove("s.a", "t.a"),
    "field_add: s.a": FieldAdd("s.a"),
    "field_add: {path: s.a}": FieldAdd("s.a"),
    "field_add: {path: s.a, default: null}": FieldAdd("s.a", None, has_default=True),
    "field_add: {path: s.a, default: [1, {x: y}]}": FieldAdd("s.a", [1, {"x": "y"}], has_default=True),
    "field_add: s.a with default false": FieldAdd("s.a", default=False, has_default=True),
    "field_remove: s.a": FieldRemove("s.a"),
    "field_remove: {path: s.a, lossy: true}": FieldRemove("s.a", lossy=True),
    "field_deprecated: s.a": FieldDeprecated("s.a"),
    "field_deprecated: {path: s.a, removed_in: 7.0.0, use: s.b}": FieldDeprecated("s.a", "7.0.0", "s.b"),
    "value_map: {path: s.a, values: {x: y, z: 1}}": ValueMap("s.a", (("x", "y"), ("z", 1))),
    "value_map: {path: s.a, values: {x: y}, otherwise: keep}": ValueMap("s.a", (("x", "y"),), "keep"),
    "type_change: {path: s.a, to: integer}": TypeChange("s.a", "integer"),
    "list_to_map: {path: s.a, key: name}": ListToMap("s.a", "name"),
    'split: {path: s.a, into: [s.b, s.c], separator: ":"}': Split("s.a", ("s.b", "s.c"), ":"),
    'join: {from: [s.b, s.c], into: s.a, separator: ""}': Join(("s.b", "s.c"), "s.a", ""),
    "field_rename: s.*.a -> s.*.b": FieldRename("s.*.a", "s.*.b"),
}


@pytest.mark.parametrize(("text", "operation"), {**GUIDE, **FULL}.items(), ids=str)
def test_an_operation_is_read_in_the_words_of_the_guide_and_in_full(text, operation):
    outcome = read(text)
    assert not outcome.report.diagnostics
    assert outcome.value == (operation,)
    assert outcome.value[0].span.line == 2


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("field_renam: s.a -> s.b", "there is no operation field_renam", "did you mean `field_rename`?"),
        ("field_rename: s.a", "field_rename cannot be read", "section.old -> section.new"),
        ("field_rename: s.a -> s.b -> s.c", "field_rename cannot be read", "section.old"),
        ("field_add: s.a with default latest", "field_add cannot be read", "with default"),
        ("field_add: s.a with default NaN", "field_add cannot be read", "with default"),
        (r"field_add: 's.a with default \"\ud800\"'", "field_add cannot be read", "with default"),
        (f"field_add: 's.a with default {'[' * 20_000}'", "field_add cannot be read", "with default"),
        ("field_rename: 5", "field_rename cannot be read", "section.old"),
        ("value_map: s.a", "value_map cannot be read", "values: {old: new}"),
        ("{field_add: s.a, field_remove: s.b}", "an operation is one word", "field_rename"),
        ("s.a", "an operation is one word", "field_rename"),
        ("field_remove: section", "`section` names no field of a section", "section.field"),
        ("field_remove: s.a[0]", "`s.a[0]` counts items of a list", "section.field"),
        ("field_remove: '*.a'", "`*.a` names no section", "section.field"),
        ("field_rename: s..a -> s.b", "`s..a` is no path", "section.field"),
        ("type_change: {path: s.a, to: int}", '`to`: "int" is not allowed', "did you mean `integer`?"),
        ("split: {path: s.a, into: [s.b], separator: x}", "`into`: the list is too short", "at least 2"),
        ("field_remove: {path: s.a, lossless: true}", "lossless", ""),
    ],
    ids=lambda text: text[:60],
)
def test_what_cannot_be_read_is_said_at_its_place(text, message, hint):
    outcome = read(text)
    assert outcome.value == ()
    found = outcome.report.diagnostics[0]
    assert message in found.message
    assert hint in found.hint
    assert found.span.line == 2


def test_every_word_has_an_example_that_can_be_read():
    for word, model in WORDS.items():
        outcome = read(f"{word}: {model.example}")
        assert len(outcome.value) == 1, word
