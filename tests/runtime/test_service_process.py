"""An agent's process: not ready until it has what it needs, and gone when it is told to go."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from functools import partial

import httpx
import nats
import pytest

from qpf_runtime.bus.declare import declaration
from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.port import Done
from qpf_runtime.bus.provision import apply
from qpf_runtime.bus.topology import Topology
from qpf_runtime.clock import SystemClock
from qpf_runtime.config import DeliveryConfig, InputPort
from qpf_runtime.envelope import PacketEnvelope
from tests.runtime.process import TOKEN, doubler, running_doubler, write_doubler
from tests.runtime.world import config
from tests.servers import free_port, wait_until
from tests.servers.nats import nats_server, port_of
from tests.servers.otlp import otlp_receiver

__all__ = ["nats_server"]

pytestmark = [pytest.mark.network, pytest.mark.anyio]

HEADERS = {"authorization": f"Bearer {TOKEN}"}


def status(url, path):
    try:
        return httpx.get(url + path, headers=HEADERS, trust_env=False).status_code
    except httpx.TransportError:
        return None


def figures(url):
    try:
        return httpx.get(f"{url}/metrics", trust_env=False).text
    except httpx.TransportError:
        return ""


def handled(url, packet):
    return httpx.get(f"{url}/trail/{packet}", headers=HEADERS, trust_env=False).json()["entries"]


def post(url, port, payload, **headers):
    address = f"{url}/packets?port={port}"
    return httpx.post(address, json=payload, headers=HEADERS | headers, trust_env=False, timeout=60)


def waiting(root, **variables):
    """The agent's process, which answers before it is ready."""
    url = f"http://127.0.0.1:{variables['QPF_PORT']}"
    server = doubler(root, root / "src", **variables)
    server.ready = lambda: status(url, "/health") == 200
    return server, url


def test_an_agent_without_its_store_lives_and_is_not_ready(tmp_path):
    write_doubler(tmp_path, store="redis")
    server, url = waiting(
        tmp_path, QPF_PORT=str(free_port()), REDIS_URL=f"redis://:swordfish@127.0.0.1:{free_port()}/0"
    )
    with server:
        wait_until(lambda: "waits for its stores" in server.log.read_text())
        assert [status(url, path) for path in ("/health", "/startup", "/ready")] == [200, 503, 503]
        refused = post(url, "ask", {"number": 1})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "starting")
        assert not (tmp_path / "address").exists()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
    assert "swordfish" not in server.log.read_text()
    assert "Traceback" not in server.log.read_text()


async def test_an_agent_that_goes_leaves_what_it_has_not_taken_up_to_the_next(tmp_path, nats_server):
    settings = config(
        "doubler", inputs={"note": InputPort(packet="note")}, delivery=DeliveryConfig(concurrency=1)
    )
    server = await nats_server()
    client = await nats.connect(server.url)
    await apply(client.jetstream(), declaration([settings]))
    await client.close()
    begun, release = asyncio.Event(), asyncio.Event()

    async def take(_delivery):
        begun.set()
        await release.wait()
        return Done()

    bus = NatsBus(server.url, Topology("fleet", "dev"), "doubler")
    await bus.open()
    for number in range(20):
        await bus.publish(
            PacketEnvelope(
                id=f"p{number}",
                kind="note",
                source="outside",
                target="doubler.note",
                correlation_id="c",
                created_at=SystemClock().now(),
                schema_version="6.0.0",
                payload={"text": "a"},
            )
        )
    assert await bus.pending("doubler") == 20
    await bus.subscribe(settings, take)
    await begun.wait()
    draining = asyncio.create_task(bus.drain())
    assert not await bus.idle(0.01)
    release.set()
    await draining
    assert await bus.idle(60)
    assert await bus.pending("doubler") > 0
    assert await bus.close(60) == 0


def test_an_agent_that_waits_for_its_broker_goes_when_it_is_told_to(tmp_path):
    write_doubler(tmp_path)
    server, _ = waiting(tmp_path, QPF_PORT=str(free_port()), QPF_BUS=f"nats://127.0.0.1:{free_port()}")
    with server:
        wait_until(lambda: "waits for the bus" in server.log.read_text())
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
    assert "Traceback" not in server.log.read_text()


