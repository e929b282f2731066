"""The step that asks the gate, writes the trail, and calls for a person."""

from typing import cast

from qpf_runtime.agent import Agent
from qpf_runtime.components.building import known
from qpf_runtime.envelope import Json
from qpf_runtime.governance import Proposal
from qpf_runtime.packet import assemble
from qpf_runtime.turn import Turn

PORT = "escalation"


async def apply_governance(agent: Agent, turn: Turn) -> None:
    """Let the gate decide, and write the decision to the audit trail before anything follows from it.

    Reads: as metrics every number of the packet, every fact that is a number, `latency_ms` (the time of the
    turn so far) and the turn's confidence; `proposal`, `rationale`.
    Writes: the decision. Sends the packet of the output port `escalation`, if the decision is escalated
    and the agent has that port.
    """
    metrics = {
        name: float(value)
        for name, value in (*turn.packet.payload().items(), *turn.facts.items())
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    if turn.started is not None:
        metrics["latency_ms"] = (agent.clock.monotonic() - turn.started) * 1000
    turn.decision = agent.gate.decide(
        turn.confidence,
        metrics,
        proposal=cast("Proposal", turn.facts.get("proposal", "accept")),
        reasons=cast("list[str]", turn.facts.get("rationale", [])),
    )
    decision = turn.decision
    await agent.audit.record(
        "decision", turn.envelope, decision.outcome, decision.confidence, decision.reasons
    )
    if decision.outcome == "escalated" and PORT in agent.packet_types:
        policy = agent.config.governance.escalationpolicy
        about: dict[str, Json] = {
            "agent": agent.config.name,
            "channel": policy.channel if policy else "none",
        }
        await agent.emit(PORT, assemble(agent.packet_types[PORT], about, *known(turn)))
