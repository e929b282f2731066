"""Origins agree with the merge, whatever the layers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.model.fleet import Composed
from qpf.model.layer import AGENT, AGENT_OVERRIDE, BASE, FLEET_OVERRIDE, SUB, Contribution
from qpf.model.merge import Append, Keyed, Set, Strategy, Tighten
from qpf.model.node import Scalar
from qpf.model.path import parse_path
from qpf.stages.claims import Rules
from qpf.stages.merge import merge
from qpf.stages.provenance import leaves, trace
from tests.stages.trees import documents, says

LAYERS = (BASE, SUB, AGENT, FLEET_OVERRIDE, AGENT_OVERRIDE)
STRATEGIES: dict[str, Strategy] = {"a": Append(), "b": Set(), "c": Keyed("a"), "d.*": Tighten()}
ALGEBRA = Rules.of((parse_path(path), strategy) for path, strategy in STRATEGIES.items())

contributions = st.lists(
    st.tuples(st.sampled_from(LAYERS), st.sampled_from(["x", "y"]), documents),
    max_size=5,
    unique_by=lambda each: (each[0], each[1]),
).map(lambda drawn: tuple(says(*each) for each in drawn))


def composed(*layers: Contribution, rules: Rules = ALGEBRA) -> Composed:
    return Composed("agent", "dev", merge(layers, rules).value, layers, "base", ())


@given(contributions)
def test_every_leaf_has_an_origin_whose_winner_is_its_value(layers: tuple[Contribution, ...]) -> None:
    whole = composed(*layers)
    for path, node in leaves(whole.body):
        if path and isinstance(node, Scalar):
            origin = trace(whole, path, ALGEBRA)
            assert origin is not None
            assert origin.won is not None
            assert origin.won.node is origin.node is node


@given(contributions)
def test_every_overridden_layer_ranks_no_higher_than_the_winner_unless_governed(
    layers: tuple[Contribution, ...],
) -> None:
    whole = composed(*layers, rules=Rules())
    for path, node in leaves(whole.body):
        origin = trace(whole, path, Rules())
        if isinstance(node, Scalar):
            assert origin is not None
            assert origin.won is not None
            assert all(claim.layer.rank <= origin.won.layer.rank for claim in origin.overridden)


def rules(**strategies: Strategy) -> Rules:
    return Rules.of((parse_path(path), strategy) for path, strategy in strategies.items())


def test_origin_names_everyone_overridden_nearest_first() -> None:
    whole = composed(
        says(BASE, "core", {"x": 1}), says(AGENT, "main", {"x": 2}), says(AGENT_OVERRIDE, "prod", {"x": 3})
    )
    origin = trace(whole, ("x",), Rules())
    assert origin is not None
    assert origin.won is not None
    assert origin.won.who == "agent in environment prod"
    assert [claim.who for claim in origin.overridden] == ["agent main", "base core"]


def test_governed_value_is_won_by_the_tightest_not_the_latest() -> None:
    whole = composed(
        says(BASE, "core", {"x": 0.9}),
        says(AGENT, "main", {"x": 0.5}),
        rules=(governed := rules(x=Tighten())),
    )
    origin = trace(whole, ("x",), governed)
    assert origin is not None
    assert origin.won is not None
    assert origin.won.who == "base core"


def test_keyed_items_are_traced_by_their_key() -> None:
    keyed = rules(x=Keyed("name"))
    whole = composed(
        says(BASE, "core", {"x": [{"name": "one", "v": 1}, {"name": "two", "v": 2}]}),
        says(AGENT, "main", {"x": [{"name": "two", "v": 9}]}),
        rules=keyed,
    )
    origin = trace(whole, ("x", 1, "v"), keyed)
    assert origin is not None
    assert origin.won is not None
    assert origin.won.who == "agent main"
    assert [claim.who for claim in origin.overridden] == ["base core"]


@pytest.mark.parametrize("path", [("nope",), ("x", 0), ("x", "y", "z"), ("x", "y", 0)])
def test_absent_value_has_no_origin(path: tuple[str | int, ...]) -> None:
    assert trace(composed(says(BASE, "core", {"x": {"y": 1}})), path, Rules()) is None
