"""How well a supplier's capabilities fit a buyer's needs: vectors, and how sure the score is.

Each feature needed is a dimension, weighted by its importance. A capability nobody stated is unknown,
not zero: it lowers the confidence, not the score. Two independent readings are taken of what is known,
the fit of the vectors and the share of stated minima that are met; where they contradict each other,
confidence falls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from qpf_runtime.agent import Agent
from qpf_runtime.components.building import build_reply
from qpf_runtime.envelope import Json
from qpf_runtime.errors import PacketRejected
from qpf_runtime.turn import Turn

Vector = npt.NDArray[np.float64]

DIGITS = 6
"""Decimals a score keeps: fewer than where processors may differ."""


@dataclass(frozen=True, slots=True)
class Score:
    """What scoring found.

    Attributes:
        score: 0 no fit to 1 perfect fit, of what is known.
        coverage: Share of the needs, by importance, whose capability is known.
        agreement: 1 if fit and minima say the same, 0 if they contradict each other.
        missing: Needed features whose capability is unknown.
        violated: Features whose capability is below the stated minimum.
        penalties: By feature, what falling short of the need costs.
    """

    score: float
    coverage: float
    agreement: float
    missing: tuple[str, ...]
    violated: tuple[str, ...]
    penalties: dict[str, float]

    @property
    def confidence(self) -> float:
        """How far the score can be trusted, 0 to 1."""
        return round(self.coverage * self.agreement, DIGITS)


def match(
    needs: Mapping[str, float],
    capabilities: Mapping[str, float],
    importance: Mapping[str, float],
    minimum: Mapping[str, float],
) -> Score:
    """Score capabilities against needs; order of the keys does not matter."""
    features = sorted(set(needs) | set(minimum))
    known = [feature for feature in features if feature in capabilities]
    missing = tuple(feature for feature in features if feature not in capabilities)
    weight = _vector(features, importance, 1.0)
    if not known or weight.sum() <= 0:
        return Score(0.0, 0.0, 0.0, missing, (), {})
    weights = _vector(known, importance, 1.0)
    wanted = _vector(known, {**minimum, **needs}, 0.0)
    offered = _vector(known, capabilities, 0.0)
    least = _vector(known, minimum, 0.0)
    shortfall = weights * np.maximum(wanted - offered, 0.0)
    demand = float((weights * wanted).sum())
    cosine = _cosine(wanted, np.minimum(offered, np.maximum(wanted, least)), weights)
    fit = cosine * (1.0 - (float(shortfall.sum()) / demand if demand > 0 else 0.0))
    below = offered < least
    stated = np.array([feature in minimum for feature in known])
    met = 1.0
    if stated.any() and weights[stated].sum() > 0:
        met = 1.0 - float(weights[below].sum() / weights[stated].sum())
    return Score(
        score=round(max(0.0, fit * met), DIGITS),
        coverage=round(float(weights.sum() / weight.sum()), DIGITS),
        agreement=round(1.0 - abs(fit - met) if stated.any() else 1.0, DIGITS),
        missing=missing,
        violated=tuple(feature for feature, bad in zip(known, below, strict=True) if bad),
        penalties={
            feature: round(float(lack / demand), DIGITS)
            for feature, lack in zip(known, shortfall, strict=True)
            if lack > 0
        },
    )


async def score_match(agent: Agent, turn: Turn) -> None:
    """Score the capabilities of the packet against its needs.

    Reads: the packet's `needs`, `capabilities`, `importance`, `minimum`; the adopted calibration.
    Writes: `score`, `confidence`, `coverage`, `missing`, `violated`, `penalties`, `model_version`; the reply.
    """
    fields = turn.packet.payload()
    needs = _levels(fields, "needs")
    if not needs:
        msg = "needs is empty: there is nothing to score against"
        raise PacketRejected(msg)
    found = match(
        needs, _levels(fields, "capabilities"), _levels(fields, "importance"), _levels(fields, "minimum")
    )
    version, offset = await calibration(agent)
    turn.confidence = found.confidence
    turn.facts.update(
        score=round(min(1.0, max(0.0, found.score + offset)), DIGITS),
        confidence=found.confidence,
        coverage=found.coverage,
        missing=list(found.missing),
        violated=list(found.violated),
        penalties=dict(found.penalties),
        model_version=version,
    )
    await build_reply(agent, turn)


async def score_holdout(agent: Agent, turn: Turn) -> None:
    """Hold a proposed correction against the calibration in use, and adopt it if it is no worse.

    Reads: the packet's `model_version`, `offset` (what to add to scores as they are now), and its holdout:
    `scores` with their `outcomes` (0 or 1).
    Writes: `error_before`, `error_after` (mean squared), `adopted`; the adopted calibration is remembered.
    """
    fields = turn.packet.payload()
    scores = np.array(fields["scores"], dtype=np.float64)
    outcomes = np.array(fields["outcomes"], dtype=np.float64)
    if scores.size == 0 or scores.shape != outcomes.shape:
        msg = f"the holdout needs as many outcomes as scores, not {scores.size} and {outcomes.size}"
        raise PacketRejected(msg)
    _, current = await calibration(agent)
    proposed = cast("float", fields["offset"])
    # The scores of the holdout were given with the calibration in use: it is in them already.
    before, after = (_error(scores, outcomes, offset) for offset in (0.0, proposed))
    adopted = after <= before
    if adopted:
        total = round(min(1.0, max(-1.0, current + proposed)), DIGITS)
        content: dict[str, Json] = {"model_version": fields["model_version"], "offset": total}
        await agent.memory.episodic.append("calibration", "score", content, turn.envelope.correlation_id)
        await agent.memory.working.put("calibration", content)
    turn.facts.update(error_before=before, error_after=after, adopted=adopted)
    await build_reply(agent, turn)


async def calibration(agent: Agent) -> tuple[str, float]:
    """Give version and offset of the calibration in use; `uncalibrated` and 0 before the first."""
    content = await agent.memory.working.get("calibration")
    if not isinstance(content, dict):
        episodes = await agent.memory.episodic.recall(kind="calibration", limit=1)
        content = episodes[0].content if episodes else {"model_version": "uncalibrated", "offset": 0.0}
        await agent.memory.working.put("calibration", content)
    return cast("str", content["model_version"]), cast("float", content["offset"])


def _error(scores: Vector, outcomes: Vector, offset: float) -> float:
    return round(float(np.mean((np.clip(scores + offset, 0.0, 1.0) - outcomes) ** 2)), DIGITS)


def _vector(features: list[str], levels: Mapping[str, float], default: float) -> Vector:
    return np.array([levels.get(feature, default) for feature in features], dtype=np.float64)


def _cosine(one: Vector, other: Vector, weights: Vector) -> float:
    length = float(np.sqrt((weights * one**2).sum() * (weights * other**2).sum()))
    return min(1.0, float((weights * one * other).sum()) / length) if length > 0 else 0.0


def _levels(fields: Mapping[str, Json], name: str) -> dict[str, float]:
    levels = cast("dict[str, float]", fields.get(name, {}))
    negative = sorted(feature for feature, level in levels.items() if level < 0)
    if negative:
        msg = f"{name}.{negative[0]} is negative"
        raise PacketRejected(msg)
    return levels
