"""The failure policy's laws: what is repeated, how often and when, and when no call is made at all."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf_runtime.config import BreakerConfig, BulkheadConfig, ResilienceConfig, RetryConfig
from qpf_runtime.errors import (
    CircuitOpen,
    PacketRejected,
    QueueFull,
    ReplyTimeout,
    RequestFailed,
    Transient,
    Unavailable,
)
from qpf_runtime.ids import jitter
from qpf_runtime.resilience import BUDGET_WINDOW, Caller, RetryBudget, longest_wait
from tests.runtime.world import FakeClock

pytestmark = pytest.mark.anyio

LONG = 30.0
SHUT = BreakerConfig(failures=1_000_000)
"""A breaker that stays closed, for laws of what is inside it."""


class World:
    """A caller whose time is the test's, and what it did."""

    def __init__(self, jitter=lambda longest: longest, **parts):
        self.clock = FakeClock()
        self.events, self.waits, self.tries = [], [], 0
        self.caller = Caller(
            ResilienceConfig(**parts),
            self.clock,
            on_event=lambda event, key: self.events.append((event, key)),
            jitter=jitter,
            sleep=self.sleep,
        )

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.clock.pass_time(timedelta(seconds=seconds))

    async def call(self, *outcomes, key="shop", deadline=None):
        """Call once; each try ends in the next outcome, the last one repeats."""
        left = list(outcomes)

        async def work():
            self.tries += 1
            outcome = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return await self.caller.call(key, work, deadline)


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


def breaking(failures=3, cool_off=10.0):
    return {
        "retry": RetryConfig(attempts=1),
        "breaker": BreakerConfig(failures=failures, cool_off_seconds=cool_off),
    }


async def fails(world, times=1, fault=None):
    for _ in range(times):
        with pytest.raises((Transient, RequestFailed)):
            await world.call(fault or Unavailable("gone"))


async def test_after_so_many_failures_no_call_is_made():
    world = World(**breaking(failures=3))
    await fails(world, 3)
    with pytest.raises(CircuitOpen, match="shop is not called: too many calls failed"):
        await world.call("fine")
    assert world.tries == 3
    assert world.events == [("breaker_open", "shop")]
    assert await world.call("fine", key="other") == "fine"


async def test_errors_that_say_that_the_receiver_works_never_open_the_breaker():
    world = World(**breaking(failures=1))
    for fault in (PacketRejected("wrong"), RequestFailed("no"), ValueError("bug")):
        with pytest.raises(type(fault)):
            await world.call(fault)
    assert world.caller.state("shop") == "closed"


async def test_failures_among_many_good_calls_do_not_open_it():
    world = World(**breaking(failures=2))
    for _ in range(10):
        await world.call("fine")
        await world.call("fine")
        await fails(world)
    assert world.caller.state("shop") == "closed"


async def test_failures_of_long_ago_do_not_count():
    world = World(**breaking(failures=2, cool_off=10))
    for _ in range(5):
        await fails(world)
        world.clock.pass_time(timedelta(seconds=11))
    assert world.caller.state("shop") == "closed"


async def test_the_time_of_day_has_no_say():
    world = World(**breaking(failures=1, cool_off=10))
    await fails(world)
    world.clock.jump(timedelta(days=1))
    with pytest.raises(CircuitOpen):
        await world.call("fine")


async def test_a_retried_call_counts_once_for_the_breaker():
    world = World(
        retry=RetryConfig(attempts=5, budget=1.0), breaker=BreakerConfig(failures=2, cool_off_seconds=60)
    )
    with pytest.raises(Unavailable):
        await world.call(Unavailable("gone"))
    assert world.tries > 1
    assert world.caller.state("shop") == "closed"


async def test_after_the_cool_off_one_call_tells_whether_it_is_back():
    world = World(**breaking(failures=1, cool_off=10))
    await fails(world)
    world.clock.pass_time(timedelta(seconds=10))
    assert await world.call("fine") == "fine"
    assert [event for event, _ in world.events] == ["breaker_open", "breaker_half_open", "breaker_closed"]


async def test_a_probe_that_fails_opens_it_for_another_cool_off_and_is_not_repeated():
    world = World(
        retry=RetryConfig(attempts=5, budget=1.0), breaker=BreakerConfig(failures=1, cool_off_seconds=10)
    )
    await fails(world)
    world.clock.pass_time(timedelta(seconds=10))
    world.tries = 0
    await fails(world)
    assert world.tries == 1
    world.clock.pass_time(timedelta(seconds=9.9))
    with pytest.raises(CircuitOpen):
        await world.call("fine")


async def opened(cool_off=10.0):
    """A world whose breaker is half open next, and a receiver that answers when told."""
    world = World(**breaking(failures=1, cool_off=cool_off))
    await fails(world)
    world.clock.pass_time(timedelta(seconds=cool_off))
    begun, end = asyncio.Event(), asyncio.Event()

    async def work():
        world.tries += 1
        begun.set()
        await end.wait()
        return "back"

    world.tries = 0
    probe = asyncio.create_task(world.caller.call("shop", work))
    await asyncio.wait_for(begun.wait(), LONG)
    return world, probe, end


