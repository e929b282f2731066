"""What tries to get past the gate fails loudly: the turn fails, nothing leaves, and the trail tells."""

from dataclasses import replace
from typing import ClassVar

import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.bus.port import Delivery
from qpf_runtime.components.governance import apply_governance
from qpf_runtime.config import GovernanceConfig, InputPort
from qpf_runtime.errors import Ungoverned
from qpf_runtime.governance import Decision, Gate
from qpf_runtime.held import NotApplied
from qpf_runtime.packet import Packet
from qpf_runtime.runtime import TurnRecord
from tests.runtime.office import Call, Outcome, governance, office
from tests.runtime.world import bound, config

pytestmark = pytest.mark.anyio

APPROVED = Decision("approved", 1.0, ("trust me",))


async def send(agent, turn):
    await agent.emit("outcome", Outcome(number=turn.packet.number, decision="approved"))


async def forge(agent, turn):
    turn.decision = APPROVED
    await send(agent, turn)


async def decide_alone(agent, turn):
    turn.decision = agent.gate.decide(1.0)
    await send(agent, turn)


async def doctor(agent, turn):
    turn.decision = replace(turn.decision, outcome="approved")
    await send(agent, turn)


async def borrow(agent, turn):
    turn.decision = agent.gate.issue("another-packet", 1.0)
    await send(agent, turn)


async def bring_a_gate(agent, turn):
    turn.decision = Gate("autonomous", governance()).issue(turn.envelope.id, 1.0)
    await send(agent, turn)


async def forget(agent, turn):
    turn.decision = None
    await send(agent, turn)


async def swallow(agent, turn):
    try:
        await forge(agent, turn)
    except Ungoverned:
        turn.decision = agent.gate.issue(turn.envelope.id, 1.0)


@pytest.mark.parametrize("step", [forge, decide_alone, doctor, borrow, bring_a_gate, forget, swallow])
async def test_a_bypass_fails_the_turn_sends_nothing_and_is_written_down(runtime, step):
    records: list[TurnRecord] = []
    runtime.watchers.append(records.append)
    desk = await office(runtime, step)
    asked = desk.agent.envelope("ask", {"number": 1})
    settlement = await desk.agent.handle(Delivery(asked, asked=True))
    assert settlement.reply.payload["code"] == "ungoverned"
    assert [record.failure.code for record in records] == ["ungoverned"]
    assert await desk.told() == await desk.told("call") == []
    assert await desk.approvals.list() == ()
    ((event, _, outcome),) = await desk.trail()
    assert (event, outcome) == ("bypass", "refused")


async def test_a_decision_of_the_gate_lets_pass_what_it_approved(runtime):
    async def be_sure(_agent, turn):
        turn.confidence = 0.9

    desk = await office(runtime, send, first=be_sure)
    await desk.agent.handle(Delivery(desk.agent.envelope("ask", {"number": 1})))
    assert len(await desk.told()) == 2


async def test_nothing_governed_leaves_outside_of_a_turn(runtime):
    desk = await office(runtime)
    with pytest.raises(Ungoverned, match="outside of a turn"):
        await desk.agent.emit("outcome", Outcome(number=1, decision="approved"))
    assert await desk.told() == []


async def test_a_bypass_under_an_answer_leaves_the_decision_waiting_and_is_written_down(runtime):
    async def forge_later(agent, turn):
        if turn.decision.outcome == "approved":
            await forge(agent, turn)

    desk = await office(runtime, forge_later)
    held = await desk.hold()
    with pytest.raises(NotApplied, match="ungoverned"):
        await desk.approvals.answer(held.id, "approve", "ada")
    assert (await desk.trail())[-1][0] == "bypass"
    assert (await desk.approvals.get(held.id)).state == "pending"
    assert await desk.told() == []


async def test_a_decision_nobody_may_overrule_is_not_answered():
    gate = Gate("autonomous", governance(humanoverride=False))
    held = gate.issue("packet", 0.1)
    with pytest.raises(Ungoverned, match="nobody may overrule"):
        gate.answer("packet", held, "approved", "ada said so")


async def test_a_port_that_is_not_governed_asks_nobody(runtime):
    async def call(agent, turn):
        await agent.emit("escalation", Call(number=1, severity="low", channel="desk"))

    desk = await office(runtime, call)
    await desk.agent.handle(Delivery(desk.agent.envelope("ask", {"number": 1})))
    assert ("auditor", "low") in await desk.told("call")


async def test_a_figure_that_is_no_number_never_passes():
    gate = Gate("autonomous", governance(thresholds={"confidence": 0.5, "score": 0.5}))
    nan = float("nan")
    for confidence, score in ((nan, 1.0), (1.0, nan)):
        decision = gate.decide(confidence, {"score": score})
        assert decision.outcome == "escalated"
        assert any("is not a number" in reason for reason in decision.reasons)


async def test_a_sender_does_not_say_how_sure_the_agent_is(runtime):
    class Claim(Packet):
        kind: ClassVar[str] = "claim"
        confidence: float

    port = InputPort(packet="claim")
    rules = GovernanceConfig(thresholds={"confidence": 0.7})
    agent = Agent(config("solo", inputs={"claim": port}, governance=rules), runtime)
    agent.on("claim", Claim, bound(agent, apply_governance))
    packet = agent.envelope("claim", {"confidence": 1.0})
    await agent.answer(packet)
    (row, *_) = await agent.audit.entries(packet.correlation_id)
    assert (row.outcome, row.reasons[0]) == ("escalated", "confidence was not measured")
