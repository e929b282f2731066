"""A step in the text of a document: what changes is touched, and nothing else."""

import difflib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qpf.evolution.rewrite import rewrite
from qpf.evolution.source import UnfaithfulError
from qpf.evolution.splice import spliced
from qpf.model.migration import (
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    ListToMap,
    Operation,
    Split,
    TypeChange,
    ValueMap,
)
from qpf.model.node import to_data
from qpf.syntax.writer import write_yaml
from tests.evolution.documents import BODIES, makes_sense, moved, moves, step, text_tree

TEXT = """\
# top
name: a
engine:
  # which model
  model: "gpt"   # trailing
  legacy: [1, 2]
  temperature: 0.5

rules:
  thresholds: {sure: 0.7, other: 1}
  address: host:80
  text: |
    line one
      line two

  items:
    - name: a
      limit: 3
    - {name: b, limit: 4}
deployment:
  replicas: "2"
"""


def difference(*operations: Operation, text: str = TEXT) -> list[str]:
    """The lines that a step takes away and puts in."""
    after = spliced(text, step(*operations), ())
    lines = difflib.ndiff(text.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line.rstrip("\n") for line in lines if line[0] in "+-"]


def refusal(*operations: Operation, text: str = TEXT) -> str:
    with pytest.raises(UnfaithfulError) as raised:
        spliced(text, step(*operations), ())
    return str(raised.value)


