"""Delivery is at least once; effects are once: whatever comes again, fails, or is killed in between."""

import asyncio
from datetime import timedelta

import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.bus.port import Again, Dead, Delivery, Done
from qpf_runtime.errors import PacketRejected
from qpf_runtime.runtime import Runtime
from qpf_runtime.turn import Turn
from tests.runtime.effects import fail, listen, note, notes, tell, telling, unavailable
from tests.runtime.world import answer_double, answering

pytestmark = pytest.mark.anyio


async def test_a_packet_that_comes_again_has_no_second_effect(runtime):
    listener, agent = await listen(runtime), telling(runtime)
    await agent.start()
    packet = agent.envelope("ask", {"number": 4})
    first, second = await agent.handle(Delivery(packet)), await agent.handle(Delivery(packet, attempt=2))
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert first.reply == second.reply
    assert first.reply is not None
    assert first.reply.payload == {"number": 8}
    assert await runtime.settled(5)
    assert await notes(agent) == 1
    assert [told.payload for told in listener.got] == [{"number": 4}]


async def test_copies_handled_at_the_same_time_are_one(runtime):
    listener, agent = await listen(runtime), telling(runtime)
    seen: list[str] = []
    runtime.watchers.append(lambda record: seen.append(record.settled))
    await agent.start()
    packet = agent.envelope("ask", {"number": 4})
    settled = await asyncio.gather(*(agent.handle(Delivery(packet)) for _ in range(20)))
    assert {found.reply.id for found in settled if isinstance(found, Done) and found.reply} == {
        settled[0].reply.id
    }
    assert await runtime.settled(5)
    assert await notes(agent) == 1
    assert len(listener.got) == 1
    assert sorted(seen) == ["done", *["duplicate"] * 19]


async def test_two_processes_with_one_database_handle_a_packet_once(tmp_path):
    one, two = Runtime.local(tmp_path), Runtime.local(tmp_path)
    agents = [telling(one), telling(two)]
    listeners = [await listen(one), await listen(two)]
    for agent in agents:
        await agent.start()
    packets = [agents[0].envelope("ask", {"number": number}) for number in range(40)]
    await asyncio.gather(*(agent.handle(Delivery(packet)) for packet in packets for agent in agents))
    assert await one.settled(5)
    assert await two.settled(5)
    assert len(await agents[0].memory.episodic.recall("note", limit=100)) == 40
    told = {str(found.payload["number"]) for listener in listeners for found in listener.got}
    assert told == set(map(str, range(40)))
    # Either may send what the outbox holds: sent by both it is one packet still, by its id.
    assert len({found.id for listener in listeners for found in listener.got}) == 40
    await one.close()
    await two.close()


async def test_a_turn_that_fails_writes_and_sends_nothing(runtime):
    listener, agent = await listen(runtime), telling(runtime, note, tell, fail)
    await agent.start()
    settled = await agent.handle(Delivery(agent.envelope("ask", {"number": 4})))
    assert settled == Dead("step_failed", "RuntimeError: a bug")
    assert await runtime.settled(5)
    assert await notes(agent) == 0
    assert listener.got == []


async def test_only_what_may_pass_is_tried_again(runtime):
    agent = telling(runtime, note, unavailable)
    packet = agent.envelope("ask", {"number": 4})
    again = await agent.handle(Delivery(packet))
    assert isinstance(again, Again)
    assert 0.5 <= again.seconds <= 1.0, "the schema's first wait, spread"
    assert isinstance(await agent.handle(Delivery(packet, attempt=5, last=True)), Dead)
    asked = await agent.handle(Delivery(packet, asked=True))
    assert isinstance(asked, Done)
    assert asked.reply is not None
    assert asked.reply.payload["passing"] is True, "whoever waits asks again itself"
    assert await notes(agent) == 0


async def test_a_refused_packet_may_come_again_corrected(runtime):
    async def picky(_agent: Agent, turn: Turn) -> None:
        if turn.packet.payload()["number"] == 1:
            message = "not one"
            raise PacketRejected(message)

    agent = answering(runtime, picky, answer_double)
    packet = agent.envelope("ask", {"number": 1}, packet_id="x")
    refused = await agent.answer(packet)
    assert refused is not None
    assert refused.payload["code"] == "rejected"
    corrected = await agent.answer(agent.envelope("ask", {"number": 2}, packet_id="x"))
    assert corrected is not None
    assert corrected.payload == {"number": 4}
    reused = await agent.answer(agent.envelope("ask", {"number": 3}, packet_id="x"))
    assert reused is not None
    assert reused.payload["code"] == "id_reused"


async def test_a_turn_lasts_no_longer_than_somebody_waits(runtime, clock):
    async def dawdle(_agent: Agent, _turn: Turn) -> None:
        await asyncio.sleep(60)

    agent = telling(runtime, dawdle)
    packet = agent.envelope("ask", {"number": 4})
    soon = packet.model_copy(update={"deadline": clock.now() + timedelta(milliseconds=30)})
    reply = await agent.answer(soon)
    assert reply is not None
    assert (reply.payload["code"], reply.payload["message"]) == ("timeout", "not finished within 30 ms")


async def test_a_packet_that_was_handled_is_a_duplicate_also_past_its_deadline(runtime, clock):
    agent = telling(runtime, answer_double)
    packet = agent.envelope("ask", {"number": 4})
    packet = packet.model_copy(update={"deadline": clock.now() + timedelta(seconds=1)})
    first = await agent.handle(Delivery(packet))
    clock.pass_time(timedelta(hours=1))
    assert await agent.handle(Delivery(packet, attempt=2)) == first
    late = agent.envelope("ask", {"number": 5}).model_copy(update={"deadline": packet.deadline})
    settled = await agent.handle(Delivery(late))
    assert isinstance(settled, Dead)
    assert settled.code == "expired"
