"""The `nats` command line, which knows nothing of qpf, sends packets and reads them on a server with the
streams that were emitted for the reference fleet."""

import asyncio
import json
from datetime import UTC, datetime

import nats
import pytest

from qpf_runtime import wire
from qpf_runtime.bus.__main__ import declare, read
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import PacketEnvelope
from tests.servers import ROOT
from tests.servers.nats import nats_server
from tests.strangers.command_line import LONGEST, command_line, subscribed

__all__ = ["nats_server"]

pytestmark = [pytest.mark.anyio, pytest.mark.network]

DECLARED = ROOT / "environments" / "dev" / "bus" / "bus.json"
REQUEST = json.loads((ROOT / "examples" / "match_request.json").read_text(encoding="utf-8"))
TOPOLOGY = Topology("l9", "dev")
SUBJECT = "qpf.l9.dev.packet.main_agent.match_request.high.outside"
KINDS = {"match_request": ("match_request", 1)}
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def server(nats_server):
    """A server that holds the emitted streams."""
    running = await nats_server()
    await declare(read(str(DECLARED)), running.url)
    return running


@pytest.fixture
def command(server, tmp_path):
    return command_line(server, tmp_path)


def packet(**changes) -> PacketEnvelope:
    fields = {
        "id": "p-1",
        "kind": "match_request",
        "priority": "high",
        "source": "outside",
        "target": "main_agent.match_request",
        "correlation_id": "p-1",
        "created_at": AT,
        "schema_version": "6.0.0",
        "payload": REQUEST["payload"],
    }
    return PacketEnvelope.model_validate(fields | changes)


async def next_message(server):
    """Take what the stream's consumer hands out first, as an agent would."""
    client = await nats.connect(server.url)
    try:
        consumer = await client.jetstream().pull_subscribe_bind("high", TOPOLOGY.stream("main_agent"))
        [message] = await consumer.fetch(1, timeout=LONGEST)
        await message.ack()
    finally:
        await client.close()
    number = message.metadata.sequence.stream
    identity = f"js-{message.metadata.stream}-{number}"
    return wire.Message(message.subject, message.headers or {}, message.data, identity, AT)


def test_the_convention_names_the_subject():
    assert TOPOLOGY.subject(packet()) == SUBJECT


async def test_emitted_streams_are_there_for_everybody(command):
    declared = json.loads(DECLARED.read_text(encoding="utf-8"))
    told = json.loads(await command("stream", "ls", "--json", "--all"))
    assert sorted(told) == sorted(stream["name"] for stream in declared["streams"])


async def test_bare_payload_is_a_packet_of_the_kind_its_port_takes(command, server):
    await command("pub", "--jetstream", SUBJECT, json.dumps(REQUEST["payload"]))
    envelope = wire.read(await next_message(server), TOPOLOGY, KINDS.get)
    assert (envelope.kind, envelope.source, envelope.target) == (
        "match_request",
        "outside",
        "main_agent.match_request",
    )
    assert envelope.payload == REQUEST["payload"]
    assert envelope.id == "js-qpf_l9_dev_main_agent-1"


async def test_cloud_event_is_the_packet_it_says(command, server):
    headers, body = wire.write(packet(), "l9")
    told = [word for name, value in headers.items() for word in ("--header", f"{name}:{value}")]
    await command("pub", "--jetstream", *told, SUBJECT, body.decode())
    assert wire.read(await next_message(server), TOPOLOGY, KINDS.get) == packet()


async def test_message_id_makes_a_resend_a_duplicate(command):
    for _ in range(3):
        await command("pub", "--jetstream", "--header", "Nats-Msg-Id:p-1", SUBJECT, "{}")
    told = json.loads(await command("stream", "info", "--json", TOPOLOGY.stream("main_agent")))
    assert told["state"]["messages"] == 1


async def test_subject_of_no_agent_is_refused(command):
    with pytest.raises(AssertionError, match=r"no response from stream|no responders"):
        await command("pub", "--jetstream", "qpf.l9.dev.packet.nobody.match_request.high.outside", "{}")


async def seen(command, server, *options):
    """What the command line says of a packet that passes."""
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(command("sub", "--count", "1", *options, TOPOLOGY.packets))
        await subscribed(server, TOPOLOGY.packets)
        headers, body = wire.write(packet(), "l9")
        client = await nats.connect(server.url)
        await client.jetstream().publish(SUBJECT, body, headers=headers)
        await client.close()
    return reading.result()


async def test_packets_are_read_as_they_pass(command, server):
    assert json.loads(await seen(command, server, "--raw")) == REQUEST["payload"]


async def test_attributes_are_read_as_headers(command, server):
    told = (await seen(command, server)).lower()
    headers, _ = wire.write(packet(), "l9")
    assert [name for name, value in headers.items() if f"{name}: {value}".lower() not in told] == []
