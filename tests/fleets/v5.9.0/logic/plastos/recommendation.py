"""From the fleet's decision to what PlastOS shows a buyer."""

from pydantic import BaseModel

from qpf_runtime.agent import Agent
from qpf_runtime.turn import Turn

RECOMMENDATIONS = {"approved": "accept", "escalated": "review", "rejected": "decline"}


class Answer(BaseModel):
    """What this translation reads of the fleet's answer, as `process_result` left it among the facts."""

    decision: str
    score: float = 0.0
    reasons: tuple[str, ...] = ()


def explain(answer: Answer) -> str:
    """The reasons in one text; a buyer always gets one."""
    return "; ".join(answer.reasons) or "No reasons were given."


async def to_recommendation(_agent: Agent, turn: Turn) -> None:
    """Leave the fields of a recommendation among the turn's facts, for `build_reply` to send.

    A decision PlastOS has no word for is shown as one to look at: never as a yes.
    """
    answer = Answer.model_validate(turn.facts)
    turn.facts.update(
        {
            "recommendation": RECOMMENDATIONS.get(answer.decision, "review"),
            "score_percent": round(answer.score * 100),
            "explanation": explain(answer),
        }
    )
