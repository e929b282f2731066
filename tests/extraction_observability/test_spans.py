"""A trace read back from a file tells the run as it was said, with the guide's trace points."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from qpf.api import SinkOptions
from qpf.model.event import Event, ExtractionFinished, RunFinished, RunStarted, StageFinished
from qpf_plugins.extraction_observability import open_trace_file
from tests.extraction_observability.told import EXTRACTIONS, finished, run, started, told

POINTS = {
    "extraction_started",
    "schema_validation_passed",
    "dependencies_resolved",
    "extraction_templates_selected",
    *(
        f"{part}_{moment}"
        for part in ("code_generation", "tests_generation", "docs_generation", "manifest_creation")
        for moment in ("started", "completed")
    ),
    "extraction_completed",
}
"""The guide's fifteen but for the two of quality gates, which `qpf test` runs."""

Span = dict[str, Any]


def traced(path: Path, *events: Event, **settings: object) -> list[Span]:
    assert told(open_trace_file(SinkOptions(f"otlp+file://{path}", settings)), *events) == ""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [
        span
        for line in lines
        for of_resource in json.loads(line)["resourceSpans"]
        for of_scope in of_resource["scopeSpans"]
        for span in of_scope["spans"]
    ]


def attributes(span: Span) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in span.get("attributes", ())}


def named(spans: list[Span], name: str) -> list[Span]:
    return [span for span in spans if span["name"] == name]


def points(spans: list[Span]) -> set[str]:
    return {event["name"] for span in spans for event in span.get("events", ())}


def test_run_stages_extractions_and_parts_are_one_tree(tmp_path: Path) -> None:
    spans = traced(tmp_path / "t.jsonl", *run(finished("a"), finished("b", environment="production")))
    by_id = {span["spanId"]: span for span in spans}
    assert len({span["traceId"] for span in spans}) == 1
    (root,) = [span for span in spans if "parentSpanId" not in span]
    assert root["name"] == "run"
    assert attributes(root)["qpf.run"] == "r1"

    def above(name: str) -> set[str]:
        return {by_id[span["parentSpanId"]]["name"] for span in named(spans, name)}

    assert above("read") == above("extract") == above("publish") == above("environment") == {"run"}
    assert above("check") == above("plan") == above("extraction") == {"environment"}
    assert above("code_generation") == above("manifest_creation") == {"extraction"}
    for span in spans:
        if "parentSpanId" in span:
            outer = by_id[span["parentSpanId"]]
            assert int(outer["startTimeUnixNano"]) <= int(span["startTimeUnixNano"])
            assert int(span["endTimeUnixNano"]) <= int(outer["endTimeUnixNano"])


def test_every_trace_point_of_the_guide_appears(tmp_path: Path) -> None:
    assert points(traced(tmp_path / "t.jsonl", *run(finished("a")))) == POINTS


def test_gates_are_traced_where_they_are_run(tmp_path: Path) -> None:
    spans = traced(
        tmp_path / "t.jsonl",
        RunStarted(run="r1", environments=("dev",), jobs=1),
        StageFinished(at=3.0, stage="gates", environment="dev", seconds=2.0),
        RunFinished(at=4.0, succeeded=True, written=0, removed=0, unchanged=0, seconds=4.0),
    )
    (gates,) = named(spans, "gates")
    assert [event["name"] for event in gates["events"]] == [
        "quality_gates_validation_started",
        "quality_gates_validation_completed",
    ]
    assert int(gates["endTimeUnixNano"]) - int(gates["startTimeUnixNano"]) == 2_000_000_000


def test_moments_are_where_they_were_said(tmp_path: Path) -> None:
    spans = traced(tmp_path / "t.jsonl", *run(finished("a", seconds=2.0, at=4.0)))
    (root,), (extraction,), (tests,) = (
        named(spans, name) for name in ("run", "extraction", "tests_generation")
    )
    began = int(root["startTimeUnixNano"])

    def at(time: str) -> float:
        return (int(time) - began) / 1e9

    assert at(root["endTimeUnixNano"]) == 6.0
    assert [(event["name"], at(event["timeUnixNano"])) for event in extraction["events"]] == [
        ("extraction_started", 2.0),
        ("extraction_completed", 4.0),
    ]
    assert (at(tests["startTimeUnixNano"]), at(tests["endTimeUnixNano"])) == (2.5, 3.0)


def test_what_is_kept_is_counted_and_has_no_span(tmp_path: Path) -> None:
    spans = traced(tmp_path / "t.jsonl", *run(finished("a", "kept", 0.0), finished("b", "remote", 0.5)))
    assert [attributes(each)["qpf.agent"] for each in named(spans, "extraction")] == ["b"]
    assert attributes(named(spans, "environment")[0])["qpf.agents.kept"] == "1"
    assert not points(spans) & {"code_generation_started"}


def test_a_failure_is_marked_and_its_words_are_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    secret = finished("a", error="password: hunter2 in /home/me/fleet")
    spans = traced(path, *run(secret, succeeded=False))
    (extraction,) = named(spans, "extraction")
    assert extraction["status"] == {"code": 2}
    assert attributes(extraction)["error.type"] == "extraction_failed"
    assert attributes(named(spans, "run")[0])["error.type"] == "run_failed"
    assert "extraction_completed" not in points(spans)
    assert b"hunter2" not in path.read_bytes()
    assert b"/home" not in path.read_bytes()


def test_a_run_that_is_cut_off_is_traced_as_far_as_it_went(tmp_path: Path) -> None:
    events = list(started(finished("a"), finished("b")))
    cut = [each for each in events if not (isinstance(each, ExtractionFinished) and each.agent == "b")]
    spans = traced(tmp_path / "t.jsonl", *cut)
    failed = {
        attributes(each)["qpf.agent"]: attributes(each).get("error.type")
        for each in named(spans, "extraction")
    }
    assert failed == {"a": None, "b": "run_cut_off"}
    assert attributes(named(spans, "run")[0])["error.type"] == "run_cut_off"


