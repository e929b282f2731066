"""The step that comes to a verdict."""

from collections.abc import Iterator
from typing import cast

from qpf_runtime.agent import Agent
from qpf_runtime.envelope import Json
from qpf_runtime.errors import PacketRejected
from qpf_runtime.reasoning import Case, Evidence
from qpf_runtime.turn import Turn


async def reason(agent: Agent, turn: Turn) -> None:
    """Weigh the evidence of the turn.

    Reads: the packet, `score` with `score_certainty` (evidence `score`), `context` (evidence `context`),
        `world_factor`.
    Writes: the turn's confidence; `value`, `proposal` (`accept` or `decline`), `rationale`.
    """
    if agent.reasoner is None:
        msg = f"agent {agent.config.name} is to reason, and its schema names no primary_model"
        raise PacketRejected(msg)
    factor = cast("float", turn.facts.get("world_factor", 1.0))
    case = Case(turn.envelope.kind, turn.packet.payload(), turn.ends)
    verdict = await agent.reasoner.judge(tuple(_evidence(turn.facts)), factor, case)
    turn.confidence = round(verdict.confidence, 6)
    turn.facts["value"] = round(verdict.value, 6)
    turn.facts["proposal"] = verdict.proposal
    turn.facts["rationale"] = list(verdict.reasons)


def _evidence(facts: dict[str, Json]) -> Iterator[Evidence]:
    if "score" in facts:
        score = cast("float", facts["score"])
        certainty = cast("float", facts.get("score_certainty", 1.0))
        yield Evidence("score", score, certainty, note=_score_note(facts, score, certainty))
    context = facts.get("context")
    if isinstance(context, dict) and context["episodes"]:
        share = cast("float", context["approved"])
        note = f"{context['episodes']} earlier decisions speak for it with {share:.2f}"
        yield Evidence("context", share, amount=cast("float", context["amount"]), note=note)


def _score_note(facts: dict[str, Json], score: float, certainty: float) -> str:
    if "score_problem" in facts:
        return f"there is no score: {facts['score_problem']}"
    note = f"the score is {score:.2f}, certain to {certainty:.2f}"
    detail = facts.get("score_detail")
    if isinstance(detail, dict):
        for name, words in (("missing", "unknown"), ("violated", "below the minimum")):
            features = detail.get(name)
            if isinstance(features, list) and features:
                note += f"; {words}: {', '.join(map(str, features))}"
    return note
