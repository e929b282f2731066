"""From the end of a PlastOS inquiry to an outcome that the fleet can learn from."""

from pydantic import BaseModel

from qpf_runtime.agent import Agent
from qpf_runtime.turn import Turn

DECISIONS = {"accept": "approved", "review": "escalated", "decline": "rejected"}


class Deal(BaseModel):
    """What this translation reads of the record `plastos_deal`."""

    record_id: str
    recommendation: str
    score_percent: int
    confidence: float
    signed: bool
    complaints: int


def succeeded(deal: Deal) -> str:
    """Whether the match was a good one.

    A buyer who was advised against and stayed away tells nothing: the match was never tried.
    """
    if deal.signed:
        return "yes" if deal.complaints == 0 else "no"
    return "unknown" if deal.recommendation == "decline" else "no"


async def to_match_outcome(_agent: Agent, turn: Turn) -> None:
    """Leave the fields of a match outcome among the turn's facts, for `build_packet` to send."""
    deal = Deal.model_validate(turn.packet.payload())
    turn.facts.update(
        {
            "send_to": "match_outcome",
            "request_id": f"plastos-{deal.record_id}",
            "decision": DECISIONS.get(deal.recommendation, "escalated"),
            "score": deal.score_percent / 100,
            "confidence": deal.confidence,
            "succeeded": succeeded(deal),
        }
    )
