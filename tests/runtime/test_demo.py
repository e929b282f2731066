"""The way of a match request through the fleet, the examples of this repository included."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from qpf_runtime.bus.port import Delivery, Done, Settlement
from qpf_runtime.components.scoring import calibration
from qpf_runtime.config import DeliveryConfig, GovernanceConfig, WorldModelConfig
from qpf_runtime.envelope import Json, PacketEnvelope
from tests.runtime.world import fleet, governance_auditor, main_agent

pytestmark = pytest.mark.anyio

EXAMPLES = Path(__file__).parents[2] / "examples"

PATH = (
    "main_agent.validate_packet",
    "main_agent.route_packet",
    "main_agent.enrich_context",
    "main_agent.request_scores",
    "tensoraios.score_match",
    "main_agent.reason",
    "main_agent.apply_governance",
    "main_agent.remember",
    "main_agent.build_reply",
)


def payload(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text())["payload"]


async def ask(runtime, agent, sent):
    reply = await runtime.bus.request(agent.envelope("match_request", sent), 5)
    assert await runtime.settled(5)
    return reply


async def test_a_well_supported_match_is_approved_and_remembered(runtime):
    agents = await fleet(runtime)
    reply = await ask(runtime, agents["main_agent"], payload("match_request"))
    assert reply.kind == "match_result"
    assert reply.payload["decision"] == "approved"
    assert reply.payload["confidence"] >= 0.9
    assert reply.path == PATH
    (row,) = await agents["main_agent"].audit.entries(reply.correlation_id)
    assert (row.event, row.outcome) == ("decision", "approved")
    (episode,) = await agents["main_agent"].memory.episodic.recall(
        kind="decision", subject="supplier-polyfab"
    )
    assert episode.content["decision"] == "approved"
    (outcome,) = await agents["tensor_trainer"].memory.episodic.recall(kind="outcome")
    assert outcome.content["score"] == reply.payload["score"]
    assert await agents["governance_auditor"].audit.entries() == ()


async def test_a_thinly_supported_one_is_escalated_audited_and_told_to_the_auditor(runtime):
    agents = await fleet(runtime)
    reply = await ask(runtime, agents["main_agent"], payload("low_confidence"))
    assert reply.payload["decision"] == "escalated"
    assert reply.payload["confidence"] < 0.4
    assert any("unknown: lead_time, price, purity" in reason for reason in reply.payload["reasons"])
    row, held = await agents["main_agent"].audit.entries(reply.correlation_id)
    assert (row.event, held.event) == ("decision", "held")
    assert row.outcome == "escalated"
    assert any("below its threshold 0.7" in reason for reason in row.reasons)
    (review,) = await agents["governance_auditor"].audit.entries(reply.correlation_id)
    assert (review.event, review.outcome) == ("review_escalation", "noted")


async def test_the_same_request_gets_the_same_answer(runtime):
    agent = (await fleet(runtime))["main_agent"]
    answers = []
    for number in range(3):
        reply = await ask(runtime, agent, payload("match_request") | {"supplier_id": f"s{number}"})
        answers.append(reply.payload)
    assert answers[0] == answers[1] == answers[2]


async def test_history_counts_more_the_longer_it_is(runtime):
    agent = (await fleet(runtime))["main_agent"]
    reasons = [(await ask(runtime, agent, payload("match_request"))).payload["reasons"] for _ in range(3)]
    assert [any("earlier decisions" in reason for reason in found) for found in reasons] == [
        False,
        True,
        True,
    ]
    assert "2 earlier decisions speak for it with 0.75" in reasons[2]


class StandIn:
    """An agent that only takes note."""

    def __init__(self) -> None:
        self.got: list[PacketEnvelope] = []

    async def receive(self, delivery: Delivery) -> Settlement:
        self.got.append(delivery.envelope)
        return Done()


async def test_without_a_scorer_the_decision_is_escalated_not_made(runtime):
    agent = main_agent(runtime)
    await agent.start()
    await governance_auditor(runtime).start()
    learners = StandIn()
    await runtime.bus.collect("tensor_trainer", DeliveryConfig(), learners.receive)
    reply = await ask(runtime, agent, payload("match_request"))
    assert reply.payload["decision"] == "escalated"
    row, held = await agent.audit.entries(reply.correlation_id)
    assert (row.outcome, held.event) == ("escalated", "held")
    assert [told.payload["decision"] for told in learners.got] == ["escalated"]


async def test_a_turn_that_fails_leaves_nothing_behind(runtime):
    agent = main_agent(runtime)
    await agent.start()
    # Nobody learns: the turn fails at `remember`, after the gate has decided and written it down.
    reply = await ask(runtime, agent, payload("match_request"))
    assert reply.payload["code"] == "undeliverable"
    assert await agent.audit.entries(reply.correlation_id) == ()


async def test_a_supervised_agent_decides_nothing_alone(runtime):
    agent = (await fleet(runtime, mode="supervised"))["main_agent"]
    reply = await ask(runtime, agent, payload("match_request"))
    assert reply.payload["decision"] == "escalated"


async def test_a_clear_misfit_is_rejected(runtime):
    agent = (await fleet(runtime))["main_agent"]
    sent = payload("match_request")
    reply = await ask(
        runtime,
        agent,
        sent
        | {
            "capabilities": dict.fromkeys(sent["needs"], 0.1),
            "minimum": dict.fromkeys(sent["needs"], 0.5),
        },
    )
    assert reply.payload["decision"] == "rejected"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"buyer_id": " "}, "buyer_id is blank"),
        ({"needs": {" ": 0.5}}, "needs has a blank key"),
    ],
)
async def test_a_packet_that_cannot_be_right_is_refused(runtime, change, message):
    agent = (await fleet(runtime))["main_agent"]
    reply = await ask(runtime, agent, payload("match_request") | change)
    assert (reply.payload["code"], reply.payload["message"]) == ("rejected", message)


async def test_a_packet_from_the_future_is_refused_until_clocks_agree(runtime, clock):
    agent = (await fleet(runtime))["main_agent"]
    sent = agent.envelope("match_request", payload("match_request"))
    ahead = sent.model_copy(update={"created_at": clock.now() + timedelta(minutes=6)})
    reply = await agent.answer(ahead)
    assert "still to come" in reply.payload["message"]
    assert reply.payload["passing"] is True
    clock.pass_time(timedelta(minutes=2))
    assert (await agent.answer(ahead)).kind == "match_result"


async def test_outcomes_correct_the_scorer_once(runtime, clock):
    agents = await fleet(runtime)
    trainer, scorer = agents["tensor_trainer"], agents["tensoraios"]
    for number in range(25):
        clock.pass_time(timedelta(minutes=1))
        _, offset = await calibration(scorer)
        outcome: dict[str, Json] = {
            "request_id": f"r{number}",
            "decision": "approved",
            "score": 0.9 + offset,
            "confidence": 0.9,
            "succeeded": "yes" if number % 2 else "no",
        }
        await runtime.bus.request(trainer.envelope("match_outcome", outcome), 5)
        assert await runtime.settled(5)
    (adopted,) = await scorer.memory.episodic.recall(kind="calibration")
    assert adopted.content["offset"] == pytest.approx(-0.4)
    reply = await ask(runtime, agents["main_agent"], payload("match_request"))
    assert reply.payload["score"] == pytest.approx(0.993381 - 0.4)


async def test_a_correction_that_makes_scores_worse_is_not_adopted(runtime):
    scorer = (await fleet(runtime))["tensoraios"]
    update: dict[str, Json] = {
        "model_version": "worse",
        "offset": 0.3,
        "samples": 2,
        "scores": [0.2, 0.9],
        "outcomes": [0, 1],
    }
    await runtime.bus.request(scorer.envelope("model_update", update), 5)
    assert await scorer.memory.episodic.recall(kind="calibration") == ()


async def test_the_auditor_questions_an_approval_below_its_own_threshold(runtime):
    auditor = (await fleet(runtime))["governance_auditor"]
    for confidence in (0.6, 0.8):
        outcome: dict[str, Json] = {
            "request_id": "r",
            "decision": "approved",
            "score": 0.9,
            "confidence": confidence,
        }
        await runtime.bus.request(auditor.envelope("decision", outcome), 5)
    assert [row.outcome for row in await auditor.audit.entries()] == ["questioned", "consistent"]


async def test_the_world_model_damps_and_may_be_demanded(runtime):
    from qpf_runtime.components.worldmodel import read_world_model
    from qpf_runtime.errors import PacketRejected
    from qpf_runtime.turn import Turn
    from tests.runtime.world import Ask

    world = WorldModelConfig(enabled=True, factors={"season": 0.9, "supply": 0.5}, fallback="fail")
    agent = main_agent(runtime, worldmodel=world, governance=GovernanceConfig())
    turn = Turn(agent.envelope("match_request", {}), Ask(number=1))
    with pytest.raises(PacketRejected, match="the world model cannot be read"):
        await read_world_model(agent, turn)
    await agent.memory.working.put("world", {"supply": 1.0})
    await read_world_model(agent, turn)
    assert turn.facts["world_factor"] == pytest.approx(0.9)
