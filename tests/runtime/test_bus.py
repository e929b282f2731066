"""The in-process bus: bounded, prioritised, and clean when it closes."""

import asyncio
from datetime import UTC, datetime

import pytest

from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Again, Dead, Delivery, Done
from qpf_runtime.config import DeliveryConfig
from qpf_runtime.envelope import PacketEnvelope, Priority
from qpf_runtime.errors import BusClosed, QueueFull, ReplyTimeout, Undeliverable

pytestmark = pytest.mark.anyio


ONE = DeliveryConfig(concurrency=1, queue_limit=100)
"""One packet at a time."""


def packet(number: int, priority: Priority = "medium", cause: str | None = None) -> PacketEnvelope:
    return PacketEnvelope(
        id=f"p{number}",
        kind="ask",
        priority=priority,
        source="outside" if cause is None else "taker.news",
        target="taker.ask",
        correlation_id="c",
        causation_id=cause,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        schema_version="6.0.0",
        payload={"number": number},
    )


async def test_urgent_packets_overtake():
    bus = InProcessBus()
    seen, gate = [], asyncio.Event()

    async def take(delivery):
        await gate.wait()
        seen.append(delivery.envelope.id)
        return Done()

    await bus.collect("taker", ONE, take)
    await bus.publish(packet(0, "low"))
    await asyncio.sleep(0)  # the worker has taken it and waits at the gate
    sent: tuple[Priority, ...] = ("low", "medium", "critical", "high")
    for number, priority in enumerate(sent, 1):
        await bus.publish(packet(number, priority))
    gate.set()
    await bus.close(1)
    assert seen == ["p0", "p3", "p4", "p2", "p1"]


async def test_a_full_lane_holds_its_senders_back():
    bus = InProcessBus()
    gate, seen = asyncio.Event(), []
    narrow = DeliveryConfig(concurrency=1, queue_limit=2)

    async def take(delivery):
        await gate.wait()
        seen.append(delivery.envelope.id)
        return Done()

    await bus.collect("taker", narrow, take)
    senders = [asyncio.create_task(bus.publish(packet(number))) for number in range(6)]
    await asyncio.sleep(0.01)
    assert sum(sender.done() for sender in senders) == 3, "one being handled, two queued"
    gate.set()
    await asyncio.gather(*senders)
    assert await bus.close(1) == 0
    assert len(seen) == 6


async def test_closing_finishes_what_was_accepted_and_refuses_the_rest():
    bus = InProcessBus()
    finished = []

    async def take(delivery):
        await asyncio.sleep(0.02)
        finished.append(delivery.envelope.id)
        return Done()

    await bus.collect("taker", ONE, take)
    for number in range(10):
        await bus.publish(packet(number))
    closing = asyncio.create_task(bus.close(5))
    await asyncio.sleep(0)
    with pytest.raises(BusClosed):
        await bus.publish(packet(99))
    assert await closing == 0
    assert len(finished) == 10


async def test_what_an_accepted_packet_causes_is_let_through_while_closing():
    bus = InProcessBus()
    entered, done = asyncio.Event(), []

    async def take(delivery):
        if delivery.envelope.causation_id is None:
            entered.set()
            await asyncio.sleep(0.02)
            await bus.publish(packet(2, cause=delivery.envelope.id))
        done.append(delivery.envelope.id)
        return Done()

    await bus.collect("taker", ONE, take)
    await bus.publish(packet(1))
    await entered.wait()
    assert await bus.close(5) == 0
    assert sorted(done) == ["p1", "p2"]


async def test_what_cannot_finish_in_time_is_counted_and_its_sender_told():
    bus = InProcessBus()

    async def take(_delivery):
        await asyncio.sleep(60)
        return Done()

    await bus.collect("taker", ONE, take)
    asking = [asyncio.create_task(bus.request(packet(number), 30)) for number in range(3)]
    await asyncio.sleep(0.01)
    assert await bus.close(0.02) == 3
    assert all(
        isinstance(error, BusClosed) for error in await asyncio.gather(*asking, return_exceptions=True)
    )


