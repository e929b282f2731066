"""The bus on a real NATS server: accepted means kept, settled means settled once."""

import asyncio
from itertools import pairwise

import pytest

from qpf_runtime.bus.port import Again, Dead, Done
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import QueueFull, ReplyTimeout, Undeliverable
from tests.runtime.nats_world import PATIENCE, Fleet, answer, fleet, packet, taker, until
from tests.servers.nats import nats_server

__all__ = ["fleet", "nats_server"]

pytestmark = pytest.mark.anyio


async def test_a_packet_is_handled_and_gone(fleet: Fleet):
    await fleet.begin(taker())
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery)
        return Done()

    await bus.subscribe(taker(), take)
    await bus.publish(packet(1))
    assert await bus.idle(PATIENCE)
    (delivery,) = seen
    assert (delivery.envelope, delivery.attempt, delivery.last, delivery.asked) == (
        packet(1),
        1,
        False,
        False,
    )
    assert await fleet.pending() == 0


async def test_the_same_packet_published_again_is_one_packet(fleet: Fleet):
    await fleet.begin(taker())
    bus = await fleet.bus()
    for _ in range(3):
        await bus.publish(packet(1))
    assert await fleet.pending() == 1


async def test_who_asks_gets_the_answer(fleet: Fleet):
    await fleet.begin(taker())
    bus, asker, seen = await fleet.bus(), await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.asked)
        return Done(answer(delivery.envelope) if delivery.envelope.id != "p3" else None)

    await bus.subscribe(taker(), take)
    asked = [asker.request(packet(number), PATIENCE) for number in (1, 2, 3)]
    assert await asyncio.gather(*asked) == [answer(packet(1)), answer(packet(2)), None]
    assert await asker.request(packet(1), PATIENCE) == answer(packet(1)), "asked again, it comes through"
    assert seen == [True] * 4


async def test_no_answer_in_time_is_an_error_and_no_queue_is_another(fleet: Fleet):
    await fleet.begin(taker())
    bus = await fleet.bus()
    with pytest.raises(ReplyTimeout, match=r"no answer from taker\.ask within 0\.2 s"):
        await bus.request(packet(1), 0.2)
    with pytest.raises(Undeliverable, match=r"no stream takes .*nobody"):
        await bus.publish(packet(1, target="nobody.ask"))
    with pytest.raises(Undeliverable, match="a name has other signs"):
        await bus.publish(packet(1, target="taker.>"))
    with pytest.raises(Undeliverable, match="has 1048587 bytes"):
        await bus.publish(packet(2, payload={"text": "a" * 1024 * 1024}, digest="sha256:" + 64 * "0"))
    await bus.publish(packet(3, payload={"text": "a" * (1024 * 1024 - 20)}, path=("a.b",) * 200))


async def test_an_answer_of_somebody_else_is_none(fleet: Fleet):
    await fleet.begin(taker())
    bus = await fleet.bus()

    async def take(delivery):
        return Done(answer(delivery.envelope).model_copy(update={"causation_id": "p7"}))

    await bus.subscribe(taker(), take)
    with pytest.raises(ReplyTimeout):
        await bus.request(packet(1), 0.5)


async def test_what_failed_for_a_passing_reason_comes_again_in_its_time(fleet: Fleet):
    await fleet.begin(taker(max_deliver=4, backoff_seconds=(0.05, 5.0, 5.0, 5.0)))
    bus, attempts, times = await fleet.bus(), [], []

    async def take(delivery):
        attempts.append((delivery.attempt, delivery.last))
        times.append(asyncio.get_running_loop().time())
        return Done() if delivery.last else Again("locked", 0.2)

    await bus.subscribe(taker(max_deliver=4, backoff_seconds=(0.05, 5.0, 5.0, 5.0)), take)
    await bus.publish(packet(1))
    assert await bus.idle(PATIENCE)
    assert attempts == [(1, False), (2, False), (3, False), (4, True)]
    waits = [later - sooner for sooner, later in pairwise(times)]
    assert all(wait >= 0.19 for wait in waits)
    assert sum(waits) < 5.0, "the server's own backoff is not added"


