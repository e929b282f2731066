"""Priorities, bounds, and the promise that nothing starves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf_runtime.bus.lanes import Lanes
from qpf_runtime.envelope import PRIORITIES, Priority

BOUND = 5
ANY = st.sampled_from(PRIORITIES)


@given(st.lists(ANY, max_size=BOUND))
def test_more_urgent_comes_first(order):
    lanes: Lanes[tuple[int, int]] = Lanes(capacity=10, bound=BOUND)
    for number, priority in enumerate(order):
        lanes.put((PRIORITIES.index(priority), number), priority)
    taken = [lanes.take() for _ in order]
    assert taken == sorted(taken)


@given(st.lists(st.one_of(ANY, st.none()), max_size=300))
def test_nothing_waits_longer_than_the_bound(actions):
    """Put on a priority, take on None; at the head of its lane nothing sees more than bound + 3 others go."""
    lanes: Lanes[tuple[Priority, int]] = Lanes(capacity=1000, bound=BOUND)
    queued: dict[Priority, list[int]] = {priority: [] for priority in PRIORITIES}
    waited = dict.fromkeys(PRIORITIES, 0)
    for number, action in enumerate(actions):
        if action is not None:
            lanes.put((action, number), action)
            queued[action].append(number)
            continue
        if not len(lanes):
            continue
        lane, taken = lanes.take()
        assert taken == queued[lane].pop(0), "a lane keeps its order"
        for other in PRIORITIES:
            waited[other] = 0 if other == lane or not queued[other] else waited[other] + 1
            assert waited[other] <= BOUND + 3


def test_a_flood_of_low_does_not_fill_the_critical_lane():
    lanes: Lanes[str] = Lanes(capacity=2, bound=BOUND)
    lanes.put("a", "low")
    lanes.put("b", "low")
    assert lanes.full("low")
    assert not lanes.full("critical")
    with pytest.raises(OverflowError, match="low lane is full"):
        lanes.put("c", "low")


def test_a_bound_that_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="bound at least 4"):
        Lanes(capacity=1, bound=3)
