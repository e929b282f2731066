"""Trace contexts are valid and connected, recorded or not; a receiver that fails harms no packet."""

import re
import threading
from collections import Counter
from typing import Any

import pytest

from qpf_runtime.tracing import PlainTracer, child, here
from tests.runtime.world import answer_double, answering, fleet
from tests.servers.otlp import otlp_receiver

pytestmark = pytest.mark.anyio

TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01")

REQUEST: dict[str, Any] = {
    "request_id": "r1",
    "buyer_id": "b1",
    "supplier_id": "s1",
    "needs": {"price": 0.9},
    "capabilities": {"price": 0.9},
}


def test_a_trace_that_begins_here_is_valid():
    assert TRACEPARENT.fullmatch(child(None))


def test_a_child_stays_in_its_trace_and_keeps_its_flags():
    parent = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
    made = child(parent)
    assert (made[:36], made[52:]) == (parent[:36], "-00")
    assert made != parent


async def test_a_reply_is_in_the_trace_of_its_request(runtime):
    seen = []

    async def look(_agent, _turn):
        seen.append(here())

    agent = answering(runtime, look, answer_double)
    await agent.start()
    parent = child(None)
    sent = agent.envelope("ask", {"number": 1}).model_copy(update={"traceparent": parent})
    reply = await runtime.bus.request(sent, 5)
    (context,) = seen
    assert reply.traceparent[:36] == parent[:36]
    assert reply.traceparent == context.traceparent != parent
    assert (context.agent, context.packet_id, context.correlation_id) == (
        "solo",
        sent.id,
        sent.correlation_id,
    )
    assert here() is None


async def test_what_is_sent_outside_a_turn_begins_a_trace_of_its_own():
    tracer = PlainTracer()
    assert tracer.current() is None
    with tracer.request("POST /packets", None) as span:
        assert tracer.current() == span.traceparent
    assert tracer.current() is None


@pytest.mark.network
async def test_spans_of_several_agents_form_one_tree(runtime, monkeypatch):
    from qpf_runtime.otel import otel_tracer

    with otlp_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        tracer = otel_tracer("fleet", {"deployment.environment.name": "dev"}, "in_process")
        runtime.tracer = tracer
        agents = await fleet(runtime)
        with tracer.request("POST /packets", None) as span:
            sent = agents["main_agent"].envelope("match_request", REQUEST)
            root = span.traceparent
        assert sent.traceparent == root
        reply = await runtime.bus.request(sent, 5)
        assert not reply.failed, reply.payload
        assert await runtime.settled(10)
        tracer.close(10)
        spans = receiver.spans
    by_id = {span.id: span for span in spans}
    assert {span.trace for span in spans} == {root[3:35]}
    assert [span.name for span in spans if span.parent not in by_id] == ["POST /packets"]
    turns = [span for span in spans if span.name.startswith("process ")]
    took = Counter(span.attributes["qpf.agent"] for span in turns)
    assert set(took) >= {"main_agent", "tensoraios", "tensor_trainer"}
    for turn in turns:
        assert turn.kind == 5  # SPAN_KIND_CONSUMER
        assert turn.links == (turn.parent,)
        assert turn.attributes["messaging.operation.type"] == "process"
        assert turn.attributes["messaging.message.conversation_id"] == sent.correlation_id
    asked = next(turn for turn in turns if turn.attributes["qpf.agent"] == "tensoraios")
    assert by_id[asked.parent].name == "main_agent.request_scores"


@pytest.mark.network
async def test_a_failed_turn_is_a_failed_span(runtime, monkeypatch):
    from qpf_runtime.otel import otel_tracer

    async def fails(_agent, turn):
        raise ValueError(turn.packet.number)

    with otlp_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        runtime.tracer = otel_tracer("solo", {}, "in_process")
        agent = answering(runtime, fails)
        await agent.start()
        await agent.answer(agent.envelope("ask", {"number": 4711}))
        runtime.tracer.close(10)
        step, turn = sorted(receiver.spans, key=lambda span: span.name, reverse=True)
    assert (step.status, turn.status) == (2, 2)
    assert step.attributes["error.type"] == "ValueError"
    assert turn.attributes["error.type"] == "step_failed"


@pytest.mark.network
async def test_a_receiver_that_refuses_or_is_gone_harms_no_packet(runtime, monkeypatch):
    from qpf_runtime.otel import otel_tracer

    with otlp_receiver() as receiver:
        receiver.answer = 400
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
        runtime.tracer = otel_tracer("solo", {}, "in_process")
        agent = answering(runtime, answer_double)
        await agent.start()
        for number in range(20):
            reply = await agent.answer(agent.envelope("ask", {"number": number}))
            assert reply.payload == {"number": 2 * number}
    reply = await agent.answer(agent.envelope("ask", {"number": 4}))
    assert reply.payload == {"number": 8}
    runtime.tracer.close(0.1)
    for thread in threading.enumerate():
        if thread.name.startswith(("OtelBatch", "qpf-otel")):
            thread.join(5)
            assert not thread.is_alive(), f"{thread.name} tries on after its time"
