"""Steps that add what the agent remembers to what the packet says."""

from qpf_runtime.agent import Agent
from qpf_runtime.components.memory import EPISODE, subject_of
from qpf_runtime.turn import Turn

PRIOR = 5
"""Episodes that it takes until history counts half of what it could."""

RECALLED = 50


async def enrich_context(agent: Agent, turn: Turn) -> None:
    """Look up how earlier decisions about the same subject went.

    Reads: remembered episodes of the packet's subject (`supplier_id`, else the first `*_id`).
    Writes: `context`: `subject`, `episodes`, `approved` (share of them, smoothed), `amount` (how much this
    history counts, 0 to 1).
    """
    subject = subject_of(turn)
    episodes = await agent.memory.episodic.recall(kind=EPISODE, subject=subject, limit=RECALLED)
    decided = [episode for episode in episodes if episode.content.get("decision") in ("approved", "rejected")]
    approved = sum(episode.content["decision"] == "approved" for episode in decided)
    turn.facts["context"] = {
        "subject": subject,
        "episodes": len(decided),
        "approved": (approved + 1) / (len(decided) + 2),
        "amount": len(decided) / (len(decided) + PRIOR),
    }
