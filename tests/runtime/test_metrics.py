"""Figures: names and units as Prometheus wants them, label values that nobody outside can choose."""

import asyncio
import math
import subprocess

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain

from qpf_runtime.bus.port import Delivery
from qpf_runtime.errors import Unavailable
from qpf_runtime.metrics import Metrics
from tests.runtime.test_http import face
from tests.runtime.world import answer_double, answering
from tests.servers import program

pytestmark = pytest.mark.anyio

TRACE = "ab" * 16

NAMES = {
    "qpf_packets_total": {"agent", "port", "kind", "outcome"},
    "qpf_packet_duration_seconds_count": {"agent", "port"},
    "qpf_packets_refused_total": {"agent", "reason"},
    "qpf_duplicates_total": {"agent"},
    "qpf_dead_letters_total": {"agent", "code"},
    "qpf_failures_total": {"agent", "code"},
    "qpf_retries_total": {"agent", "target"},
    "qpf_breaker_open": {"agent", "target"},
    "qpf_bulkhead_rejected_total": {"agent", "target"},
    "qpf_outbox_pending": {"agent"},
    "qpf_queue_pending": {"agent"},
    "qpf_held_decisions": {"agent"},
    "qpf_in_flight": {"agent"},
    "qpf_build_info": {"agent", "environment", "schema_version", "version"},
}


async def busy(runtime):
    """Give the figures of an agent that something of each kind happened to."""

    async def unlucky(_agent, turn):
        if turn.packet.number == 13:
            raise ValueError(turn.packet.number)

    metrics = Metrics()
    runtime.watchers.append(metrics.watch)
    agent = answering(runtime, unlucky, answer_double)
    metrics.add(agent)
    await agent.start()
    good = agent.envelope("ask", {"number": 1}).model_copy(
        update={"traceparent": f"00-{TRACE}-{'cd' * 8}-01"}
    )
    for envelope in (
        good,
        good,
        agent.envelope("ask", {"number": 13}),
        agent.envelope("ask", {"number": "x"}),
        good.model_copy(update={"id": "x1", "target": "solo.made-up"}),
        good.model_copy(update={"id": "x2", "kind": "made-up"}),
    ):
        await agent.handle(Delivery(envelope, asked=True))
    metrics.no_packet("solo", "invalid_envelope")
    for event in ("retry", "bulkhead_rejected", "breaker_open"):
        metrics.called("solo", event, "other")
    return metrics, agent


def values(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in plain(text)
        for sample in family.samples
    }


async def test_each_figure_has_its_name_and_labels(runtime):
    metrics, _ = await busy(runtime)
    text, content_type = await metrics.write()
    assert content_type.startswith("text/plain")
    found: dict[str, set[str]] = {}
    for family in plain(text.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    assert {name: found.get(name) for name in NAMES} == NAMES


async def test_what_happened_is_counted_once(runtime):
    metrics, _ = await busy(runtime)
    found = values((await metrics.write())[0].decode())
    agent = ("agent", "solo")
    assert found["qpf_packets_total", agent, ("kind", "ask"), ("outcome", "done"), ("port", "ask")] == 1
    assert found["qpf_packets_total", agent, ("kind", "ask"), ("outcome", "dead"), ("port", "ask")] == 1
    assert found["qpf_duplicates_total", agent] == 1
    assert found["qpf_dead_letters_total", agent, ("code", "step_failed")] == 1
    assert found["qpf_packets_refused_total", agent, ("reason", "invalid_payload")] == 1
    assert found["qpf_held_decisions", agent] == 0
    assert found["qpf_in_flight", agent] == 0
    assert found["qpf_breaker_open", agent, ("target", "other")] == 1


async def test_what_a_packet_says_makes_no_series(runtime):
    metrics, _ = await busy(runtime)
    text = (await metrics.write())[0].decode()
    assert "made-up" not in text
    assert 'port="unknown"' in text
    assert 'kind="unknown"' in text


async def test_a_reader_of_openmetrics_gets_exemplars_with_trace_ids(runtime):
    metrics, _ = await busy(runtime)
    text, content_type = await metrics.write("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    exemplars = [
        sample.exemplar.labels
        for family in open_metrics(text.decode())
        for sample in family.samples
        if sample.name == "qpf_packet_duration_seconds_bucket" and sample.exemplar
    ]
    assert {"trace_id": TRACE} in exemplars


async def test_a_figure_that_cannot_be_had_is_none_and_the_others_are_shown(runtime, monkeypatch):
    metrics, agent = await busy(runtime)

    async def gone(*_works):
        msg = "gone"
        raise Unavailable(msg)

    monkeypatch.setattr(agent.database, "run", gone)
    found = values((await metrics.write())[0].decode())
    held = found["qpf_held_decisions", ("agent", "solo")]
    assert math.isnan(held)
    assert found["qpf_duplicates_total", ("agent", "solo")] == 1


async def test_promtool_finds_nothing_to_say(runtime):
    metrics, _ = await busy(runtime)
    text, _ = await metrics.write()
    command = [str(program("promtool")), "check", "metrics"]

    def check():
        return subprocess.run(command, input=text, capture_output=True, check=False)

    checked = await asyncio.to_thread(check)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


async def test_the_address_of_the_figures_says_what_they_are(runtime):
    _, _, http = await face(runtime)
    async with http:
        text = await http.get("/metrics")
        opened = await http.get("/metrics", headers={"accept": "application/openmetrics-text"})
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert opened.headers["content-type"].startswith("application/openmetrics-text")
    assert opened.text.endswith("# EOF\n")
