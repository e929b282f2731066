"""The gate fails closed and is monotone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf_runtime.config import Action, EscalationTrigger, GovernanceConfig, Mode
from qpf_runtime.governance import Gate, Outcome

FRACTION = st.floats(0, 1)
MODES: tuple[Mode, ...] = ("autonomous", "hybrid", "supervised")
STRICTNESS = ("approved", "escalated", "rejected")


def trigger(
    *,
    name: str = "low",
    metric: str = "confidence",
    below: float | None = 0.5,
    above: float | None = None,
    action: Action = "escalate",
) -> EscalationTrigger:
    return EscalationTrigger(
        name=name, metric=metric, below=below, above=above, action=action, severity="high"
    )


@given(
    one=FRACTION,
    other=FRACTION,
    threshold=FRACTION,
    below=FRACTION,
    action=st.sampled_from(["log", "notify", "escalate", "block"]),
    mode=st.sampled_from(MODES),
)
def test_less_confidence_never_loosens(one, other, threshold, below, action, mode):
    governance = GovernanceConfig(
        thresholds={"confidence": threshold}, escalationtriggers=(trigger(below=below, action=action),)
    )
    gate = Gate(mode, governance)
    low, high = sorted((one, other))
    assert STRICTNESS.index(gate.decide(low).outcome) >= STRICTNESS.index(gate.decide(high).outcome)


@given(
    confidence=FRACTION, one=FRACTION, other=FRACTION, modes=st.tuples(st.integers(0, 2), st.integers(0, 2))
)
def test_a_higher_threshold_or_a_stricter_mode_never_loosens(confidence, one, other, modes):
    def strictness(threshold, mode):
        governance = GovernanceConfig(
            thresholds={"confidence": threshold}, escalationtriggers=(trigger(action="notify"),)
        )
        return STRICTNESS.index(Gate(MODES[mode], governance).decide(confidence).outcome)

    (low, high), (loose, tight) = sorted((one, other)), sorted(modes)
    assert strictness(high, tight) >= strictness(low, loose)


@given(confidence=FRACTION, metric=FRACTION, action=st.sampled_from(["log", "notify", "escalate", "block"]))
def test_one_trigger_more_never_loosens(confidence, metric, action):
    def decide(*triggers):
        return Gate("hybrid", GovernanceConfig(escalationtriggers=triggers)).decide(
            confidence, {"score": metric}
        )

    more = decide(trigger(), trigger(name="other", metric="score", action=action))
    assert STRICTNESS.index(more.outcome) >= STRICTNESS.index(decide(trigger()).outcome)


def test_what_nobody_measured_counts_as_unsure():
    gate = Gate("autonomous", GovernanceConfig(thresholds={"score": 0.5}))
    assert gate.decide(None, {"score": 1.0}).outcome == "escalated"
    assert gate.decide(1.0).reasons == ("score was not measured, its threshold is 0.5",)
    assert gate.decide(1.0, {"score": 0.5}).outcome == "approved"


def test_a_confident_no_is_rejected_and_an_unsure_one_escalated():
    gate = Gate("autonomous", GovernanceConfig(thresholds={"confidence": 0.7}))
    assert gate.decide(0.9, proposal="decline").outcome == "rejected"
    assert gate.decide(0.6, proposal="decline").outcome == "escalated"


@pytest.mark.parametrize(
    ("action", "autonomous", "hybrid"),
    [
        ("log", "approved", "escalated"),
        ("notify", "approved", "escalated"),
        ("escalate", "escalated", "escalated"),
        ("block", "rejected", "rejected"),
    ],
)
def test_what_a_fired_trigger_does(action, autonomous, hybrid):
    governance = GovernanceConfig(escalationtriggers=(trigger(action=action),))
    expected: dict[Mode, Outcome] = {"autonomous": autonomous, "hybrid": hybrid}
    for mode, outcome in expected.items():
        decision = Gate(mode, governance).decide(0.4)
        assert decision.outcome == outcome
        assert decision.triggers == ("low",)
        assert decision.severity == "high"
        assert f"trigger low: confidence 0.40 is below 0.5 ({action})" in decision.reasons


def test_a_trigger_above_fires_above_only():
    gate = Gate(
        "autonomous",
        GovernanceConfig(escalationtriggers=(trigger(metric="latency_ms", below=None, above=10.0),)),
    )
    assert gate.decide(1.0, {"latency_ms": 10.0}).outcome == "approved"
    assert gate.decide(1.0, {"latency_ms": 10.1}).outcome == "escalated"


def test_a_decision_says_whether_a_person_may_overrule_it():
    for overridable in (True, False):
        assert (
            Gate("autonomous", GovernanceConfig(humanoverride=overridable)).decide(1.0).overridable
            is overridable
        )
