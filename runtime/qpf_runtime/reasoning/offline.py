"""The deterministic engine: it needs no network, and it is the default."""

from collections.abc import Mapping, Sequence

from qpf_runtime.reasoning.verdict import Case, Evidence, Verdict

ACCEPTABLE = 0.5
"""Least value of the evidence that speaks for accepting."""


class OfflineReasoner:
    """Weighted evidence, and nothing that varies: the same evidence gives the same verdict.

    value = Σ w·c·v / Σ w·c, times the world's factor; confidence = certainty · agreement, where
    certainty = Σ w·c / Σ w and agreement is one minus the mean distance of the evidence from its mean.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)

    async def judge(
        self,
        evidence: Sequence[Evidence],
        factor: float = 1.0,
        case: Case | None = None,  # noqa: ARG002 -- the port has it
    ) -> Verdict:
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