def test_invalid_sources_pass_no_validation(tmp_path: Path) -> None:
    events = [each for each in run(succeeded=False) if type(each).__name__ != "Planned"]
    spans = traced(tmp_path / "t.jsonl", *events)
    assert named(spans, "check")
    assert points(spans) == set()


def test_runs_are_appended_each_a_trace_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    traced(path, *run(finished("a"), name="r1"))
    spans = traced(path, *run(finished("a"), name="r2"))
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert [attributes(each)["qpf.run"] for each in named(spans, "run")] == ["r1", "r2"]
    assert len({span["traceId"] for span in spans}) == 2


@pytest.mark.parametrize(("rate", "traces"), [(0, 0), (0.0, 0), (1, 20), (1.0, 20)])
def test_the_sampling_rate_is_the_share_of_runs_that_are_traced(
    tmp_path: Path, rate: float, traces: int
) -> None:
    path = tmp_path / "t.jsonl"
    for _ in range(20):
        spans = traced(path, *run(finished("a")), sampling_rate=rate)
    assert len(named(spans, "run")) == traces


OUTER_TRACE, OUTER_SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_run_is_part_of_the_trace_of_what_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", f"00-{OUTER_TRACE}-{OUTER_SPAN}-01")
    monkeypatch.setenv("TRACESTATE", "ci=7")
    spans = traced(tmp_path / "t.jsonl", *run(finished("a")), sampling_rate=0.0)
    assert {span["traceId"] for span in spans} == {OUTER_TRACE}
    assert {span["traceState"] for span in spans} == {"ci=7"}
    (outermost,) = named(spans, "run")
    assert outermost["parentSpanId"] == OUTER_SPAN
    assert points(spans) == POINTS


def test_what_the_starter_does_not_sample_is_not_traced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", f"00-{OUTER_TRACE}-{OUTER_SPAN}-00")
    assert traced(tmp_path / "t.jsonl", *run(finished("a"))) == []


@pytest.mark.parametrize("word", ["", "no", f"00-{'0' * 32}-{OUTER_SPAN}-01", f"00-{OUTER_TRACE}-zz-01"])
def test_a_starter_that_cannot_be_read_is_none(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACEPARENT", word)
    (outermost,) = named(traced(tmp_path / "t.jsonl", *run(finished("a"))), "run")
    assert "parentSpanId" not in outermost


def test_other_variables_of_samplers_mean_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    assert points(traced(tmp_path / "t.jsonl", *run(finished("a")))) == POINTS


def test_half_of_the_runs_are_traced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    for _ in range(100):
        spans = traced(path, *run(finished("a")), sampling_rate=0.5)
    traces = {span["traceId"] for span in spans}
    assert 15 <= len(traces) <= 85, "less than once in 10^12 by chance"
    assert len(named(spans, "run")) == len(named(spans, "extraction")) == len(traces)


def test_a_line_holds_a_bounded_number_of_spans(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    spans = traced(path, *run(*(finished(f"agent_{number}") for number in range(300))), deadline_seconds=60)
    assert len(named(spans, "extraction")) == 300
    assert len(path.read_text(encoding="utf-8").splitlines()) == -(-len(spans) // 512)


def test_what_is_late_is_left_out_and_said(tmp_path: Path) -> None:
    sink = open_trace_file(SinkOptions(f"otlp+file://{tmp_path}/t.jsonl", {"deadline_seconds": 0}))
    events = run(*(finished(f"agent_{number}") for number in range(300)))
    said = told(sink, *events)
    assert said == "995 of 1507 spans were not written within 0 s"
    assert len((tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    sink = open_trace_file(SinkOptions(f"otlp+file://{tmp_path}/no/t.jsonl", {}))
    said = told(sink, *run(finished("a")))
    assert said.endswith("spans were not written to a file: No such file or directory")


@pytest.mark.parametrize("text", ["# Our fleet\n", "{}", '{"resource'])
def test_a_file_that_holds_something_else_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "README.md"
    path.write_text(text)
    said = told(open_trace_file(SinkOptions(f"otlp+file://{path}", {})), *run(finished("a")))
    assert said.endswith("spans were not written to a file: it holds something else than traces")
    assert path.read_text() == text


def test_a_line_that_was_cut_off_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    traced(path, *run(finished("a")))
    whole = path.read_text()
    path.write_text(whole + whole[:1000])
    told(open_trace_file(SinkOptions(f"otlp+file://{path}", {})), *run(finished("b")))
    first, cut_off, last = path.read_text().splitlines()
    assert (f"{first}\n", cut_off) == (whole, whole[:1000])
    assert json.loads(last)["resourceSpans"]


def test_nothing_said_is_nothing_written(tmp_path: Path) -> None:
    assert traced(tmp_path / "t.jsonl") == []
    assert list(tmp_path.iterdir()) == []


@given(extractions=EXTRACTIONS)
@settings(deadline=None, max_examples=25)
def test_every_extraction_is_told_once(tmp_path_factory: pytest.TempPathFactory, extractions) -> None:
    path = tmp_path_factory.mktemp("any") / "t.jsonl"
    spans = traced(path, *run(*extractions))
    shown = named(spans, "extraction")
    told_of = [each for each in extractions if each.origin != "kept" or each.error]
    assert sorted(
        (attributes(each)["qpf.environment"], attributes(each)["qpf.agent"]) for each in shown
    ) == sorted((each.environment, each.agent) for each in told_of)
    assert all(int(each["startTimeUnixNano"]) <= int(each["endTimeUnixNano"]) for each in spans)
