"""Retries: what is repeated, how often, when, and never beyond the budget or the deadline."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf_runtime.config import BreakerConfig, RetryConfig
from qpf_runtime.errors import PacketRejected, ReplyTimeout, RequestFailed, Unavailable
from qpf_runtime.ids import jitter
from qpf_runtime.resilience import BUDGET_WINDOW, RetryBudget, longest_wait
from tests.runtime.called import SHUT, World
from tests.runtime.world import FakeClock

pytestmark = pytest.mark.anyio


def retrying(**fields):
    return {"retry": RetryConfig(**fields), "breaker": SHUT}


async def test_what_fails_for_a_passing_reason_is_tried_again():
    for fault in (Unavailable("gone"), ReplyTimeout("late"), RequestFailed("busy", passing=True)):
        world = World(**retrying(attempts=3))
        assert await world.call(fault, "answer") == "answer"
        assert (world.tries, world.events) == (2, [("retry", "shop")])


@pytest.mark.parametrize(
    "fault", [PacketRejected("wrong"), RequestFailed("no"), ValueError("bug"), TimeoutError("its own")]
)
async def test_nothing_else_is_tried_again(fault):
    world = World(**retrying(attempts=5, budget=1.0))
    with pytest.raises(type(fault)):
        await world.call(fault)
    assert (world.tries, world.events, world.waits) == (1, [], [])


async def test_no_call_has_more_tries_than_the_schema_says_and_the_last_error_is_told():
    world = World(**retrying(attempts=3, budget=1.0))
    for _ in range(5):  # fills the budget
        await world.call("fine")
    world.tries = 0
    with pytest.raises(Unavailable, match="third"):
        await world.call(Unavailable("first"), Unavailable("second"), Unavailable("third"))
    assert world.tries == 3


async def test_a_wait_is_doubled_up_to_the_cap():
    world = World(**retrying(attempts=6, base_ms=100, cap_ms=500, budget=1.0))
    for _ in range(9):
        await world.call("fine")
    with pytest.raises(Unavailable):
        await world.call(Unavailable("gone"))
    assert world.waits == [0.1, 0.2, 0.4, 0.5, 0.5]


@given(
    attempt=st.integers(1, 10_000),
    base=st.integers(1, 10_000),
    cap=st.integers(1, 100_000),
)
def test_a_wait_lies_between_none_and_the_cap(attempt, base, cap):
    longest = longest_wait(RetryConfig(base_ms=base, cap_ms=cap), attempt)
    assert 0 < longest <= cap / 1000
    assert 0 <= jitter(longest) <= longest


@given(
    share=st.floats(0, 1),
    story=st.lists(st.tuples(st.booleans(), st.floats(0, BUDGET_WINDOW / 2)), max_size=200),
)
def test_retries_never_exceed_the_budget(share, story):
    """Whatever comes when: of what was counted in the window, retries are a share of calls, or one."""
    clock = FakeClock()
    budget = RetryBudget(share, clock)
    calls, retries = [], []
    for is_call, pause in story:
        clock.pass_time(timedelta(seconds=pause))
        now = clock.monotonic()
        if is_call:
            calls.append(now)
            budget.call()
        elif budget.take():
            retries.append(now)
            # The window is counted in tenths: it is at most as long as it says, and a tenth shorter at worst.
            lately = [at for at in calls if at > now - BUDGET_WINDOW]
            again = [at for at in retries if at > now - 0.9 * BUDGET_WINDOW]
            assert len(again) <= max(1, share * len(lately))
            assert share > 0


@given(
    attempts=st.integers(1, 6),
    share=st.floats(0, 1),
    calls=st.integers(1, 40),
    luck=st.randoms(use_true_random=False),
)
def test_a_receiver_that_is_down_gets_no_more_than_calls_and_budget(attempts, share, calls, luck):
    async def story():
        world = World(
            jitter=lambda longest: luck.uniform(0, longest),
            **retrying(attempts=attempts, budget=share, cap_ms=1),
        )
        for _ in range(calls):
            with pytest.raises(Unavailable):
                await world.call(Unavailable("gone"))
        return world

    world = asyncio.run(story())
    assert calls <= world.tries <= calls + max(1, share * calls)
    assert world.tries <= calls * attempts


async def test_no_try_begins_that_would_begin_after_the_deadline():
    world = World(**retrying(attempts=5, base_ms=400, cap_ms=400, budget=1.0))
    for _ in range(9):
        await world.call("fine")
    world.tries = 0
    with pytest.raises(Unavailable):
        await world.call(Unavailable("gone"), deadline=world.clock.monotonic() + 1.0)
    assert (world.tries, world.waits) == (3, [0.4, 0.4])


async def test_a_try_does_not_outlast_the_deadline():
    world = World()

    async def never():
        await asyncio.Event().wait()

    with pytest.raises(ReplyTimeout, match="shop did not answer in time"):
        await world.caller.call("shop", never, world.clock.monotonic() + 0.01)


async def test_after_the_deadline_no_call_is_made():
    world = World(breaker=BreakerConfig(failures=1))
    with pytest.raises(ReplyTimeout, match="was not called"):
        await world.call("fine", deadline=world.clock.monotonic())
    assert world.tries == 0
    assert world.caller.state("shop") == "closed"
