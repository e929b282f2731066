"""The node exporter's file holds the figures of the last run, whole or not at all."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from prometheus_client.parser import text_string_to_metric_families

from qpf.api import SinkOptions
from qpf.model.event import Event
from qpf_plugins.extraction_observability import open_text_file
from tests.extraction_observability.told import EXTRACTIONS, finished, run, started, told

LABELS = ("environment", "agent", "stage", "origin", "part", "result")

Samples = dict[tuple[str, ...], float]


def written(path: Path, *events: Event) -> Samples:
    assert told(open_text_file(SinkOptions(f"prometheus+file://{path}", {})), *events) == ""
    return {
        (sample.name, *(sample.labels[label] for label in LABELS if label in sample.labels)): sample.value
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in family.samples
    }


def test_figures_are_those_of_the_run(tmp_path: Path) -> None:
    samples = written(
        tmp_path / "qpf.prom",
        *run(
            finished("a", seconds=2.0), finished("b", "kept", 0.0), finished("c", error="no"), succeeded=False
        ),
    )
    assert samples["qpf_run_duration_seconds",] == 6.0
    assert samples["qpf_run_succeeded",] == 0.0
    assert samples["qpf_run_files", "written"] == 7.0
    assert samples["qpf_stage_duration_seconds", "", "extract"] == 3.5
    assert samples["qpf_agents", "dev", "built"] == 1.0
    assert samples["qpf_agents", "dev", "kept"] == 1.0
    assert samples["qpf_agents", "dev", "failed"] == 1.0
    assert samples["qpf_extraction_duration_seconds", "dev", "a", "built"] == 2.0
    assert samples["qpf_extraction_memory_bytes", "dev", "a"] == 5e7
    assert samples["qpf_extraction_cpu_time_seconds", "dev", "a"] == 1.0
    assert samples["qpf_extraction_lines", "dev", "a"] == 400.0
    assert samples["qpf_extraction_part_duration_seconds", "dev", "a", "docs"] == 0.5
    assert samples["qpf_agent_dependencies", "dev", "c"] == 1.0


def test_the_next_run_replaces_the_file_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "qpf.prom"
    written(path, *run(finished("a")))
    with path.open(encoding="utf-8") as reader:
        samples = written(path, *run(finished("b")))
        assert 'agent="a"' in reader.read(), "who has opened it reads the old one to its end"
    assert not any("a" in labels for labels in samples)
    assert [each.name for each in tmp_path.iterdir()] == ["qpf.prom"]


def test_a_run_that_is_cut_off_did_not_succeed(tmp_path: Path) -> None:
    samples = written(tmp_path / "qpf.prom", *started(finished("a")))
    assert samples["qpf_run_succeeded",] == 0.0
    assert ("qpf_run_files", "written") not in samples


def test_nothing_said_leaves_the_last_file(tmp_path: Path) -> None:
    path = tmp_path / "qpf.prom"
    before = written(path, *run(finished("a")))
    assert written(path) == before


def test_figures_by_agent_are_of_the_slowest(tmp_path: Path) -> None:
    samples = written(
        tmp_path / "qpf.prom", *run(*(finished(f"a{number}", seconds=float(number)) for number in range(500)))
    )
    shown = {key[2] for key in samples if key[0] == "qpf_extraction_duration_seconds"}
    assert shown == {f"a{number}" for number in range(100, 500)}
    assert samples["qpf_agents", "dev", "built"] == 500.0


@pytest.mark.parametrize("obstacle", ["no folder", "a folder"])
def test_what_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path: Path, obstacle: str) -> None:
    path = tmp_path / "no" / "qpf.prom"
    if obstacle == "a folder":
        path.mkdir(parents=True)
    said = told(open_text_file(SinkOptions(f"prometheus+file://{path}", {})), *run(finished("a")))
    assert said.startswith("the figures of the run were not written: ")
    assert "\n" not in said
    assert [each.name for each in tmp_path.rglob("*.prom*")] == (
        ["qpf.prom"] if obstacle == "a folder" else []
    )


@given(extractions=EXTRACTIONS)
@settings(deadline=None, max_examples=40)
def test_figures_add_up(tmp_path_factory: pytest.TempPathFactory, extractions) -> None:
    samples = written(tmp_path_factory.mktemp("any") / "qpf.prom", *run(*extractions))
    for environment in {each.environment for each in extractions}:
        of = [each for each in extractions if each.environment == environment]
        counts = {key[2]: value for key, value in samples.items() if key[:2] == ("qpf_agents", environment)}
        assert sum(counts.values()) == len(of)
        assert counts["failed"] == sum(bool(each.error) for each in of)
    total = sum(value for key, value in samples.items() if key[0] == "qpf_extraction_files")
    assert total == sum(each.files for each in extractions if each.origin != "kept" or each.error)
