"""The hand-written code of the PlastOS adapter."""

import asyncio
from datetime import UTC, datetime
from typing import Any, ClassVar
from unittest.mock import create_autospec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plastos.deal import Deal, succeeded, to_match_outcome
from plastos.inquiry import IMPORTANCE, Inquiry, capabilities, needs, to_match_request
from plastos.recommendation import to_recommendation
from plastos.scales import falling, rising
from qpf_runtime.agent import Agent
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.packet import Packet
from qpf_runtime.turn import Turn

INQUIRY: dict[str, Any] = {
    "record_id": "77",
    "buyer_account": "buyer",
    "supplier_account": "supplier",
    "material": "PP",
    "volume_tonnes": 120.0,
    "capacity_tonnes": 400.0,
    "price_limit": 1.4,
    "price_offer": 1.3,
    "quality_needed": 80.0,
    "quality_rating": 92.0,
    "lead_time_wanted": 30,
    "lead_time_offered": 21,
    "region": "north",
}
DEAL: dict[str, Any] = {
    "record_id": "77",
    "recommendation": "accept",
    "score_percent": 90,
    "confidence": 0.8,
    "signed": True,
    "complaints": 0,
}
figures = st.floats(min_value=0, max_value=10_000, allow_nan=False)


class Record(Packet):
    """A record with whatever fields a test gives it."""

    kind: ClassVar[str] = "record"
    fields: dict[str, Any]

    def payload(self) -> dict[str, Any]:
        """Its fields, as an emitted packet would have them."""
        return self.fields


def turn(**fields: Any) -> Turn:
    envelope = PacketEnvelope(
        id="1",
        kind="record",
        source="outside.plastos",
        target="plastos_adapter.plastos_inquiry",
        correlation_id="1",
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        schema_version="6.0.0",
        payload={},
    )
    return Turn(envelope=envelope, packet=Record(fields=fields))


def facts_after(step: Any, its_turn: Turn) -> dict[str, Any]:
    asyncio.run(step(create_autospec(Agent, instance=True), its_turn))
    return its_turn.facts


@given(figures, st.floats(min_value=0.001, max_value=1000))
def test_levels_stay_between_0_and_1(value: float, full: float) -> None:
    assert 0 <= rising(value, full) <= 1
    assert 0 <= falling(value, full) <= 1


@given(figures, figures)
def test_more_is_never_a_lower_level(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert rising(low, 100) <= rising(high, 100)
    assert falling(low, 100) >= falling(high, 100)


def test_an_offer_that_meets_the_need_reaches_its_level() -> None:
    inquiry = Inquiry.model_validate(INQUIRY)
    wanted, offered = needs(inquiry), capabilities(inquiry)
    assert wanted.keys() == offered.keys() == IMPORTANCE.keys()
    assert all(offered[feature] >= level for feature, level in wanted.items())


@pytest.mark.parametrize(
    ("figure", "value", "feature"),
    [
        ("price_offer", 2.0, "affordability"),
        ("quality_rating", 70.0, "quality"),
        ("lead_time_offered", 45, "speed"),
        ("capacity_tonnes", 50.0, "volume"),
    ],
)
def test_an_offer_that_misses_the_need_misses_its_level(figure: str, value: float, feature: str) -> None:
    inquiry = Inquiry.model_validate({**INQUIRY, figure: value})
    short = [name for name, level in needs(inquiry).items() if capabilities(inquiry)[name] < level]
    assert short == [feature]


def test_inquiry_becomes_a_match_request() -> None:
    facts = facts_after(to_match_request, turn(**INQUIRY))
    assert facts["send_to"] == "match_request"
    assert facts["request_id"] == "plastos-77"
    assert facts["minimum"] == {"quality": 0.8}
    assert facts["attributes"] == {"domain": "plastos", "material": "PP", "region": "north"}


@pytest.mark.parametrize(
    ("decision", "word"),
    [("approved", "accept"), ("escalated", "review"), ("rejected", "decline"), ("postponed", "review")],
)
def test_decision_becomes_a_word_of_the_domain(decision: str, word: str) -> None:
    it = turn()
    it.facts.update({"decision": decision, "score": 0.876, "reasons": ["cheap", "near"]})
    facts = facts_after(to_recommendation, it)
    assert (facts["recommendation"], facts["score_percent"], facts["explanation"]) == (
        word,
        88,
        "cheap; near",
    )


def test_buyer_always_gets_an_explanation() -> None:
    it = turn()
    it.facts["decision"] = "approved"
    assert facts_after(to_recommendation, it)["explanation"] == "No reasons were given."


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, "yes"),
        ({"complaints": 2}, "no"),
        ({"signed": False}, "no"),
        ({"signed": False, "recommendation": "decline"}, "unknown"),
        ({"recommendation": "decline"}, "yes"),
    ],
)
def test_deal_tells_whether_the_match_was_good(change: dict[str, Any], answer: str) -> None:
    assert succeeded(Deal.model_validate({**DEAL, **change})) == answer


def test_deal_becomes_an_outcome_of_the_same_request() -> None:
    assert facts_after(to_match_outcome, turn(**DEAL)) == {
        "send_to": "match_outcome",
        "request_id": "plastos-77",
        "decision": "approved",
        "score": 0.9,
        "confidence": 0.8,
        "succeeded": "yes",
    }