async def test_half_open_makes_one_call():
    world, probe, end = await opened()
    for _ in range(5):
        with pytest.raises(CircuitOpen, match="as soon as one call has shown"):
            await world.call("fine")
    assert world.tries == 1
    end.set()
    assert await probe == "back"
    assert world.caller.state("shop") == "closed"


async def test_a_probe_nobody_waits_for_makes_room_for_the_next():
    world, probe, _end = await opened()
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    assert world.caller.state("shop") == "half_open"
    assert await world.call("fine") == "fine"


async def test_calls_from_before_it_opened_tell_nothing_afterwards():
    world = World(**breaking(failures=1, cool_off=10))
    begun, end = asyncio.Event(), asyncio.Event()

    async def slow():
        begun.set()
        await end.wait()
        return "late"

    early = asyncio.create_task(world.caller.call("shop", slow))
    await asyncio.wait_for(begun.wait(), LONG)
    await fails(world)
    end.set()
    assert await early == "late"
    assert world.caller.state("shop") == "open"


async def test_a_call_is_not_repeated_once_the_breaker_has_opened():
    world = World(
        retry=RetryConfig(attempts=5, budget=1.0), breaker=BreakerConfig(failures=1, cool_off_seconds=10)
    )
    begun, end = asyncio.Event(), asyncio.Event()
    tries = 0

    async def slow():
        nonlocal tries
        tries += 1
        begun.set()
        await end.wait()
        msg = "gone"
        raise Unavailable(msg)

    early = asyncio.create_task(world.caller.call("shop", slow))
    await asyncio.wait_for(begun.wait(), LONG)
    await fails(world)
    end.set()
    with pytest.raises(Unavailable):
        await early
    assert tries == 1


@given(story=st.lists(st.tuples(st.sampled_from(["fine", "fails", "wrong"]), st.floats(0, 8)), max_size=60))
def test_an_open_breaker_makes_no_call(story):
    async def run():
        world = World(**breaking(failures=2, cool_off=10))
        opened = None
        for outcome, pause in story:
            world.clock.pass_time(timedelta(seconds=pause))
            now, before = world.clock.monotonic(), world.tries
            was = world.caller.state("shop")
            result = {"fine": "fine", "fails": Unavailable("gone"), "wrong": PacketRejected("wrong")}[outcome]
            await asyncio.gather(world.call(result), return_exceptions=True)
            assert world.tries - before <= 1
            if was == "open":
                assert (world.tries == before) == (now < opened + 10)
            if world.caller.state("shop") == "open" and (was != "open" or world.tries > before):
                opened = now

    asyncio.run(run())


class Shop:
    """A receiver that keeps everybody waiting, and counts them."""

    def __init__(self):
        self.inside, self.most = 0, 0
        self.open = asyncio.Event()

    async def work(self):
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.open.wait()
        finally:
            self.inside -= 1
        return "served"


async def settle():
    """Let every task run as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_so_many_calls_are_under_way_so_many_wait_and_the_next_is_refused_at_once():
    world, shop = World(bulkhead=BulkheadConfig(concurrent=2, waiting=3)), Shop()
    calls = [asyncio.create_task(world.caller.call("shop", shop.work)) for _ in range(5)]
    await settle()
    with pytest.raises(QueueFull, match="too many calls to it are under way, and 3 wait"):
        await world.call("fine")
    assert await world.call("fine", key="other") == "fine"
    assert world.events == [("bulkhead_rejected", "shop")]
    shop.open.set()
    assert await asyncio.gather(*calls) == ["served"] * 5
    assert shop.most == 2
    assert world.caller.state("shop") == "closed"


async def test_who_waits_for_a_place_waits_no_longer_than_the_deadline():
    world, shop = World(bulkhead=BulkheadConfig(concurrent=1, waiting=1)), Shop()
    first = asyncio.create_task(world.caller.call("shop", shop.work))
    await settle()
    with pytest.raises(QueueFull, match="none ended in time"):
        await world.call("fine", deadline=world.clock.monotonic() + 0.01)
    shop.open.set()
    assert await first == "served"
    assert await world.call("fine") == "fine"


@given(concurrent=st.integers(1, 4), waiting=st.integers(0, 4), given_up=st.sets(st.integers(0, 9)))
def test_whoever_goes_gives_the_place_back(concurrent, waiting, given_up):
    async def run():
        world, shop = World(bulkhead=BulkheadConfig(concurrent=concurrent, waiting=waiting)), Shop()
        calls = [asyncio.create_task(world.caller.call("shop", shop.work)) for _ in range(10)]
        await settle()
        for number in given_up:
            calls[number].cancel()
        await settle()
        shop.open.set()
        await asyncio.gather(*calls, return_exceptions=True)
        assert shop.most <= concurrent
        again = Shop()
        again.open.set()
        fresh = [world.caller.call("shop", again.work) for _ in range(concurrent + waiting)]
        assert await asyncio.gather(*fresh) == ["served"] * (concurrent + waiting)

    asyncio.run(run())
