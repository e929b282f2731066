"""What is begun first: the head of the longest way to the end."""

from graphlib import TopologicalSorter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from qpf.engine.schedule import critical, longest_chain, weights
from qpf.model.plan import Extraction, Plan


def plan_of(needs: dict[str, tuple[str, ...]]) -> Plan:
    order = TopologicalSorter(needs).static_order()
    return Plan("dev", tuple(Extraction(name, needs[name], "", "") for name in order))


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, dict[str, float]]:
    """Any plan without a circle, with seconds for some of its agents."""
    names = [f"a{number}" for number in range(draw(st.integers(1, 8)))]
    needs = {
        name: tuple(sorted(draw(st.sets(st.sampled_from(names[:place]))))) if place else ()
        for place, name in enumerate(names)
    }
    return plan_of(needs), draw(st.dictionaries(st.sampled_from(names), st.floats(0.1, 50)))


@given(plans())
def test_what_others_need_is_begun_before_them(made: tuple[Plan, dict[str, float]]) -> None:
    plan, seconds = made
    order = critical(plan, [each.agent for each in plan.extractions], seconds)
    for each in plan.extractions:
        for needed in each.dependencies:
            assert order.index(needed) < order.index(each.agent)


@given(plans())
def test_the_critical_path_is_a_chain_as_long_as_its_heaviest_head(
    made: tuple[Plan, dict[str, float]],
) -> None:
    plan, seconds = made
    chain = longest_chain(plan, seconds)
    needs = {each.agent: each.dependencies for each in plan.extractions}
    assert not needs[chain[0]]
    assert all(first in needs[then] for first, then in pairwise(chain))
    assert weights(plan, seconds)[chain[0]] == max(weights(plan, seconds).values())


def test_the_longest_way_goes_first_and_ties_by_name() -> None:
    plan = plan_of({"slow": (), "b": (), "a": (), "after_b": ("b",)})
    assert critical(plan, ["a", "b", "slow", "after_b"], {"slow": 9.0}) == ("slow", "b", "a", "after_b")
    assert critical(plan, ["after_b", "a"], {}) == ("a", "after_b")
