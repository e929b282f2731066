"""Agents and brokers die at any moment; accepted packets are handled, each with one effect."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.faults.world import World, restarted, world
from tests.servers.nats import StartServer

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("faults")]


async def storm(running: World, packets: int, kills: int, brokers: tuple[Path, StartServer] | None) -> None:
    """Send packets while agents are killed, and the broker if it is meant; and hold it to the law."""
    chance = random.Random(20261124)  # noqa: S311 -- the same kills every time
    sending = asyncio.create_task(running.send(packets))
    fleet = running.fleet
    killing = asyncio.create_task(asyncio.to_thread(fleet.kill_some, chance, kills, pause=0.5))
    while brokers is not None and not (sending.done() and killing.done()):
        await asyncio.sleep(5)
        running.server = await restarted(running.server, *brokers)
    sent = await sending
    await killing
    await running.once(sent)
    assert fleet.kills == kills


async def test_no_packet_is_lost_or_handled_twice_while_agents_are_killed(dev, tmp_path, nats_server):
    async with world(dev, tmp_path, nats_server) as running:
        await storm(running, packets=200, kills=8, brokers=None)


async def test_no_packet_is_lost_or_handled_twice_while_the_broker_is_killed_too(dev, tmp_path, nats_server):
    async with world(dev, tmp_path, nats_server) as running:
        await storm(running, packets=200, kills=4, brokers=(tmp_path / "nats", nats_server))


@pytest.mark.hunt
async def test_five_thousand_packets_survive_two_hundred_kills(dev, tmp_path, nats_server):
    kills = int(os.environ.get("QPF_KILLS", "200"))
    async with world(dev, tmp_path, nats_server) as running:
        await storm(running, packets=5000, kills=kills, brokers=(tmp_path / "nats", nats_server))
        print(await running.tale())  # noqa: T201 -- a hunt tells what it took; `pytest -s` shows it
