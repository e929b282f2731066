"""The machines' clocks jump by hours, each on its own, while packets flow."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.processes import AGENTS
from tests.faults.world import accepted, request, until, world

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("faults")]

JUMPY = '''
"""Python runs this before all else: the clock of the process is off by what a file says."""

import os
from datetime import timedelta
from pathlib import Path

from qpf_runtime.clock import SystemClock

told, right = Path(os.environ["TEST_CLOCK"]), SystemClock.now
SystemClock.now = lambda self: right(self) + timedelta(hours=float(told.read_text()))
'''

JUMPS = (
    ("tensoraios", 5.0),
    ("main_agent", -5.0),
    ("tensor_trainer", -30.0),
    ("governance_auditor", 30.0),
    ("main_agent", 30.0),
    ("tensoraios", -1.0),
    ("tensor_trainer", 1.0),
    ("main_agent", 0.0),
    ("governance_auditor", -5.0),
    ("tensoraios", 0.0),
)
"""Hours from the right time."""


class Clocks:
    """The clock of each agent's machine."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "path"
        self.path.mkdir(parents=True)
        (self.path / "sitecustomize.py").write_text(JUMPY)
        self._folder = folder
        for agent in AGENTS:
            self.jump(agent, 0.0)

    def variables(self, agent: str) -> dict[str, str]:
        """What the agent is told of it."""
        return {"TEST_CLOCK": str(self._folder / agent)}

    def jump(self, agent: str, hours: float) -> None:
        """Set a clock to so many hours from the right time."""
        draft = self._folder / "draft"
        draft.write_text(str(hours))
        draft.replace(self._folder / agent)


async def test_clocks_that_jump_by_hours_cost_no_packet_and_no_held_decision(dev, tmp_path, nats_server):
    clocks = Clocks(tmp_path / "clocks")
    began = world(dev, tmp_path, nats_server, variables=clocks.variables, path=[clocks.path])
    async with began as running:
        # Half of what is needed is unknown: a person decides.
        held = request(9999, capabilities={})
        await accepted(running.bus, held)
        with running.fleet.http("main_agent") as http:
            waiting = lambda: [one["id"] for one in http.get("/approvals?state=pending").json()["approvals"]]  # noqa: E731
            await until(lambda: len(waiting()) == 1, "a decision waits")
            (identity,) = waiting()
            sending = asyncio.create_task(running.send(300, each_second=25))
            for agent, hours in JUMPS:
                clocks.jump(agent, hours)
                await asyncio.sleep(1)
            sent = await sending
            # Where the scorer's clock said that a question came too late, a person is asked as well.
            assert http.get(f"/approvals/{identity}").json()["state"] == "pending"
            for agent in AGENTS:
                clocks.jump(agent, 0.0)
            answered = http.post(f"/approvals/{identity}", json={"answer": "approve", "by": "a person"})
            assert answered.status_code == 200, answered.text
        await running.once(sent)
