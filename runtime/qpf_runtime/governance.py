"""The gate: whether a decision stands, goes to a person, or is refused.

Pure: it knows the agent's rules and the figures of one decision, nothing of time or storage.
It fails closed: a figure that a rule needs and nobody measured counts as unsure.

What it decides for a packet it seals, with a key that lives as long as the process: before something leaves
by a governed port it asks for a decision with its own seal for that packet. That stops code that forgets
the gate, makes a decision up or takes that of another packet; not code that lies to the gate about figures.
"""

import hmac
import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from qpf_runtime.config import EscalationTrigger, GovernanceConfig, Mode, Severity
from qpf_runtime.errors import Ungoverned
from qpf_runtime.ids import random_token

if TYPE_CHECKING:
    from qpf_runtime.turn import Turn

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
        seal: Of the gate that issued it, for one packet; empty if none did.
    """

    outcome: Outcome
    confidence: float
    reasons: tuple[str, ...]
    triggers: tuple[str, ...] = ()
    severity: Severity = "low"
    overridable: bool = True
    seal: str = field(default="", repr=False, compare=False)


class Gate:
    """Judges proposals by the agent's governance.

    Law: a lower confidence, a higher threshold, a stricter mode or one trigger more never turns
    a decision that was not approved into an approved one.
    """

    def __init__(self, mode: Mode, governance: GovernanceConfig) -> None:
        self._mode = mode
        self._governance = governance
        self._key = random_token().encode()

    def issue(
        self,
        packet_id: str,
        confidence: float | None,
        metrics: Mapping[str, float] | None = None,
        proposal: Proposal = "accept",
        reasons: Iterable[str] = (),
    ) -> Decision:
        """Judge what is to become of a packet, as `decide`, and seal it: `permit` knows it again."""
        return self._sealed(packet_id, self.decide(confidence, metrics, proposal, reasons))

    def answer(
        self, packet_id: str, held: Decision, outcome: Outcome, reason: str, severity: Severity | None = None
    ) -> Decision:
        """Issue what became of a decision that waited for a person.

        Args:
            packet_id: The packet it is about.
            held: The decision that waited.
            outcome: What a person said, or the time-out.
            reason: Who, and why.
            severity: How urgent it is now; as before, if it is not given.

        Raises:
            Ungoverned: If that decision does not wait for anybody.
        """
        if held.outcome != "escalated" or not held.overridable:
            msg = f"the decision about {packet_id} is {held.outcome} and nobody may overrule it"
            raise Ungoverned(msg)
        reasons = tuple(dict.fromkeys([*held.reasons, reason]))
        answered = replace(held, outcome=outcome, reasons=reasons, severity=severity or held.severity)
        return self._sealed(packet_id, answered)

    def permit(self, turn: "Turn | None", port: str) -> bool:
        """Tell whether something may leave by a governed port now.

        An attempt to get past the gate fails the turn, even if a step swallows the error.

        Returns:
            True if the decision is approved; False if it is rejected, or waits for a person.

        Raises:
            Ungoverned: If there is no decision, or none that this gate issued for the turn's packet.
        """
        if turn is None:
            msg = f"port {port} is governed: nothing leaves by it outside of a turn"
            raise Ungoverned(msg)
        decision = turn.decision
        if decision is None:
            turn.ungoverned = f"port {port} is governed, and the gate was not asked"
        elif not hmac.compare_digest(decision.seal.encode(), self._seal(turn.envelope.id, decision)):
            turn.ungoverned = (
                f"port {port} is governed, and its gate did not issue this decision for this packet"
            )
        else:
            return decision.outcome == "approved"
        raise Ungoverned(turn.ungoverned)

    def _sealed(self, packet_id: str, decision: Decision) -> Decision:
        return replace(decision, seal=self._seal(packet_id, decision).decode())

    def _seal(self, packet_id: str, decision: Decision) -> bytes:
        said = repr((packet_id, decision))  # without the seal
        return hmac.new(self._key, said.encode("utf-8", "surrogatepass"), "sha256").hexdigest().encode()

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
        given = dict(metrics or {})
        if confidence is not None:
            given["confidence"] = confidence
        # Nothing is below or above what is no number: it would pass every rule.
        figures = {name: value for name, value in given.items() if not math.isnan(value)}
        fired = [trigger for trigger in self._governance.escalationtriggers if _fires(trigger, figures)]
        unmeasured = [
            found.name for found in self._governance.escalationtriggers if found.metric not in figures
        ]
        if unmeasured:
            log.debug("triggers without a measured metric: %s", ", ".join(unmeasured))
        doubts = [f"{name} is not a number" for name in sorted(given.keys() - figures.keys())]
        doubts.extend(self._doubts(figures))
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
