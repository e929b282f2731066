"""Bodies of sections as text and trees, and steps over their fields."""

from typing import Any

from hypothesis import strategies as st

from qpf.evolution.history import History, history_of
from qpf.evolution.rewrite import Rewritten, rewrite
from qpf.model.migration import FieldMove, FieldRename, Migration, Operation
from qpf.model.node import Mapping, to_data
from qpf.syntax.reader import read_yaml
from qpf.syntax.writer import write_yaml

KEYS = ("a", "b", "c", "ab", "x-y")
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(["", "text", "0", "null", "a: b", "x # y", "é"]),
)
ITEMS = st.lists(VALUES, max_size=2) | st.lists(
    st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=2), min_size=1, max_size=2
)
FIELDS = st.recursive(
    VALUES | ITEMS,
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(
    st.sampled_from(KEYS), st.dictionaries(st.sampled_from(KEYS), FIELDS, min_size=1, max_size=3), max_size=3
)
PATHS = st.lists(st.sampled_from(("a", "b", "c", "ab")), min_size=2, max_size=3).map(".".join)


@st.composite
def moves(draw: st.DrawFn) -> Operation:
    """A rename, or a move to anywhere."""
    old = draw(PATHS)
    if draw(st.booleans()):
        return FieldRename(old, f"{old.rpartition('.')[0]}.{draw(st.sampled_from(KEYS[:3]))}")
    return FieldMove(old, draw(PATHS))


@st.composite
def moved(draw: st.DrawFn) -> tuple[Any, FieldMove]:
    """A body, and a move of a field that it has."""
    body = draw(BODIES.filter(bool))
    section = draw(st.sampled_from(sorted(body)))
    field = draw(st.sampled_from(sorted(body[section])))
    new = f"{draw(st.sampled_from(KEYS))}.{draw(st.sampled_from(KEYS))}"
    return body, FieldMove(f"{section}.{field}", new)


def step(*operations: Operation, source: str = "1.0.0", target: str = "2.0.0") -> Migration:
    return Migration(source, target, operations)


def makes_sense(migration: Migration) -> bool:
    """Whether a step contradicts itself nowhere."""
    return not history_of(migration.target, [migration]).report.failed


def past(version: str, *steps: Migration) -> History:
    outcome = history_of(version, steps)
    assert not outcome.report.diagnostics
    return outcome.value


def tree(data: Any) -> Mapping:
    return text_tree(write_yaml(data, sort=False).decode())


def text_tree(text: str) -> Mapping:
    outcome = read_yaml("a.yaml", text.encode())
    assert outcome.value is not None
    assert not outcome.report.diagnostics
    return outcome.value


def taken(data: Any, *operations: Operation) -> Any:
    """What a step makes of data; the codes of what was found, if it cannot."""
    outcome: Rewritten = rewrite(tree(data), step(*operations))
    return [found.code.id for found in outcome.found] or to_data(outcome.body)


def leaves(data: Any) -> list[Any]:
    """Every value that holds no others, whatever it is called."""
    if isinstance(data, dict) and data:
        return [leaf for value in data.values() for leaf in leaves(value)]
    if isinstance(data, list) and data:
        return [leaf for value in data for leaf in leaves(value)]
    return [data]
