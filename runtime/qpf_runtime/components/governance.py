"""The step that asks the gate, writes the trail, and calls for a person."""

from typing import cast

from qpf_runtime.agent import Agent
from qpf_runtime.components.building import known
from qpf_runtime.envelope import Json
from qpf_runtime.governance import Proposal
from qpf_runtime.packet import assemble
from qpf_runtime.turn import Turn

PORT = "escalation"

NOTHING = "none"
"""Proposal of a turn in which there is nothing to decide: by a governed port it can send nothing."""


async def apply_governance(agent: Agent, turn: Turn) -> None:
    """Let the gate decide, and write the decision to the audit trail before anything follows from it.

    Reads: as metrics every number of the packet but its `confidence`, every fact that is a number,
    `latency_ms` (the time of the turn so far) and the turn's confidence; `proposal` (`none`: there is nothing
    to decide), `rationale`.
    Writes: the decision. If it is escalated: sends the packet of the output port `escalation`, if the agent
    has that port; and holds the turn for a person, if the schema has an escalation policy and allows human
    override. The steps that follow run now, with nothing leaving by a governed port, and once more when the
    decision is answered. Without a policy, or without override, nobody can answer: what is governed is
    withheld for good.
    """
    if turn.facts.get("proposal") == NOTHING:
        return
    metrics = {
        name: float(value)
        for name, value in (*turn.packet.payload().items(), *turn.facts.items())
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    # How sure the agent is, nobody but the agent says.
    metrics.pop("confidence", None)
    if turn.started is not None:
        metrics["latency_ms"] = (agent.clock.monotonic() - turn.started) * 1000
    turn.decision = agent.gate.issue(
        turn.envelope.id,
        turn.confidence,
        metrics,
        proposal=cast("Proposal", turn.facts.get("proposal", "accept")),
        reasons=cast("list[str]", turn.facts.get("rationale", [])),
    )
    decision = turn.decision
    await agent.audit.record(
        "decision",
        turn.envelope,
        decision.outcome,
        decision.confidence,
        decision.reasons,
        detail={"severity": decision.severity, "triggers": list(decision.triggers)},
    )
    if decision.outcome == "escalated":
        await agent.desk.approvals.hold(turn)
        await announce(agent, turn)


async def announce(agent: Agent, turn: Turn) -> None:
    """Send the packet of the output port `escalation`, if the agent has that port."""
    if PORT in agent.packet_types:
        policy = agent.config.governance.escalationpolicy
        about: dict[str, Json] = {
            "agent": agent.config.name,
            "channel": policy.channel if policy else "none",
        }
        await agent.emit(PORT, assemble(agent.packet_types[PORT], about, *known(turn)))
