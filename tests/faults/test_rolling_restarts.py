"""Agents are told to go while packets flow, one after the other, as in every roll-out."""

import asyncio

import pytest

from tests.faults.processes import AGENTS
from tests.faults.world import world

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("faults")]

HARDLY = 0.01
"""Most packets that are handed out a second time, of all."""


async def test_agents_that_are_told_to_go_finish_what_they_took_up_and_lose_nothing(
    dev, tmp_path, nats_server
):
    async with world(dev, tmp_path, nats_server) as running:
        fleet = running.fleet
        sending = asyncio.create_task(running.send(300, each_second=30))
        for agent in AGENTS:
            assert await asyncio.to_thread(fleet.terminate, agent) == 0, fleet.log(agent)[-2000:]
            await asyncio.to_thread(fleet.begin, agent)
        await running.once(await sending)
        again = {agent: await running.redelivered(agent) for agent in AGENTS}
        stored = sum([await running.stored(agent) for agent in AGENTS])
        assert sum(again.values()) <= HARDLY * stored, again
