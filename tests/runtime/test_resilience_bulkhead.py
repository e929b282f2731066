"""The bulkhead: so many calls at a time, so many that wait, and the next is refused at once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf_runtime.config import BulkheadConfig
from qpf_runtime.errors import QueueFull
from tests.runtime.called import World

pytestmark = pytest.mark.anyio


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
