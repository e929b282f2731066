"""What grows has an end, what waits goes on, and what ends leaves nobody waiting."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.bus.port import Delivery
from qpf_runtime.config import DeliveryConfig, InputPort, OutputPort, Route
from qpf_runtime.database import Database
from qpf_runtime.errors import QueueFull, Unavailable
from qpf_runtime.ledger import Ledger
from qpf_runtime.memory.working import InProcessMemory
from qpf_runtime.metrics import Metrics
from qpf_runtime.runtime import Runtime
from qpf_runtime.turn import Turn
from tests.runtime.stores import Place
from tests.runtime.world import Ask, FakeClock, answer_double, answering, bound, config

pytestmark = pytest.mark.anyio

PATIENCE = 20.0


async def test_a_sweep_lets_go_of_more_packets_than_a_busy_agent_handles_meanwhile(
    clock: FakeClock, monkeypatch
):
    monkeypatch.setattr("qpf_runtime.ledger.SWEPT_AT_ONCE", 10)
    runtime = Runtime.in_memory(clock)
    agent = answering(runtime, answer_double)
    for number in range(35):
        await agent.handle(Delivery(agent.envelope("ask", {"number": number})))
    clock.pass_time(timedelta(days=32))
    assert await agent.ledger.sweep() == 35
    await runtime.close()


async def test_nobody_waits_for_a_database_that_is_closed(tmp_path):
    database = Database.file(tmp_path / "kept.db")

    async def use(number: int) -> int | None:
        try:
            return await database.run(lambda _connection: number)
        except Unavailable:
            return None

    async with asyncio.timeout(PATIENCE):
        for _ in range(50):
            closing = asyncio.create_task(database.close())
            used = [asyncio.create_task(use(number)) for number in range(20)]
            await asyncio.sleep(0)
            late = [asyncio.create_task(use(number)) for number in range(20)]
            await asyncio.gather(closing, *used, *late)
        await database.close()


async def test_an_identity_that_no_packet_can_have_is_not_found_on_any_database(postgres, tmp_path, clock):
    place = Place(tmp_path)
    place.kinds["episodicmemory"] = "postgresql"
    place.urls = type(place.urls)(database=postgres.create())
    for opened in (place.open(),):
        ledger = Ledger(opened.database, "solo", clock)
        assert await ledger.of("\x00") == ()
        assert await ledger.of("a\ud800") == ()
        assert await ledger.of("x" * 100_000) == ()
    await place.close()


async def test_two_agents_that_send_to_each_other_never_wait_for_each_other_for_good(monkeypatch):
    monkeypatch.setattr("qpf_runtime.relay.ROOM", 1)
    monkeypatch.setattr("qpf_runtime.relay.LONGEST_HOLD", 0.05)
    monkeypatch.setattr("qpf_runtime.bus.inprocess.PATIENCE", 0.02)
    runtime, ended = Runtime.in_memory(), []
    narrow = DeliveryConfig(concurrency=1, queue_limit=1)

    def agent(name: str, other: str) -> Agent:
        made = Agent(
            config(
                name,
                delivery=narrow,
                inputs={"ask": InputPort(packet="ask")},
                outputs={"next": OutputPort(packet="ask")},
                routes={"next": (Route(target=other, port="ask", packet="ask"),)},
            ),
            runtime,
        )

        async def pass_on(agent: Agent, turn: Turn) -> None:
            assert isinstance(turn.packet, Ask)
            if turn.packet.number:
                await agent.emit("next", Ask(number=turn.packet.number - 1))
            else:
                ended.append(turn.envelope.correlation_id)

        made.on("ask", Ask, bound(made, pass_on))
        made.sends("next", Ask)
        return made

    one, two = agent("one", "two"), agent("two", "one")
    await one.start()
    await two.start()

    async def send(start: Agent) -> None:
        for _ in range(6):
            packet = start.envelope("ask", {"number": 6})
            while True:
                with suppress(QueueFull):
                    await runtime.bus.publish(packet)
                    break

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(send(one), send(two))
        while len(ended) < 12:  # noqa: ASYNC110 -- they tell nobody
            await asyncio.sleep(0.01)
    await runtime.close()


async def test_a_full_working_memory_is_not_gone_through_with_every_key(clock: FakeClock):
    memory, gone_through = InProcessMemory("test:*", timedelta(hours=1), clock, capacity=100), []
    shed = memory._shed

    def counted() -> None:
        gone_through.append(1)
        shed()

    memory._shed = counted  # type: ignore[method-assign]
    for number in range(1100):
        await memory.put(str(number), number)
        assert len(memory._entries) <= 100
    assert len(gone_through) <= 110
    assert await memory.get("1099") == 1099


async def test_many_who_read_the_figures_ask_the_database_once(clock: FakeClock):
    metrics, runtime, asked = Metrics(), Runtime.in_memory(clock), []
    agent = answering(runtime, answer_double)
    metrics.add(agent)
    run = agent.database.run

    async def counted(*works):
        asked.append(1)
        return await run(*works)

    agent.database.run = counted  # type: ignore[method-assign]
    written = await asyncio.gather(*(metrics.write() for _ in range(100)))
    assert {b"qpf_held_decisions{" in text for text, _ in written} == {True}
    assert len(asked) == 1
    await metrics.write()
    assert len(asked) == 2, "later figures are asked for anew"
    await runtime.close()
