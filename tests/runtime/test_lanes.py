"""Priorities, bounds, shares, and the promise that nothing starves."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpf_runtime.bus.lanes import WEIGHTS, WORST, Lanes
from qpf_runtime.envelope import PRIORITIES, Priority

ANY = st.sampled_from(PRIORITIES)


def test_of_one_each_the_more_urgent_comes_first():
    lanes: Lanes[Priority] = Lanes(capacity=10)
    for priority in reversed(PRIORITIES):
        lanes.put(priority, priority)
    assert [lanes.take() for _ in PRIORITIES] == list(PRIORITIES)


def test_while_all_wait_each_gets_its_share():
    lanes: Lanes[Priority] = Lanes(capacity=1000)
    for priority in PRIORITIES:
        for _ in range(1000):
            lanes.put(priority, priority)
    for _ in range(20):
        assert Counter(lanes.take() for _ in range(WORST)) == WEIGHTS


@settings(max_examples=300)
@given(st.lists(st.one_of(ANY, st.none()), max_size=400))
def test_nothing_waits_longer_than_the_bound(actions):
    """Put on a priority, take on None; at the head of its lane nothing sees more than the bound go."""
    lanes: Lanes[tuple[Priority, int]] = Lanes(capacity=1000)
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
            assert waited[other] <= WORST


@given(st.lists(ANY, max_size=4), st.integers(1, 60))
def test_a_flood_of_all_but_one_delays_that_one_within_the_bound(before, takes):
    lanes: Lanes[Priority] = Lanes(capacity=10_000)
    for priority in ("critical", "high", "medium"):
        for _ in range(1000):
            lanes.put(priority, priority)
    for _ in range(takes + len(before)):
        lanes.take()
    lanes.put("low", "low")
    assert "low" in [lanes.take() for _ in range(WORST + 1)]


def test_a_flood_of_low_does_not_fill_the_critical_lane():
    lanes: Lanes[str] = Lanes(capacity=2)
    lanes.put("a", "low")
    lanes.put("b", "low")
    assert lanes.full("low")
    assert not lanes.full("critical")
    with pytest.raises(OverflowError, match="low lane is full"):
        lanes.put("c", "low")


def test_a_capacity_that_holds_nothing_is_refused():
    with pytest.raises(ValueError, match="capacity must be at least 1"):
        Lanes(capacity=0)
