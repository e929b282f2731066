"""What a turn sends leaves once it is over, after a kill too; and the same if the turn runs again."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.bus.port import Again, Dead, Delivery, Done
from qpf_runtime.config import (
    CausalMemoryConfig,
    MemoryConfig,
    OutputPort,
    Route,
    WorkingMemoryConfig,
)
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import DatabaseGone, Unavailable
from qpf_runtime.governance import Decision
from qpf_runtime.runtime import Runtime
from qpf_runtime.turn import Turn
from tests.runtime.effects import listen, note, notes, tell, telling
from tests.runtime.world import Answer, Ask, answer_double

pytestmark = pytest.mark.anyio


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


async def test_a_turn_whose_end_the_database_kept_to_itself_is_sent_soon(runtime, monkeypatch):
    listener, agent = await listen(runtime), telling(runtime)
    commit = agent.ledger.commit
    ended: list[bool] = []

    async def silent(*arguments):
        await commit(*arguments)
        if not ended:
            # A server that goes away right after the commit does not say that it was one.
            ended.append(True)
            message = "the database does not answer"
            raise DatabaseGone(message)

    monkeypatch.setattr(agent.ledger, "commit", silent)
    await agent.start()
    await asyncio.sleep(0)
    # The database works in order: the relay has read the outbox when this is answered.
    assert await agent.ledger.unsent() == []
    assert isinstance(await agent.handle(Delivery(agent.envelope("ask", {"number": 4}))), Done)
    async with asyncio.timeout(20):
        while not listener.got:  # noqa: ASYNC110 -- the relay tells nobody
            await asyncio.sleep(0.01)
    assert len(listener.got) == 1
    assert await notes(agent) == 1


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
