"""One agent whose decisions wait for a person, and those it tells."""

from typing import Any, ClassVar

from qpf_runtime.agent import Agent
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Delivery
from qpf_runtime.components.governance import apply_governance
from qpf_runtime.components.memory import remember
from qpf_runtime.config import EscalationPolicy, GovernanceConfig, InputPort, OutputPort, Route
from qpf_runtime.held import approval_id
from qpf_runtime.packet import Packet
from qpf_runtime.runtime import Runtime
from qpf_runtime.stores import LocalStores
from qpf_runtime.testing import stand_in
from tests.runtime.world import Answer, Ask, bound, config

MINUTES = 30

GATE = 1
"""The step that asks the gate."""

APPROVED = [("auditor", "approved"), ("trainer", "approved")]
"""What is told when a decision is approved."""


class Outcome(Packet):
    kind: ClassVar[str] = "ask_outcome"
    number: int
    decision: str


class Call(Packet):
    kind: ClassVar[str] = "call"
    number: int
    severity: str
    channel: str


def governance(**changes):
    settings: dict[str, Any] = {
        "thresholds": {"confidence": 0.7},
        "escalationpolicy": EscalationPolicy(
            channel="desk", contacts=("lead",), timeout_minutes=MINUTES, on_timeout="reject"
        ),
        "governed": ("outcome",),
    }
    return GovernanceConfig(**(settings | changes))


def policy(on_timeout):
    return governance(
        escalationpolicy=EscalationPolicy(channel="desk", timeout_minutes=MINUTES, on_timeout=on_timeout)
    )


async def weigh(_agent, turn):
    turn.confidence = 0.5
    turn.facts["note"] = "thin"


async def reply(_agent, turn):
    turn.reply = Answer(number=turn.packet.number)


def make(runtime, *more, rules=None, first=weigh, steps=()):
    settings = config(
        "solo",
        governance=rules or governance(),
        inputs={"ask": InputPort(packet="ask", reply="answer")},
        outputs={"outcome": OutputPort(packet="ask_outcome"), "escalation": OutputPort(packet="call")},
        routes={
            "outcome": (
                Route(target="trainer", port="outcome", packet="ask_outcome"),
                Route(target="auditor", port="outcome", packet="ask_outcome"),
            ),
            "escalation": (Route(target="auditor", port="call", packet="call"),),
        },
    )
    agent = Agent(settings, runtime)
    agent.sends("outcome", Outcome)
    agent.sends("escalation", Call)
    flow = steps or (first, apply_governance, *(more or (remember,)), reply)
    agent.on("ask", Ask, bound(agent, *flow), Answer)
    return agent


class Office:
    """One agent, those it tells stood in for, and a decision that waits."""

    def __init__(self, runtime, agent, sent):
        self.runtime, self.agent, self.sent = runtime, agent, sent
        self.desk, self.approvals = agent.desk, agent.desk.approvals

    async def hold(self, number=1):
        asked = self.agent.envelope("ask", {"number": number})
        settlement = await self.agent.handle(Delivery(asked, asked=True))
        assert settlement.reply is not None
        assert not settlement.reply.failed, settlement.reply.payload
        return await self.approvals.get(approval_id("solo", asked.id, GATE))

    async def told(self, kind="ask_outcome"):
        assert await self.runtime.settled(5)
        return sorted(
            (one.agent, one.payload.get("decision") or one.payload.get("severity"))
            for one in self.sent
            if one.kind == kind
        )

    async def trail(self):
        return [(row.event, row.actor, row.outcome) for row in await self.agent.audit.entries()]


async def office(runtime, *more, rules=None, first=weigh):
    agent = make(runtime, *more, rules=rules, first=first)
    sent = await stand_in(agent)
    await agent.start()
    await agent.desk.stop()  # the tests look when they want to
    return Office(runtime, agent, sent)


def local(folder, clock, ids):
    return Runtime(InProcessBus(), LocalStores(folder), clock=clock, ids=ids, models="offline")
