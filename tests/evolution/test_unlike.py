"""An agent whose deprecated fields were moved is what it was, or it is said where not."""

import pytest

from qpf.evolution.deprecations import Deprecation
from qpf.evolution.unlike import unlike
from tests.evolution.documents import tree

MOVES = [
    Deprecation("s.x", "", "t.x", None),
    Deprecation("s.x.a", "", "u.a", None),
    Deprecation("s.*.k", "", "s.*.l", None),
    Deprecation("s.stuck", "", "s.free", None, stuck="nobody knows"),
]
CASES = {
    "nothing moved": ({"s": {"y": 1}}, {"s": {"y": 1}}, None),
    "a field moved": ({"s": {"x": 1, "y": 2}}, {"s": {"y": 2}, "t": {"x": 1}}, None),
    "it moved to what is there": (
        {"s": {"x": 1, "y": 2}, "t": {"z": 3}}, {"s": {"y": 2}, "t": {"z": 3, "x": 1}}, None,
    ),
    "what is inside moved first": (
        {"s": {"x": {"a": 1, "b": 2}, "y": 0}}, {"s": {"y": 0}, "t": {"x": {"b": 2}}, "u": {"a": 1}}, None,
    ),
    "one of several": ({"s": {"m": {"k": 1}, "n": {"k": 2}}}, {"s": {"m": {"l": 1}, "n": {"k": 2}}}, None),
    "a mapping was left": ({"s": {"x": 1}}, {"s": {}, "t": {"x": 1}}, None),
    "a mapping went": ({"s": {"x": 1}}, {"t": {"x": 1}}, ("s",)),
    "it stays and is there too": ({"s": {"x": 1}}, {"s": {"x": 1}, "t": {"x": 1}}, ("t",)),
    "a part of it stays": (
        {"s": {"x": {"b": 1, "c": 2}}}, {"s": {"x": {"b": 1}}, "t": {"x": {"c": 2}}}, ("s", "x", "c"),
    ),
    "another value came": ({"s": {"x": 1, "y": 2}}, {"s": {"y": 2}, "t": {"x": 3}}, ("t", "x")),
    "another field went": ({"s": {"x": 1, "y": 2}}, {"s": {}, "t": {"x": 1}}, ("s", "y")),
    "another value is there": (
        {"s": {"x": 1, "y": 2}, "t": {"x": 3}}, {"s": {"y": 2}, "t": {"x": 1}}, ("t", "x"),
    ),
    "what may not move did": ({"s": {"stuck": 1}}, {"s": {"free": 1}}, ("s", "free")),
    "a list differs": ({"s": {"y": [1, 2]}}, {"s": {"y": [2, 1]}}, ("s", "y")),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_it_is_said_where_an_agent_is_not_what_it_was(before, after, expected):
    assert unlike(tree(before), tree(after), MOVES) == expected
