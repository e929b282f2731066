"""Steps that the demo does not pass through: translating, sending, forwarding, recalling; and samples."""

from typing import ClassVar

import pytest
from pydantic import Field, ValidationError

from qpf_runtime.agent import Agent
from qpf_runtime.components import building, enrichment, memory, results, routing, translation, worldmodel
from qpf_runtime.config import InputPort, OutputPort, Route, WorldModelConfig
from qpf_runtime.errors import PacketRejected
from qpf_runtime.packet import Packet, assemble
from qpf_runtime.testing import sample, stand_in
from qpf_runtime.turn import Turn
from tests.runtime.world import (
    Answer,
    Ask,
    MatchOutcome,
    MatchRequest,
    MatchResult,
    ModelUpdate,
    answer_double,
    bound,
    config,
    main_agent,
)

pytestmark = pytest.mark.anyio


class PartnerRecord(Packet):
    kind: ClassVar[str] = "partner_record"
    record_id: str
    buyer_id: str
    supplier_id: str
    required: dict[str, float]
    offered: dict[str, float]
    full_scale: dict[str, float]


RECORD = {
    "record_id": "r1",
    "buyer_id": "b1",
    "supplier_id": "s1",
    "required": {"tonnes": 50.0},
    "offered": {"tonnes": 300.0},
    "full_scale": {"tonnes": 200.0},
}


def adapter(runtime):
    agent = Agent(
        config(
            "adapter",
            inputs={"partner_record": InputPort(packet="partner_record", reply="match_result")},
            outputs={"match_request": OutputPort(packet="match_request", reply="match_result")},
            routes={
                "match_request": (Route(target="decider", port="match_request", packet="match_request"),)
            },
        ),
        runtime,
    )
    agent.sends("match_request", MatchRequest, MatchResult)
    steps = (
        translation.translate_record,
        building.build_packet,
        results.process_result,
        building.build_reply,
    )
    agent.on("partner_record", PartnerRecord, bound(agent, *steps), MatchResult)
    return agent


async def test_a_record_is_translated_sent_and_its_result_given_back(runtime):
    agent = adapter(runtime)
    result = MatchResult(request_id="r1", decision="rejected", confidence=0.9, score=0.2, reasons=("no",))
    sent = await stand_in(agent, {"match_request": result})
    reply = await agent.answer(agent.envelope("partner_record", RECORD))
    assert sent[0].payload["needs"] == {"tonnes": 0.25}
    assert sent[0].payload["capabilities"] == {"tonnes": 1.0}
    assert sent[0].payload["request_id"] == "r1"
    assert reply.payload == result.payload()
    assert reply.path[2] == "decider.stand_in"
    assert await agent.memory.working.get(f"result:{reply.correlation_id}") == result.payload()


async def test_a_quantity_without_a_scale_is_refused(runtime):
    agent = adapter(runtime)
    reply = await agent.answer(agent.envelope("partner_record", RECORD | {"full_scale": {}}))
    assert reply.payload["message"] == "full_scale.tonnes must be above 0: required speaks of tonnes"


def forwarder(runtime, *steps, outputs=("ask",)):
    agent = Agent(
        config(
            "forwarder",
            inputs={"ask": InputPort(packet="ask")},
            outputs={port: OutputPort(packet="ask") for port in outputs},
            routes={port: (Route(target="solo", port="ask", packet="ask"),) for port in outputs},
        ),
        runtime,
    )
    for port in outputs:
        agent.sends(port, Ask)
    agent.on("ask", Ask, bound(agent, *steps))
    return agent


async def test_a_packet_is_forwarded_by_the_port_that_carries_its_kind(runtime):
    agent = forwarder(runtime, routing.route_packet, routing.dispatch_to_handler)
    sent = await stand_in(agent)
    await agent.start()
    assert await agent.answer(agent.envelope("ask", {"number": 7})) is None
    assert await runtime.settled(5)
    assert [(packet.target, packet.payload) for packet in sent] == [("solo.ask", {"number": 7})]
    nowhere = forwarder(runtime, routing.dispatch_to_handler, outputs=())
    reply = await nowhere.answer(nowhere.envelope("ask", {"number": 7}))
    assert reply.payload["message"] == "agent forwarder has no output port that carries ask"


async def test_build_packet_wants_to_know_where_to_send(runtime):
    agent = forwarder(runtime, building.build_packet, outputs=("ask", "other"))
    reply = await agent.answer(agent.envelope("ask", {"number": 7}))
    assert "nothing says which of the output ports ['ask', 'other']" in reply.payload["message"]
    turn = Turn(agent.envelope("ask", {"number": 7}), Ask(number=7), facts={"send_to": "other", "number": 8})
    sent = await stand_in(agent)
    await building.build_packet(agent, turn)
    assert await runtime.settled(5)
    assert [(packet.source, packet.payload) for packet in sent] == [("forwarder.other", {"number": 8})]


async def test_there_must_be_a_result_to_process(runtime):
    agent = forwarder(runtime, answer_double)
    with pytest.raises(PacketRejected, match="no result to process"):
        await results.process_result(agent, Turn(agent.envelope("ask", {"number": 7}), Ask(number=7)))


async def test_what_was_remembered_is_recalled(runtime):
    agent = forwarder(runtime, answer_double)
    turn = Turn(agent.envelope("ask", {"number": 7}), Ask(number=7), facts={"score": 0.5})
    await memory.remember(agent, turn)
    await memory.recall(agent, turn)
    assert turn.facts["working"] == turn.facts["recalled"][0]
    assert turn.facts["working"]["score"] == 0.5


async def test_a_disabled_world_model_leaves_no_facts(runtime):
    agent = main_agent(runtime, worldmodel=WorldModelConfig(enabled=False, factors={"season": 0.5}))
    turn = Turn(agent.envelope("match_request", {}), Ask(number=1))
    await worldmodel.read_world_model(agent, turn)
    assert turn.facts == {}
    await enrichment.enrich_context(agent, turn)
    assert turn.facts["context"]["episodes"] == 0


def test_a_reply_is_filled_by_field_name_and_names_what_is_missing():
    packet = assemble(
        MatchOutcome, {"request_id": "r", "score": 1}, {"score": 0.5, "decision": "d", "confidence": 1}
    )
    assert packet == MatchOutcome(request_id="r", decision="d", score=1.0, confidence=1.0)
    with pytest.raises(ValidationError, match="confidence"):
        assemble(MatchOutcome, {"request_id": "r", "score": 1, "decision": "d"})


class Bounded(Packet):
    kind: ClassVar[str] = "bounded"
    low: float = Field(le=-3)
    high: int = Field(gt=10, le=20)
    flag: bool
    texts: tuple[str, ...]
    optional: str = "kept"


@pytest.mark.parametrize("packet_type", [MatchRequest, MatchResult, ModelUpdate, Bounded])
def test_a_sample_is_valid_and_the_same_every_time(packet_type):
    assert sample(packet_type) == packet_type.read(sample(packet_type).payload())


def test_a_sample_keeps_to_bounds_and_defaults():
    assert sample(Bounded) == Bounded(low=-3.0, high=11, flag=True, texts=("sample",), optional="kept")


async def test_a_stand_in_answers_with_a_sample_and_leaves_present_agents_alone(runtime):
    agent = adapter(runtime)
    sent = await stand_in(agent)
    reply = await agent.answer(agent.envelope("partner_record", RECORD))
    assert reply.payload == sample(MatchResult).payload()
    assert await stand_in(agent) == []
    assert len(sent) == 1
    assert Answer(number=1).payload() == {"number": 1}
