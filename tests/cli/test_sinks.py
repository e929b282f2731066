"""What `qpf.yaml` says about reports, traces and figures is done, and what cannot be done is a finding."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.command import run
from tests.host.hostile import make_fleet
from tests.progress_report.receiver import receiving


def fleet_that_says(folder: Path, text: str) -> Path:
    root = make_fleet(folder / "fleet", "python_agent")
    with (root / "qpf.yaml").open("a") as file:
        file.write(text)
    return root


def origins(path: Path) -> Sequence[str]:
    """Agents and origins in a file of figures, of extractions."""
    families = text_string_to_metric_families(path.read_text())
    return sorted(
        f"{sample.labels['origin']}: {sample.value:g}"
        for family in families
        for sample in family.samples
        if sample.name == "qpf_agents" and sample.value
    )


def spans(path: Path) -> set[str]:
    return {
        span["name"]
        for line in path.read_text().splitlines()
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    }


def test_a_webhook_is_told_of_every_agent(tmp_path: Path) -> None:
    with receiving() as receiver:
        tracking = (
            f"{{progress_tracking: {{webhook_url: '{receiver.url}/hook', update_frequency_seconds: 0.01}}}}"
        )
        root = fleet_that_says(tmp_path, f"extraction_engine: {tracking}\n")
        assert run(["compile"], root)[0] == 0
        assert receiver.last["status"] == "success"
        assert receiver.last["fleet"] == "flat"
        assert {(name, each["status"]) for (_, name), each in receiver.reports().items()} == {
            ("adder", "success"),
            ("archivist", "success"),
        }


def test_what_was_not_kept_is_said_though_the_run_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    root = fleet_that_says(tmp_path, "")
    (root / ".qpf" / "runs.sqlite").mkdir(parents=True)
    monkeypatch.setattr("qpf.compilation.fleet.Compilation.build", interrupted)
    status, output = run(["compile"], root)
    assert (status, output.count("the run history .qpf/runs.sqlite cannot be used")) == (130, 1)


@pytest.mark.parametrize("folder", ["", "out/now/"], ids=["in the fleet's folder", "in one that is made"])
def test_traces_and_figures_lie_where_the_fleet_says(tmp_path: Path, folder: str) -> None:
    root = fleet_that_says(
        tmp_path,
        "extraction_observability:\n"
        f"  metrics_file: {folder}figures.prom\n"
        f"  tracing: {{enabled: true, endpoint: 'otlp+file:{folder}traces.jsonl'}}\n",
    )
    assert run(["compile"], root)[0] == 0
    assert origins(root / f"{folder}figures.prom") == ["built: 2"]
    assert {"run", "extraction", "code_generation", "tests_generation"} <= spans(
        root / f"{folder}traces.jsonl"
    )


def test_to_name_an_endpoint_is_to_ask_for_traces(tmp_path: Path) -> None:
    text = "extraction_observability: {tracing: {endpoint: 'otlp+file:out/traces.jsonl'}}\n"
    root = fleet_that_says(tmp_path, text)
    assert run(["compile"], root)[0] == 0
    assert "run" in spans(root / "out" / "traces.jsonl")


def test_what_is_switched_off_is_not_done(tmp_path: Path) -> None:
    root = fleet_that_says(
        tmp_path,
        "extraction_engine: {progress_tracking: {enabled: false, webhook_url: 'nothing://'}}\n"
        "extraction_observability:\n"
        "  enabled: false\n"
        "  metrics_file: figures.prom\n"
        "  tracing: {enabled: true, endpoint: 'otlp+file:traces.jsonl'}\n",
    )
    assert run(["compile"], root)[0] == 0
    assert not [*root.glob("figures.prom"), *root.glob("traces.jsonl")]


@pytest.mark.parametrize("place", ["../figures.prom", "/tmp/figures.prom", "linked/figures.prom"])  # noqa: S108  # never written
def test_sources_have_nothing_written_outside_of_their_fleet(tmp_path: Path, place: str) -> None:
    root = fleet_that_says(tmp_path, f"extraction_observability: {{metrics_file: {place}}}\n")
    (tmp_path / "elsewhere").mkdir()
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    status, output = run(["compile"], root)
    assert status == 2
    assert "qpf.yaml:6:42: error[QPF018" in output
    assert "lies outside of the fleet's folder" in output
    assert not [*(tmp_path / "elsewhere").iterdir(), *(root / "environments/test").glob("*.lock")]


@pytest.mark.parametrize(
    "place", ["qpf.yaml", ".git/config", "out/.x", "environments/test/x", "golden/x", ""]
)
def test_no_trace_is_appended_to_inputs_outputs_or_hidden_files(tmp_path: Path, place: str) -> None:
    root = fleet_that_says(
        tmp_path,
        f"extraction_observability: {{tracing: {{enabled: true, endpoint: 'otlp+file:./{place}'}}}}\n",
    )
    before = (root / "qpf.yaml").read_bytes()
    status, output = run(["compile"], root)
    assert status == 2
    assert "qpf.yaml:6:" in output
    assert "lies among inputs" in output
    assert (root / "qpf.yaml").read_bytes() == before
    assert not (root / "environments" / "test" / "qpf.lock").exists()


def test_an_address_that_nobody_reports_to_is_named_with_its_line(tmp_path: Path) -> None:
    root = fleet_that_says(
        tmp_path, "extraction_engine: {progress_tracking: {webhook_url: 'gopher://secret@x'}}\n"
    )
    status, output = run(["compile"], root)
    assert status == 2
    assert "no installed plugin reports to `gopher` addresses" in output
    assert "qpf.yaml:6:" in output


@pytest.mark.parametrize("text", ["monitoring.example/hooks/s3cr3t", "s3cr3t", "a/s3cr3t:80", " s3cr3t:x"])
def test_nothing_is_repeated_of_what_is_no_address(tmp_path: Path, text: str) -> None:
    root = fleet_that_says(tmp_path, f"extraction_engine: {{progress_tracking: {{webhook_url: '{text}'}}}}\n")
    status, output = run(["compile"], root)
    assert status == 2
    assert "`webhook_url` is no address, it has no scheme\n  hint: known: `http`, `https`" in output
    assert "s3cr3t" not in output


@pytest.mark.parametrize(
    ("endpoint", "hint"),
    [
        ("http://collector:4318", "hint: did you mean `otlp+http`?"),
        ("HTTPS://collector", "hint: did you mean `otlp+https`?"),
        ("otlp+grpc://collector:4317", "hint: did you mean `otlp+http`?"),
        ("collector:4317", "hint: known: `otlp+file`, `otlp+http`, `otlp+https`"),
    ],
)
def test_an_endpoint_that_takes_no_traces_is_told_with_what_does(
    tmp_path: Path, endpoint: str, hint: str
) -> None:
    root = fleet_that_says(
        tmp_path, f"extraction_observability: {{tracing: {{enabled: true, endpoint: '{endpoint}'}}}}\n"
    )
    status, output = run(["compile"], root)
    assert (status, hint in output) == (2, True), output


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{backend: redis}", "begins with `redis://`"),
        ("{backend: s3, url: 'redis://x'}", "begins with `s3://`"),
        ("{url: 'redis://x'}", "a local cache has no `url`"),
        ("{invalidation_triggers: [schema_content_changed]}", "would hand out what is wrong"),
        ("{max_size: 3 PB}", "write a number and KB, MB, GB, KiB, MiB or GiB"),
    ],
)
def test_a_cache_that_cannot_be_meant_is_a_finding(tmp_path: Path, settings: str, told: str) -> None:
    root = fleet_that_says(tmp_path, f"extraction_engine: {{cache: {settings}}}\n")
    status, output = run(["compile"], root)
    assert status == 1
    assert told in output


@pytest.mark.parametrize("other", ["--check", "--agent=adder", "--no-cache"])
def test_verifying_memory_goes_with_nothing_that_has_none(tmp_path: Path, other: str) -> None:
    status, output = run(["compile", "--verify-cache", other], make_fleet(tmp_path / "fleet", "python_agent"))
    assert status == 2
    assert "--verify-cache is about" in output


@pytest.mark.parametrize(
    "url",
    ["otlp+file:%2e%2e/t.jsonl", "OTLP+FILE:../t.jsonl", "otlp+File:%2E./t.jsonl", "otlp+file://../t.jsonl"],
)
def test_no_way_to_write_an_address_leads_out_of_the_fleet(tmp_path: Path, url: str) -> None:
    root = fleet_that_says(
        tmp_path, f"extraction_observability: {{tracing: {{enabled: true, endpoint: '{url}'}}}}\n"
    )
    status, output = run(["compile"], root)
    assert (status, "lies outside of the fleet's folder" in output) == (2, True), output
    assert not [*tmp_path.glob("*.jsonl")]


@pytest.mark.parametrize("name", ["%2e%2e", "a%20b", "a b"])
def test_a_path_is_no_address_and_means_what_it_says(tmp_path: Path, name: str) -> None:
    root = fleet_that_says(tmp_path / name, f"extraction_observability: {{metrics_file: 'of {name}.prom'}}\n")
    assert run(["compile"], root)[0] == 0
    assert origins(root / f"of {name}.prom") == ["built: 2"]


def test_a_pause_that_no_webhook_takes_is_told_where_it_stands(tmp_path: Path) -> None:
    root = fleet_that_says(
        tmp_path, "extraction_engine: {progress_tracking: {update_frequency_seconds: 3601}}\n"
    )
    status, output = run(["validate"], root)
    assert status == 1
    assert "qpf.yaml:6:67: error[QPF302 invalid-value]: `update_frequency_seconds`: 3601 is too" in output
