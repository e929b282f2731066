"""The bus on a real NATS server among those who mean no good, and operators who make mistakes."""

import asyncio
import logging

import pytest
from nats.js.errors import NoStreamResponseError

from qpf_runtime.bus import connection as connections
from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.dead import NatsDeadLetters
from qpf_runtime.bus.jetstream import _verdict
from qpf_runtime.bus.port import Dead, Done
from qpf_runtime.envelope import Json
from qpf_runtime.errors import PacketRejected, QueueFull
from tests.runtime.nats_world import PATIENCE, TOPOLOGY, Fleet, answer, fleet, packet, taker, until
from tests.servers.nats import nats_server, port_of

__all__ = ["fleet", "nats_server"]

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "subject",
    ["$JS.API.STREAM.PURGE.qpf_demo_dev_taker", "qpf.demo.dev.packet.other.ask.critical.seller", ""],
)
async def test_a_forged_dead_letter_is_sent_nowhere_in_the_name_of_who_replays_it(fleet: Fleet, subject):
    await fleet.begin(taker())
    bus, raw = await fleet.bus(), await fleet.raw()
    await bus.publish(packet(1))
    headers = {"qpf-origin": "x-1", "qpf-subject": subject, "qpf-code": "step_failed", "qpf-reason": "look"}
    await raw.send("qpf.demo.dev.dead.taker", b"{}", headers)
    await until(bus.dead_letters.list)
    (letter,) = await bus.dead_letters.list()
    with pytest.raises(PacketRejected, match="not to where taker takes packets"):
        await bus.dead_letters.replay(letter.id)
    assert await fleet.pending() == 1
    assert len(await bus.dead_letters.list()) == 1


async def test_a_dead_letter_that_two_replay_at_the_same_time_is_sent_once(fleet: Fleet, monkeypatch):
    await fleet.begin(taker())
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.envelope.id)
        return Dead("step_failed", "a bug") if len(seen) == 1 else Done()

    await bus.subscribe(taker(), take)
    await (await fleet.raw()).send("qpf.demo.dev.packet.taker.ask.medium.outside", b'{"number": 1}')
    await until(bus.dead_letters.list)
    (letter,) = await bus.dead_letters.list()
    both, waiting = asyncio.Event(), []
    find = NatsDeadLetters._find

    async def together(self, identity):
        found = await find(self, identity)
        waiting.append(1)
        if len(waiting) == 2:
            both.set()
        await both.wait()
        return found

    monkeypatch.setattr(NatsDeadLetters, "_find", together)
    await asyncio.gather(*(bus.dead_letters.replay(letter.id) for _ in range(2)))
    assert await bus.idle(PATIENCE)
    assert len(seen) == 2, "it named no id of its own: no inbox would know the second one again"


async def test_an_answer_the_server_does_not_take_leaves_the_packet_handled(fleet: Fleet, monkeypatch):
    await fleet.begin(taker())
    bus, asker, seen = await fleet.bus(), await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.attempt)
        reply = answer(delivery.envelope)
        return Done(reply.model_copy(update={"payload": {"text": "a" * 5000}}))

    await bus.subscribe(taker(), take)
    monkeypatch.setattr(Connection, "largest", 4000)
    assert await asker.request(packet(1), PATIENCE) is None
    assert await bus.idle(PATIENCE)
    assert seen == [1]
    assert await bus.dead_letters.list() == ()


async def test_a_notice_that_is_none_is_forgotten(fleet: Fleet):
    await fleet.begin(taker())
    bus = await fleet.bus()
    await bus.subscribe(taker(), lambda _delivery: asyncio.sleep(0, Done()))
    raw = await fleet.raw()
    await raw.send(f"{TOPOLOGY.advisories('taker')[:-2]}.medium", b"no JSON at all")

    async def forgotten() -> bool:
        state = (await raw.jetstream().stream_info(TOPOLOGY.advisory_stream)).state
        return state.last_seq == 1 and state.messages == 0

    await until(forgotten)


async def test_a_queue_that_was_taken_away_is_missed_aloud(fleet: Fleet, caplog):
    await fleet.begin(taker())
    bus, handled = await fleet.bus(), []

    async def take(delivery):
        handled.append(delivery.envelope.id)
        return Done()

    await bus.subscribe(taker(), take)
    js = (await fleet.raw()).jetstream()
    before = (await js.consumer_info("qpf_demo_dev_taker", "medium")).config
    with caplog.at_level(logging.WARNING):
        await js.delete_consumer("qpf_demo_dev_taker", "medium")
        await until(lambda: "medium of qpf_demo_dev_taker" in caplog.text)
    await asyncio.sleep(1)
    assert caplog.text.count("medium of qpf_demo_dev_taker") == 1, "once, not with every try"
    await js.add_consumer("qpf_demo_dev_taker", before)
    await bus.publish(packet(1))
    await until(lambda: handled == ["p1"])


async def test_an_account_that_is_full_is_a_full_queue():
    told: Json = {
        "error": {"code": 400, "err_code": 10002, "description": "resource limits exceeded for account"}
    }
    with pytest.raises(QueueFull, match="resource limits"):
        _verdict("a.subject", told)


async def test_a_server_that_hangs_is_tried_again_by_one_and_not_by_ever_more(fleet: Fleet, monkeypatch):
    await fleet.begin(taker())
    bus = await fleet.bus()
    client = bus._connection._client
    assert client is not None
    await fleet.crash()
    open_ends: list[asyncio.StreamWriter] = []

    async def say_nothing(_reader, writer):
        open_ends.append(writer)

    monkeypatch.setattr(connections, "CONNECT_WITHIN", 0.05)
    monkeypatch.setattr(connections, "LONGEST_WAIT", 0.05)
    hung = await asyncio.start_server(say_nothing, "127.0.0.1", port_of(fleet.server))
    await client.close()  # as nats-py does after an error of the protocol
    async with asyncio.timeout(PATIENCE):
        while len(open_ends) < 8:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.01)
    reviving = [task for task in asyncio.all_tasks() if task.get_name() == "nats-revive"]
    assert len(reviving) == 1
    for writer in open_ends:
        writer.close()
    hung.close()
    await hung.wait_closed()


@pytest.mark.parametrize("end", ["ask.urgent.outside", "ask.medium", "ask.medium.outside.more", "ask"])
async def test_what_nobody_would_ever_take_up_is_not_accepted(fleet: Fleet, end):
    await fleet.begin(taker())
    js = (await fleet.raw()).jetstream()
    with pytest.raises(NoStreamResponseError):
        await js.publish(f"qpf.demo.dev.packet.taker.{end}", b'{"number": 1}')
    assert await fleet.pending() == 0
