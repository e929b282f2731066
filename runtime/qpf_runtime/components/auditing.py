"""Steps of an agent that watches the others: it reviews what they decided and what they escalated."""

from typing import cast

from qpf_runtime.agent import Agent
from qpf_runtime.components.building import build_reply
from qpf_runtime.envelope import Json
from qpf_runtime.governance import SEVERITIES
from qpf_runtime.turn import Turn

URGENT = "high"
"""From this severity on, a person must look at once."""


async def review_decision(agent: Agent, turn: Turn) -> None:
    """Hold another agent's decision against this agent's own thresholds, and write what it finds.

    Reads: the packet's `decision` and every field that is a number, as a metric.
    Writes: `review` (`consistent` or `questioned`), `findings`; a row of the audit trail.
    """
    fields = turn.packet.payload()
    findings = [
        f"approved with {metric} {value:.2f}, below {threshold:g}"
        for metric, threshold in sorted(agent.config.governance.thresholds.items())
        if isinstance(value := fields.get(metric), int | float) and value < threshold
    ]
    if fields.get("decision") != "approved":
        findings = []
    await _write(agent, turn, "questioned" if findings else "consistent", findings)


async def review_escalation(agent: Agent, turn: Turn) -> None:
    """Take note of an escalation and say how soon a person must look.

    Reads: the packet's `severity`, `reasons`, `agent`.
    Writes: `review` (`urgent` or `noted`), `findings` (the reasons); a row of the audit trail, an episode.
    """
    fields = turn.packet.payload()
    severity = str(fields.get("severity", URGENT))
    # A severity nobody knows is taken for urgent.
    level = SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
    review = "urgent" if level >= SEVERITIES.index(URGENT) else "noted"
    reasons = [str(reason) for reason in cast("list[Json]", fields.get("reasons", []))]
    await _write(agent, turn, review, [f"{severity} severity", *reasons])


async def _write(agent: Agent, turn: Turn, review: str, findings: list[str]) -> None:
    fields = turn.packet.payload()
    confidence = fields.get("confidence")
    turn.facts["review"] = review
    turn.facts["findings"] = list(findings)
    await agent.audit.record(
        f"review_{turn.envelope.kind}"[:40],
        turn.envelope,
        review,
        confidence if isinstance(confidence, float) else None,
        tuple(findings),
    )
    content: dict[str, Json] = {"review": review, "findings": list(findings)}
    subject = str(fields.get("request_id", turn.envelope.kind))
    await agent.memory.episodic.append("review", subject, content, turn.envelope.correlation_id)
    await build_reply(agent, turn)