CASES: dict[str, tuple[list[Operation], list[str]]] = {
    "a rename touches the key alone": (
        [FieldRename("engine.model", "engine.primary_model")],
        ['-   model: "gpt"   # trailing', '+   primary_model: "gpt"   # trailing'],
    ),
    "a rename in braces too": (
        [FieldRename("rules.thresholds.sure", "rules.thresholds.certain")],
        ["-   thresholds: {sure: 0.7, other: 1}", "+   thresholds: {certain: 0.7, other: 1}"],
    ),
    "every item of a list": (
        [FieldRename("rules.items.*.limit", "rules.items.*.below")],
        [
            "-       limit: 3", "+       below: 3",
            "-     - {name: b, limit: 4}", "+     - {name: b, below: 4}",
        ],
    ),
    "a move takes its comments along": (
        [FieldMove("engine.model", "deployment.model")],
        [
            "-   # which model", '-   model: "gpt"   # trailing',
            "+   # which model", '+   model: "gpt"   # trailing',
        ],
    ),
    "a move makes what is missing above": (
        [FieldMove("engine.temperature", "learning.rate.temperature")],
        ["-   temperature: 0.5", "+ learning:", "+   rate:", "+     temperature: 0.5"],
    ),
    "a move out of braces": (
        [FieldMove("rules.thresholds.sure", "deployment.sure")],
        ["-   thresholds: {sure: 0.7, other: 1}", "+   thresholds: {other: 1}", "+   sure: 0.7"],
    ),
    "a move into braces": (
        [FieldMove("deployment.replicas", "rules.thresholds.replicas"), FieldRename("name.x", "name.y")],
        [
            "-   thresholds: {sure: 0.7, other: 1}", '+   thresholds: {sure: 0.7, other: 1, replicas: "2"}',
            "- deployment:", '-   replicas: "2"',
        ],
    ),
    "a block text moves as it is": (
        [FieldMove("rules.text", "deployment.text")],
        [
            "-   text: |", "-     line one", "-       line two",
            "+   text: |", "+     line one", "+       line two",
        ],
    ),
    "a field is removed with the comment that is about it": (
        [FieldRemove("engine.model", lossy=True)],
        ["-   # which model", '-   model: "gpt"   # trailing'],
    ),
    "a value keeps its quotes": (
        [ValueMap("engine.model", (("gpt", "claude"),))],
        ['-   model: "gpt"   # trailing', '+   model: "claude"   # trailing'],
    ),
    "a type": ([TypeChange("deployment.replicas", "integer")], ['-   replicas: "2"', "+   replicas: 2"]),
    "a list of one": (
        [TypeChange("engine.model", "list")],
        ['-   model: "gpt"   # trailing', "+   model: [gpt]   # trailing"],
    ),
    "a list becomes a mapping": (
        [ListToMap("rules.items", "name")],
        ["-     - name: a", "+     a:", "-     - {name: b, limit: 4}", "+     b:", "+       limit: 4"],
    ),
    "a text is split in its place": (
        [Split("rules.address", ("rules.host", "rules.port"), ":")],
        ["-   address: host:80", "+   host: host", '+   port: "80"'],
    ),
    "texts are joined with their comments": (
        [Join(("engine.model", "engine.temperature"), "engine.both", "/")],
        ['-   model: "gpt"   # trailing', "+   both: gpt/0.5  # trailing", "-   temperature: 0.5"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("operations", "expected"), CASES.values(), ids=CASES)
def test_only_what_changes_is_touched(operations, expected):
    assert difference(*operations) == expected


def test_line_ends_and_a_missing_last_one_are_kept():
    text = "a:\r\n  x: 1 # c\r\n  y: 2"
    swapped = spliced(text, step(FieldRename("a.x", "a.y"), FieldRename("a.y", "a.x")), ())
    assert swapped == "a:\r\n  y: 1 # c\r\n  x: 2"
    below = spliced(text, step(FieldMove("a.x", "a.z.x")), ())
    assert below == "a:\r\n  y: 2\r\n  z:\r\n    x: 1 # c"


def test_a_value_that_several_share_is_refused():
    assert "an anchor" in refusal(FieldRename("a.x", "a.y"), text="b: &q {x: 1}\na: *q\n")
    assert "an anchor" in refusal(ValueMap("a.x", (("one", "two"),)), text="b: {x: &q one}\na: {x: *q}\n")


def test_an_alias_itself_may_move():
    text = "b: {x: &q one}\na:\n  x: *q  # shared\n  y: 1\nc: {z: 1}\n"
    assert spliced(text, step(FieldMove("a.x", "a.t.x")), ()) == (
        "b: {x: &q one}\na:\n  y: 1\n  t:\n    x: *q  # shared\nc: {z: 1}\n"
    )


def test_what_would_lose_comments_is_refused():
    text = "a:\n  items:\n    # the first\n    - name: x\n"
    assert "comments" in refusal(ListToMap("a.items", "name"), text=text)
    text = "a:\n  b:\n    x: 1  # why\nc: {y: 1}\n"
    assert "braces" in refusal(FieldMove("a.b", "c.b"), text=text)


def commented(text: str) -> str:
    """A text with a comment above every line that begins with a key."""
    lines = []
    for number, line in enumerate(text.splitlines()):
        bare = line.lstrip()
        if bare and not bare.startswith("-"):
            lines.append(f"{line[: len(line) - len(bare)]}# comment {number}.")
        lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def comments(text: str) -> list[str]:
    return sorted(line.strip() for line in text.splitlines() if line.strip().startswith("#"))


def holds(text: str, *operations: Operation) -> None:
    """A spliced text says what the step makes of the tree, and has all comments of what is still there."""
    migration = step(*operations)
    assume(makes_sense(migration))
    outcome = rewrite(text_tree(text), migration)
    assume(not outcome.found)
    after = spliced(text, migration, ())
    assert to_data(text_tree(after)) == to_data(outcome.body)
    # A mapping that lost all its fields is gone, and so is what was said about it.
    assert set(comments(after)) <= set(comments(text))
    assert len(comments(text)) - len(comments(after)) <= len(operations) * 2
    assert spliced(after, step(), ()) == after


@given(moved())
def test_any_field_of_any_document_moves_with_its_comments(drawn):
    body, operation = drawn
    holds(commented(write_yaml(body).decode()), operation)


@given(BODIES.filter(bool), st.lists(moves(), max_size=3))
def test_any_step_is_spliced_as_it_is_taken_in_memory(body, operations):
    holds(commented(write_yaml(body).decode()), *operations)


@given(BODIES.filter(bool), st.lists(st.lists(moves(), max_size=2), min_size=2, max_size=3))
def test_any_chain_of_steps_is_spliced_as_it_is_taken_in_memory(body, chain):
    text = commented(write_yaml(body).decode())
    tree = text_tree(text)
    for number, operations in enumerate(chain, 1):
        migration = step(*operations, source=f"{number}.0.0", target=f"{number + 1}.0.0")
        assume(makes_sense(migration))
        outcome = rewrite(tree, migration)
        assume(not outcome.found)
        tree, text = outcome.body, spliced(text, migration, ())
    assert to_data(text_tree(text)) == to_data(tree)
