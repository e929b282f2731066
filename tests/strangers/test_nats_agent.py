"""An agent on NATS JetStream whose only counterpart is the `nats` command line."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from qpf_runtime.bus.declare import declaration
from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.topology import Topology
from qpf_runtime.runtime import Runtime
from qpf_runtime.stores import InMemoryStores
from tests.runtime.world import answer_double, answering
from tests.servers.nats import nats_server
from tests.strangers.command_line import applied, command_line, subscribed

__all__ = ["nats_server"]

pytestmark = [pytest.mark.anyio, pytest.mark.network]

TOPOLOGY = Topology("fleet", "dev")
SUBJECT = "qpf.fleet.dev.packet.solo.ask.medium.outside"
REPLIES = "qpf.fleet.dev.reply.outside.stranger"
ASKING = ("--header", f"qpf-reply:{REPLIES}")
DEAD = "qpf.fleet.dev.dead.solo"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def server(nats_server):
    """A server that holds the agent's streams."""
    running = await nats_server()
    solo = answering(Runtime.in_memory(), answer_double)
    await applied(running, declaration([solo.config]))
    return running


@pytest.fixture
def command(server, tmp_path):
    return command_line(server, tmp_path)


@asynccontextmanager
async def working(server):
    """An agent that doubles numbers, at work."""
    bus = NatsBus(server.url, TOPOLOGY, "solo")
    runtime = Runtime(bus=bus, stores=InMemoryStores(), models="offline")
    solo = answering(runtime, answer_double)
    await bus.open()
    await solo.start()
    try:
        yield
    finally:
        await runtime.close(grace=5.0)


@asynccontextmanager
async def reading(command, server, subject):
    """What passes at a subject while something is done; the task's result is the first message."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(command("sub", "--count", "1", "--raw", subject))
        await subscribed(server, subject)
        yield task


async def test_who_names_a_subject_is_answered_there(command, server):
    async with working(server), reading(command, server, REPLIES) as answer:
        await command("pub", "--jetstream", *ASKING, SUBJECT, '{"number": 21}')
        assert json.loads(await answer) == {"number": 42}


async def test_packet_that_was_sent_before_the_agent_was_there_is_handled(command, server):
    await command("pub", "--jetstream", *ASKING, SUBJECT, '{"number": 2}')
    async with reading(command, server, REPLIES) as answer, working(server):
        assert json.loads(await answer) == {"number": 4}


async def test_packet_with_a_field_of_the_wrong_type_is_seen_with_the_dead_letters(command, server):
    async with working(server), reading(command, server, DEAD) as letter:
        await command("pub", "--jetstream", SUBJECT, '{"number": "many"}')
        assert json.loads(await letter) == {"number": "many"}
