"""What a receiver makes of packets, copies and stores that are not as anybody would wish."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from qpf_runtime.agent import Agent
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Again, Dead, Delivery, Done
from qpf_runtime.config import DeliveryConfig
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import DatabaseGone, PacketRejected, Unavailable
from qpf_runtime.ledger import OUTBOX
from qpf_runtime.runtime import Runtime
from qpf_runtime.turn import Turn
from tests.runtime.effects import listen, notes, telling
from tests.runtime.world import FakeClock, answer_double, answering

pytestmark = pytest.mark.anyio

PATIENCE = 20.0


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("field", ["created_at", "deadline"])
async def test_a_moment_that_is_none_in_utc_makes_no_envelope(runtime, field, moment):
    envelope = answering(runtime, answer_double).envelope("ask", {"number": 1})
    sent = envelope.model_dump() | {field: datetime.fromisoformat(moment)}
    with pytest.raises(ValidationError, match=field):
        PacketEnvelope.model_validate(sent)


async def test_an_error_reply_stays_small_however_much_is_wrong(runtime):
    agent = answering(runtime, answer_double)
    wrong = {f"field_{number}" + "x" * 1000: 1 for number in range(1000)}
    reply = await agent.answer(agent.envelope("ask", wrong))
    assert reply is not None
    assert reply.payload["code"] == "invalid_payload"
    assert len(reply.model_dump_json()) < 20_000
    assert "981 more" in str(reply.payload["message"])


async def test_what_is_refused_at_the_door_is_answered_and_not_remembered(runtime):
    agent = answering(runtime, answer_double)
    reply = await agent.answer(agent.envelope("ask", {"number": "four"}))
    assert reply is not None
    assert reply.payload["code"] == "invalid_payload"
    assert await agent.memory.episodic.recall(kind="failed_turn") == ()


async def test_the_words_of_an_error_are_cut(runtime):
    async def verbose(_agent: Agent, _turn: Turn) -> None:
        raise PacketRejected("y" * 1_000_000)

    reply = await answering(runtime, verbose, answer_double).answer(
        answering(Runtime.in_memory(), answer_double).envelope("ask", {"number": 1})
    )
    assert reply is not None
    assert len(reply.model_dump_json()) < 10_000


async def test_without_a_backoff_what_may_pass_is_tried_again_all_the_same(runtime):
    async def gone(_agent: Agent, _turn: Turn) -> None:
        msg = "gone"
        raise Unavailable(msg)

    agent = answering(runtime, gone, delivery=DeliveryConfig(backoff_seconds=()))
    settled = await agent.handle(Delivery(agent.envelope("ask", {"number": 1})))
    assert isinstance(settled, Again)
    assert settled.seconds > 0


async def test_what_was_answered_stands_though_the_turn_would_fail_now(tmp_path: Path):
    fails = False

    async def fickle(_agent: Agent, _turn: Turn) -> None:
        if fails:
            msg = "no longer"
            raise PacketRejected(msg)

    first, second = Runtime.local(tmp_path), Runtime.local(tmp_path)
    one, two = (answering(each, fickle, answer_double) for each in (first, second))
    packet = one.envelope("ask", {"number": 4})
    answered = await one.answer(packet)
    fails = True
    assert answered is not None
    assert await two.answer(packet) == answered, "another process, which never saw the packet"
    assert await two.handle(Delivery(packet)) == Done(answered)
    await first.close()
    await second.close()


async def test_a_write_that_the_database_refuses_is_a_failed_turn(runtime):
    async def impossible(agent: Agent, _turn: Turn) -> None:
        def work(_connection: object) -> None:
            msg = "no such thing"
            raise LookupError(msg)

        await agent.database.write(work)

    seen = []
    runtime.watchers.append(lambda record: seen.append((record.settled, record.failure.code)))
    agent = answering(runtime, impossible, answer_double)
    packet = agent.envelope("ask", {"number": 4})
    settled = await agent.handle(Delivery(packet, asked=True))
    assert isinstance(settled, Dead)
    assert settled.reply is not None
    assert settled.reply.payload["code"] == "step_failed"
    assert seen == [("dead", "step_failed")]


async def test_a_database_that_is_gone_for_long_makes_no_dead_letters(runtime, monkeypatch):
    monkeypatch.setattr("qpf_runtime.receiver.PAUSE", 0.02)
    impatient = DeliveryConfig(backoff_seconds=(0.001,), max_deliver=2)
    agent = answering(runtime, answer_double, delivery=impatient)
    await agent.start()
    database, gone = agent.database, True
    transact, tries = database._transact, []

    def refuse(jobs):
        tries.append(len(jobs))
        if not gone:
            return transact(jobs)
        database.available = False
        for job in jobs:
            job.error = DatabaseGone("the database does not answer")
        return None

    database._transact = refuse  # type: ignore[method-assign]
    packets = [agent.envelope("ask", {"number": number}) for number in range(3)]
    for packet in packets:
        await runtime.bus.publish(packet)
    async with asyncio.timeout(PATIENCE):
        while len(tries) < 12:  # noqa: ASYNC110 -- it has tried more often than packets are handed out
            await asyncio.sleep(0.01)
    gone = False
    assert await runtime.settled(PATIENCE)
    assert await runtime.bus.dead_letters.list() == ()
    for packet in packets:
        assert await agent.ledger.seen(packet.id) is not None


async def test_whoever_waits_hears_at_once_that_the_database_is_gone(runtime):
    agent = answering(runtime, answer_double)
    agent.database.available = False

    def refuse(jobs):
        for job in jobs:
            job.error = DatabaseGone("the database does not answer")

    agent.database._transact = refuse  # type: ignore[method-assign]
    reply = await agent.answer(agent.envelope("ask", {"number": 1}))
    assert reply is not None
    assert reply.payload["passing"] is True


async def test_a_clock_that_is_set_forward_lets_no_packet_be_handled_twice(clock: FakeClock):
    runtime = Runtime.in_memory(clock)
    agent = telling(runtime)
    await listen(runtime)
    packet = agent.envelope("ask", {"number": 4})
    await agent.handle(Delivery(packet))
    clock.jump(timedelta(days=400))
    assert await agent.ledger.sweep() == 0
    assert isinstance(await agent.handle(Delivery(packet, attempt=2)), Done)
    assert await notes(agent) == 1
    await runtime.close()


async def test_the_inbox_knows_a_packet_for_longer_than_its_dead_letter_is_kept(clock: FakeClock):
    runtime = Runtime.in_memory(clock)
    agent = telling(runtime, delivery=DeliveryConfig(dead_letter_retention="2 years"))
    await listen(runtime)
    packet = agent.envelope("ask", {"number": 4})
    await agent.handle(Delivery(packet))
    clock.pass_time(timedelta(days=730))
    assert await agent.ledger.sweep() == 0
    clock.pass_time(timedelta(days=2))
    assert await agent.ledger.sweep() == 1
    await runtime.close()


async def test_a_row_of_the_outbox_that_is_no_packet_keeps_no_other_from_being_sent(tmp_path: Path):
    dead = Runtime.local(tmp_path)
    first = telling(dead)
    await listen(dead)
    await first.handle(Delivery(first.envelope("ask", {"number": 1})))
    spoilt = OUTBOX.insert().values(agent="solo", packet_id="spoilt", at="2020", envelope="{}")
    await first.database.run(lambda connection: connection.execute(spoilt))
    await dead.stores.close()
    alive = Runtime.local(tmp_path)
    second, listener = telling(alive), await listen(alive)
    await second.start()
    async with asyncio.timeout(PATIENCE):
        while not listener.got:  # noqa: ASYNC110 -- the relay tells nobody
            await asyncio.sleep(0.01)
    assert await alive.settled(PATIENCE)
    await alive.close()


async def test_more_than_a_page_of_unsent_packets_is_sent_without_a_pause(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("qpf_runtime.relay.PAGE", 5)
    dead = Runtime.local(tmp_path)
    first = telling(dead)
    await listen(dead)
    for number in range(12):
        await first.handle(Delivery(first.envelope("ask", {"number": number})))
    await dead.stores.close()
    alive = Runtime.local(tmp_path)
    second, listener = telling(alive), await listen(alive)
    await second.start()
    async with asyncio.timeout(PATIENCE):
        while len(listener.got) < 12:  # noqa: ASYNC110 -- the relay tells nobody
            await asyncio.sleep(0.01)
    await alive.close()


async def test_an_outbox_that_cannot_be_read_once_is_read_again(runtime, monkeypatch):
    monkeypatch.setattr("qpf_runtime.relay.AGAIN", 0.01)
    listener, agent = await listen(runtime), telling(runtime)
    await agent.handle(Delivery(agent.envelope("ask", {"number": 4})))
    unsent, failures = agent.ledger.unsent, [OperationalError("x", {}, Exception("no such table")), None]

    async def flaky(*arguments, **named):
        failure = failures.pop(0) if failures else None
        if failure is not None:
            raise failure
        return await unsent(*arguments, **named)

    monkeypatch.setattr(agent.ledger, "unsent", flaky)
    agent.relay._held.clear()
    while not agent.relay._waiting.empty():
        agent.relay._waiting.get_nowait()
    await agent.start()
    async with asyncio.timeout(PATIENCE):
        while not listener.got:  # noqa: ASYNC110 -- the relay tells nobody
            await asyncio.sleep(0.01)


async def test_a_thousand_copies_at_the_same_time_are_one(runtime):
    agent = telling(runtime)
    await listen(runtime)
    packet = agent.envelope("ask", {"number": 4})
    settled = await asyncio.gather(*(agent.handle(Delivery(packet)) for _ in range(1500)))
    assert {type(found) for found in settled} == {Done}
    assert await notes(agent) == 1


async def test_a_bus_that_closes_takes_nothing_new_from_outside_whatever_it_says_of_itself(runtime):
    bus = runtime.bus
    assert isinstance(bus, InProcessBus)
    agent = telling(runtime)
    await agent.start()
    await bus.drain()
    named = agent.envelope("ask", {"number": 4}).model_copy(update={"causation_id": "made-up"})
    with pytest.raises(Exception, match="closing"):
        await bus.publish(named)
