"""Steps that remember and recall."""

from qpf_runtime.agent import Agent
from qpf_runtime.components.building import known
from qpf_runtime.envelope import Json
from qpf_runtime.packet import assemble
from qpf_runtime.turn import Turn

EPISODE = "decision"
"""Kind of the episodes that `remember` writes for a decision."""

OUTCOME_PORT = "outcome"

NOTE = "note"


def subject_of(turn: Turn) -> str:
    """Name what a packet is about: its `supplier_id`, else its first field `*_id`, else its kind."""
    fields = turn.packet.payload()
    names = ["supplier_id", *(name for name in fields if name.endswith("_id"))]
    return next((str(fields[name]) for name in names if name in fields), turn.envelope.kind)


async def recall(agent: Agent, turn: Turn) -> None:
    """Recall the newest episodes about the packet's subject, newest first, and the last working state.

    Writes: `recalled` (contents of the episodes), `working` (what `remember` last left; null if expired).
    """
    subject = subject_of(turn)
    episodes = await agent.memory.episodic.recall(subject=subject)
    turn.facts["recalled"] = [dict(episode.content) for episode in episodes]
    turn.facts["working"] = await agent.memory.working.get(subject)


async def remember(agent: Agent, turn: Turn) -> None:
    """Remember what became of the packet, and tell whoever learns from it.

    Reads: the decision, `score`. Writes an episode and the working state of the subject; sends the
    packet of the output port `outcome`, if the agent has one and there is a decision.
    """
    subject = subject_of(turn)
    content: dict[str, Json] = {"packet_id": turn.envelope.id, "kind": turn.envelope.kind}
    if turn.decision is not None:
        content["decision"] = turn.decision.outcome
        content["confidence"] = turn.decision.confidence
        content["reasons"] = list(turn.decision.reasons)
    if "score" in turn.facts:
        content["score"] = turn.facts["score"]
    kind = EPISODE if turn.decision is not None else NOTE
    await agent.memory.episodic.append(kind, subject, content, turn.envelope.correlation_id)
    await agent.memory.working.put(subject, content)
    if turn.decision is not None and OUTCOME_PORT in agent.packet_types:
        await agent.emit(OUTCOME_PORT, assemble(agent.packet_types[OUTCOME_PORT], *known(turn)))