async def test_an_agent_without_its_broker_starts_when_that_does_and_loses_nothing(tmp_path, nats_server):
    declared = declaration(
        [
            config(
                "doubler",
                inputs={"ask": InputPort(packet="ask", reply="told"), "note": InputPort(packet="note")},
            )
        ]
    )
    folder = tmp_path / "nats"
    first = await nats_server(folder)
    client = await nats.connect(first.url)
    await apply(client.jetstream(), declared)
    await client.close()
    await first.stop()

    write_doubler(tmp_path)
    server, url = waiting(tmp_path, QPF_PORT=str(free_port()), QPF_BUS=first.url)

    def without():
        server.start()
        wait_until(lambda: "waits for the bus" in server.log.read_text())
        assert [status(url, path) for path in ("/health", "/startup", "/ready")] == [200, 503, 503]

    def with_it():
        wait_until(lambda: "qpf_packets_refused_total{" in figures(url))
        assert 'qpf_dead_letters_total{agent="doubler",code=' in figures(url)
        assert 'qpf_queue_pending{agent="doubler"} 0.0' in figures(url)
        assert post(url, "ask", {"number": 4}).json()["payload"]["number"] == 8
        accepted = [post(url, "note", {"text": f"n{n}"}).json()["accepted"] for n in range(20)]
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        server.start()
        wait_until(lambda: status(url, "/ready") == 200)
        for packet in accepted:
            wait_until(partial(handled, url, packet))

    try:
        await asyncio.to_thread(without)
        second = await nats_server(folder, port=port_of(first))
        assert second.url == first.url
        client = await nats.connect(second.url)
        await client.jetstream().publish("qpf.fleet.dev.packet.doubler.ask.medium.outside", b"garbage")
        await client.close()
        await asyncio.to_thread(with_it)
    finally:
        await asyncio.to_thread(server.stop)


def test_spans_are_sent_and_nothing_a_packet_says_is_logged_before_the_process_ends(tmp_path):
    trace, private = "ab" * 16, "a private sentence"
    with otlp_receiver() as receiver:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "600000",  # only the end sends them
            "OTEL_RESOURCE_ATTRIBUTES": "team=matching",
        }
        with running_doubler(tmp_path, **variables) as (server, url):
            header = {"traceparent": f"00-{trace}-{'cd' * 8}-01"}
            assert post(url, "ask", {"number": 1, "words": [private]}, **header).status_code == 200
            assert post(url, "ask", {"number": private}, **header).status_code == 422
            assert post(url, "note", {"text": private}, **header).status_code == 202
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(30) == 0
        spans = receiver.spans
    assert {(span.service, span.trace) for span in spans} == {("doubler", trace)}
    by_id = {span.id: span for span in spans}
    asked = next(span for span in spans if span.name == "doubler.double")
    turn = by_id[asked.parent]
    assert (turn.name, by_id[turn.parent].name) == ("process doubler.ask", "POST /packets")
    assert by_id[turn.parent].parent == "cd" * 8
    lines = server.log.read_text().splitlines()
    assert private not in "".join(lines)
    assert all(json.loads(line)["agent"] == "doubler" for line in lines)


def test_a_second_signal_ends_the_process_at_once(tmp_path):
    with running_doubler(tmp_path) as (server, url):
        endless = {"number": 1, "words": ["wait", "for", "ever"]}
        asked = threading.Thread(target=ignore(post), args=(url, "ask", endless))
        asked.start()
        wait_until(lambda: 'qpf_in_flight{agent="doubler"} 1.0' in figures(url))
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "finishes what it accepted" in server.log.read_text())
        assert server.process.poll() is None
        os.kill(server.pid, signal.SIGTERM)
        assert server.process.wait(20) == 1
        asked.join()


def ignore(work):
    def call(*arguments):
        with contextlib.suppress(httpx.TransportError):
            work(*arguments)

    return call


def test_a_broker_that_cannot_be_one_is_a_mistake_and_not_waited_for(tmp_path):
    write_doubler(tmp_path)
    server, _ = waiting(tmp_path, QPF_PORT=str(free_port()), QPF_BUS="amqp://:swordfish@host")
    with pytest.raises(AssertionError):
        server.start()
    told = server.log.read_text().splitlines()
    assert told[-1].startswith("doubler: QPF_BUS must be in_process or the address of a broker")
    assert "swordfish" not in "".join(told)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"QPF_PORT": "{port}"}, "doubler: port {port} of 127.0.0.1 cannot be had: Address already in use ("),
        (
            {"QPF_DATA_DIR": "{file}/data"},
            "doubler: the folder {file}/data for data cannot be made: Not a dir",
        ),
    ],
)
def test_what_cannot_be_had_is_named_with_its_variable(tmp_path, variables, said):
    write_doubler(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        known = {"port": taken.getsockname()[1], "file": tmp_path / "src" / "doubler" / "__main__.py"}
        spelt = {name: value.format(**known) for name, value in variables.items()}
        agent = doubler(tmp_path, tmp_path / "src", **spelt)
        ended = subprocess.run(
            agent.command, env=agent.environment, capture_output=True, text=True, check=False
        )
    last = ended.stderr.splitlines()[-1]
    assert ended.returncode == 2
    assert last.startswith(said.format(**known))
    assert next(iter(variables)) in last
