"""A collector gets the trace and figures of a run; whatever it does, the compile ends and says so once."""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from qpf.api import SinkOptions, Trust
from qpf_plugins.extraction_observability import open_collector
from tests.extraction_observability.receiver import Receiver, receiving
from tests.extraction_observability.told import finished, run, started, told

pytestmark = pytest.mark.network


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(("qpf-otlp", "Otel")):
            thread.join(10)
            assert not thread.is_alive(), thread.name


def test_a_collector_gets_the_trace_and_the_figures(receiver: Receiver) -> None:
    sink = open_collector(SinkOptions(receiver.url, {}))
    assert told(sink, *run(finished("a", seconds=2.0), finished("b", "kept", 0.0))) == ""
    spans = receiver.spans()
    assert len({span.trace_id for span in spans}) == 1
    assert {span.name for span in spans} >= {"run", "environment", "check", "extraction", "code_generation"}
    gauges = receiver.gauges()
    (duration,) = gauges["qpf.extraction.duration"]
    assert duration.as_double == 2.0
    assert {each.key: each.value.string_value for each in duration.attributes} == {
        "qpf.environment": "dev",
        "qpf.agent": "a",
        "qpf.origin": "built",
    }
    counts = {
        next(
            each.value.string_value for each in point.attributes if each.key == "qpf.origin"
        ): point.as_double or point.as_int
        for point in gauges["qpf.agents"]
    }
    assert counts == {"kept": 1, "local": 0, "remote": 0, "built": 1, "failed": 0}
    (_, message), *_ = receiver.received
    resource = {each.key: each.value.string_value for each in message.resource_metrics[0].resource.attributes}
    assert resource["service.name"] == "qpf"
    units = {metric.name: metric.unit for metric in message.resource_metrics[0].scope_metrics[0].metrics}
    assert units["qpf.extraction.duration"] == "s"
    assert units["qpf.extraction.memory"] == "By"


def test_nothing_is_sent_while_the_compile_works(receiver: Receiver) -> None:
    sink = open_collector(SinkOptions(receiver.url, {}))
    before = threading.active_count()
    for event in started(finished("a")):
        sink(event)
    assert threading.active_count() == before
    assert receiver.headers == []
    sink.close()
    assert {path for path, _ in receiver.received} == {"/v1/traces", "/v1/metrics"}


def test_many_spans_are_many_requests(receiver: Receiver) -> None:
    sink = open_collector(SinkOptions(receiver.url, {"deadline_seconds": 60}))
    assert told(sink, *run(*(finished(f"agent_{number}") for number in range(300)))) == ""
    assert sum(span.name == "extraction" for span in receiver.spans()) == 300
    assert sum(path == "/v1/traces" for path, _ in receiver.received) == -(-len(receiver.spans()) // 512)


def test_a_run_that_is_not_sampled_still_has_figures(receiver: Receiver) -> None:
    assert told(open_collector(SinkOptions(receiver.url, {"sampling_rate": 0})), *run(finished("a"))) == ""
    assert [path for path, _ in receiver.received] == ["/v1/metrics"]


@pytest.mark.parametrize(
    ("hosts", "sent"),
    [({"elsewhere"}, None), ({"127.0.0.1:1"}, None), ({"127.0.0.1"}, "hush"), (None, "hush")],
)
def test_headers_of_the_environment_go_to_trusted_hosts_alone(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, hosts: set[str] | None, sent: str | None
) -> None:
    for name in ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"):
        monkeypatch.setenv(name, "api-key=hush,authorization=hush")
    trust = Trust(os.environ, None if hosts is None else frozenset(hosts))
    assert told(open_collector(SinkOptions(receiver.url, {}, trust)), *run(finished("a"))) == ""
    for name in ("api-key", "authorization"):
        assert {each.get(name) for each in receiver.headers} == {sent}
    assert bool(trust.withheld) == (sent is None)


def test_user_and_password_are_sent_and_never_shown(receiver: Receiver) -> None:
    url = receiver.url.replace("//", "//me:hunter%402@")
    assert told(open_collector(SinkOptions(url, {})), *run(finished("a"))) == ""
    assert {each["authorization"] for each in receiver.headers} == {"Basic bWU6aHVudGVyQDI="}
    receiver.status = 403
    said = told(open_collector(SinkOptions(url, {})), *run(finished("a")))
    assert "hunter" not in said
    assert receiver.url in said


@pytest.mark.parametrize(
    ("status", "why"), [(400, "it answered 400"), (500, "it answered 500"), (302, "it answered 302")]
)
def test_a_collector_that_refuses_is_one_sentence(
    receiver: Receiver, status: int, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver.status = status
    said = told(open_collector(SinkOptions(receiver.url, {})), *run(finished("a")))
    assert said == f"12 of 12 spans and the figures of the run were not delivered to {receiver.url}: {why}"
    assert len(receiver.headers) == 2, "what will not be taken is not sent again"
    assert capfd.readouterr() == ("", "")


def test_a_collector_that_is_not_there_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen
        url = f"otlp+http://127.0.0.1:{held.getsockname()[1]}"
        said = told(open_collector(SinkOptions(url, {"deadline_seconds": 0.5})), *run(finished("a")))
    assert (
        said == f"12 of 12 spans and the figures of the run were not delivered to {url}: it cannot be reached"
    )
    assert capfd.readouterr() == ("", "")


def test_a_collector_that_hangs_costs_no_more_than_the_deadline(
    receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver.go_on.clear()
    began = time.monotonic()
    said = told(open_collector(SinkOptions(receiver.url, {"deadline_seconds": 0.3})), *run(finished("a")))
    assert time.monotonic() - began < 30, "far beyond the deadline, and far below the library's own"
    assert said.endswith(f" were not delivered to {receiver.url}: it did not answer in time")
    assert capfd.readouterr() == ("", "")


def test_a_collector_that_comes_back_gets_it_after_all(receiver: Receiver) -> None:
    receiver.status = 503
    answered = threading.Event()
    accept = receiver.headers.append

    class Recovering(list[dict[str, str]]):
        def append(self, each: dict[str, str]) -> None:
            accept(each)
            if answered.is_set():
                receiver.status = 200
            answered.set()

    receiver.headers = Recovering()
    assert (
        told(open_collector(SinkOptions(receiver.url, {"deadline_seconds": 30})), *run(finished("a"))) == ""
    )
    assert receiver.spans()


def test_what_the_library_logs_is_told_only_to_those_who_ask(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 500
    with caplog.at_level(logging.WARNING):
        told(
            open_collector(SinkOptions(receiver.url.replace("//", "//me:hunter2@"), {})), *run(finished("a"))
        )
    assert "hunter2" not in caplog.text


def test_who_disables_opentelemetry_is_sent_nothing_and_told_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert told(open_collector(SinkOptions(receiver.url, {})), *run(finished("a"))) == ""
    assert receiver.headers == []


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"OTEL_SERVICE_NAME": "ours"}, "ours"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=fleet,team=a"}, "fleet"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "team=a"}, "qpf"),
    ],
)
def test_the_environment_names_the_service(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert told(open_collector(SinkOptions(receiver.url, {})), *run(finished("a"))) == ""
    (_, message), *_ = receiver.received
    resource = {each.key: each.value.string_value for each in message.resource_metrics[0].resource.attributes}
    assert resource["service.name"] == name
    assert "service.version" in resource
