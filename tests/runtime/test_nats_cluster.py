"""Three servers that keep each packet three times: one of them may go."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import nats.errors
import pytest
from nats.js import JetStreamContext

from qpf_runtime.bus.declare import declaration
from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.port import Done
from qpf_runtime.bus.provision import apply
from qpf_runtime.bus.server import NatsServer, start
from qpf_runtime.errors import BusClosed, ConfigurationError
from tests.runtime.nats_world import PATIENCE, TOPOLOGY, packet, taker

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow]

STREAM = "qpf_demo_dev_taker"
STEADY = taker(ack_wait_seconds=2.0, max_deliver=20)


def free_ports(count: int) -> list[int]:
    """Ports that are free, and not the same: each is held until all are found."""
    with ExitStack() as held:
        found = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in found]


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Sequence[NatsServer]]:
    ports = free_ports(9)
    routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports[:3])
    for name, port in enumerate(ports[:3]):
        told = (
            f'server_name: s{name}\ncluster {{ name: c, listen: "127.0.0.1:{port}", routes: [{routes}] }}\n'
        )
        (tmp_path / f"cluster-{name}.conf").write_text(told, encoding="utf-8")
    servers = await asyncio.gather(
        *(
            start(
                tmp_path / f"s{name}",
                os.environ,
                ports[3 + name],
                ports[6 + name],
                tmp_path / f"cluster-{name}.conf",
            )
            for name in range(3)
        )
    )
    yield servers
    for server in servers:
        await server.stop()


async def declared(js: JetStreamContext) -> int:
    """Declare the streams, three copies of each; gives the number of the server that leads the agent's."""
    streams = declaration([STEADY])
    copied = streams.model_copy(
        update={"streams": tuple(each.model_copy(update={"replicas": 3}) for each in streams.streams)}
    )
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await apply(js, copied)
                await apply(js, streams)
                found = await js.stream_info(STREAM)
            except (ConfigurationError, nats.errors.Error):
                await asyncio.sleep(0.2)
                continue
            assert found.config.num_replicas == 3, "declared again without a number, it keeps its copies"
            if found.cluster is not None and found.cluster.leader is not None:
                return int(found.cluster.leader[1:])


async def test_a_server_that_goes_takes_no_accepted_packet_with_it(cluster: Sequence[NatsServer]):
    bus = NatsBus(",".join(server.url for server in cluster), TOPOLOGY)
    await bus.open()
    leader = await declared(bus._connection.jetstream())
    handled: list[str] = []

    async def take(delivery):
        handled.append(delivery.envelope.id)
        return Done()

    await bus.subscribe(STEADY, take)
    accepted: list[str] = []
    async with asyncio.timeout(2 * PATIENCE):
        for number in range(60):
            if number == 20:
                await cluster[leader].kill()
            while True:
                try:
                    await bus.publish(packet(number))
                except BusClosed:
                    # While the others choose who leads, nothing is accepted, and nothing is refused for good.
                    await asyncio.sleep(0.1)
                else:
                    break
            accepted.append(f"p{number}")
    assert await bus.idle(PATIENCE)
    assert set(accepted) <= set(handled)
    await bus.close(1)
