"""Steps that learn: collect what came of decisions, and propose a calibration of the scores."""

from typing import cast

import numpy as np

from qpf_runtime.agent import Agent
from qpf_runtime.components.building import build_reply, known
from qpf_runtime.envelope import Json
from qpf_runtime.errors import PacketRejected
from qpf_runtime.packet import assemble
from qpf_runtime.turn import Turn

EPISODE = "outcome"
PROPOSAL = "proposal"
PORT = "model_update"
SAMPLES = 200
"""Newest labelled outcomes a calibration is made from."""

LEAST = 10
"""Fewer labelled outcomes than these say nothing."""

DOUBT = 5
"""Labelled outcomes at which a proposal is as likely right as not."""

LABELS = {"yes": 1.0, "no": 0.0}


async def collect_outcome(agent: Agent, turn: Turn) -> None:
    """Remember an outcome. One that was told later replaces what was unknown, as the newer episode.

    Reads: the packet's `request_id`, `score`, `decision`, `succeeded`.
    Writes: `labelled` (whether the outcome says how it went).
    """
    fields = turn.packet.payload()
    succeeded = fields.get("succeeded", "unknown")
    if succeeded not in (*LABELS, "unknown"):
        msg = f"succeeded is {succeeded}; it may be yes, no or unknown"
        raise PacketRejected(msg)
    content: dict[str, Json] = {name: fields.get(name) for name in ("score", "decision", "confidence")}
    content["succeeded"] = succeeded
    await agent.memory.episodic.append(
        EPISODE, str(fields["request_id"]), content, turn.envelope.correlation_id
    )
    turn.facts["labelled"] = succeeded in LABELS


async def propose_calibration(agent: Agent, turn: Turn) -> None:
    """Compare scores with outcomes; propose a correction when they have drifted apart.

    The correction is the mean difference between outcome and score. It is proposed only with at least ten
    labelled outcomes since the last proposal (older scores lack what that one corrected) and a difference
    above the schema's `drift_detection_threshold`. The more outcomes there are, the surer it is: n/(n+5).

    Reads: remembered outcomes. Writes: `samples`, `drift`, `proposal` (`accept`, or `none`: there is
    nothing to decide); for a proposal also `model_version`, `offset`, `scores`, `outcomes` and the turn's
    confidence, and remembers it, so that it is proposed once.
    """
    episodes = await agent.memory.episodic.recall(kind=EPISODE, limit=SAMPLES)
    proposals = await agent.memory.episodic.recall(kind=PROPOSAL, limit=1)
    if proposals:
        episodes = tuple(episode for episode in episodes if episode.at > proposals[0].at)
    newest = {episode.subject: episode.content for episode in reversed(episodes)}
    labelled = [newest[subject] for subject in sorted(newest) if newest[subject]["succeeded"] in LABELS]
    scores = [cast("float", content["score"]) for content in labelled]
    outcomes = [LABELS[str(content["succeeded"])] for content in labelled]
    drift = float(np.mean(outcomes) - np.mean(scores)) if labelled else 0.0
    enough = len(labelled) >= LEAST
    proposed = agent.config.learning.enabled and enough and abs(drift) > _threshold(agent)
    turn.facts.update(samples=len(labelled), drift=round(drift, 6), proposal="accept" if proposed else "none")
    if not proposed:
        return
    turn.confidence = len(labelled) / (len(labelled) + DOUBT)
    offset = round(min(1.0, max(-1.0, drift)), 6)
    turn.facts.update(
        model_version=f"offset-{turn.envelope.id}",
        offset=offset,
        scores=list(scores),
        outcomes=list(outcomes),
        rationale=[f"{len(labelled)} outcomes lie {drift:+.3f} from their scores"],
    )
    summary: dict[str, Json] = {"offset": offset, "samples": len(labelled)}
    await agent.memory.episodic.append(PROPOSAL, "score", summary, turn.envelope.correlation_id)


async def send_calibration(agent: Agent, turn: Turn) -> None:
    """Send the correction that was proposed by the output port `model_update`, if the agent has that port.

    Reads: what `propose_calibration` wrote. Where the port is governed, the gate says whether it leaves.
    """
    if turn.facts.get("proposal") == "accept" and PORT in agent.packet_types:
        await agent.emit(PORT, assemble(agent.packet_types[PORT], *known(turn)))
    await build_reply(agent, turn)


def _threshold(agent: Agent) -> float:
    return agent.config.learning.drift_detection_threshold
