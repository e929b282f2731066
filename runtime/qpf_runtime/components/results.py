"""The step that takes in what a called agent answered."""

from typing import cast

from qpf_runtime.agent import Agent
from qpf_runtime.errors import PacketRejected
from qpf_runtime.turn import Turn


async def process_result(agent: Agent, turn: Turn) -> None:
    """Take the fields of a reply over as facts, and note that it came.

    Reads: `result` (written by `build_packet`). Writes: each of its fields as a fact; the turn's confidence,
    if the result has one; the working memory's `result:` entry of the correlation.
    """
    result = turn.facts.get("result")
    if not isinstance(result, dict):
        msg = "there is no result to process: no earlier step asked for one"
        raise PacketRejected(msg)
    turn.facts.update(result)
    if isinstance(result.get("confidence"), int | float):
        turn.confidence = float(cast("float", result["confidence"]))
    await agent.memory.working.put(f"result:{turn.envelope.correlation_id}", result)
