"""The breaker: when no call is made, and how one finds out that the receiver is back."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf_runtime.config import BreakerConfig, RetryConfig
from qpf_runtime.errors import CircuitOpen, PacketRejected, RequestFailed, Transient, Unavailable
from tests.runtime.called import LONG, World

pytestmark = pytest.mark.anyio


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
