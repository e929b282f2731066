"""Whole agents on PostgreSQL, Redis and pgvector: one effect a packet, replicas and outages included."""

import asyncio

import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.bus.port import Again, Delivery, Done
from qpf_runtime.components.memory import recall, remember
from qpf_runtime.config import InputPort
from qpf_runtime.needs import StoreUrls
from qpf_runtime.runtime import Runtime
from tests.runtime.stores import memory
from tests.runtime.world import Answer, Ask, FakeClock, answer_double, bound, config, counted

pytestmark = [pytest.mark.anyio, pytest.mark.network]

SERVERS = {
    "workingmemory": "redis",
    "episodicmemory": "postgresql",
    "semanticmemory": "pgvector",
    "causalmemory": "sql",
}
HERE = {"semanticmemory": "numpy", "causalmemory": "sql"}


@pytest.fixture(params=["servers", "here"])
def surroundings(request, tmp_path):
    """The kinds of stores, and how to start one more process on them."""
    urls = StoreUrls()
    if request.param == "servers":
        database = request.getfixturevalue("pgvector").create()
        urls = StoreUrls(database=database, redis=request.getfixturevalue("redis").url)
    layers = memory(SERVERS if request.param == "servers" else HERE)

    def start():
        runtime = Runtime.local(tmp_path, urls=urls)
        runtime.clock, runtime.ids = FakeClock(), counted()
        settings = config("solo", memory=layers, inputs={"ask": InputPort(packet="ask", reply="answer")})
        agent = Agent(settings, runtime)
        agent.on("ask", Ask, bound(agent, recall, learn, answer_double, remember), Answer)
        return runtime, agent

    return start


async def learn(agent, turn):
    await agent.memory.semantic.remember(turn.envelope.id, "steel beams")
    await agent.memory.causal.link("start", turn.envelope.id, "packet")


async def test_a_packet_that_comes_to_two_replicas_has_one_effect(surroundings):
    (first, one), (second, two) = surroundings(), surroundings()
    packets = [one.envelope("ask", {"number": number}) for number in range(20)]
    handled = await asyncio.gather(
        *(agent.handle(Delivery(packet)) for packet in packets for agent in (one, two))
    )
    again = [each for each in handled if isinstance(each, Again)]
    assert len(again) < len(handled) / 2
    for packet in packets:
        settled = await two.handle(Delivery(packet, attempt=2))
        assert isinstance(settled, Done)
        assert settled.reply.payload == {"number": 2 * packet.payload["number"]}
    episodes = await one.memory.episodic.recall(limit=100)
    assert sorted(episode.content["packet_id"] for episode in episodes) == sorted(p.id for p in packets)
    assert len(await one.memory.causal.effects_of("start")) == 20
    assert len(await two.memory.semantic.search("steel", limit=100)) == 20
    for runtime in (first, second):
        await runtime.close()


async def test_a_failed_turn_leaves_no_memory_but_that_it_failed(surroundings):
    runtime, agent = surroundings()

    async def fail(_agent, _turn):
        raise RuntimeError

    agent._wiring.inputs.clear()
    agent.on("ask", Ask, bound(agent, learn, remember, fail), Answer)
    await agent.handle(Delivery(agent.envelope("ask", {"number": 1})))
    assert [episode.kind for episode in await agent.memory.episodic.recall()] == ["failed_turn"]
    assert await agent.memory.semantic.search("steel") == ()
    assert await agent.memory.causal.effects_of("start") == ()
    await runtime.close()


async def test_what_a_process_remembered_the_next_one_knows(surroundings):
    runtime, agent = surroundings()
    await agent.handle(Delivery(agent.envelope("ask", {"number": 1}, packet_id="one")))
    await runtime.close()
    runtime, agent = surroundings()
    assert len(await agent.memory.episodic.recall()) == 1
    assert len(await agent.memory.semantic.search("steel")) == 1
    assert await agent.ledger.seen("one")
    await runtime.close()


async def test_a_packet_is_handled_again_when_its_stores_are_back(pgvector, redis, tmp_path):
    urls = StoreUrls(database=pgvector.create(), redis=redis.url)
    async with Runtime.local(tmp_path, urls=urls) as runtime:
        inputs = {"ask": InputPort(packet="ask", reply="answer")}
        agent = Agent(config("solo", memory=memory(SERVERS), inputs=inputs), runtime)
        agent.on("ask", Ask, bound(agent, recall, learn, answer_double, remember), Answer)
        packet = agent.envelope("ask", {"number": 1})
        redis.server.stop()
        try:
            assert isinstance(await agent.handle(Delivery(packet)), Again)
        finally:
            redis.server.start()
        # Without its database it holds the packet, and blames it for nothing.
        pgvector.server.stop()
        held = asyncio.create_task(agent.handle(Delivery(packet, attempt=2)))
        try:
            assert await asyncio.wait([held], timeout=0.5) == (set(), {held})
        finally:
            pgvector.server.start()
        async with asyncio.timeout(60):
            settled = await held
            while not isinstance(settled, Done):
                settled = await agent.handle(Delivery(packet, attempt=3))
                await asyncio.sleep(0.05)
        assert settled.reply.payload == {"number": 2}
        assert len(await agent.memory.causal.effects_of("start")) == 1