async def test_what_fails_to_the_last_is_a_dead_letter_once(fleet: Fleet):
    await fleet.begin(taker())
    bus, attempts = await fleet.bus(), []

    async def take(delivery):
        attempts.append(delivery.attempt)
        return Again("locked", 0.01)

    await bus.subscribe(taker(), take)
    await bus.publish(packet(1))
    assert await bus.idle(PATIENCE)
    (letter,) = await bus.dead_letters.list()
    assert (letter.id, letter.agent, letter.code, letter.reason) == (
        "p1",
        "taker",
        "max_deliveries",
        "locked",
    )
    assert (letter.attempts, letter.envelope, attempts) == (3, packet(1), [1, 2, 3])
    assert letter.subject == "qpf.demo.dev.packet.taker.ask.medium.outside"
    assert await bus.dead_letters.list("other") == ()


async def test_a_receiver_that_raises_does_not_stop_the_others(fleet: Fleet):
    await fleet.begin(taker())
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.envelope.id)
        if delivery.envelope.id == "p1":
            raise KeyError(delivery.envelope.id)
        return Done()

    await bus.subscribe(taker(), take)
    await bus.publish(packet(1))
    await bus.publish(packet(2))
    assert await bus.idle(PATIENCE)
    assert sorted(seen) == ["p1", "p1", "p1", "p2"]
    (letter,) = await bus.dead_letters.list()
    assert (letter.code, letter.reason) == ("max_deliveries", "KeyError: 'p1'")


async def test_a_malformed_message_is_looked_at_once_and_dead_once(fleet: Fleet):
    """A subscriber that refuses it by raising is handed it thousands of times in seconds."""
    await fleet.begin(taker())
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.envelope.id)
        return Done()

    await bus.subscribe(taker(), take)
    raw = await fleet.raw()
    subject = "qpf.demo.dev.packet.taker.ask.medium.outside"
    hostile = {"Nats-Rollup": "x", "qpf-code": "fine", "x-old": "1", "ce-id": "p\u00e91"}
    await raw.send(subject, b'{"number": ')
    await raw.send(subject, b"\xff" * 100, {"ce-specversion": "1.0"} | hostile | {"Nats-Rollup": ""})
    await raw.send(subject, b"[" * 100_000, {"x-large": "a" * 60_000})
    await raw.send(subject.replace("ask", "tell"), b"{}")
    await raw.send(subject, b"{}", {"qpf-reply": "$JS.API.STREAM.DELETE.qpf_demo_dev_taker"})
    await bus.publish(packet(1))
    await until(lambda: len(fleet.refused) == 5)
    assert await bus.idle(PATIENCE)
    letters = await bus.dead_letters.list()
    found = ["forged_source", "invalid_attribute", "invalid_json", "invalid_json", "unknown_port"]
    assert sorted(letter.code for letter in letters) == sorted(code for _, code in fleet.refused) == found
    assert {letter.attempts for letter in letters} == {1}
    assert seen == ["p1"]
    (first,) = [letter for letter in letters if letter.raw == b'{"number": ']
    assert await bus.dead_letters.find(first.id) == first
    assert first.id.startswith("qpf_demo_dev_taker-")
    assert (first.envelope, "line 1 column" in first.reason) == (None, True)


async def test_a_stranger_sends_bare_json(fleet: Fleet):
    await fleet.begin(taker())
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.envelope)
        return Done()

    await bus.subscribe(taker(), take)
    raw = await fleet.raw()
    await raw.send("qpf.demo.dev.packet.taker.ask.high.outside", b'{"number": 7}')
    await until(lambda: bool(seen))
    (envelope,) = seen
    assert (envelope.id, envelope.kind, envelope.priority) == ("js-qpf_demo_dev_taker-1", "ask", "high")


