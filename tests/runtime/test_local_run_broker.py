"""The broker of a run: a real NATS server on loopback, with the reference fleet's keys and streams."""

import asyncio
import json
import os
import shutil
import signal
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error

from qpf_plugins.local_run.backlog import backlog
from qpf_plugins.local_run.broker import broker
from qpf_plugins.local_run.passing import passing
from qpf_plugins.local_run.place import Place, Running, RunningBus
from qpf_plugins.local_run.problem import Problem
from qpf_plugins.local_run.tail import Wanted, _follow
from qpf_runtime import wire
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.listing import read_listing

pytestmark = [pytest.mark.network, pytest.mark.anyio]

ROOT = Path(__file__).parents[2]
GENEROUS = 60
STREAM = "qpf_l9_dev_tensoraios"
SUBJECT = "qpf.l9.dev.packet.tensoraios.score_request.high"


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "environments" / "dev"
    shutil.copytree(ROOT / "environments" / "dev" / "bus", folder / "bus")
    shutil.copy(ROOT / "environments" / "dev" / "fleet.json", folder)
    return Place(tmp_path, "dev")


async def quiet(_error):
    pass


@asynccontextmanager
async def connected(url, key):
    client = await nats.connect(
        url, nkeys_seed=str(key.seed), allow_reconnect=False, error_cb=quiet, connect_timeout=GENEROUS
    )
    try:
        yield client
    finally:
        await client.close()


def packet_to(agent):
    return PacketEnvelope(
        id="p-1",
        kind="score_request",
        priority="high",
        source="outside",
        target=f"{agent}.score_request",
        correlation_id="p-1",
        created_at=datetime.now(UTC),
        schema_version="6.0.0",
        payload={"a": 1},
    )


def start(place, heard=None, bus="nats", **variables):
    environ = {"PATH": os.environ["PATH"], **variables}
    told = heard.append if heard is not None else lambda _: None
    return broker(place, read_listing(place.folder), bus, environ, told)


async def test_streams_are_declared_and_packets_outlive_the_run(place):
    async with start(place) as found, connected(found.url, found.keys["operator"]) as client:
        await client.jetstream().publish(f"{SUBJECT}.outside", b"{}")
    async with start(place) as found, connected(found.url, found.keys["operator"]) as client:
        info = await client.jetstream().stream_info(STREAM)
        assert info.state.messages == 1
        assert {found.name for found in await client.jetstream().consumers_info(STREAM)} == {
            "critical",
            "high",
            "medium",
            "low",
        }


async def test_the_broker_tells_how_many_packets_wait(place):
    topology = Topology("l9", "dev")
    async with start(place) as found:
        operator = found.keys["operator"]
        async with backlog(found.url, topology, operator.seed) as waiting:
            async with connected(found.url, operator) as client:
                for _ in range(3):
                    await client.jetstream().publish(f"{SUBJECT}.outside", b"{}")
            assert await waiting("tensoraios") == 3
            assert await waiting("main_agent") == 0
            assert await waiting("nobody") is None


async def test_an_agent_may_send_only_where_the_glue_says(place):
    async with start(place) as found:
        async with connected(found.url, found.keys["main_agent"]) as client:
            js = client.jetstream(timeout=GENEROUS)
            client._inbox_prefix = bytearray(b"qpf.l9.dev.reply.main_agent")
            ack = await js.publish(f"{SUBJECT}.main_agent", b"{}")
            assert ack.stream == STREAM
        for subject in (f"{SUBJECT}.plastos_adapter", "qpf.l9.dev.packet.plastos_adapter.x.high.main_agent"):
            refused = asyncio.Event()

            async def told(error, refused=refused):
                if "permissions violation" in str(error).lower():
                    refused.set()

            client = await nats.connect(
                found.url, nkeys_seed=str(found.keys["main_agent"].seed), error_cb=told
            )
            await client.publish(subject, b"{}")
            await asyncio.wait_for(refused.wait(), GENEROUS)
            await client.close()


async def test_streams_that_would_lose_packets_are_refused_with_where_they_are_kept(place):
    async with start(place):
        pass
    file = place.folder / "bus" / "bus.json"
    declared = json.loads(file.read_text())
    declared["streams"][0]["subjects"] = ["elsewhere.>"]
    file.write_text(json.dumps(declared))
    with pytest.raises(Problem) as caught:
        async with start(place):
            pass
    assert "would no longer take" in str(caught.value)
    assert str(place.kept / "nats" / "dev" / "data") in caught.value.hint


async def test_who_has_no_key_is_not_let_in(place):
    async with start(place) as found:
        client = Client()
        with pytest.raises(Error, match=r"(?i)authorization violation"):
            await client.connect(found.url, allow_reconnect=False, error_cb=quiet)
        client._transport.close()