async def test_no_answer_in_time_is_an_error_and_no_address_is_another():
    bus = InProcessBus()

    async def take(_delivery):
        await asyncio.sleep(0.2)
        return Done()

    await bus.collect("taker", ONE, take)
    with pytest.raises(ReplyTimeout, match=r"no answer from taker\.ask within 0\.01 s"):
        await bus.request(packet(1), 0.01)
    with pytest.raises(Undeliverable, match="no agent nobody"):
        await bus.publish(packet(1).model_copy(update={"target": "nobody.ask"}))
    await bus.close(1)


async def test_a_receiver_that_raises_does_not_stop_the_others():
    bus = InProcessBus()

    async def take(delivery):
        if delivery.envelope.id == "p1":
            raise KeyError(delivery.envelope.id)
        return Done(delivery.envelope)

    await bus.collect("taker", ONE, take)
    with pytest.raises(KeyError, match="p1"):
        await bus.request(packet(1), 1)
    assert (await bus.request(packet(2), 1)).id == "p2"
    assert await bus.idle(1)
    await bus.close(1)


async def test_a_second_agent_of_one_name_is_refused():
    bus = InProcessBus()

    async def take(_delivery):
        return Done()

    await bus.collect("taker", ONE, take)
    with pytest.raises(ValueError, match="taker is on this bus already"):
        await bus.collect("taker", ONE, take)
    await bus.close(1)


def test_it_says_that_it_is_not_durable():
    assert InProcessBus().durable is False


async def test_a_lane_that_stays_full_tells_its_sender(monkeypatch):
    monkeypatch.setattr("qpf_runtime.bus.inprocess.PATIENCE", 0.01)
    bus = InProcessBus()
    gate = asyncio.Event()

    async def take(_delivery):
        await gate.wait()
        return Done()

    await bus.collect("taker", DeliveryConfig(concurrency=1, queue_limit=1), take)
    await bus.publish(packet(1))
    await asyncio.sleep(0)
    await bus.publish(packet(2))
    with pytest.raises(QueueFull, match="taker has medium packets up to its limit"):
        await bus.publish(packet(3))
    await bus.publish(packet(4, "critical"))
    gate.set()
    assert await bus.close(1) == 0


async def test_what_fails_for_a_passing_reason_is_handed_out_again_until_the_last_time():
    bus = InProcessBus()
    seen: list[tuple[int, bool]] = []

    async def take(delivery: Delivery):
        seen.append((delivery.attempt, delivery.last))
        return Again("not now", 0.0)

    await bus.collect("taker", DeliveryConfig(max_deliver=3), take)
    await bus.publish(packet(1))
    assert await bus.idle(5)
    assert seen == [(1, False), (2, False), (3, True)]
    (letter,) = await bus.dead_letters.list("taker")
    assert (letter.id, letter.code, letter.reason, letter.attempts) == ("p1", "max_deliveries", "not now", 3)
    await bus.close(1)


async def test_a_dead_letter_is_kept_once_and_replayed_after_the_fix():
    bus = InProcessBus()
    broken, handled = True, []

    async def take(delivery: Delivery):
        if broken:
            return Dead("step_failed", "broken")
        handled.append(delivery.envelope.id)
        return Done()

    await bus.collect("taker", ONE, take)
    await bus.publish(packet(1))
    await bus.publish(packet(1))
    assert await bus.idle(5)
    assert [letter.id for letter in await bus.dead_letters.list()] == ["p1"]
    await bus.dead_letters.replay("p1")
    assert await bus.idle(5)
    assert [letter.id for letter in await bus.dead_letters.list()] == ["p1"], "given up again: kept still"
    broken = False
    await bus.dead_letters.replay("p1")
    assert await bus.idle(5)
    assert handled == ["p1"]
    assert await bus.dead_letters.list() == ()
    with pytest.raises(KeyError):
        await bus.dead_letters.replay("p1")
    await bus.close(1)
