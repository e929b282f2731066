"""How an agent comes to a verdict: the port, and a deterministic engine that needs no network."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from qpf_runtime.config import ReasoningConfig
from qpf_runtime.governance import Proposal

ACCEPTABLE = 0.5
"""Least value of the evidence that speaks for accepting."""

OFFLINE = "offline:deterministic"

Models = Literal["declared", "offline"]

log = logging.getLogger("qpf_runtime.reasoning")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for or against.

    Attributes:
        name: What the schema's `weights` call it.
        value: 0 speaks against, 1 for.
        certainty: How sure this is itself, 0 to 1; unknown evidence that was expected has 0.
        amount: How much there is of it, 0 to 1; scales its weight.
        note: A sentence for the reasons.
    """

    name: str
    value: float
    certainty: float = 1.0
    amount: float = 1.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence amounts to."""

    proposal: Proposal
    value: float
    confidence: float
    reasons: tuple[str, ...]


class Reasoner(Protocol):
    """Weighs evidence."""

    async def judge(self, evidence: Sequence[Evidence], factor: float = 1.0) -> Verdict:
        """Come to a verdict; `factor` is what the world at large does to the value."""


class OfflineReasoner:
    """Weighted evidence, and nothing that varies: the same evidence gives the same verdict.

    value = Σ w·c·v / Σ w·c, times the world's factor; confidence = certainty · agreement, where
    certainty = Σ w·c / Σ w and agreement is one minus the mean distance of the evidence from its mean.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)

    async def judge(self, evidence: Sequence[Evidence], factor: float = 1.0) -> Verdict:
        """Weigh the evidence; of a kind the schema gives no weight, each counts as one."""
        weighed = [(found, self._weights.get(found.name, 1.0) * found.amount) for found in evidence]
        total = sum(weight for _, weight in weighed)
        known = sum(weight * found.certainty for found, weight in weighed)
        if total <= 0 or known <= 0:
            return Verdict("decline", 0.0, 0.0, ("there is no evidence to go by",))
        mean = sum(weight * found.certainty * found.value for found, weight in weighed) / known
        spread = sum(weight * found.certainty * abs(found.value - mean) for found, weight in weighed) / known
        value = min(1.0, max(0.0, mean * factor))
        reasons = [found.note or f"{found.name} is {found.value:.2f}" for found, _ in weighed]
        if factor != 1.0:
            reasons.append(f"the world model multiplies the value by {factor:.2f}")
        return Verdict(
            proposal="accept" if value >= ACCEPTABLE else "decline",
            value=value,
            confidence=min(1.0, known / total * (1.0 - spread)),
            reasons=tuple(reasons),
        )


def choose_reasoner(config: ReasoningConfig, models: Models = "declared") -> Reasoner | None:
    """Make the engine the schema names; None if the agent does not reason.

    Args:
        config: What the schema says.
        models: `declared` refuses an engine that is not here, `offline` uses the deterministic one instead
            and says so.

    Raises:
        ValueError: If this runtime has no such engine.
    """
    if config.primary_model is None:
        return None
    if config.primary_model != OFFLINE:
        missing = f'reasoningengine.primary_model is "{config.primary_model}"'
        if models == "declared":
            msg = f'{missing}; this runtime has "{OFFLINE}" only'
            raise ValueError(msg)
        log.warning("models=offline: %s; %s reasons instead", missing, OFFLINE)
    return OfflineReasoner(config.weights)
