"""Agents and brokers die at any moment; accepted packets are handled, each with one effect."""

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qpf_runtime.bus.nats import NatsBus

from qpf_runtime.bus.__main__ import declare, read
from qpf_runtime.bus.topology import Topology
from qpf_runtime.clock import SystemClock
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import Transient
from tests.faults.processes import Books, Fleet, compiled
from tests.servers.nats import port_of

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("faults")]

TOPOLOGY = Topology("l9", "dev")
AT_ONCE = 32
PATIENCE = 150.0


def request(number: int) -> PacketEnvelope:
    """A match request nobody waits for."""
    return PacketEnvelope(
        id=f"request-{number}",
        kind="match_request",
        priority="high",
        source="outside",
        target="main_agent.match_request",
        correlation_id=f"request-{number}",
        created_at=SystemClock().now(),
        schema_version="6.0.0",
        payload={
            "request_id": f"request-{number}",
            "buyer_id": f"buyer-{number % 7}",
            "supplier_id": f"supplier-{number}",
            "needs": {"price": 0.5, "quality": 0.8},
            "capabilities": {"price": 0.5, "quality": 0.8},
        },
    )


async def send(bus: NatsBus, count: int, each_second: float) -> set[str]:
    """Send requests until the bus has accepted each; gives their ids."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> str:
        await asyncio.sleep(number / each_second)
        packet = request(number)
        async with slots:
            while True:
                try:
                    await bus.publish(packet)
                except Transient:
                    # Not accepted: whoever sends tries again, and the same packet stays one.
                    await asyncio.sleep(0.2)
                else:
                    return packet.id

    return set(await asyncio.gather(*map(one, range(count))))


async def until(condition: Callable[[], bool], books: Books, within: float = PATIENCE) -> None:
    """Wait for the fleet to be done, and say how far it came if it is not."""
    try:
        async with asyncio.timeout(within):
            while not await asyncio.to_thread(condition):  # noqa: ASYNC110 -- it happens in other processes
                await asyncio.sleep(0.5)
    except TimeoutError:
        pytest.fail(f"not done: {books.unsent()} unsent")


async def storm(
    tmp_path: Path, nats_server: Callable[..., Any], packets: int, kills: int, *, broker_too: bool
) -> None:
    """Send packets while agents are killed, and the broker if it is meant; and hold it to the law."""
    chance = random.Random(20261124)  # noqa: S311 -- the same kills every time
    environment = compiled(tmp_path / "fleet")
    server = await nats_server(tmp_path / "nats")
    await declare(read(str(environment / "bus" / "bus.json")), server.url)
    books = Books(tmp_path / "data")
    bus = NatsBus(server.url, TOPOLOGY, "outside")
    await bus.open()
    with Fleet(environment, server.url, tmp_path / "data") as fleet:
        sending = asyncio.create_task(send(bus, packets, each_second=100.0))
        killing = asyncio.create_task(
            asyncio.to_thread(fleet.kill_some, chance, lambda: False, kills, pause=0.5)
        )
        brokers = 0
        while broker_too and not (sending.done() and killing.done()):
            await asyncio.sleep(5)
            port, monitoring = port_of(server), int(server.monitoring.rpartition(":")[2])
            await server.kill()
            server = await nats_server(tmp_path / "nats", port=port, monitoring_port=monitoring)
            brokers += 1
        sent = await sending
        await killing
        found: dict[str, Any] = {}

        def done() -> bool:
            found.update(books.effects(sent))
            whole = all(set(effect) == sent for effect in found.values())
            return whole and books.unsent() == 0

        await until(done, books)
        letters = await bus.dead_letters.list()
        await bus.close(1)
        assert fleet.kills == kills
        assert [(letter.id, letter.code, letter.reason) for letter in letters] == []
        for effect, counted in found.items():
            twice = {packet: times for packet, times in counted.items() if times != 1}
            assert twice == {}, f"{effect} more than once"
        assert brokers > 0 or not broker_too


async def test_no_packet_is_lost_or_handled_twice_while_agents_are_killed(tmp_path, nats_server):
    await storm(tmp_path, nats_server, packets=300, kills=12, broker_too=False)


async def test_no_packet_is_lost_or_handled_twice_while_the_broker_is_killed_too(tmp_path, nats_server):
    await storm(tmp_path, nats_server, packets=300, kills=6, broker_too=True)


@pytest.mark.hunt
async def test_five_thousand_packets_survive_two_hundred_kills(tmp_path, nats_server):
    kills = int(os.environ.get("QPF_KILLS", "200"))
    await storm(tmp_path, nats_server, packets=5000, kills=kills, broker_too=True)
