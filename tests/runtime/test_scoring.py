"""Scores and verdicts: deterministic, bounded, and unsure where the evidence is thin."""

import asyncio

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qpf_runtime.components.scoring import match
from qpf_runtime.reasoning import Evidence, OfflineReasoner

FEATURES = ("capacity", "price", "purity", "quality")
LEVEL = st.floats(0, 1).map(lambda level: round(level, 3))
LEVELS = st.dictionaries(st.sampled_from(FEATURES), LEVEL, max_size=4)
NEEDS = {"capacity": 0.7, "price": 0.5, "purity": 0.9}


@given(needs=LEVELS, capabilities=LEVELS, importance=LEVELS, minimum=LEVELS)
def test_a_score_is_a_fraction_and_does_not_depend_on_order(needs, capabilities, importance, minimum):
    given_order = match(needs, capabilities, importance, minimum)
    turned = [dict(reversed(levels.items())) for levels in (needs, capabilities, importance, minimum)]
    assert match(*turned) == given_order
    for figure in (given_order.score, given_order.coverage, given_order.agreement, given_order.confidence):
        assert 0 <= figure <= 1


@given(needs=LEVELS, capabilities=LEVELS, forgotten=st.sampled_from(FEATURES))
def test_less_evidence_never_covers_more(needs, capabilities, forgotten):
    assume(forgotten in capabilities)
    less = {feature: level for feature, level in capabilities.items() if feature != forgotten}
    assert match(needs, less, {}, {}).coverage <= match(needs, capabilities, {}, {}).coverage


@given(needs=LEVELS)
def test_who_has_all_that_is_needed_fits_perfectly(needs):
    assume(any(needs.values()))
    more = {feature: min(1.0, level + 0.2) for feature, level in needs.items()}
    for capabilities in (needs, more):
        found = match(needs, capabilities, {}, needs)
        assert found.score == pytest.approx(1.0, abs=1e-5)
        assert found.confidence == pytest.approx(1.0, abs=1e-5)


def test_falling_short_costs_score_by_importance():
    short = NEEDS | {"purity": 0.6}
    plain = match(NEEDS, short, {}, {})
    weighty = match(NEEDS, short, {"purity": 5.0}, {})
    assert 0.5 < weighty.score < plain.score < 1
    assert set(plain.penalties) == {"purity"}


def test_an_unknown_capability_costs_confidence_not_score():
    found = match(NEEDS, {"capacity": 0.7, "price": 0.5}, {"purity": 2.0}, {})
    assert found.score == pytest.approx(1.0)
    assert found.missing == ("purity",)
    assert found.confidence == found.coverage == 0.5


def test_contradicting_evidence_costs_confidence():
    """The vectors point the same way, and yet the one stated minimum is missed."""
    found = match(NEEDS, NEEDS | {"price": 0.48}, {}, {"price": 0.5})
    assert found.violated == ("price",)
    assert found.confidence < 0.1


def test_nothing_known_is_no_confidence():
    assert match(NEEDS, {}, {}, {}).confidence == 0
    assert match(NEEDS, NEEDS, dict.fromkeys(NEEDS, 0.0), {}).confidence == 0


def judge(*evidence, weights=None, factor=1.0):
    return asyncio.run(OfflineReasoner(weights or {}).judge(evidence, factor))


def test_a_verdict_weighs_its_evidence():
    verdict = judge(Evidence("score", 0.9), Evidence("context", 0.2), weights={"score": 3.0, "context": 1.0})
    assert verdict.value == pytest.approx(0.725)
    assert verdict.proposal == "accept"
    assert judge(Evidence("score", 0.4)).proposal == "decline"


def test_doubt_disagreement_and_absence_lower_confidence():
    sure = judge(Evidence("score", 0.9)).confidence
    assert sure == pytest.approx(1.0)
    assert judge(Evidence("score", 0.9, certainty=0.5)).confidence == pytest.approx(0.5)
    assert judge(Evidence("score", 0.9), Evidence("context", 0.1)).confidence < 0.7
    assert judge().confidence == 0
    assert judge(Evidence("score", 0.9, certainty=0.0)).reasons == ("there is no evidence to go by",)


def test_the_world_damps_the_value_and_says_so():
    verdict = judge(Evidence("score", 0.8), factor=0.9)
    assert verdict.value == pytest.approx(0.72)
    assert verdict.reasons[-1] == "the world model multiplies the value by 0.90"


@given(
    st.lists(
        st.builds(Evidence, st.sampled_from(["score", "context"]), LEVEL, LEVEL, LEVEL),
        min_size=1,
        max_size=5,
    )
)
def test_a_verdict_is_always_within_bounds(evidence):
    verdict = judge(*evidence, weights={"score": 0.8, "context": 0.2})
    assert 0 <= verdict.value <= 1
    assert 0 <= verdict.confidence <= 1