async def test_a_server_that_is_killed_comes_back_where_it_was(place):
    heard: list[str] = []
    async with start(place, heard) as found:
        (pid,) = servers(place)
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(GENEROUS):
            while not heard or "is back at" not in heard[-1]:  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.02)
        assert heard == [
            "nats-server was ended by SIGKILL; it is started again",
            f"nats-server is back at {found.url}",
        ]
        async with connected(found.url, found.keys["operator"]) as client:
            assert await client.jetstream().stream_info(STREAM)
    assert servers(place) == []


async def test_who_watches_hears_of_it_and_goes_on_when_the_server_is_killed(place, capsys):
    packet = packet_to("tensoraios")
    with place.held():
        async with start(place) as found:
            told = RunningBus(url=found.url, seed=found.keys["operator"].seed)
            running = Running(pid=1, mode="nats", fleet="l9", environment="dev", bus=told, agents={})
            place.write(running)
            seen: list[Any] = []
            anything = Wanted(agent=None, kind=None, correlation=None)
            watching = asyncio.create_task(_follow(place, running, anything, seen.append, 1))
            heard = ""
            async with asyncio.timeout(GENEROUS):
                while "listening" not in heard:
                    await asyncio.sleep(0.02)
                    heard += capsys.readouterr().err
                os.kill(servers(place)[0], signal.SIGKILL)
                while "listening again" not in heard:
                    await asyncio.sleep(0.02)
                    heard += capsys.readouterr().err
                async with connected(found.url, found.keys["operator"]) as client:
                    headers, body = wire.write(packet, "l9")
                    await client.publish(Topology("l9", "dev").subject(packet), body, headers=headers)
                await watching
    assert [passed.packet.id for passed in seen] == [packet.id]
    assert heard.splitlines()[1:] == ["the broker was away: packets may be missing here; listening again"]


def servers(place):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                said = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(place.kept) in said and b"nats-server" in said:
                found.append(int(entry.name))
    return found


async def test_a_server_that_is_there_is_used_and_left_running(place, tmp_path):
    async with start(place) as own:
        async with start(place, bus=own.url) as found:
            assert found == own
        async with connected(own.url, own.keys["operator"]) as client:
            assert await client.jetstream().stream_info(STREAM)


@pytest.mark.parametrize(
    ("bus", "variables", "message"),
    [
        ("nats://127.0.0.1:1", {}, "the broker at nats://127.0.0.1:1 cannot be used"),
        ("nats", {"NATS_SERVER": "/nowhere/nats"}, "NATS_SERVER is /nowhere/nats, which is not a program"),
    ],
)
async def test_a_broker_that_is_not_there_is_named(place, bus, variables, message):
    with pytest.raises(Problem) as caught:
        async with start(place, bus=bus, **variables):
            pass
    assert message in str(caught.value)


async def test_an_environment_without_a_declaration_says_how_to_get_one(place):
    (place.folder / "bus" / "bus.json").unlink()
    with pytest.raises(Problem, match="it was not compiled for a broker") as caught:
        async with start(place):
            pass
    assert "name `messaging` among its targets" in caught.value.hint
    assert caught.value.hint.endswith("qpf compile --env dev")


async def test_packets_and_answers_are_seen_as_they_pass(place, caplog):
    packet = packet_to("tensoraios")
    reply = packet.model_copy(
        update={"id": "p-2", "kind": "score_result", "source": packet.target, "target": "outside"}
    )
    topology = Topology("l9", "dev")
    async with start(place) as found:
        told = RunningBus(url=found.url, seed=found.keys["operator"].seed)
        running = Running(pid=1, mode="nats", fleet="l9", environment="dev", bus=told, agents={})
        listening = asyncio.Event()

        async def see():
            return [passed async for passed in passing(running, listening.set)]

        seeing = asyncio.create_task(see())
        await asyncio.wait_for(listening.wait(), GENEROUS)
        async with connected(found.url, found.keys["operator"]) as client:
            await client.publish("qpf.l9.dev.packet.nonsense", b"")
            for subject, sent in (
                (topology.subject(packet), packet),
                (topology.reply("outside", "t"), reply),
            ):
                headers, body = wire.write(sent, "l9")
                await client.publish(subject, body, headers=headers)
            await client.flush()
    # The server is stopped now: that ends it.
    seen = await asyncio.wait_for(seeing, GENEROUS)
    assert [(passed.packet.id, passed.answer) for passed in seen] == [("p-1", False), ("p-2", True)]
    assert "qpf.l9.dev.packet.nonsense carries no packet" in caplog.text