async def test_a_dead_letter_is_sent_again_after_the_fix(fleet: Fleet):
    await fleet.begin(taker())
    bus, broken, seen = await fleet.bus(), True, []

    async def take(delivery):
        seen.append((delivery.envelope, delivery.attempt))
        return Dead("step_failed", "a bug, 100 % \u00e9") if broken else Done()

    await bus.subscribe(taker(), take)
    await bus.publish(packet(1))
    assert await bus.idle(PATIENCE)
    (letter,) = await bus.dead_letters.list()
    assert (letter.code, letter.reason) == ("step_failed", "a bug, 100 % \u00e9")
    await bus.dead_letters.replay("p1")
    assert await bus.idle(PATIENCE)
    assert len(await bus.dead_letters.list()) == 1, "it died again, and is kept again"
    broken = False
    await bus.dead_letters.replay("p1")
    assert await bus.idle(PATIENCE)
    assert await bus.dead_letters.list() == ()
    assert seen == [(packet(1), 1)] * 3
    with pytest.raises(KeyError):
        await bus.dead_letters.replay("p1")


async def test_a_full_queue_refuses_its_sender_and_takes_more_later(fleet: Fleet):
    await fleet.begin(taker(queue_limit=3))
    bus, seen = await fleet.bus(), []
    for number in range(3):
        await bus.publish(packet(number))
    with pytest.raises(
        QueueFull, match=r"queue of qpf\.demo\.dev\.packet\.taker\.ask\.medium\.outside is full"
    ):
        await bus.publish(packet(3))
    await bus.publish(packet(4, "critical"))  # each priority has its own

    async def take(delivery):
        seen.append(delivery.envelope.id)
        return Done()

    await bus.subscribe(taker(queue_limit=3), take)
    assert await bus.idle(PATIENCE)
    await bus.publish(packet(3))
    assert await bus.idle(PATIENCE)
    assert sorted(seen) == ["p0", "p1", "p2", "p3", "p4"]


async def test_urgent_packets_overtake_and_nothing_starves(fleet: Fleet):
    one = taker(concurrency=1, ack_wait_seconds=30.0)
    await fleet.begin(one)
    bus, seen = await fleet.bus(), []
    await bus.publish(packet("low", "low"))
    for number in range(60):
        await bus.publish(packet(number, "critical"))
    gate = asyncio.Event()

    async def take(delivery):
        await gate.wait()
        seen.append(delivery.envelope.id)
        return Done()

    await bus.subscribe(one, take)
    await until(lambda: sum(bus._inbound["taker"]._queued.values()) >= 2)
    gate.set()
    assert await bus.idle(PATIENCE)
    assert seen.index("plow") <= 20, "passed over 16 times, and by those of three other lanes"
    assert len(seen) == 61


async def test_no_more_is_fetched_than_there_is_room_for(fleet: Fleet):
    few = taker(concurrency=2, ack_wait_seconds=30.0)
    await fleet.begin(few)
    bus = await fleet.bus()
    for number in range(40):
        await bus.publish(packet(number))
    gate = asyncio.Event()

    async def take(_delivery):
        await gate.wait()
        return Done()

    await bus.subscribe(few, take)
    consumer = bus._connection.jetstream()
    await until(lambda: bus._inbound["taker"].held == 6)

    async def settled_down() -> bool:
        info = await consumer.consumer_info("qpf_demo_dev_taker", "medium")
        return bool(info.num_ack_pending == 6 and info.num_waiting == 0)

    await until(settled_down)
    gate.set()
    assert await bus.idle(PATIENCE)


async def test_who_watches_sees_every_packet_and_takes_none(fleet: Fleet):
    await fleet.begin(taker())
    bus, watcher = await fleet.bus(), await fleet.bus()
    seen: list[PacketEnvelope] = []
    await watcher.watch(seen.append)
    raw = await fleet.raw()
    await raw.send("qpf.demo.dev.packet.taker.ask.medium.outside", b"no packet")
    await bus.publish(packet(1))
    await until(lambda: seen == [packet(1)])
    assert await fleet.pending() == 2
