"""A fleet on a broker with traffic from outside, and the law it is held to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from qpf_runtime.bus.__main__ import declare, read
from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.server import NatsServer
from qpf_runtime.bus.topology import Topology
from qpf_runtime.clock import SystemClock
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import Transient
from tests.faults.books import Books
from tests.faults.processes import AGENTS, Fleet
from tests.servers.nats import StartServer, port_of

AT_ONCE = 32
PATIENCE = 150.0
"""Seconds a fleet may take to be done with what it was sent."""


def request(number: int, **payload: object) -> PacketEnvelope:
    """A match request nobody waits for."""
    return PacketEnvelope.model_validate(
        {
            "id": f"request-{number}",
            "kind": "match_request",
            "priority": "high",
            "source": "outside",
            "target": "main_agent.match_request",
            "correlation_id": f"request-{number}",
            "created_at": SystemClock().now(),
            "schema_version": "6.0.0",
            "payload": {
                "request_id": f"request-{number}",
                "buyer_id": f"buyer-{number % 7}",
                "supplier_id": f"supplier-{number}",
                "needs": {"price": 0.5, "quality": 0.8},
                "capabilities": {"price": 0.5, "quality": 0.8},
                **payload,
            },
        }
    )


async def accepted(bus: NatsBus, packet: PacketEnvelope) -> None:
    """Send a packet until the bus has it; while it does not say so, whoever sends tries again."""
    while True:
        try:
            await bus.publish(packet)
        except Transient:
            await asyncio.sleep(0.2)
        else:
            return


async def until(condition: Callable[[], bool | Awaitable[bool]], what: str, within: float = PATIENCE) -> None:
    """Wait for something in other processes; fails if it does not come true."""
    try:
        async with asyncio.timeout(within):
            while True:
                held = await asyncio.to_thread(condition)
                if held if isinstance(held, bool) else await held:
                    return
                await asyncio.sleep(0.2)
    except TimeoutError:
        pytest.fail(f"within {within:g} s not: {what}")


@dataclass
class World:
    """A running fleet.

    Attributes:
        fleet: Its processes.
        books: Its databases.
        bus: The way in, from outside.
        server: Its broker.
    """

    fleet: Fleet
    books: Books
    bus: NatsBus
    server: NatsServer

    async def send(self, count: int, each_second: float = 100.0, first: int = 0) -> set[str]:
        """Send requests until the bus has accepted each; gives their ids."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> str:
            await asyncio.sleep((number - first) / each_second)
            packet = request(number)
            async with slots:
                await accepted(self.bus, packet)
            return packet.id

        return set(await asyncio.gather(*map(one, range(first, first + count))))

    async def once(self, sent: set[str]) -> None:
        """Hold the fleet to the law: each packet is handled, and has each of its effects once."""

        def missing() -> dict[str, list[str]]:
            effects = self.books.effects(sent)
            return {
                name: sorted(sent - set(counted))[:3]
                for name, counted in effects.items()
                if len(counted) < len(sent)
            }

        def done() -> bool:
            return not missing() and self.books.unsent() == 0

        try:
            await until(done, "all handled")
        except BaseException as failure:
            failure.add_note(f"missing {await asyncio.to_thread(missing)}, unsent {self.books.unsent()}")
            raise
        letters = await self.bus.dead_letters.list()
        assert [(letter.id, letter.code, letter.reason) for letter in letters] == []
        for effect, counted in (await asyncio.to_thread(self.books.effects, sent)).items():
            twice = {packet: times for packet, times in counted.items() if times != 1}
            assert twice == {}, f"{effect} more than once"

    async def redelivered(self, agent: str) -> int:
        """How often the broker handed out a packet of the agent that it had handed out before."""
        consumers = await self.bus._connection.jetstream().consumers_info(self._stream(agent))
        handed_out = sum(info.delivered.consumer_seq for info in consumers if info.delivered)
        return handed_out - await self.stored(agent)

    async def stored(self, agent: str) -> int:
        """How many packets the broker ever accepted for the agent."""
        jetstream = self.bus._connection.jetstream()
        return int((await jetstream.stream_info(self._stream(agent))).state.last_seq)

    def _stream(self, agent: str) -> str:
        return self.bus._topology.stream(agent)

    async def tale(self) -> str:
        """Say what it took: figures for people."""
        told = []
        for agent in self.fleet.names:
            handled = self.books.query(agent, "SELECT count(*) FROM inbox")[0][0]
            again = await self.redelivered(agent)
            told.append(f"{agent}: {handled} handled, handed out again {again}")
        return f"{self.fleet.kills} kills; " + "; ".join(told)


@asynccontextmanager
async def world(
    environment: Path,
    folder: Path,
    start_server: StartServer,
    *,
    books: Books | None = None,
    variables: Callable[[str], Mapping[str, str]] = lambda _name: {},
    names: Sequence[str] = AGENTS,
    path: Sequence[Path] = (),
) -> AsyncIterator[World]:
    """Run a fleet until the end of the block.

    Args:
        environment: What was compiled.
        folder: For the data of broker and agents.
        start_server: Starts the broker.
        books: Where the agents write; files in the folder, if nobody says.
        variables: What each agent is told beyond what it must be.
        names: Which agents are started.
        path: Code that goes before theirs.
    """
    server = await start_server(folder / "nats")
    await declare(read(str(environment / "bus" / "bus.json")), server.url)
    bus = NatsBus(server.url, Topology("l9", environment.name), "outside")
    await bus.open()
    fleet = Fleet(environment, server.url, folder / "data", variables, names)
    fleet.path.extend(path)
    try:
        with fleet:
            yield World(fleet, books or Books(folder / "data"), bus, server)
    finally:
        await bus.close(1)


async def restarted(server: NatsServer, folder: Path, start_server: StartServer) -> NatsServer:
    """Kill a broker and start it again where it was."""
    port, monitoring = port_of(server), int(server.monitoring.rpartition(":")[2])
    await server.kill()
    return await start_server(folder, port=port, monitoring_port=monitoring)
