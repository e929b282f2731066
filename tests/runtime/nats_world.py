"""A fleet of one agent on a real NATS server, for tests of the bus."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.declare import declaration
from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.provision import apply
from qpf_runtime.bus.topology import Topology
from qpf_runtime.config import AgentConfig, DeliveryConfig, InputPort
from qpf_runtime.envelope import PacketEnvelope, Priority
from tests.runtime import world
from tests.servers.nats import port_of

TOPOLOGY = Topology("demo", "dev")
PATIENCE = 30.0
"""Seconds any of these may take before the test fails."""


def taker(**delivery) -> AgentConfig:
    settings: dict[str, Any] = {
        "ack_wait_seconds": 1.0,
        "backoff_seconds": (0.05, 0.1),
        "max_deliver": 3,
    } | delivery
    return world.config(
        "taker",
        fleet="demo",
        inputs={"ask": InputPort(packet="ask", reply="answer")},
        delivery=DeliveryConfig(**settings),
    )


def packet(name: str | int, priority: Priority = "medium", **changes) -> PacketEnvelope:
    settings: dict[str, Any] = {
        "id": f"p{name}",
        "kind": "ask",
        "priority": priority,
        "source": "outside",
        "target": "taker.ask",
        "correlation_id": "c",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "schema_version": "6.0.0",
        "payload": {"number": 1},
    }
    return PacketEnvelope(**(settings | changes))


def answer(to: PacketEnvelope) -> PacketEnvelope:
    return packet(f"-answer-{to.id}", kind="answer", source=to.target, target=to.source, causation_id=to.id)


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            held = holds()
            if await held if isinstance(held, Awaitable) else held:
                return
            await asyncio.sleep(0.02)


class Fleet:
    """A server with one agent's streams, and the busses of a test."""

    def __init__(self, start) -> None:
        self._start = start
        self._busses: list[NatsBus] = []
        self.refused: list[tuple[str, str]] = []

    async def begin(self, config: AgentConfig) -> None:
        self.server = await self._start()
        bus = await self.bus()
        await apply(bus._connection.jetstream(), declaration([config]))

    async def bus(self) -> NatsBus:
        bus = NatsBus(
            self.server.url, TOPOLOGY, on_refused=lambda agent, code: self.refused.append((agent, code))
        )
        await bus.open()
        self._busses.append(bus)
        return bus

    async def crash(self) -> None:
        await self.server.kill()

    async def come_back(self) -> None:
        self.server = await self._start(port=port_of(self.server))

    async def raw(self) -> Connection:
        return self._busses[0]._connection

    async def pending(self) -> int:
        info = await self._busses[0]._connection.jetstream().stream_info("qpf_demo_dev_taker")
        return int(info.state.messages)

    async def end(self) -> None:
        for bus in self._busses:
            await bus.close(0.1)


@pytest.fixture
async def fleet(nats_server) -> AsyncIterator[Fleet]:
    made = Fleet(nats_server)
    yield made
    await made.end()
