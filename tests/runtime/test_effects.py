"""Delivery is at least once; effects are once: whatever comes again, fails, or is killed in between."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Again, Dead, Delivery, Done
from qpf_runtime.config import (
    CausalMemoryConfig,
    DeliveryConfig,
    InputPort,
    MemoryConfig,
    OutputPort,
    Route,
    WorkingMemoryConfig,
)
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import PacketRejected, Unavailable
from qpf_runtime.governance import Decision
from qpf_runtime.packet import assemble
from qpf_runtime.runtime import Runtime
from qpf_runtime.turn import Turn
from tests.runtime.world import Answer, Ask, answer_double, answering, bound, config

pytestmark = pytest.mark.anyio


class Listener:
    """Whoever is told things; remembers them."""

    def __init__(self) -> None:
        self.got: list[PacketEnvelope] = []
        self.third = asyncio.Event()

    async def receive(self, delivery: Delivery) -> Done:
        self.got.append(delivery.envelope)
        if len(self.got) == 3:
            self.third.set()
        reply = Answer(number=99)
        turned = {"kind": "answer", "source": delivery.envelope.target, "target": delivery.envelope.source}
        return Done(delivery.envelope.model_copy(update=turned | {"payload": reply.payload(), "digest": ""}))


async def listen(runtime: Runtime, name: str = "listener") -> Listener:
    listener = Listener()
    assert isinstance(runtime.bus, InProcessBus)
    await runtime.bus.collect(name, DeliveryConfig(), listener.receive)
    return listener


def telling(runtime: Runtime, *steps: Any, **changes: Any) -> Agent:
    """Make an agent that takes `ask`, tells `listener` by `news`, and answers."""
    settings = {
        "inputs": {"ask": InputPort(packet="ask", reply="answer")},
        "outputs": {"news": OutputPort(packet="ask")},
        "routes": {"news": (Route(target="listener", port="ask", packet="ask"),)},
    }
    agent = Agent(config("solo", **(settings | changes)), runtime)
    agent.on("ask", Ask, bound(agent, *(steps or (note, tell, answer_double))), Answer)
    agent.sends("news", Ask)
    return agent


async def note(agent: Agent, turn: Turn) -> None:
    await agent.memory.episodic.append("note", "s", {"id": turn.envelope.id}, turn.envelope.correlation_id)


async def tell(agent: Agent, turn: Turn) -> None:
    await agent.emit("news", assemble(Ask, turn.packet.payload()))


async def fail(_agent: Agent, _turn: Turn) -> None:
    message = "a bug"
    raise RuntimeError(message)


async def unavailable(_agent: Agent, _turn: Turn) -> None:
    message = "the store does not answer"
    raise Unavailable(message)


async def notes(agent: Agent) -> int:
    return len(await agent.memory.episodic.recall("note"))


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
    assert sum(len(listener.got) for listener in listeners) == 40
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


async def test_what_a_killed_process_had_not_sent_is_sent_by_the_next(tmp_path: Path):
    dead = Runtime.local(tmp_path)
    first = telling(dead)
    await listen(dead)
    # Never started: it handles packets, and its relay sends none, as if killed right after the commit.
    for number in range(3):
        assert isinstance(await first.handle(Delivery(first.envelope("ask", {"number": number}))), Done)
    await dead.stores.close()
    alive = Runtime.local(tmp_path)
    second, listener = telling(alive), await listen(alive)
    await second.start()
    async with asyncio.timeout(10):
        await listener.third.wait()
    assert await alive.settled(5)
    assert {str(told.payload["number"]) for told in listener.got} == {"0", "1", "2"}
    assert await second.ledger.unsent() == []
    await alive.close()


async def test_a_turn_that_runs_again_sends_and_asks_under_the_same_ids(runtime):
    asked = await listen(runtime, "scorer")
    settings: dict[str, Any] = {
        "outputs": {"news": OutputPort(packet="ask"), "score": OutputPort(packet="ask", reply="answer")},
        "routes": {
            "news": (Route(target="listener", port="ask", packet="ask"),),
            "score": (Route(target="scorer", port="ask", packet="ask"),),
        },
    }
    tries = []

    async def score(agent: Agent, _turn: Turn) -> None:
        await agent.request("score", Ask(number=1))
        await agent.request("score", Ask(number=1))

    async def fails_once(_agent: Agent, _turn: Turn) -> None:
        tries.append(1)
        if len(tries) == 1:
            message = "not now"
            raise Unavailable(message)

    listener = await listen(runtime)
    agent = telling(runtime, score, tell, tell, fails_once, answer_double, **settings)
    agent.sends("score", Ask, Answer)
    await agent.start()
    packet = agent.envelope("ask", {"number": 4})
    assert isinstance(await agent.handle(Delivery(packet)), Again)
    assert isinstance(await agent.handle(Delivery(packet, attempt=2)), Done)
    assert await runtime.settled(5)
    ids = [sent.id for sent in asked.got]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2, "two questions of one turn are two packets"
    assert len({told.id for told in listener.got}) == 2


async def test_a_held_turn_is_resumed_once_and_sends_anew(runtime):
    class Waiting:
        id = "held-1"
        facts: dict[str, Any] = {}  # noqa: RUF012 -- a stand-in
        confidence = 0.5
        path = ("solo.note",)
        step = 0

        def __init__(self, envelope: PacketEnvelope) -> None:
            self.envelope = envelope

    listener, agent = await listen(runtime), telling(runtime)
    await agent.start()
    packet = agent.envelope("ask", {"number": 4})
    await agent.handle(Delivery(packet))
    approved = Decision("approved", 0.5, ("a person approved",))
    claims: list[int] = []

    def claim(_connection: object) -> None:
        claims.append(1)
        if len(claims) > 1:
            message = "answered already"
            raise LookupError(message)

    await agent.resume(Waiting(packet), approved, claim)
    with pytest.raises(LookupError, match="answered already"):
        await agent.resume(Waiting(packet), approved, claim)
    assert await runtime.settled(5)
    assert await notes(agent) == 1, "the step before the gate is not run again"
    assert len(listener.got) == 2
    assert len({told.id for told in listener.got}) == 2, "once when it was held, once when it was approved"


async def test_what_causes_what_is_learnt_with_the_turn(runtime):
    memory = MemoryConfig(
        workingmemory=WorkingMemoryConfig(keyspace="test:solo:*"),
        causalmemory=CausalMemoryConfig(storagetype="sql"),
    )
    listener, agent = await listen(runtime), telling(runtime, memory=memory)
    await agent.start()
    packet = agent.envelope("ask", {"number": 4})
    assert isinstance(await agent.handle(Delivery(packet)), Done)
    assert await runtime.settled(5)
    effects = await agent.memory.causal.effects_of(packet.id, 3)
    assert [found.effect for found in effects] == [listener.got[0].id]


async def test_a_packet_no_bus_takes_fails_its_turn(runtime):
    async def shout(agent: Agent, _turn: Turn) -> None:
        await agent.emit("news", Long(number=1, text="x" * 1_100_000))

    class Long(Ask):
        text: str

    listener, agent = await listen(runtime), telling(runtime, note, shout, answer_double)
    await agent.start()
    settled = await agent.handle(Delivery(agent.envelope("ask", {"number": 4})))
    assert isinstance(settled, Dead)
    assert "the payload has 1100022 bytes; no bus takes more than 1048576" in settled.reason
    assert await notes(agent) == 0
    assert listener.got == []


async def test_a_long_way_is_cut_at_its_beginning(runtime):
    hops = tuple(f"other.step_{number}" for number in range(256))
    listener, agent = await listen(runtime), telling(runtime)
    await agent.start()
    packet = agent.envelope("ask", {"number": 4}).model_copy(update={"path": hops})
    reply = await agent.answer(packet)
    assert await runtime.settled(5)
    assert reply is not None
    assert reply.path == (*hops[3:], "solo.note", "solo.tell", "solo.answer_double")
    assert listener.got[0].path == (*hops[2:], "solo.note", "solo.tell")
