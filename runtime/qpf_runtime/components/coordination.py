"""The step that asks a scoring agent."""

from qpf_runtime.agent import Agent
from qpf_runtime.components.building import known
from qpf_runtime.errors import RequestFailed
from qpf_runtime.packet import assemble
from qpf_runtime.turn import Turn

PORT = "score_request"


async def request_scores(agent: Agent, turn: Turn) -> None:
    """Ask by the output port `score_request` and wait for the score.

    A scorer that cannot be reached, fails or is late is not the end of the packet: the score is then
    unknown, with certainty 0, and what follows must escalate it.

    Reads: any fact or packet field named as a field of the request.
    Writes: `score`, `score_certainty`, and `score_detail` (all the scorer said) or `score_problem` (why it
    said nothing).
    """
    request = assemble(agent.packet_types[PORT], *known(turn))
    try:
        reply = await agent.request(PORT, request)
    except RequestFailed as failed:
        turn.facts.update(score=0.0, score_certainty=0.0, score_problem=str(failed))
        return
    turn.facts.update(
        score=reply.payload["score"],
        score_certainty=reply.payload["confidence"],
        score_detail=dict(reply.payload),
    )
    if "coverage" in reply.payload:
        turn.facts["coverage"] = reply.payload["coverage"]
