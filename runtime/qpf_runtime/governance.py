"""The gate: whether a decision stands, goes to a person, or is refused.

Pure: it knows the agent's rules and the figures of one decision, nothing of packets, time or storage.
It fails closed: a figure that a rule needs and nobody measured counts as unsure.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from qpf_runtime.config import EscalationTrigger, GovernanceConfig, Mode, Severity

log = logging.getLogger("qpf_runtime.governance")

Outcome = Literal["approved", "escalated", "rejected"]
Proposal = Literal["accept", "decline"]

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate said.

    Attributes:
        outcome: `approved` stands, `escalated` waits for a person, `rejected` is refused.
        confidence: How sure the agent was, 0 to 1; 0 if nobody measured it.
        reasons: Why, one sentence each.
        triggers: Names of the escalation triggers that fired.
        severity: How urgently a person must look; `low` for what was approved without a trigger.
        overridable: Whether a person may overrule it.
    """

    outcome: Outcome
    confidence: float
    reasons: tuple[str, ...]
    triggers: tuple[str, ...] = ()
    severity: Severity = "low"
    overridable: bool = True


class Gate:
    """Judges proposals by the agent's governance.

    Law: a lower confidence, a higher threshold, a stricter mode or one trigger more never turns
    a decision that was not approved into an approved one.
    """

    def __init__(self, mode: Mode, governance: GovernanceConfig) -> None:
        self._mode = mode
        self._governance = governance

    def decide(
        self,
        confidence: float | None,
        metrics: Mapping[str, float] | None = None,
        proposal: Proposal = "accept",
        reasons: Iterable[str] = (),
    ) -> Decision:
        """Judge one proposal.

        Args:
            confidence: How sure the agent is; None if nothing measured it.
            metrics: Other figures of the decision, for thresholds and triggers.
            proposal: What the agent would do.
            reasons: Why it would.
        """
        figures = dict(metrics or {})
        if confidence is not None:
            figures["confidence"] = confidence
        fired = [trigger for trigger in self._governance.escalationtriggers if _fires(trigger, figures)]
        unmeasured = [
            found.name for found in self._governance.escalationtriggers if found.metric not in figures
        ]
        if unmeasured:
            log.debug("triggers without a measured metric: %s", ", ".join(unmeasured))
        doubts = list(self._doubts(figures))
        blocked = any(trigger.action == "block" for trigger in fired)
        unsure = bool(doubts) or any(self._hesitates(trigger) for trigger in fired)
        sentences = [_sentence(trigger, figures) for trigger in fired]
        outcome: Outcome
        if blocked:
            outcome = "rejected"
        elif unsure:
            outcome = "escalated"
        else:
            outcome = "approved" if proposal == "accept" else "rejected"
        return Decision(
            outcome=outcome,
            confidence=figures.get("confidence", 0.0),
            reasons=tuple(dict.fromkeys([*doubts, *sentences, *reasons])),
            triggers=tuple(trigger.name for trigger in fired),
            severity=self._severity(fired, outcome),
            overridable=self._governance.humanoverride,
        )

    def _doubts(self, figures: Mapping[str, float]) -> Iterable[str]:
        if "confidence" not in figures:
            yield "confidence was not measured"
        for metric, threshold in sorted(self._governance.thresholds.items()):
            value = figures.get(metric)
            if value is None:
                if metric != "confidence":
                    yield f"{metric} was not measured, its threshold is {threshold:g}"
            elif value < threshold:
                yield f"{metric} {value:.2f} is below its threshold {threshold:g}"
        if self._mode == "supervised":
            yield "the agent is supervised: a person confirms every decision"

    def _hesitates(self, trigger: EscalationTrigger) -> bool:
        # A hybrid agent asks a person whenever anything at all stands out.
        return trigger.action == "escalate" or self._mode == "hybrid"

    def _severity(self, fired: Iterable[EscalationTrigger], outcome: Outcome) -> Severity:
        levels = [SEVERITIES.index(trigger.severity) for trigger in fired]
        if outcome != "approved":
            levels.append(SEVERITIES.index("medium") if not levels else 0)
        return SEVERITIES[max(levels, default=0)]


def _fires(trigger: EscalationTrigger, figures: Mapping[str, float]) -> bool:
    value = figures.get(trigger.metric)
    if value is None:
        # What nobody measures in this flow cannot fire; a threshold is the rule that fails closed.
        return False
    below = trigger.below is not None and value < trigger.below
    above = trigger.above is not None and value > trigger.above
    return below or above


def _sentence(trigger: EscalationTrigger, figures: Mapping[str, float]) -> str:
    value = figures[trigger.metric]
    below = trigger.below is not None and value < trigger.below
    limit = f"below {trigger.below:g}" if below else f"above {trigger.above:g}"
    return f"trigger {trigger.name}: {trigger.metric} {value:.2f} is {limit} ({trigger.action})"
