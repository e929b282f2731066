"""The laws of the merge algebra."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.model.layer import AGENT, AGENT_OVERRIDE, BASE, FLEET_OVERRIDE, SUB, Contribution
from qpf.model.merge import Append, Exclusive, Keyed, Set, Strategy, Tighten
from qpf.model.node import Data, Mapping, find, to_data
from qpf.stages.merge import merge
from tests.stages.trees import documents, merged, rules_of, says

LAYERS = (BASE, SUB, AGENT, FLEET_OVERRIDE, AGENT_OVERRIDE)
RULES: dict[str, Strategy] = {"a": Append(), "b": Set(), "c": Exclusive(), "d.*": Tighten()}

contributions = st.lists(
    st.tuples(st.sampled_from(LAYERS), st.sampled_from(["x", "y", "z"]), documents),
    max_size=5,
    unique_by=lambda each: (each[0], each[1]),
).map(lambda drawn: [says(*each) for each in drawn])


@given(contributions, st.randoms(use_true_random=False))
def test_order_of_contributions_never_matters(layers: list[Contribution], chance: Random) -> None:
    shuffled = list(layers)
    chance.shuffle(shuffled)
    assert merge(shuffled, rules_of(RULES)) == merge(layers, rules_of(RULES))


@given(contributions)
def test_saying_it_twice_changes_nothing(layers: list[Contribution]) -> None:
    once = merge(layers, rules_of({}))
    twice = merge([*layers, *layers], rules_of({}))
    assert to_data(twice.value) == to_data(once.value)


@given(documents)
def test_one_layer_alone_is_taken_as_written(data: dict[str, Data]) -> None:
    value, found = merged(says(AGENT, "x", data))
    assert (value, found) == (data, ())


@given(documents, documents)
def test_empty_contribution_is_the_identity(one: dict[str, Data], two: dict[str, Data]) -> None:
    layers = [says(BASE, "x", one), says(AGENT, "y", two)]
    empties = [says(layer, "e", {}) for layer in LAYERS]
    with_empties, without = merge([*layers, *empties], rules_of(RULES)), merge(layers, rules_of(RULES))
    assert to_data(with_empties.value) == to_data(without.value)
    assert with_empties.report == without.report


@given(documents, documents)
def test_subs_commute(one: dict[str, Data], two: dict[str, Data]) -> None:
    forward = merged(says(SUB, "p", one), says(SUB, "q", two), rules=RULES)
    backward = merged(says(SUB, "q", two), says(SUB, "p", one), rules=RULES)
    assert forward == backward


@given(documents)
def test_every_leaf_keeps_the_line_of_the_layer_that_wrote_it(data: dict[str, Data]) -> None:
    layers = [says(BASE, "x", {"only_base": 1}), says(AGENT, "y", data)]
    body = merge(layers, rules_of({})).value
    spans = {find(body, (key,)).span.source for key in data}
    assert spans <= {"agent/y.yaml"}


def test_later_layer_wins() -> None:
    value, found = merged(
        says(BASE, "b", {"deployment": {"replicas": 1, "port": 80}}),
        says(AGENT, "a", {"deployment": {"replicas": 2}}),
        says(FLEET_OVERRIDE, "prod", {"deployment": {"replicas": 3}}),
        says(AGENT_OVERRIDE, "prod", {"deployment": {"replicas": 4}}),
    )
    assert value == {"deployment": {"replicas": 4, "port": 80}}
    assert found == ()


def test_conflicting_subs_blame_every_line() -> None:
    _, (conflict,) = merged(
        says(SUB, "one", {"x": 1}), says(SUB, "two", {"x": 2}), says(BASE, "core", {"x": 3})
    )
    assert conflict.code.id == "QPF220"
    places = {str(conflict.span), *(str(note.span) for note in conflict.notes)}
    assert places == {"sub/one.yaml:2:1", "sub/two.yaml:2:1", "base/core.yaml:2:1"}


def test_agent_settles_a_conflict_of_its_subs() -> None:
    value, found = merged(
        says(SUB, "one", {"x": 1}), says(SUB, "two", {"x": 2}), says(AGENT, "main", {"x": 3})
    )
    assert (value, found) == ({"x": 3}, ())


@pytest.mark.parametrize(
    ("one", "two"),
    [(1, True), (1, 1.0), (0, False), ("1", 1), (None, False), ("", None), ([1], [1.0])],
)
def test_values_of_different_types_are_different(one: Data, two: Data) -> None:
    _, found = merged(says(SUB, "one", {"x": one}), says(SUB, "two", {"x": two}))
    assert [each.code.id for each in found] == ["QPF220"]


def test_lists_never_merge_by_position() -> None:
    value, found = merged(says(BASE, "b", {"x": [1, 2, 3]}), says(AGENT, "a", {"x": [9]}))
    assert (value, found) == ({"x": [9]}, ())


def test_append_follows_layers_then_names() -> None:
    value, _ = merged(
        says(AGENT, "a", {"x": [4]}),
        says(SUB, "q", {"x": [3]}),
        says(SUB, "p", {"x": [2]}),
        says(BASE, "b", {"x": [1]}),
        rules={"x": Append()},
    )
    assert value == {"x": [1, 2, 3, 4]}


def test_set_unites_without_repeats() -> None:
    value, _ = merged(
        says(BASE, "b", {"x": ["m", "a"]}), says(AGENT, "a", {"x": ["z", "a"]}), rules={"x": Set()}
    )
    assert value == {"x": ["a", "m", "z"]}


def test_keyed_items_merge_with_their_namesakes() -> None:
    value, found = merged(
        says(BASE, "b", {"x": [{"name": "one", "v": 1}, {"name": "two", "v": 2}]}),
        says(AGENT, "a", {"x": [{"name": "two", "v": 3}, {"name": "new", "v": 4}]}),
        rules={"x": Keyed("name")},
    )
    assert value == {"x": [{"name": "one", "v": 1}, {"name": "two", "v": 3}, {"name": "new", "v": 4}]}
    assert found == ()


@pytest.mark.parametrize("item", [{"v": 1}, {"name": 3}, {"name": ""}, "text", None])
def test_item_without_its_key_is_found(item: Data) -> None:
    _, found = merged(says(BASE, "b", {"x": [item]}), rules={"x": Keyed("name")})
    assert [each.code.id for each in found] == ["QPF223"]


def test_repeated_key_in_one_list_names_both_items() -> None:
    _, (found,) = merged(
        says(BASE, "b", {"x": [{"name": "n", "v": 1}, {"name": "n", "v": 2}]}), rules={"x": Keyed("name")}
    )
    assert found.code.id == "QPF223"
    assert found.notes[0].span != found.span


def test_method_added_twice_blames_both_lines_even_if_equal() -> None:
    method = {"methods": {"route": {"implementation": "m:f"}}}
    _, (found,) = merged(says(SUB, "p", method), says(SUB, "q", method), rules={"methods": Exclusive()})
    assert found.code.id == "QPF222"
    assert {found.span.source, found.notes[0].span.source} == {"sub/p.yaml", "sub/q.yaml"}


def test_agent_may_refine_an_added_method() -> None:
    value, found = merged(
        says(SUB, "p", {"methods": {"route": {"implementation": "m:f", "description": "d"}}}),
        says(AGENT, "a", {"methods": {"route": {"implementation": "m:g"}}}),
        rules={"methods": Exclusive()},
    )
    assert (value, found) == ({"methods": {"route": {"implementation": "m:g", "description": "d"}}}, ())


def test_null_of_a_later_layer_erases() -> None:
    value, found = merged(says(BASE, "b", {"x": {"y": 1}}), says(AGENT, "a", {"x": None}))
    assert (value, found) == ({"x": None}, ())


def test_mapping_fills_an_earlier_null() -> None:
    value, found = merged(says(BASE, "b", {"x": None}), says(AGENT, "a", {"x": {"y": 1}}))
    assert (value, found) == ({"x": {"y": 1}}, ())


def test_different_kinds_are_a_conflict() -> None:
    _, (found,) = merged(says(BASE, "b", {"x": {"y": 1}}), says(AGENT, "a", {"x": [1]}))
    assert found.code.id == "QPF221"
    assert "a mapping in base b" in found.message
    assert "a list in agent a" in found.message


def test_unshared_subtrees_are_the_very_nodes_of_their_layer() -> None:
    layer = says(BASE, "b", {"deep": {"er": {"x": 1}}})
    body = merge([layer, says(AGENT, "a", {"other": 1})], rules_of({})).value
    assert isinstance(body, Mapping)
    assert body.entries["deep"].node is layer.body.entries["deep"].node
