"""A packet that cannot be handled is one dead letter with its reason, and is handled once when it can be."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qpf_runtime.bus.port import DeadLetter
from qpf_runtime.clock import SystemClock
from qpf_runtime.envelope import PacketEnvelope
from tests.faults.processes import ROOT
from tests.faults.world import World, accepted, until, world

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("faults")]

AGENT = "plastos_adapter"
NAMES = (AGENT, "main_agent", "tensoraios")
MOST = 2
"""Deliveries of a packet in the environment `strict`."""
POISON = "inquiry-poison"
INQUIRY = {
    "buyer_account": "B-1",
    "supplier_account": "S-2",
    "material": "PP",
    "volume_tonnes": 100.0,
    "capacity_tonnes": 120.0,
    "price_limit": 1.5,
    "price_offer": 1.4,
    "quality_needed": 80.0,
    "quality_rating": 85.0,
    "lead_time_wanted": 30,
    "lead_time_offered": 20,
}
RAISES = 'raise RuntimeError("nobody knows this polymer")'
DIES = "import os; os._exit(70)"
BROKEN = """

translated = to_match_request


async def to_match_request(agent, turn):
    if turn.packet.payload()["material"] == "PVC":
        {harm}
    await translated(agent, turn)
"""


def inquiry(identity: str, **payload: object) -> PacketEnvelope:
    """An inquiry nobody waits for."""
    return PacketEnvelope.model_validate(
        {
            "id": identity,
            "kind": "plastos_inquiry",
            "priority": "high",
            "source": "outside",
            "target": f"{AGENT}.plastos_inquiry",
            "correlation_id": identity,
            "created_at": SystemClock().now(),
            "schema_version": "6.0.0",
            "payload": {**INQUIRY, "record_id": identity, **payload},
        }
    )


def logic(folder: Path, harm: str) -> Path:
    """Write the domain's code such that it does harm when the material is PVC."""
    shutil.copytree(ROOT / "logic", folder, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "plastos" / "inquiry.py"
    file.write_text(file.read_text() + BROKEN.format(harm=harm))
    return folder


class Bench:
    """A fleet with something wrong in it."""

    def __init__(self, running: World) -> None:
        self.running = running
        self.sent: list[str] = []
        self.restarts = 0

    async def ordinary(self, count: int) -> None:
        """Send packets with which all is well."""
        for _ in range(count):
            identity = f"inquiry-{len(self.sent)}"
            self.sent.append(identity)
            await accepted(self.running.bus, inquiry(identity))

    async def letters(self) -> list[DeadLetter]:
        """Give the dead letters."""
        return list(await self.running.bus.dead_letters.list())

    async def dead(self, code: str, said: str) -> None:
        """Wait for the packet's dead letter: one, that says why."""

        async def found() -> bool:
            return len(await self.letters()) > 0

        await until(found, "a dead letter")
        await self.handled()
        (letter,) = await self.letters()
        assert (letter.id, letter.agent, letter.code) == (POISON, AGENT, code)
        assert said in letter.reason

    async def handled(self) -> None:
        """Wait until all else is handled, and nothing waits for the agent."""
        books = self.running.books

        def done() -> bool:
            return set(self.sent) <= set(books.handled(AGENT, "plastos_inquiry"))

        await until(done, "the other packets are handled")

        async def empty() -> bool:
            return await self.running.bus.pending(AGENT) == 0

        await until(empty, "nothing waits")

    async def replay(self) -> None:
        """Send the dead letter once more."""
        await self.running.bus.dead_letters.replay(POISON)

    def asked(self) -> int:
        """How many matches the packet has asked for."""
        sql = "SELECT count(*) FROM inbox WHERE causation_id = ?"
        return int(self.running.books.query("main_agent", sql, POISON)[0][0])

    async def mend(self) -> None:
        """Start the agent with the code as it should be."""
        fleet, before = self.running.fleet, self.restarts
        fleet.path.clear()
        await asyncio.to_thread(fleet.terminate, AGENT)
        await until(lambda: self.restarts > before, "it is started again")
        await asyncio.to_thread(fleet.ready, AGENT)

    async def once(self) -> None:
        """Wait for the packet's effect: one, and no dead letter is left."""
        await until(lambda: self.asked() > 0, "the packet has its effect")
        await self.handled()
        assert self.running.books.handled(AGENT, "plastos_inquiry").count(POISON) == 1
        assert self.asked() == 1
        assert await self.letters() == []

    async def keep(self) -> None:
        """Start the agent again whenever it has died, as a supervisor does."""
        while True:
            if self.running.fleet.ended(AGENT):
                self.restarts += 1
                self.running.fleet.start(AGENT)
            await asyncio.sleep(0.1)


@asynccontextmanager
async def bench(environment: Path, folder: Path, start_server, harm: str) -> AsyncIterator[Bench]:
    path = [logic(folder / "broken", harm)]
    async with world(environment, folder, start_server, names=NAMES, path=path) as running:
        there = Bench(running)
        keeping = asyncio.create_task(there.keep())
        try:
            yield there
        finally:
            keeping.cancel()


async def test_a_packet_on_which_a_step_raises_is_one_dead_letter_until_the_step_is_mended(
    strict, tmp_path, nats_server
):
    async with bench(strict, tmp_path, nats_server, RAISES) as there:
        await there.ordinary(5)
        await accepted(there.running.bus, inquiry(POISON, material="PVC"))
        await there.ordinary(5)
        await there.dead("step_failed", "nobody knows this polymer")
        assert there.running.fleet.figure(AGENT, "qpf_dead_letters_total", code="step_failed") == 1
        await there.replay()
        await there.dead("step_failed", "nobody knows this polymer")
        assert there.asked() == 0
        await there.mend()
        await there.replay()
        await there.once()


async def test_a_packet_of_the_wrong_type_is_one_dead_letter_however_often_it_is_replayed(
    strict, tmp_path, nats_server
):
    async with bench(strict, tmp_path, nats_server, RAISES) as there:
        await accepted(there.running.bus, inquiry(POISON, volume_tonnes="plenty"))
        await there.dead("invalid_payload", "volume_tonnes")
        for _ in range(2):
            await there.replay()
            await there.ordinary(3)
            await there.dead("invalid_payload", "volume_tonnes")
        assert there.asked() == 0


async def test_a_packet_that_kills_its_agent_each_time_is_one_dead_letter_and_takes_no_other_with_it(
    strict, tmp_path, nats_server
):
    async with bench(strict, tmp_path, nats_server, DIES) as there:
        await there.ordinary(10)
        await accepted(there.running.bus, inquiry(POISON, material="PVC"))
        await there.ordinary(10)
        await there.dead("max_deliveries", "its receiver died or hung each time")
        # As often as any packet, and once by itself.
        assert there.restarts == MOST + 1
        await there.mend()
        await there.replay()
        await there.once()
